// SPDX-License-Identifier: MIT
/// oneDNN's exact convolution of unsigned activations with signed weights, on one thread: what a processor
/// does where nothing is approximate. CMake defines ALWANN_BENCH_ONEDNN where oneDNN was found.
#pragma once

#include <alwann/kernel/convolution.hpp>

#if defined(ALWANN_BENCH_ONEDNN)

#include <alwann/core/cpu.hpp>

#include <cstdint>
#include <dlfcn.h>
#include <oneapi/dnnl/dnnl.hpp>
#include <string>
#include <unordered_map>
#include <vector>

namespace bench {

namespace aw = alwann;

/// Lets oneDNN use one thread. An empty text, or why that cannot be done.
inline std::string restrict_onednn() {
    const auto runtime = dnnl_version()->cpu_runtime;
    if (runtime == DNNL_RUNTIME_SEQ) {
        return {};
    }
    if (runtime != DNNL_RUNTIME_OMP) {
        return "this oneDNN uses threads other than those of OpenMP, which cannot be limited here";
    }
    // OMP_NUM_THREADS is read before main() begins, and this program is not an OpenMP program itself.
    using setter = void (*)(int);
    const auto set_threads = reinterpret_cast<setter>(dlsym(RTLD_DEFAULT, "omp_set_num_threads"));
    if (set_threads == nullptr) {
        return "OpenMP's omp_set_num_threads was not found";
    }
    set_threads(1);
    return {};
}

/// The same layer as a task, activations NHWC and sums of 32 bits, in the layouts that oneDNN prefers.
///
/// Weights are w - 128. Without VNNI instructions pairs of products are added in 16 bits, where they may
/// saturate: then (w - 128) / 2.
class onednn_convolution {
public:
    explicit onednn_convolution(const aw::convolution_task& task)
        : task_(task), halved_(!aw::detect_cpu().avx512vnni) {
        using dnnl::memory;
        using tag = memory::format_tag;
        using type = memory::data_type;
        const auto& shape = task.shape;
        const auto& g = shape.geometry;
        const auto out = shape.output();
        const auto size = [](std::size_t value) { return static_cast<memory::dim>(value); };
        const memory::dims from{size(shape.images), size(shape.input.channels), size(shape.input.height),
                                size(shape.input.width)};
        const memory::dims to{size(shape.images), size(shape.outputs), size(out.height), size(out.width)};
        memory::dims kernel{size(shape.group_outputs()), size(shape.group_inputs()), size(g.kernel_height),
                            size(g.kernel_width)};
        if (shape.groups > 1) {
            kernel.insert(kernel.begin(), size(shape.groups));
        }
        const dnnl::convolution_forward::desc what(
            dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct,
            {from, type::u8, tag::any}, {kernel, type::s8, tag::any}, {to, type::s32, tag::any},
            {size(g.stride_height), size(g.stride_width)},
            {size(g.dilation_height) - 1, size(g.dilation_width) - 1}, {size(g.pad_top), size(g.pad_left)},
            {size(g.pad_bottom), size(g.pad_right)});
        const dnnl::convolution_forward::primitive_desc chosen(what, engine_);
        implementation_ = chosen.impl_info_str();
        convolution_ = dnnl::convolution_forward(chosen);

        auto* activations = const_cast<std::uint8_t*>(task.activations); // only read
        const memory plain_from({from, type::u8, tag::nhwc}, engine_, activations);
        memory plain_kernel({kernel, type::s8, shape.groups > 1 ? tag::goihw : tag::oihw}, engine_);
        arrange_weights(static_cast<std::int8_t*>(plain_kernel.get_data_handle()));
        result_ = memory(chosen.dst_desc(), engine_);
        arguments_ = {{DNNL_ARG_SRC, converted(plain_from, chosen.src_desc())},
                      {DNNL_ARG_WEIGHTS, converted(plain_kernel, chosen.weights_desc())},
                      {DNNL_ARG_DST, result_}};
    }

    void operator()() {
        convolution_.execute(stream_, arguments_);
        stream_.wait();
    }

    /// Whether the last call's sums of some results are those of a plain loop.
    [[nodiscard]] bool is_right() {
        const auto& shape = task_.shape;
        const auto out = shape.output();
        dnnl::memory sums(
            {result_.get_desc().dims(), dnnl::memory::data_type::s32, dnnl::memory::format_tag::nhwc},
            engine_);
        convert(result_, sums);
        const auto* found = static_cast<const std::int32_t*>(sums.get_data_handle());
        const std::size_t results = shape.positions() * shape.outputs;
        for (std::size_t i = 0; i < results; i += results / 1000 * 2 + 1) {
            const std::size_t f = i % shape.outputs, p = i / shape.outputs;
            const std::size_t n = p / (out.height * out.width);
            if (found[i] != plain_sum(n, p / out.width % out.height, p % out.width, f)) {
                return false;
            }
        }
        return true;
    }

    [[nodiscard]] const std::string& implementation() const { return implementation_; }

private:
    [[nodiscard]] int weight(std::size_t f, std::size_t k) const {
        const int code = task_.weights[f * task_.shape.depth() + k];
        return halved_ ? (code - 128) / 2 : code - 128;
    }

    void arrange_weights(std::int8_t* to) const {
        const auto& shape = task_.shape;
        const std::size_t inputs = shape.group_inputs(), area = shape.depth() / inputs;
        for (std::size_t f = 0; f < shape.outputs; ++f) {
            for (std::size_t c = 0; c < inputs; ++c) {
                for (std::size_t i = 0; i < area; ++i) {
                    *to++ = static_cast<std::int8_t>(weight(f, i * inputs + c));
                }
            }
        }
    }

    [[nodiscard]] int plain_sum(std::size_t n, std::size_t oy, std::size_t ox, std::size_t f) const {
        const auto& shape = task_.shape;
        const auto& g = shape.geometry;
        const auto& in = shape.input;
        const std::size_t first = f / shape.group_outputs() * shape.group_inputs();
        std::size_t k = 0;
        int sum = 0;
        for (std::size_t ky = 0; ky < g.kernel_height; ++ky) {
            for (std::size_t kx = 0; kx < g.kernel_width; ++kx) {
                const std::size_t y = oy * g.stride_height + ky * g.dilation_height - g.pad_top;
                const std::size_t x = ox * g.stride_width + kx * g.dilation_width - g.pad_left;
                for (std::size_t c = 0; c < shape.group_inputs(); ++c, ++k) {
                    if (y < in.height && x < in.width) {
                        const std::size_t pixel = (n * in.height + y) * in.width + x;
                        sum += task_.activations[pixel * in.channels + first + c] * weight(f, k);
                    }
                }
            }
        }
        return sum;
    }

    void convert(dnnl::memory& from, dnnl::memory& to) {
        dnnl::reorder(from, to).execute(stream_, from, to);
        stream_.wait();
    }
    dnnl::memory converted(dnnl::memory from, const dnnl::memory::desc& layout) {
        if (from.get_desc() == layout) {
            return from;
        }
        dnnl::memory to(layout, engine_);
        convert(from, to);
        return to;
    }

    aw::convolution_task task_;
    bool halved_;
    dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
    dnnl::stream stream_{engine_};
    std::string implementation_;
    dnnl::convolution_forward convolution_;
    dnnl::memory result_;
    std::unordered_map<int, dnnl::memory> arguments_;
};

} // namespace bench

#endif
