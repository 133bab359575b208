// SPDX-License-Identifier: MIT
#include <alwann/circuit/operand_weights.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

// 512 numbers are more than a fuzzer makes: ones complete what it begins.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string text(reinterpret_cast<const char*>(data), size);
    for (const bool complete : {false, true}) {
        try {
            if (complete) {
                for (std::size_t numbers = 0; numbers < 2 * alwann::operand_codes; ++numbers) {
                    text += numbers < size / 2 ? "" : "\n1";
                }
            }
            check(alwann::parse_operand_weights(text, "input")); // throws nothing that was not thrown before
        } catch (const alwann::format_error&) {                  // the only ways to refuse a text
        } catch (const alwann::value_error&) {
        }
    }
    return 0;
}
