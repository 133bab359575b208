// SPDX-License-Identifier: MIT
#include "commands.hpp"

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace program {

namespace {

/// What may follow on a command line: for each command its subcommands and options, for each option its
/// values where they are known.
struct vocabulary {
    std::map<std::string, std::vector<std::string>> words;
    std::map<std::string, std::vector<std::string>> values;
};

/// The values of an option that takes one of a set: CLI11 keeps them in the name of the type, TEXT:{a,b}.
std::vector<std::string> values_of(const CLI::Option& option) {
    std::string type = option.get_type_name();
    const auto begin = type.find('{'), end = type.find('}');
    if (begin == std::string::npos || end == std::string::npos) {
        return {};
    }
    return CLI::detail::split(type.substr(begin + 1, end - begin - 1), ',');
}

void collect(const CLI::App& command, const std::string& path, vocabulary& known) {
    auto& words = known.words[path];
    for (const CLI::Option* option : command.get_options()) {
        for (const auto& name : option->get_lnames()) {
            words.push_back("--" + name);
            if (auto values = values_of(*option); !values.empty()) {
                known.values["--" + name] = std::move(values);
            }
        }
    }
    for (const CLI::App* inner : command.get_subcommands([](const CLI::App*) { return true; })) {
        words.push_back(inner->get_name());
        collect(*inner, path + " " + inner->get_name(), known);
    }
}

std::string quoted_list(const std::vector<std::string>& words) {
    return '"' + CLI::detail::join(words, " ") + '"';
}

std::string bash_script(const CLI::App& root) {
    vocabulary known;
    collect(root, root.get_name(), known);
    std::string commands;
    std::string script = "# Completion for bash: source <(alwann completion)\n_alwann() {\n"
                         "    local current=${COMP_WORDS[COMP_CWORD]} path=alwann words= i\n"
                         "    for ((i = 1; i < COMP_CWORD; ++i)); do\n"
                         "        case \"$path ${COMP_WORDS[i]}\" in\n        ";
    for (const auto& [path, words] : known.words) {
        if (path != root.get_name()) {
            commands += (commands.empty() ? "\"" : " | \"") + path + '"';
        }
    }
    script += commands + ") path=\"$path ${COMP_WORDS[i]}\" ;;\n        esac\n    done\n"
                         "    case \"${COMP_WORDS[COMP_CWORD - 1]}\" in\n";
    for (const auto& [option, values] : known.values) {
        script += "    " + option + ") words=" + quoted_list(values) + " ;;\n";
    }
    script +=
        "    --*) [[ $current == -* ]] || return ;; # the value of an option: a file, mostly\n    esac\n"
        "    [[ -n $words ]] || case \"$path\" in\n";
    for (const auto& [path, words] : known.words) {
        script += "    \"" + path + "\") words=" + quoted_list(words) + " ;;\n";
    }
    return script + "    esac\n    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n}\n"
                    "complete -o bashdefault -o default -F _alwann alwann\n";
}

} // namespace

void add_completion_command(CLI::App& root) {
    root.add_subcommand("completion",
                        "Prints a script that completes command lines in bash\n"
                        "Example: alwann completion > ~/.local/share/bash-completion/completions/alwann")
        ->callback([&root] { std::printf("%s", bash_script(root).c_str()); });
}

} // namespace program
