// SPDX-License-Identifier: MIT
/// @file
/// The definitions of library/multiplier_file.hpp.
#pragma once

#include <alwann/circuit/blif.hpp>
#include <alwann/circuit/circuit_text.hpp>
#include <alwann/circuit/evoapprox_c.hpp>
#include <alwann/circuit/verilog.hpp>
#include <alwann/core/output_file.hpp>
#include <alwann/library/multiplier_file.hpp>
#include <alwann/multiplier/table_file.hpp>
#include <alwann/multiplier/text_table.hpp>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace alwann::inline ALWANN_ABI {

ALWANN_SEPARABLE std::optional<multiplier_format> multiplier_format_of(const std::filesystem::path& path) {
    const std::string extension = path.extension().string();
    const auto found = std::find_if(multiplier_formats.begin(), multiplier_formats.end(),
                                    [&](const auto& form) { return form.extension == extension; });
    return found == multiplier_formats.end() ? std::nullopt : std::optional(found->format);
}

ALWANN_SEPARABLE multiplier_file read_multiplier(const std::filesystem::path& path,
                                                 const circuit_reading& reading) {
    const auto format = multiplier_format_of(path);
    if (!format) {
        throw format_error(path.string(), "extension", "one of .bin, .txt, .c, .v and .blif",
                           "'" + path.extension().string() + "'");
    }
    if (std::error_code problem; std::filesystem::is_directory(path, problem)) {
        throw io_error(path.string(), "is a directory");
    }
    if (*format == multiplier_format::binary_table || *format == multiplier_format::text_table) {
        if (!reading.activation.empty()) {
            throw value_error(path.string() +
                              ": a table's operands have no names, the activation is the first; found '" +
                              reading.activation + "'");
        }
        const table products =
            *format == multiplier_format::binary_table ? read_table(path) : read_text_table(path);
        if (std::max(reading.activation_bits, reading.weight_bits) > operand_max_bits) {
            throw value_error("operands: expected widths of 1 to 8 bits");
        }
        multiplier_form form = products.form(); // of a text; a binary file does not tell
        const auto override = [&](operand_form& operand, std::size_t bits) {
            operand.bits = bits == 0 ? operand.bits : static_cast<std::uint8_t>(bits);
            if (reading.is_signed && *reading.is_signed != operand.is_signed()) {
                operand.coding =
                    *reading.is_signed ? operand_coding::twos_complement : operand_coding::unsigned_code;
            }
        };
        override(form.activation, reading.activation_bits);
        override(form.weight, reading.weight_bits);
        return {make_component(table(products.name(), products.products(), form)), std::nullopt, {}};
    }
    multiplier_circuit circuit = *format == multiplier_format::c_model   ? read_evoapprox_c(path, reading)
                                 : *format == multiplier_format::verilog ? read_verilog(path, reading)
                                                                         : read_blif(path, reading);
    component part = make_component(circuit);
    std::vector<std::string> warnings = check_published(circuit, part.errors);
    return {std::move(part), std::move(circuit), std::move(warnings)};
}

ALWANN_SEPARABLE void require_format(const component& part, multiplier_format format) {
    const bool is_table =
        format == multiplier_format::binary_table || format == multiplier_format::text_table;
    if (!is_table && part.circuit == nullptr) {
        throw value_error("multiplier '" + part.name +
                          "': its table is known, but no circuit; it can be written as a table, bin or txt");
    }
    if (format == multiplier_format::binary_table && part.products.form() != multiplier_form{}) {
        throw value_error("multiplier '" + part.name + "': a bin file does not tell its operands (" +
                          detail::to_text(part.products.form()) + "); it can be written as txt" +
                          (part.circuit == nullptr ? "" : ", c, verilog or blif") +
                          ", or into a library's folder");
    }
}

ALWANN_SEPARABLE void write_multiplier(const component& part, const std::filesystem::path& path,
                                       multiplier_format format) {
    require_format(part, format);
    switch (format) {
    case multiplier_format::binary_table:
        return write_table(part.products, path);
    case multiplier_format::text_table:
        return write_text_table(part.products, path);
    case multiplier_format::c_model:
        return write_file(path, to_evoapprox_c(circuit_of(part)));
    case multiplier_format::verilog:
        return write_file(path, to_verilog(circuit_of(part)));
    case multiplier_format::blif:
        return write_file(path, to_blif(circuit_of(part)));
    }
}

ALWANN_SEPARABLE std::string file_name_of(const component& part) {
    std::string name;
    for (const char c : std::string_view(part.name).substr(0, 100)) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           c == '-' || c == '_' || (c == '.' && !name.empty());
        name += plain ? c : '_';
    }
    return name.empty() ? "_" : name;
}

} // namespace alwann::inline ALWANN_ABI
