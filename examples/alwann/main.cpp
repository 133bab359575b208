// SPDX-License-Identifier: MIT
/// The program `alwann`. Exit status: 0 success, 1 bad input or failed run, 2 bad usage.
#include "commands.hpp"

#include <alwann/core/version.hpp>

#include <cstdio>
#include <exception>
#include <new>
#include <string>

int main(int argc, char** argv) {
    CLI::App app("Approximate multipliers for trained convolutional networks: emulate, compensate, choose.\n"
                 "Example: alwann explore --network net.onnx --dataset fashion-mnist --library standard "
                 "--architecture power-gated --tiles 3 --output results");
    app.name("alwann");
    app.set_version_flag("--version", std::to_string(ALWANN_VERSION_MAJOR) + "." +
                                          std::to_string(ALWANN_VERSION_MINOR) + "." +
                                          std::to_string(ALWANN_VERSION_PATCH));
    app.require_subcommand(1);
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
        app.parse(argc, argv);
        if (std::fflush(stdout) != 0) {
            std::fprintf(stderr, "alwann: standard output cannot be written\n");
            return 1;
        }
        return 0;
    } catch (const CLI::RuntimeError& stop) {
        return stop.get_exit_code();
    } catch (const CLI::ParseError& stop) {
        return app.exit(stop) == 0 ? 0 : 2;
    } catch (const std::bad_alloc&) {
        std::fprintf(stderr, "alwann: out of memory\n");
    } catch (const std::exception& problem) {
        std::fprintf(stderr, "alwann: %s\n", problem.what());
    }
    return 1;
}
