// SPDX-License-Identifier: MIT
/// @file
/// Whether operations of a quantised network fit what they read.
#pragma once

#include <alwann/kernel/convolution.hpp>
#include <alwann/nn/layers/matrix_product.hpp>
#include <alwann/nn/operators.hpp>

#include <cstddef>
#include <span>
#include <string>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Throws shape_error for an operation that does not make images of `shape` of its inputs'.
class operation_check {
public:
    operation_check(std::span<const image_shape> inputs, const image_shape& shape)
        : inputs_(inputs), shape_(shape) {}

    void operator()(const code_op::input&) const { require(inputs_.empty(), "an input has no inputs"); }
    void operator()(const code_op::constant& what) const {
        require(inputs_.empty(), "a constant has no inputs");
        require_count("codes", what.codes.size(), shape_.size());
    }
    void operator()(const quantized_convolution& what) const {
        require_count("weight_scale", what.weight_scale.size(), what.outputs);
        require_count("bias", what.bias.size(), what.outputs);
        if (what.is_product()) {
            const op::matrix_product product{what.groups, what.source, what.factor};
            require(what.geometry == window{} && what.weights.empty(),
                    "a product has no kernel and no weights");
            require(inputs_.size() == 2, "expected 2 inputs, found " + std::to_string(inputs_.size()));
            return expect(product.shape(inputs_));
        }
        const convolution_shape work{1, only_input(inputs_), what.geometry, what.outputs, what.groups};
        check(work);
        require_count("weights", what.weights.size(), what.outputs * work.depth());
        expect(work.output());
    }
    void operator()(const code_op::lookup&) const { expect(only_input(inputs_)); }
    void operator()(const code_op::channel_lookup& what) const {
        expect(only_input(inputs_));
        require_count("codes", what.codes.size(), shape_.channels);
    }
    void operator()(const code_op::max_pool& what) const { expect(pooled_shape(inputs_, what.geometry)); }
    void operator()(const code_op::average_pool& what) const {
        expect(pooled_shape(inputs_, what.geometry));
        require_count("factor", what.factor.size(), what.geometry.kernel_height * what.geometry.kernel_width);
    }
    void operator()(const code_op::add&) const { expect(op::add{}.shape(inputs_)); }
    void operator()(const code_op::multiply&) const { expect(op::multiply{}.shape(inputs_)); }
    void operator()(const code_op::concat& what) const {
        expect(op::concat{what.pixels}.shape(inputs_));
        require_count("codes", what.codes.size(), inputs_.size());
    }
    void operator()(const code_op::flatten&) const { expect(op::flatten{}.shape(inputs_)); }
    void operator()(const code_op::pad& what) const { expect(what.amounts.shape(inputs_)); }
    void operator()(const code_op::slice& what) const { expect(what.part.shape(inputs_)); }
    void operator()(const code_op::softmax& what) const {
        expect(only_input(inputs_));
        require(what.groups > 0 && shape_.channels % what.groups == 0,
                "its channels cannot be split into " + std::to_string(what.groups) + " groups");
    }
    void operator()(const code_op::layer_norm& what) const {
        expect(only_input(inputs_));
        require_count("gamma", what.gamma.size(), shape_.channels);
        require_count("beta", what.beta.size(), shape_.channels);
    }

private:
    void expect(const image_shape& made) const {
        require(made == shape_, "makes " + to_string(made) + ", expected " + to_string(shape_));
    }

    std::span<const image_shape> inputs_;
    const image_shape& shape_;
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
