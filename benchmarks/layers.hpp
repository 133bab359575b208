// SPDX-License-Identifier: MIT
/// The layers, data and tables that bench_engines measures. All of it is drawn from fixed seeds.
#pragma once

#include <alwann/core/random.hpp>
#include <alwann/kernel/convolution.hpp>
#include <alwann/multiplier/exact.hpp>
#include <alwann/multiplier/families.hpp>
#include <alwann/multiplier/tabulate.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

namespace aw = alwann;

struct layer_case {
    std::string name;
    aw::convolution_shape shape;
};

/// A layer on square images, its output as large as its input.
inline layer_case same_size(std::string name, std::size_t kernel, std::size_t inputs, std::size_t outputs,
                            std::size_t extent, std::size_t images, std::size_t groups = 1) {
    aw::convolution_shape shape;
    shape.images = images;
    shape.input = {extent, extent, inputs};
    shape.outputs = outputs;
    shape.groups = groups;
    auto& g = shape.geometry;
    g.kernel_height = g.kernel_width = kernel;
    g.pad_top = g.pad_left = g.pad_bottom = g.pad_right = kernel / 2;
    return {std::move(name), shape};
}

inline std::vector<layer_case> layer_cases() {
    return {same_size("3x3_16to16_32x32", 3, 16, 16, 32, 32),
            same_size("3x3_32to32_32x32", 3, 32, 32, 32, 32),
            same_size("3x3_64to64_32x32", 3, 64, 64, 32, 32),
            same_size("3x3_64to64_8x8", 3, 64, 64, 8, 32),
            same_size("3x3_64to64_7x7", 3, 64, 64, 7, 4), // 196 positions
            same_size("3x3_3to16_32x32", 3, 3, 16, 32, 32),
            same_size("1x1_64to64_32x32", 1, 64, 64, 32, 32),
            same_size("3x3_depthwise64_16x16", 3, 64, 64, 16, 32, 64)};
}

/// A table M of products from the exact ones and an error: error(x, w) is an integer.
template <class Error>
aw::table perturbed(std::string name, const Error& error) {
    std::vector<std::uint16_t> products(aw::operand_pairs);
    for (int x = 0; x < 256; ++x) {
        for (int w = 0; w < 256; ++w) {
            products[static_cast<std::size_t>(256 * x + w)] =
                static_cast<std::uint16_t>(std::clamp(x * w + error(x, w), 0, 0xFFFF));
        }
    }
    return aw::table(std::move(name), products);
}

/// One table for each kind of structure that an engine may know to use.
inline std::vector<aw::table> table_cases() {
    aw::random_generator random(7);
    const auto within = [&random](int bound) {
        return static_cast<int>(aw::uniform_below(random, static_cast<std::uint64_t>(2 * bound + 1))) - bound;
    };
    const auto five_terms = [](int x, int w) {
        int lost = 0; // bit i of x times low bits of w: five products of a function of x and one of w
        for (int i = 0; i < 5; ++i) {
            lost += (x >> i & 1) * (w % (1 << (7 - i))) << i;
        }
        return -lost;
    };
    const auto renamed = [](std::string name, const aw::table& model) {
        return aw::table(std::move(name), model.products());
    };
    return {// errors independent of each other, too large for 8 bits: nothing to be found
            perturbed("general", [&](int, int) { return within(2000); }),
            // the same within -120 to 120
            perturbed("error-8-bits", [&](int, int) { return within(120); }),
            // one product of a function of x and one of w; up to 465, beyond 8 bits
            perturbed("rank-1", [](int x, int w) { return -(x & 31) * (w & 15); }),
            perturbed("rank-5", five_terms), renamed("exact", aw::tabulate(aw::exact{})),
            renamed("truncating", aw::tabulate(aw::families::truncation<2, 2>{}))};
}

enum class data_kind { uniform, relu };

[[nodiscard]] constexpr std::string_view to_string(data_kind kind) {
    return kind == data_kind::uniform ? "uniform" : "relu";
}

/// Codes of a layer. uniform: all codes equally likely. relu: half of the activations 0, the others
/// exponential; weights around their zero point.
class layer_data {
public:
    layer_data(const aw::convolution_shape& shape, data_kind kind) : shape_(shape) {
        aw::random_generator random(1);
        const auto draw = [&random] { return aw::uniform_unit(random); };
        weights_.resize(shape.outputs * shape.depth());
        for (auto& w : weights_) {
            w = static_cast<std::uint8_t>(
                kind == data_kind::uniform ? 256 * draw() : 64 * (draw() + draw() + draw() + draw()));
        }
        activations_.resize(shape.images * shape.input.size());
        for (auto& x : activations_) {
            const double value = kind == data_kind::uniform ? 256 * draw()
                                 : draw() < 0.5             ? 0.0
                                                            : -40 * std::log(1 - draw());
            x = static_cast<std::uint8_t>(std::min(value, 255.0));
        }
    }

    /// The convolution of the first `images` images. `sums` is made to fit.
    [[nodiscard]] aw::convolution_task task(const aw::table& multiplier, std::size_t images,
                                            std::vector<std::int32_t>& sums) const {
        aw::convolution_task result{shape_, &multiplier, activations_.data(), weights_.data(), 0, nullptr};
        result.shape.images = images;
        sums.resize(result.shape.positions() * shape_.outputs);
        result.sums = sums.data();
        return result;
    }
    [[nodiscard]] const aw::convolution_shape& shape() const { return shape_; }

private:
    aw::convolution_shape shape_;
    std::vector<std::uint8_t> activations_, weights_;
};

/// Products in a convolution.
[[nodiscard]] inline double products_of(const aw::convolution_shape& shape) {
    return static_cast<double>(shape.positions() * shape.outputs * shape.depth());
}

} // namespace bench
