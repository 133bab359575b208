// SPDX-License-Identifier: MIT
#include "multipliers.hpp"

#include <alwann/core/output_file.hpp>
#include <alwann/report/heat_map.hpp>
#include <alwann/report/png.hpp>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>

namespace program {

namespace aw = alwann;

namespace {

struct show_options : common_options {
    std::string name;
    std::string heat_map;
    std::size_t magnification = 1;
};

/// The bits of an operand that matter, highest first: 11111000.
std::string bits_of(std::uint8_t mask) {
    std::string text;
    for (int bit = 7; bit >= 0; --bit) {
        text += (mask >> bit & 1) != 0 ? '1' : '0';
    }
    return text;
}

/// What the products are made of, and what follows for the speed of emulation.
aw::json structure_of(const aw::table& products) {
    const auto network = products.network_form(); // as a network sees it
    const auto found = aw::analysis_of(network.engine_form());
    std::int32_t low = 0, high = 0;
    for (std::size_t i = 0; i < aw::operand_pairs; ++i) {
        const auto x = static_cast<std::uint8_t>(i / aw::operand_codes);
        const auto w = static_cast<std::uint8_t>(i % aw::operand_codes);
        const std::int32_t error = products.product(x, w) - products.form().exact(x, w);
        low = std::min(low, error);
        high = std::max(high, error);
    }
    const aw::convolution_shape shape{128, {28, 28, 16}, {3, 3, 1, 1, 1, 1, 1, 1, 1, 1}, 16, 1};
    const auto choice = aw::choose_engine(shape, *found);
    const bool more = found->error_rank > aw::largest_rank;
    return {{"error_low", low},
            {"error_high", high},
            {"error_rank",
             (more ? "more than " : "") + std::to_string(more ? aw::largest_rank : found->error_rank)},
            {"activation_bits_used", bits_of(found->activation_mask)},
            {"weight_bits_used", bits_of(found->weight_mask)},
            {"exact_products", found->terms_reason},
            {"byte_errors", found->error8_reason},
            {"engine_for", "3x3 convolution from 16 to 16 channels, 128 images of 28 x 28"},
            {"engine", to_string(choice.which)},
            {"engine_reason", choice.reason}};
}

void draw(const aw::component& part, const std::string& file, std::size_t magnification) {
    const auto extension = std::filesystem::path(file).extension();
    if (extension == ".png") {
        aw::write_file(file, aw::to_png(aw::error_heat_map(part.products, magnification)));
    } else if (extension == ".svg") {
        aw::write_file(file, aw::error_heat_map_svg(part.products));
    } else {
        throw aw::format_error(file, "extension", "one of .png and .svg", "'" + extension.string() + "'");
    }
}

void show(const show_options& options) {
    const auto parts = read_libraries(options);
    const auto& part = parts.find(options.name);
    if (!options.heat_map.empty()) {
        draw(part, options.heat_map, options.magnification);
    }
    auto document = describe(part);
    const auto structure = structure_of(part.products);
    if (options.json) {
        document["structure"] = structure;
        std::printf("%s\n", aw::to_text(document).c_str());
        return;
    }
    std::printf("%s\n", aw::format_table(field_rows(document)).c_str());
    std::printf("Structure\n\n%s", aw::format_table(field_rows(structure)).c_str());
}

} // namespace

void add_multipliers_show(CLI::App& multipliers) {
    auto* command = multipliers.add_subcommand(
        "show", "One multiplier of a library: costs, errors, structure, and the engine that emulates it\n"
                "Example: alwann multipliers show lowor_7 --library standard --heatmap lowor_7.svg");
    const auto options = std::make_shared<show_options>();
    command->add_option("NAME", options->name, "name in the library")->required();
    add_library_option(*command, *options);
    command->add_option(
        "--heatmap", options->heat_map,
        "file .png or .svg for the signed errors of all pairs: blue products are too small, red "
        "ones too large; the activation grows to the right, the weight upwards");
    command
        ->add_option("--magnification", options->magnification,
                     "pixels of a .png for a pair, along each side")
        ->check(CLI::Range(1, 16))
        ->capture_default_str();
    command->add_flag("--json", options->json, "one JSON document on standard output");
    command->callback([options] { show(*options); });
}

} // namespace program
