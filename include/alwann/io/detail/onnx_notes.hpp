// SPDX-License-Identifier: MIT
/// @file
/// What ONNX has no place for, kept among a model's metadata: one line for each node, its name last.
#pragma once

#include <alwann/nn/network.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <locale>
#include <set>
#include <sstream>
#include <string>
#include <variant>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

inline constexpr const char* onnx_approximable_key = "alwann.approximable";
inline constexpr const char* onnx_scales_key = "alwann.scales";

/// A name on one line: line feeds become \n, backslashes \\.
[[nodiscard]] inline std::string on_one_line(const std::string& name) {
    std::string text;
    for (const char c : name) {
        text += c == '\n' ? "\\n" : c == '\\' ? "\\\\" : std::string(1, c);
    }
    return text;
}

[[nodiscard]] inline std::string from_one_line(const std::string& text) {
    std::string name;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 1 < text.size()) {
            ++i;
            name += text[i] == 'n' ? '\n' : text[i];
        } else {
            name += text[i];
        }
    }
    return name;
}

/// Names of the layers that designs decide about.
[[nodiscard]] inline std::string note_approximable(const network& what) {
    std::string text;
    for (const auto i : what.convolutions()) {
        text += on_one_line(what.nodes()[i].name) + "\n";
    }
    return text;
}

inline void restore_approximable(const std::string& text, std::vector<network_node>& nodes) {
    std::set<std::string> names;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        names.insert(from_one_line(line));
    }
    for (auto& node : nodes) {
        if (auto* layer = std::get_if<quantized_convolution>(&node.what)) {
            layer->approximable = names.contains(node.name);
        }
    }
}

/// Ranges of codes other than 0 to 255, and the scale that the network's real results would have as codes.
[[nodiscard]] inline std::string note_scales(const network& what) {
    std::ostringstream text;
    text.imbue(std::locale::classic());
    text.precision(17);
    for (const auto& node : what.nodes()) {
        const auto* layer = std::get_if<quantized_convolution>(&node.what);
        const auto weights = layer == nullptr ? quantisation{} : layer->weight_scale.front();
        const auto used = [](const quantisation& scale) {
            return std::array<int, 2>{scale.lowest, scale.highest};
        };
        const bool real = layer != nullptr && layer->real_output;
        if (real || used(node.scale) != used({}) || used(weights) != used({})) {
            text << used(node.scale)[0] << ' ' << used(node.scale)[1] << ' ' << used(weights)[0] << ' '
                 << used(weights)[1] << ' ' << node.scale.zero << ' ' << node.scale.scale << ' '
                 << on_one_line(node.name) << '\n';
        }
    }
    return text.str();
}

/// Throws format_error for a text that note_scales does not write.
inline void restore_scales(const std::string& file, const std::string& text,
                           std::vector<network_node>& nodes) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream fields(line);
        fields.imbue(std::locale::classic());
        int used[4] = {0, 0, 0, 0}, zero = 0;
        double scale = 0;
        std::string name;
        for (int& limit : used) {
            fields >> limit;
        }
        fields >> zero >> scale;
        fields.get();
        std::getline(fields, name);
        name = from_one_line(name);
        const bool ordered = used[0] >= 0 && used[0] <= used[1] && used[1] <= 255 && used[2] >= 0 &&
                             used[2] <= used[3] && used[3] <= 255;
        if (name.empty() || !ordered || zero < 0 || zero > 255 || !(scale > 0) || !std::isfinite(scale)) {
            throw format_error(file, std::string("metadata '") + onnx_scales_key + "'",
                               "ranges of codes, zero point, scale and name", "'" + line + "'");
        }
        const auto limit = [](quantisation& of, int low, int high) {
            of.lowest = static_cast<std::uint8_t>(low);
            of.highest = static_cast<std::uint8_t>(high);
        };
        for (auto& node : nodes) {
            if (node.name != name) {
                continue;
            }
            limit(node.scale, used[0], used[1]);
            auto* layer = std::get_if<quantized_convolution>(&node.what);
            if (layer == nullptr) {
                continue;
            }
            for (auto& weights : layer->weight_scale) {
                limit(weights, used[2], used[3]);
            }
            if (layer->real_output) {
                node.scale.scale = scale;
                node.scale.zero = zero;
                layer->codes = all_codes(node.scale);
            }
        }
    }
    for (auto& node : nodes) {
        if (auto* layer = std::get_if<quantized_convolution>(&node.what)) {
            layer->input = nodes[node.inputs.front()].scale;
            if (layer->is_product()) {
                layer->weight_scale.assign(layer->outputs,
                                           scaled(nodes[node.inputs.at(1)].scale, layer->factor));
            }
            layer->output = node.scale;
        }
    }
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
