// SPDX-License-Identifier: MIT
/// @file
/// Constants of ONNX files: initializers and the values of Constant nodes.
#pragma once

#include <alwann/core/error.hpp>
#include <alwann/core/parse_number.hpp>
#include <alwann/io/detail/little_endian.hpp>
#include <alwann/io/detail/plain_file.hpp>

#ifndef ONNX_ML
#error "alwann/io/onnx.hpp: define ONNX_ML=1 and ONNX_NAMESPACE=onnx, as the CMake target onnx_proto does"
#endif
#include <onnx/onnx_pb.h>

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// An integer of the shape arithmetic that exporters emit. How many images there are is not known at
/// import: that number is carried along as a mark.
struct onnx_integer {
    std::int64_t value = 0;
    bool is_batch = false;

    friend bool operator==(const onnx_integer&, const onnx_integer&) = default;
};

/// Where the numbers of a constant come from that were codes: DequantizeLinear.
struct onnx_coding {
    std::vector<float> scale;        ///< one, or one for each position of a dimension
    std::vector<std::int32_t> zero;  ///< as many; signed bytes count from 128
    std::size_t axis = 0;            ///< that dimension
    bool bytes = true;               ///< else 32-bit integers
    int type = 0;                    ///< of the codes
    std::vector<std::int32_t> codes; ///< of a list
};

/// Values that do not depend on the network's input. No dimensions: one value.
struct onnx_constant {
    std::vector<std::int64_t> dims;
    std::variant<std::vector<float>, std::vector<onnx_integer>> values;
    int type = 0;                      ///< of the file's tensor, as far as it matters
    std::optional<onnx_coding> coding; ///< of reals that were codes

    [[nodiscard]] std::size_t size() const {
        return std::visit([](const auto& all) { return all.size(); }, values);
    }
};

/// Most values of one constant, and most dimensions: beyond any network that fits an ONNX file.
inline constexpr std::size_t onnx_most_values = std::size_t{1} << 31;
inline constexpr std::size_t onnx_most_dimensions = 16;

/// The number of values, or nothing for negative, too many or too large dimensions.
[[nodiscard]] inline std::optional<std::size_t> onnx_count(const std::vector<std::int64_t>& dims) {
    if (dims.size() > onnx_most_dimensions) {
        return std::nullopt;
    }
    std::size_t count = 1;
    bool empty = false;
    for (const auto extent : dims) {
        if (extent < 0 || static_cast<std::uint64_t>(extent) > onnx_most_values) {
            return std::nullopt;
        }
        if (extent == 0) {
            empty = true;
            continue;
        }
        count *= static_cast<std::size_t>(extent); // both at most 2^31: no overflow
        if (count > onnx_most_values) {
            return std::nullopt;
        }
    }
    return empty ? 0 : count;
}

/// "[16,3,3,3]", for messages.
[[nodiscard]] inline std::string to_string(const std::vector<std::int64_t>& dims) {
    std::string text = "[";
    for (const auto extent : dims) {
        text += (text.size() > 1 ? "," : "") + std::to_string(extent);
    }
    return text + "]";
}

/// IEEE half precision. Subnormal numbers and infinities included.
[[nodiscard]] inline float from_float16(std::uint16_t half) noexcept {
    const float sign = (half & 0x8000U) != 0 ? -1.0F : 1.0F;
    const int exponent = (half >> 10) & 0x1F;
    const int mantissa = half & 0x3FF;
    if (exponent == 0x1F) {
        return sign * (mantissa == 0 ? HUGE_VALF : std::nanf(""));
    }
    return exponent == 0 ? sign * std::ldexp(static_cast<float>(mantissa), -24)
                         : sign * std::ldexp(static_cast<float>(mantissa + 1024), exponent - 25);
}

