// SPDX-License-Identifier: MIT
#include "commands.hpp"
#include "multipliers.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace program {

namespace aw = alwann;

namespace {

aw::json form_of(const aw::operand_form& operand) {
    return {{"bits", operand.bits}, {"coding", to_string(operand.coding)}};
}

} // namespace

std::string brief(double value, int decimals) {
    return std::isnan(value) ? "-" : aw::format_fixed(value, decimals);
}

aw::json describe(const aw::component& part) {
    auto document = aw::to_json(part);
    const auto& form = part.products.form();
    document["activation"] = form_of(form.activation);
    document["weight"] = form_of(form.weight);
    document["tags"] = part.tags;
    document["gates"] = part.circuit == nullptr ? aw::json() : aw::json(part.circuit->gates().size());
    return document;
}

std::vector<std::vector<std::string>> field_rows(const aw::json& document) {
    std::vector<std::vector<std::string>> rows{{"field", "value"}};
    const auto word = [](const aw::json& value) -> std::string {
        if (value.is_number_float()) { // as many digits as people read
            std::array<char, 32> digits{};
            const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value.get<double>(),
                                           std::chars_format::general, 7);
            return {digits.data(), end.ptr};
        }
        return value.is_string() ? value.get<std::string>() : value.is_null() ? "-" : aw::to_text(value, -1);
    };
    for (const auto& [key, value] : document.items()) {
        std::string text;
        if (value.is_structured()) {
            for (const auto& each : value) {
                text += (text.empty() ? "" : ", ") + word(each);
            }
        } else {
            text = word(value);
        }
        rows.push_back({key, text});
    }
    return rows;
}

std::string multiplier_table(const aw::library& parts) {
    std::vector<std::vector<std::string>> rows{
        {"name", "mW", "um2", "ns", "cost", "MAE %", "WCE %", "MRE %", "EP %", "bias", "0 kept"}};
    for (const auto& part : parts) {
        const auto& e = part.errors;
        rows.push_back({part.name, brief(part.price.power_mw, 4), brief(part.price.area_um2, 1),
                        brief(part.price.delay_ns, 2), std::string(to_string(part.price.source)),
                        brief(e.mae_percent, 4), brief(e.wce_percent, 3), brief(e.mre_percent, 3),
                        brief(e.ep_percent, 1), brief(e.bias, 1), e.zero_preserving ? "yes" : "no"});
    }
    return aw::format_table(rows);
}

void add_multipliers_command(CLI::App& root) {
    auto* multipliers = root.add_subcommand(
        "multipliers", "Look at approximate multipliers, convert, evolve and compare them");
    multipliers->require_subcommand(1);
    add_multipliers_list(*multipliers);
    add_multipliers_show(*multipliers);
    add_multipliers_metrics(*multipliers);
    add_multipliers_import(*multipliers);
    add_multipliers_export(*multipliers);
    add_multipliers_evolve(*multipliers);
    add_multipliers_compare(*multipliers);
}

} // namespace program
