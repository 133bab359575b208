// SPDX-License-Identifier: MIT
/// Evolves an approximate multiplier within limits on its errors:
///
///     10_evolve_a_multiplier --mae 0.1 --wce 0.5 --epochs 60
///
/// Without arguments it is content with a second. The circuits named evo_* in alwann::standard() were made by
/// this program; `--code NAME` prints a circuit in the form that
/// include/alwann/library/detail/evolved_circuits.hpp holds, and scripts/evolve-standard writes that file
/// anew.
#include <alwann/circuit/evolve.hpp>
#include <alwann/core/tbb_executor.hpp>

#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

namespace aw = alwann;

namespace {

struct request {
    aw::evolution_settings settings{.epochs = 2};
    std::string code;       ///< name for the circuit as code; empty for a report
    std::string checkpoint; ///< file to go on from, and to save to after every epoch
};

double number(const char* option, const char* text) {
    double value = 0;
    const char* end = text + std::strlen(text);
    const auto [stop, problem] = std::from_chars(text, end, value);
    if (problem != std::errc{} || stop != end) {
        throw std::runtime_error(std::string(option) + ": expected a number, found '" + text + "'");
    }
    return value;
}

std::uint64_t whole(const char* option, const char* text) {
    const double value = number(option, text);
    if (!(value >= 0 && value <= 1e15) || value != std::floor(value)) {
        throw std::runtime_error(std::string(option) + ": expected a whole number, found '" + text + "'");
    }
    return static_cast<std::uint64_t>(value);
}

request parse(const std::vector<const char*>& arguments) {
    request wanted;
    auto& settings = wanted.settings;
    auto& limits = settings.limits;
    limits.zero_preserving = true;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string option = arguments[i];
        if (option == "--any-zero") {
            limits.zero_preserving = false;
            continue;
        }
        if (i + 1 == arguments.size()) {
            throw std::runtime_error("'" + option + "' needs a value or is not known");
        }
        const char* value = arguments[++i];
        if (option == "--mae") {
            limits.mae_percent = number("--mae", value);
        } else if (option == "--wce") {
            limits.wce_percent = number("--wce", value);
        } else if (option == "--mre") {
            limits.mre_percent = number("--mre", value);
        } else if (option == "--bias") {
            limits.bias = number("--bias", value);
        } else if (option == "--seed") {
            settings.seed = whole("--seed", value);
        } else if (option == "--epochs") {
            settings.epochs = whole("--epochs", value);
        } else if (option == "--islands") {
            settings.islands = whole("--islands", value);
        } else if (option == "--checkpoint") {
            wanted.checkpoint = value;
        } else if (option == "--code") {
            wanted.code = value;
        } else {
            throw std::runtime_error("unknown option '" + option + "'");
        }
    }
    if (!limits.mae_percent && !limits.wce_percent && !limits.mre_percent) {
        limits.mae_percent = 0.5;
    }
    return wanted;
}

/// The circuit as a line of an initialiser: gates as kind + 4 * a + 4096 * b, then the outputs.
void print_code(const aw::evolved_circuit& found, const std::string& name) {
    std::printf("// %.4f mW, %.1f um2; MAE %.4f %%, WCE %.3f %%, MRE %.2f %%, mean error %.1f\n",
                found.price.power_mw, found.price.area_um2, found.errors.mae_percent,
                found.errors.wce_percent, found.errors.mre_percent, found.errors.bias);
    std::printf("inline constexpr std::uint32_t %s[] = {", name.c_str());
    std::size_t column = 1000;
    const auto print = [&](unsigned value) {
        const std::string text = std::to_string(value) + ",";
        if (column + text.size() + 1 > 110) {
            std::printf("\n   ");
            column = 3;
        }
        std::printf(" %s", text.c_str());
        column += text.size() + 1;
    };
    for (const aw::gate& g : found.circuit.gates()) {
        print(static_cast<unsigned>(g.kind) + 4 * g.a + 4096 * g.b);
    }
    for (const aw::signal output : found.circuit.outputs()) {
        print(output);
    }
    std::printf("};\n");
}

void run(const request& wanted) {
    const bool restore = !wanted.checkpoint.empty() && std::filesystem::exists(wanted.checkpoint);
    aw::evolution evolution = restore ? aw::evolution::restore(wanted.checkpoint, wanted.settings)
                                      : aw::evolution(aw::circuits::exact_dadda(), wanted.settings);
    // Islands run beside each other; the result is the same on one core.
    const auto& found = evolution.run(aw::tbb_executor{}, [&](const aw::evolution_progress& now) {
        if (wanted.code.empty()) {
            std::printf("epoch %3zu of %zu: %9llu candidates, best %.4f mW %6.1f um2, MAE %.4f %%\n",
                        now.epoch, now.epochs, static_cast<unsigned long long>(now.candidates),
                        now.best.price.power_mw, now.best.price.area_um2, now.best.errors.mae_percent);
        }
        if (!wanted.checkpoint.empty()) {
            evolution.save(wanted.checkpoint);
        }
    });
    if (!wanted.code.empty()) {
        print_code(found, wanted.code);
        return;
    }
    const auto exact = aw::estimate_cost(aw::circuits::exact_dadda());
    std::printf("\n%zu gates; power %.1f %%, area %.1f %% of the exact multiplier's\n",
                found.circuit.gates().size(), 100 * found.price.power_mw / exact.power_mw,
                100 * found.price.area_um2 / exact.area_um2);
    std::printf("MAE %.4f %%, WCE %.3f %%, MRE %.2f %%, mean error %.1f, zeros %s\n",
                found.errors.mae_percent, found.errors.wce_percent, found.errors.mre_percent,
                found.errors.bias, found.errors.zero_preserving ? "preserved" : "not preserved");
}

} // namespace

int main(int argc, char** argv) {
    try {
        run(parse(std::vector<const char*>(argv + 1, argv + argc)));
    } catch (const std::exception& problem) {
        std::fprintf(stderr, "10_evolve_a_multiplier: %s\n", problem.what());
        return 1;
    }
    return 0;
}
