// SPDX-License-Identifier: MIT
/// A truth table of one's own goes into a file, comes back, and its errors are measured.
///
/// The file holds 65,536 products of 16 bits, low byte first, at index 256 * x + w: x is the activation, w
/// the weight. The same format is read by `alwann multipliers metrics FILE.bin` and `--library FILE.bin`.
#include <alwann/core/error.hpp>
#include <alwann/multiplier/metrics.hpp>
#include <alwann/multiplier/table_file.hpp>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <vector>

namespace aw = alwann;

int main() {
    // A multiplier that adds logarithms (Mitchell 1962), with what integers a real circuit would use: the
    // leading one of an operand gives the whole part, the bits below it the fraction.
    const auto logarithm = [](std::uint32_t value) {
        std::uint32_t whole = 0;
        while (value >> (whole + 1) != 0) {
            ++whole;
        }
        return (whole << 8) + ((value - (1u << whole)) << (8 - whole)); // 8 bits of fraction
    };
    std::vector<std::uint16_t> products;
    for (std::uint32_t x = 0; x < 256; ++x) {
        for (std::uint32_t w = 0; w < 256; ++w) {
            if (x == 0 || w == 0) {
                products.push_back(0);
                continue;
            }
            const std::uint32_t sum = logarithm(x) + logarithm(w);
            products.push_back(static_cast<std::uint16_t>(((256 + (sum & 255)) << (sum >> 8)) >> 8));
        }
    }
    const auto path = std::filesystem::temp_directory_path() / "alwann_example_mitchell.bin";
    aw::write_table(aw::table("mitchell", products), path);

    const aw::table table = aw::read_table(path); // named after the file
    const auto errors = aw::measure_errors(table);
    std::printf("%s: %ju bytes, hash %016llx\n", path.filename().c_str(), std::filesystem::file_size(path),
                static_cast<unsigned long long>(table.hash()));
    std::printf("200 * 100 = %u (exactly 20000)\n", table(200, 100));
    std::printf("mean absolute error %.2f (%.4f %% of 2^16), largest %.0f\n", errors.mae, errors.mae_percent,
                errors.wce);
    std::printf("mean relative error %.3f %%, largest %.3f %%; mean error %.2f; %.1f %% of products wrong\n",
                errors.mre_percent, errors.wcre_percent, errors.bias, errors.ep_percent);

    // What is wrong with a file is said in the message, together with what was expected.
    std::filesystem::resize_file(path, 1000);
    try {
        static_cast<void>(aw::read_table(path));
    } catch (const aw::format_error& problem) {
        std::printf("cut short: %s\n", problem.what());
    }
    std::filesystem::remove(path);
    return 0;
}
