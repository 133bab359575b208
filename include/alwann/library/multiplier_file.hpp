// SPDX-License-Identifier: MIT
/// @file
/// A multiplier in a file of any form: truth table or circuit.
#pragma once

#include <alwann/library/component.hpp>

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// The forms of files with multipliers.
enum class multiplier_format {
    binary_table, ///< .bin: multiplier/table_file.hpp
    text_table,   ///< .txt
    c_model,      ///< .c: circuit/evoapprox_c.hpp
    verilog,      ///< .v: circuit/verilog.hpp
    blif          ///< .blif: circuit/blif.hpp
};

/// A form's name and the extension of its files.
struct multiplier_format_name {
    multiplier_format format;   ///< the format
    std::string_view name;      ///< of the format
    std::string_view extension; ///< of its files, with the dot
};

/// All of them.
inline constexpr std::array<multiplier_format_name, 5> multiplier_formats = {
    {{multiplier_format::binary_table, "bin", ".bin"},
     {multiplier_format::text_table, "txt", ".txt"},
     {multiplier_format::c_model, "c", ".c"},
     {multiplier_format::verilog, "verilog", ".v"},
     {multiplier_format::blif, "blif", ".blif"}}};

/// The form of a file by its extension; nothing if it is none of these.
[[nodiscard]] ALWANN_SEPARABLE std::optional<multiplier_format>
multiplier_format_of(const std::filesystem::path& path);

/// What a file says about a multiplier.
struct multiplier_file {
    component part;                            ///< its price: what the file states, else modelled
    std::optional<multiplier_circuit> circuit; ///< unless the file is a table
    std::vector<std::string> warnings;         ///< stated figures that are not those of the circuit
};

/// Reads a multiplier from a file whose extension tells the form; tables are named after the file.
///
/// What of `reading` concerns a table are is_signed and the widths. Throws io_error, format_error of the
/// readers, and format_error for another extension.
[[nodiscard]] ALWANN_SEPARABLE multiplier_file read_multiplier(const std::filesystem::path& path,
                                                               const circuit_reading& reading = {});

/// Refuses a multiplier that a form of files has no place for: circuits need one, and binary tables do not
/// tell that operands are signed or narrow. Throws value_error.
ALWANN_SEPARABLE void require_format(const component& part, multiplier_format format);

/// Writes a multiplier in one step. Throws io_error, and what require_format() throws.
ALWANN_SEPARABLE void write_multiplier(const component& part, const std::filesystem::path& path,
                                       multiplier_format format);

/// A component's name as the name of a file, without extension: letters, digits, - . and _ stay.
[[nodiscard]] ALWANN_SEPARABLE std::string file_name_of(const component& part);

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/library/detail/define_multiplier_file.hpp>
#endif
