# Puts a file into a program.
#
#   alwann_embed(<target> <symbol> <file>)
#       Adds a source file to <target> that defines `std::string <symbol>()`, the content of <file> as it is at
#       configuration time; the empty string where <file> is empty or does not exist.

function(alwann_embed target symbol file)
    set(pieces "")
    if(file AND EXISTS "${file}")
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
        file(READ "${file}" content)
        string(LENGTH "${content}" length)
        set(piece_length 60000) # compilers need not take longer literals
        foreach(begin RANGE 0 ${length} ${piece_length})
            string(SUBSTRING "${content}" ${begin} ${piece_length} piece)
            string(APPEND pieces "    text += R\"alwann(${piece})alwann\";\n")
        endforeach()
    endif()
    set(source ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.cpp)
    file(CONFIGURE OUTPUT ${source} @ONLY CONTENT [[
#include <string>

std::string @symbol@();
std::string @symbol@() {
    std::string text;
@pieces@    return text;
}
]])
    target_sources(${target} PRIVATE ${source})
endfunction()
