// SPDX-License-Identifier: MIT
/// @file
/// Functions of one code: what activation functions become when a network is quantised.
#pragma once

#include <alwann/nn/detail/code_lookup.hpp>
#include <alwann/nn/layers/layer.hpp>

#include <array>

namespace alwann::inline ALWANN_ABI {

namespace code_op {

/// Any function of one code: an activation function, or a change of scale.
struct lookup {
    std::array<std::uint8_t, 256> codes{};

    static constexpr std::string_view kind = "look-up";
    void run(const code_batch& batch) const {
        batch.resize();
        detail::look_up(codes, {batch.in().codes.data(), 0, batch.result.data(), 0, 1, batch.result.size()});
    }
    friend bool operator==(const lookup&, const lookup&) = default;
};

} // namespace code_op

namespace detail {

/// The code in `to` of function(real) for every code of `from`.
template <class Function>
[[nodiscard]] std::array<std::uint8_t, 256> make_lookup(const quantisation& from, const quantisation& to,
                                                        Function&& function) {
    std::array<std::uint8_t, 256> codes{};
    for (std::int32_t code = 0; code < 256; ++code) {
        codes[static_cast<std::size_t>(code)] = to.encode(function(from.decode(code)));
    }
    return codes;
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
