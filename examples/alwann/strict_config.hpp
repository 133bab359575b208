// SPDX-License-Identifier: MIT
/// Files of options, read more strictly than CLI11 does.
#pragma once

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstddef>
#include <istream>
#include <sstream>
#include <string>
#include <vector>

namespace program {

/// CLI11's TOML, which lets pass what it does not understand, with a look at each line before.
class strict_config : public CLI::ConfigTOML {
public:
    /// Of the program that has the option --config.
    explicit strict_config(CLI::App& program) : program_(program) {}

    std::vector<CLI::ConfigItem> from_config(std::istream& input) const override {
        std::string text, line;
        bool in_list = false;
        for (std::size_t number = 1; std::getline(input, line); ++number) {
            text += checked(line, number, in_list) + '\n';
            if (text.size() > most_bytes) {
                fail(number, "expected at most 1 MiB");
            }
        }
        std::istringstream lines(text);
        return CLI::ConfigTOML::from_config(lines);
    }

private:
    static constexpr std::size_t most_bytes = 1 << 20, most_depth = 4;

    [[noreturn]] void fail(std::size_t number, const std::string& problem) const {
        const auto& files = program_.get_config_ptr()->results();
        throw CLI::ConfigError((files.empty() ? "--config" : files.back()) + ": line " +
                               std::to_string(number) + ": " + problem);
    }

    /// The line without its comment, which CLI11 takes for a value after lists.
    std::string checked(const std::string& line, std::size_t number, bool& in_list) const {
        std::string code; // without strings, comments and blanks
        char quote = 0;
        std::size_t end = 0;
        for (; end < line.size(); ++end) {
            const char c = line[end];
            if (quote != 0) {
                quote = c == quote ? 0 : quote;
            } else if (c == '"' || c == '\'') {
                quote = c;
                code += 's';
            } else if (c == '#') {
                break;
            } else if (c != ' ' && c != '\t' && c != '\r') {
                code += c;
            }
        }
        if (quote != 0) {
            fail(number, "a string is not closed");
        }
        if (in_list) {
            in_list = code.find(']') == std::string::npos;
            return line.substr(0, end);
        }
        if (code.starts_with('[')) {
            const auto depth = static_cast<std::size_t>(std::count(code.begin(), code.end(), '.')) + 1;
            if (!code.ends_with(']') || depth > most_depth) {
                fail(number, "expected a table such as [explore]");
            }
            return line.substr(0, end);
        }
        const auto equals = code.find('=');
        if (!code.empty() && (equals == 0 || equals == std::string::npos || equals + 1 == code.size())) {
            fail(number, "expected option = value");
        }
        in_list = code.find("=[") != std::string::npos && code.find(']') == std::string::npos;
        return line.substr(0, end);
    }

    CLI::App& program_;
};

} // namespace program
