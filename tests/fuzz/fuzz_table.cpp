// SPDX-License-Identifier: MIT
#include <alwann/multiplier/table_file.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

// A whole table is longer than what a fuzzer makes: besides the bytes as they are, their repetition.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    bool is_table = true;
    try {
        (void)alwann::parse_table(bytes, "input", "input");
    } catch (const alwann::format_error&) {
        is_table = false;
    }
    if (is_table != (size == alwann::table_file_bytes)) {
        std::abort();
    }
    if (size > 0) {
        std::string whole;
        while (whole.size() < alwann::table_file_bytes) {
            whole.append(bytes.substr(0, alwann::table_file_bytes - whole.size()));
        }
        const alwann::table products = alwann::parse_table(whole, "input", "input");
        for (std::size_t i = 0; i < alwann::operand_pairs; ++i) {
            if ((products.products()[i] & 0xFF) != static_cast<unsigned char>(whole[2 * i])) {
                std::abort();
            }
        }
    }
    return 0;
}
