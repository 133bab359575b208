// SPDX-License-Identifier: MIT
#include <alwann/multiplier/text_table.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

// A whole table is longer than what a fuzzer makes: the text begins a table that zeros complete.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (const bool complete : {false, true}) {
        try {
            std::string whole(text);
            if (complete) {
                std::size_t numbers = 0;
                for (std::size_t i = 0; i < whole.size(); ++i) {
                    numbers += whole[i] == ' ' ? 1 : 0;
                }
                for (std::size_t i = numbers; i < alwann::operand_pairs; ++i) {
                    whole += "\n0";
                }
            }
            (void)alwann::parse_text_table(whole, "input", "input");
        } catch (const alwann::format_error&) { // the only way to refuse a text
        }
    }
    return 0;
}
