// SPDX-License-Identifier: MIT
/// The program `alwann`. Exit status: 0 success, 1 bad input or failed run, 2 bad usage.
#include "commands.hpp"
#include "strict_config.hpp"

#include <alwann/core/version.hpp>

#include <cstdio>
#include <exception>
#include <iostream>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>

namespace {

/// What CLI11 takes for something else: a command that is none, and values that an unset variable left empty.
void check_arguments(const CLI::App& app, int argc, char** argv) {
    std::string known;
    bool found = argc < 2 || argv[1][0] == '-' || argv[1][0] == '\0';
    for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; })) {
        found = found || command->get_name() == argv[1];
        known += (known.empty() ? "" : ", ") + command->get_name();
    }
    if (!found) {
        throw CLI::ExtrasError("command: expected one of " + known + ", found " + argv[1],
                               CLI::ExitCodes::ExtrasError);
    }
    for (int i = 1; i < argc; ++i) {
        const std::string_view text = argv[i];
        if (text.empty() || (text.starts_with("--") && text.ends_with('='))) {
            throw CLI::ValidationError(text.empty() ? std::string("after ") + argv[i - 1] : std::string(text),
                                       "expected a value, found an empty text");
        }
    }
}

/// CLI11 complains of a missing option before one that does not exist, though that may be the one misspelt.
std::optional<CLI::ExtrasError> what_is_unknown(const CLI::App& app) {
    const CLI::App* command = &app;
    while (!command->get_subcommands().empty()) {
        command = command->get_subcommands().front();
    }
    const auto rest = command->remaining();
    return rest.empty() ? std::nullopt : std::optional(CLI::ExtrasError(command->get_name(), rest));
}

/// Standard error, one line of printable text: names in messages come from files.
void complain(std::string text) {
    for (char& c : text) {
        c = (static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7F ? '?' : c;
    }
    std::fprintf(stderr, "alwann: %s\n", text.c_str());
}

bool output_is_lost() {
    std::cout.flush();
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0 && std::cout.good()) {
        return false;
    }
    complain("standard output cannot be written");
    return true;
}

} // namespace

int main(int argc, char** argv) {
    CLI::App app("Approximate multipliers for trained convolutional networks: emulate, compensate, choose.\n"
                 "Example: alwann explore --network net.onnx --dataset fashion-mnist --library standard "
                 "--architecture power-gated --tiles 3 --output results");
    app.name("alwann");
    app.set_version_flag("--version", std::to_string(ALWANN_VERSION_MAJOR) + "." +
                                          std::to_string(ALWANN_VERSION_MINOR) + "." +
                                          std::to_string(ALWANN_VERSION_PATCH));
    app.require_subcommand(1);
    app.config_formatter(std::make_shared<program::strict_config>(app));
    app.allow_config_extras(CLI::config_extras_mode::error); // commands inherit it
    app.set_config("--config", "",
                   "options from a TOML file, a table for each subcommand; the command line wins");
    bool print_config = false;
    app.add_flag("--print-config", print_config,
                 "print the options that are given as such a file, and do nothing")
        ->configurable(false);
    app.parse_complete_callback([&] {
        if (print_config) {
            std::printf("%s", app.config_to_str(false, false).c_str());
            throw CLI::Success();
        }
    });
    program::add_network_command(app);
    program::add_multipliers_command(app);
    program::add_evaluate_command(app);
    program::add_explore_command(app);
    program::add_report_command(app);
    program::add_doctor_command(app);
    program::add_completion_command(app);
    try {
        check_arguments(app, argc, argv);
        app.parse(argc, argv);
        return output_is_lost() ? 1 : 0;
    } catch (const CLI::RuntimeError& stop) {
        return stop.get_exit_code();
    } catch (const CLI::RequiredError& stop) {
        const auto unknown = what_is_unknown(app);
        (void)(unknown ? app.exit(*unknown) : app.exit(stop));
        return 2;
    } catch (const CLI::ParseError& stop) {
        return app.exit(stop) != 0 ? 2 : output_is_lost() ? 1 : 0;
    } catch (const std::bad_alloc&) {
        complain("out of memory");
    } catch (const std::exception& problem) {
        complain(problem.what());
    }
    return 1;
}
