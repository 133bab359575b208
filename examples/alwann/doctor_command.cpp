// SPDX-License-Identifier: MIT
#include "commands.hpp"
#include "inputs.hpp"

#include <alwann/io/idx.hpp>

#include <cstdio>
#include <memory>
#include <thread>

namespace program {

namespace aw = alwann;

namespace {

void examine(bool as_json) {
    const auto features = aw::detect_cpu();
    aw::json engines = aw::json::object();
    for (const auto name : aw::engine_names) {
        engines[std::string(name)] = aw::is_available(aw::engine_from_string(name));
    }
    const auto typical = aw::active_engine({128, {28, 28, 16}, {3, 3, 1, 1, 1, 1, 1, 1, 1, 1}, 16, 1});
    aw::json data = aw::json::object();
    try {
        data["fashion-mnist"] =
            std::to_string(aw::read_fashion_mnist(aw::dataset_part::test).size()) + " test images";
    } catch (const aw::error& problem) {
        data["fashion-mnist"] = problem.what();
    }
    const aw::json report{{"version", aw::version},
                          {"threads", std::thread::hardware_concurrency()},
                          {"avx2", features.avx2},
                          {"avx512bw", features.avx512bw},
                          {"avx512vbmi", features.avx512vbmi},
                          {"avx512vnni", features.avx512vnni},
                          {"engines", engines},
                          {"engine_for_16_channels_of_128_images", to_string(typical)},
                          {"data", data}};
    if (as_json) {
        std::printf("%s\n", report.dump(2).c_str());
        return;
    }
    std::vector<std::vector<std::string>> rows{{"what", "found"}};
    for (const auto& [key, value] : report.items()) {
        if (!value.is_object()) {
            rows.push_back({key, value.is_string() ? value.get<std::string>() : value.dump()});
            continue;
        }
        for (const auto& [inner, each] : value.items()) {
            rows.push_back({key + " " + inner, each.is_string() ? each.get<std::string>() : each.dump()});
        }
    }
    std::printf("%s", aw::format_table(rows).c_str());
}

} // namespace

void add_doctor_command(CLI::App& root) {
    auto* command = root.add_subcommand(
        "doctor", "What this machine offers: instructions, engines, data\nExample: alwann doctor");
    const auto as_json = std::make_shared<bool>(false);
    command->add_flag("--json", *as_json, "one JSON document on standard output");
    command->callback([as_json] { examine(*as_json); });
}

} // namespace program
