// SPDX-License-Identifier: MIT
/// @file
/// The definitions of circuit/evoapprox_c.hpp.
#pragma once

#include <alwann/circuit/detail/c_model.hpp>
#include <alwann/circuit/evoapprox_c.hpp>

#include <filesystem>
#include <string>
#include <string_view>

namespace alwann::inline ALWANN_ABI {

ALWANN_SEPARABLE multiplier_circuit parse_evoapprox_c(std::string_view text, const std::string& file,
                                                      const circuit_reading& reading) {
    multiplier_circuit circuit = detail::c_model(file, text, reading).run();
    circuit.published = read_published(text);
    return circuit;
}

ALWANN_SEPARABLE multiplier_circuit read_evoapprox_c(const std::filesystem::path& path,
                                                     const circuit_reading& reading) {
    return parse_evoapprox_c(detail::read_text_file(path, circuit_max_bytes), path.string(), reading);
}

} // namespace alwann::inline ALWANN_ABI
