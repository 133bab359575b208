// SPDX-License-Identifier: MIT
/// One convolution on a multiplier that is a lambda, beside the same convolution on the exact multiplier.
///
/// A generic lambda is tabulated whole vectors at a time; from then on it runs as fast as any other table.
#include <alwann/core/random.hpp>
#include <alwann/kernel/product_sums.hpp>
#include <alwann/multiplier/exact.hpp>
#include <alwann/multiplier/functional.hpp>
#include <alwann/multiplier/tabulate.hpp>

#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

namespace aw = alwann;

namespace {

std::vector<std::uint8_t> random_codes(std::size_t count, aw::random_generator& random) {
    std::vector<std::uint8_t> codes(count);
    for (auto& code : codes) {
        code = static_cast<std::uint8_t>(aw::uniform_below(random, 256));
    }
    return codes;
}

} // namespace

int main() {
    // The activation x loses its three low bits before it is multiplied by the weight w.
    const auto drop3 = aw::functional<"drop3">([](auto x, auto w) { return (x & 0xF8u) * w; });
    static_assert(drop3.vectorised);
    const aw::table approximate = aw::tabulate(drop3);
    const aw::table exact = aw::tabulate(aw::exact{});

    // Eight images of 32 x 32 pixels and 16 channels; 3 x 3 kernels, same size out, 32 channels out.
    aw::convolution_shape shape{8, {32, 32, 16}, {}, 32};
    shape.geometry.kernel_height = shape.geometry.kernel_width = 3;
    shape.geometry.pad_top = shape.geometry.pad_left = shape.geometry.pad_bottom = shape.geometry.pad_right =
        1;
    aw::random_generator random(1);
    const auto activations = random_codes(shape.images * shape.input.size(), random);
    const auto weights = random_codes(shape.outputs * shape.depth(), random);

    // Pixels outside the image have the code 0 here. They go through the multiplier like all others.
    const auto convolve = [&](const aw::table& multiplier) {
        std::vector<std::int32_t> sums(shape.positions() * shape.outputs);
        aw::product_sums({shape, &multiplier, activations.data(), weights.data(), 0, sums.data()});
        return sums;
    };
    const auto wanted = convolve(exact);
    const auto found = convolve(approximate);

    double mean = 0, squares = 0, worst = 0;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        const double error = double(found[i]) - wanted[i];
        mean += error / static_cast<double>(wanted.size());
        squares += error * error / static_cast<double>(wanted.size());
        worst = std::max(worst, std::abs(error));
    }
    std::printf("engine %s, %zu sums of %zu products each\n",
                std::string(aw::to_string(aw::active_engine(shape, approximate))).c_str(), wanted.size(),
                shape.depth());
    std::printf("first sum: exact %d, %s %d\n", wanted[0], approximate.name().c_str(), found[0]);
    std::printf("error of a sum: mean %.0f, root mean square %.0f, largest %.0f\n", mean, std::sqrt(squares),
                worst);
    return mean < 0 ? 0 : 1; // dropping bits can only make products smaller
}
