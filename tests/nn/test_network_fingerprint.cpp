// SPDX-License-Identifier: MIT
#include <alwann/nn/network_fingerprint.hpp>

#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;

namespace {

// Operations each of which makes other codes than all the others, in a network of the same shapes and scales.
std::vector<aw::code_operation> different_operations() {
    std::vector<aw::code_operation> all{aw::code_op::input{}, aw::code_op::flatten{}};
    const auto variants = [&](auto first, const auto& change) {
        all.push_back(first);
        change(first);
        all.push_back(first);
    };
    aw::quantized_convolution layer;
    layer.weights = {1, 2, 3};
    layer.bias = {0.5};
    layer.weight_scale = {{0.1f, 3}};
    variants(layer, [](auto& op) { op.weights[1] = 7; });
    layer.geometry.pad_top = 1;
    variants(layer, [](auto& op) { op.bias[0] = 1, op.outputs = 9; });
    layer.geometry.stride_width = 2;
    variants(layer, [](auto& op) { op.codes.low = 100; });
    variants(aw::code_op::lookup{}, [](auto& op) { op.codes[200] = 1; });
    variants(aw::code_op::channel_lookup{{{}, {}}}, [](auto& op) { op.codes[1][0] = 1; });
    variants(aw::code_op::max_pool{}, [](auto& op) { op.geometry.kernel_width = 2; });
    variants(aw::code_op::average_pool{}, [](auto& op) { op.geometry.pad_right = 1; });
    variants(aw::code_op::average_pool{{}, 0, {aw::fixed_factor(0.25)}, {}},
             [](auto& op) { op.factor[0] = aw::fixed_factor(0.5); });
    variants(aw::code_op::add{}, [](auto& op) { op.codes.low = 3; });
    variants(aw::code_op::multiply{}, [](auto& op) { op.codes.high = 3; });
    variants(aw::code_op::concat{{{}, {}}}, [](auto& op) { op.pixels = true; });
    variants(aw::code_op::concat{{{}, {}, {}}}, [](auto& op) { op.codes[2][255] = 1; });
    variants(aw::code_op::pad{}, [](auto& op) { op.code = 1; });
    variants(aw::code_op::pad{{{1, 0, 0}}}, [](auto& op) { op.amounts.after[2] = 1; });
    variants(aw::code_op::slice{}, [](auto& op) { op.part.step[1] = -1; });
    variants(aw::code_op::softmax{}, [](auto& op) { op.groups = 7; });
    aw::code_op::softmax grouped;
    grouped.groups = 3;
    variants(grouped, [](auto& op) { op.codes.low = 7; });
    variants(aw::code_op::layer_norm{}, [](auto& op) { op.epsilon = 0.125f; });
    aw::code_op::layer_norm fine;
    fine.epsilon = 0.5f;
    variants(fine, [](auto& op) { op.codes.low = 7; });
    variants(aw::code_op::constant{{1, 2}}, [](auto& op) { op.codes[0] = 2; });
    return all;
}

} // namespace

TEST_CASE("Operations that make other codes have other hashes") {
    const auto all = different_operations();
    std::set<std::uint64_t> hashes;
    for (std::size_t i = 0; i < all.size(); ++i) {
        CAPTURE(i, all[i].index());
        CHECK(hashes.insert(aw::hash_of(all[i])).second);
        CHECK(aw::hash_of(all[i]) == aw::hash_of(aw::code_operation(all[i])));
    }
}
