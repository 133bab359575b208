// SPDX-License-Identifier: MIT
/// @file
/// The definitions of io/tensorflow.hpp.
#pragma once

#include <alwann/io/detail/tensorflow_float.hpp>
#include <alwann/io/tensorflow.hpp>

#include <filesystem>
#include <string>

namespace alwann::inline ALWANN_ABI {

ALWANN_SEPARABLE unfrozen_graph read_tensorflow(const graph_def& file, const std::string& output) {
    return detail::tensorflow_float_import(file, output).run();
}

ALWANN_SEPARABLE unfrozen_graph read_tensorflow(const std::filesystem::path& path,
                                                const std::string& output) {
    return read_tensorflow(read_graph_def(path), output);
}

} // namespace alwann::inline ALWANN_ABI
