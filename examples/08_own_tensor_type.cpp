// SPDX-License-Identifier: MIT
/// A tensor type of one's own: images go through it from the data set to the network's codes, without
/// xtensor.
///
/// The library reads and writes tensors through strided views. So this one may keep its channels apart
/// (NCHW), as many frameworks do, and still be addressed as [image][row][column][channel].
#include <alwann/io/dataset.hpp>
#include <alwann/io/normalisation.hpp>
#include <alwann/nn/float_inference.hpp>
#include <alwann/nn/graph.hpp>
#include <alwann/nn/inference.hpp>
#include <alwann/nn/quantize.hpp>
#include <alwann/tensor/policy.hpp>

#include <array>
#include <cstdio>
#include <functional>
#include <numeric>
#include <vector>

namespace aw = alwann;

/// The last dimension is kept outside all others but the first.
template <class T, std::size_t Rank>
struct planar_tensor {
    std::array<std::size_t, Rank> extents{};
    std::vector<T> values;

    [[nodiscard]] std::array<std::size_t, Rank> strides() const {
        std::array<std::size_t, Rank> result{};
        std::size_t step = 1;
        for (std::size_t d = Rank - 1; d-- > 1;) {
            result[d] = step;
            step *= extents[d];
        }
        result[Rank - 1] = step;
        result[0] = step * extents[Rank - 1];
        return result;
    }
};

/// The policy: which type, how one is made, how one is looked at.
struct planar_tensors {
    template <class T, std::size_t Rank>
    using tensor = planar_tensor<T, Rank>;

    template <class T, std::size_t Rank>
    static tensor<T, Rank> make(const std::array<std::size_t, Rank>& extents) {
        const auto size =
            std::accumulate(extents.begin(), extents.end(), std::size_t{1}, std::multiplies<>{});
        return {extents, std::vector<T>(size)};
    }
    template <class T, std::size_t Rank>
    static aw::tensor_view<T, Rank> view(planar_tensor<T, Rank>& tensor) {
        return {tensor.values.data(), tensor.extents, tensor.strides()};
    }
    template <class T, std::size_t Rank>
    static aw::tensor_view<const T, Rank> view(const planar_tensor<T, Rank>& tensor) {
        return {tensor.values.data(), tensor.extents, tensor.strides()};
    }
};
static_assert(aw::tensor_policy<planar_tensors>);

int main() {
    // A data set of two colour images in memory, 4 x 4 pixels: a ramp in each channel.
    std::vector<std::uint8_t> bytes(2 * 4 * 4 * 3);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<std::uint8_t>(i * 5 / 2 + i % 3 * 5);
    }
    const auto data = aw::make_dataset("ramps", {4, 4, 3}, bytes, {0, 1});
    const auto how = aw::normalisation_from_string("cifar10");

    const auto planar = aw::normalise<planar_tensors>(data, how, 0, data.size());
    const auto dense = aw::normalise<aw::plain_tensors>(data, how, 0, data.size());
    std::printf("in memory, planar: %6.3f %6.3f %6.3f ... (red, red, red)\n", planar.values[0],
                planar.values[1], planar.values[2]);
    std::printf("in memory, dense:  %6.3f %6.3f %6.3f ... (red, green, blue)\n", dense.values[0],
                dense.values[1], dense.values[2]);

    // A network made by hand: a 1 x 1 convolution from three channels to two, and the mean of each.
    aw::graph trained({4, 4, 3}, "made by hand");
    aw::op::conv2d mix{};
    mix.weights = {0.5f, -0.25f, 0.1f, -0.3f, 0.2f, 0.6f};
    mix.bias = {0.1f, -0.1f};
    mix.outputs = 2;
    trained.add("means", aw::op::global_average_pool{}, {trained.add("mix", mix, {0})});

    const auto network = aw::quantize(trained, planar_tensors::view(planar));
    const auto from_planar = aw::encode_images(network, planar_tensors::view(planar));
    const auto from_dense = aw::encode_images(network, aw::plain_tensors::view(dense));
    const auto logits = aw::run(network, aw::exact_setting(network), from_planar);
    std::printf("quantised results: %.3f %.3f and %.3f %.3f\n", logits[0], logits[1], logits[2], logits[3]);
    std::printf("the same codes from both: %s\n", from_planar.codes == from_dense.codes ? "yes" : "no");
    return from_planar.codes == from_dense.codes ? 0 : 1;
}