/// Bytes of a tensor that is stored beside the model. The name in the model cannot leave its folder.
[[nodiscard]] inline std::string read_onnx_external(const std::string& file,
                                                    const ::onnx::TensorProto& tensor, std::size_t bytes) {
    const std::string field = "tensor '" + tensor.name() + "' external_data";
    std::string location;
    std::uintmax_t offset = 0, length = bytes;
    for (const auto& entry : tensor.external_data()) {
        if (entry.key() == "location") {
            location = entry.value();
        } else if (entry.key() == "offset" || entry.key() == "length") {
            auto& number = entry.key() == "offset" ? offset : length;
            const auto found = parse_number<std::uintmax_t>(entry.value());
            if (!found || *found > (std::uintmax_t{1} << 48)) {
                throw format_error(file, field + " " + entry.key(), "a number of bytes",
                                   "'" + entry.value() + "'");
            }
            number = *found;
        }
    }
    const std::filesystem::path relative(location);
    bool leaves = relative.empty() || relative.is_absolute();
    for (const auto& part : relative) {
        leaves = leaves || part == "..";
    }
    const auto folder = std::filesystem::path(file).parent_path();
    std::error_code problem;
    if (!leaves) { // a link may lead elsewhere, too
        const auto base = std::filesystem::weakly_canonical(folder.empty() ? "." : folder, problem);
        const auto target = std::filesystem::weakly_canonical(folder / relative, problem);
        const auto inside = target.lexically_relative(base);
        leaves = problem || inside.empty() || *inside.begin() == "..";
    }
    if (leaves) {
        throw format_error(file, field + " location", "a file in the folder of the model",
                           "'" + location + "'");
    }
    if (length != bytes) {
        throw format_error(file, field + " length", std::to_string(bytes) + " bytes", std::to_string(length));
    }
    auto content = read_plain_file(folder / relative, bytes, offset);
    if (content.size() != bytes) {
        throw format_error((folder / relative).string(), "tensor '" + tensor.name() + "'",
                           std::to_string(bytes) + " bytes at offset " + std::to_string(offset),
                           std::to_string(content.size()));
    }
    return content;
}

/// Reads the values of one tensor: from raw bytes, or from the field of its type.
template <class Stored, class Field, class Convert>
[[nodiscard]] auto read_onnx_values(const std::string& file, const ::onnx::TensorProto& tensor,
                                    std::size_t count, const Field& field, Convert convert) {
    std::vector<decltype(convert(Stored{}))> values;
    const bool external = tensor.data_location() == ::onnx::TensorProto::EXTERNAL;
    if (external || tensor.has_raw_data()) {
        const std::string beside =
            external ? read_onnx_external(file, tensor, count * sizeof(Stored)) : std::string();
        const std::string_view raw = external ? beside : tensor.raw_data();
        if (raw.size() != count * sizeof(Stored)) {
            throw format_error(file, "tensor '" + tensor.name() + "' raw_data",
                               std::to_string(count * sizeof(Stored)) + " bytes", std::to_string(raw.size()));
        }
        values.reserve(count);
        for (std::size_t i = 0; i < count; ++i) {
            values.push_back(convert(load_little_endian<Stored>(raw.data() + i * sizeof(Stored))));
        }
        return values;
    }
    if (static_cast<std::size_t>(field.size()) != count) {
        throw format_error(file, "tensor '" + tensor.name() + "'", std::to_string(count) + " values",
                           std::to_string(field.size()));
    }
    values.reserve(count);
    for (const auto value : field) {
        values.push_back(convert(static_cast<Stored>(value)));
    }
    return values;
}

/// Reads a tensor. Throws format_error naming file and tensor.
[[nodiscard]] inline onnx_constant read_onnx_tensor(const std::string& file,
                                                    const ::onnx::TensorProto& tensor) {
    using proto = ::onnx::TensorProto;
    onnx_constant result;
    result.dims.assign(tensor.dims().begin(), tensor.dims().end());
    const auto count = onnx_count(result.dims);
    if (!count) {
        throw format_error(file, "tensor '" + tensor.name() + "' dims", "up to 16 dimensions and 2^31 values",
                           to_string(result.dims));
    }
    const auto integer = [](auto value) { return onnx_integer{static_cast<std::int64_t>(value)}; };
    const auto real = [](auto value) { return static_cast<float>(value); };
    const auto read = [&]<class Stored>(Stored, const auto& field, auto convert) {
        result.values = read_onnx_values<Stored>(file, tensor, *count, field, convert);
    };
    switch (tensor.data_type()) {
    case proto::FLOAT:
        read(float{}, tensor.float_data(), real);
        break;
    case proto::DOUBLE:
        read(double{}, tensor.double_data(), real);
        break;
    case proto::FLOAT16:
        read(std::uint16_t{}, tensor.int32_data(), from_float16);
        break;
    case proto::BFLOAT16:
        read(std::uint16_t{}, tensor.int32_data(),
             [](std::uint16_t bits) { return std::bit_cast<float>(std::uint32_t{bits} << 16); });
        break;
    case proto::INT64:
        read(std::int64_t{}, tensor.int64_data(), integer);
        break;
    case proto::INT32:
        read(std::int32_t{}, tensor.int32_data(), integer);
        break;
    case proto::INT8:
        read(std::int8_t{}, tensor.int32_data(), integer);
        break;
    case proto::BOOL:
    case proto::UINT8:
        read(std::uint8_t{}, tensor.int32_data(), integer);
        break;
    default:
        throw format_error(file, "tensor '" + tensor.name() + "' data_type",
                           "float, double, float16, bfloat16, int64, int32, int8, uint8 or bool",
                           "type " + std::to_string(tensor.data_type()));
    }
    result.type = tensor.data_type();
    return result;
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
