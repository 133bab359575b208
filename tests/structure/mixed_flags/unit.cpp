// SPDX-License-Identifier: MIT
// One half of a program whose halves are built with different instruction-set flags. UNIT: its function's
// name.
#include <alwann/core/random.hpp>
#include <alwann/kernel/product_sums.hpp>
#include <alwann/multiplier/families.hpp>
#include <alwann/multiplier/tabulate.hpp>

#include <cstdint>
#include <vector>

namespace aw = alwann;

// A number that every build must agree on.
std::int64_t UNIT() {
    const auto multiplier = aw::tabulate(aw::families::lowor<7>{});
    aw::convolution_shape shape;
    shape.images = 2;
    shape.input = {9, 9, 5};
    shape.geometry.kernel_height = shape.geometry.kernel_width = 3;
    shape.outputs = 37;
    aw::random_generator random(1);
    std::vector<std::uint8_t> activations(shape.images * shape.input.size());
    std::vector<std::uint8_t> weights(shape.outputs * shape.depth());
    for (auto* codes : {&activations, &weights}) {
        for (auto& code : *codes) {
            code = static_cast<std::uint8_t>(random() >> 56);
        }
    }
    std::vector<std::int32_t> sums(shape.positions() * shape.outputs);
    std::int64_t total = 0;
    for (const auto which : {aw::engine::reference, aw::engine::rows_portable, aw::engine::automatic}) {
        aw::product_sums({shape, &multiplier, activations.data(), weights.data(), 7, sums.data()}, which);
        for (const auto sum : sums) {
            total = 31 * (total % 1000003) + sum;
        }
    }
    return total;
}
