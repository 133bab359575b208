// SPDX-License-Identifier: MIT
/// @file
/// GraphDef, NodeDef, AttrValue, TensorProto: the messages of a frozen graph, by their public field numbers.
#pragma once

#include <alwann/io/detail/graph_def_types.hpp>
#include <alwann/io/detail/half_precision.hpp>
#include <alwann/io/detail/little_endian.hpp>
#include <alwann/io/detail/wire_format.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Reads the messages of one file.
class graph_def_parser {
public:
    explicit graph_def_parser(std::string file) { result_.file = std::move(file); }

    graph_def parse(std::string_view bytes) {
        const wire_place place{result_.file, "content"};
        read_wire(bytes, place, [&](const wire_field& field) {
            if (field.number == 1) {
                result_.nodes.push_back(node(wire_bytes(field, place),
                                             {result_.file, "node " + std::to_string(result_.nodes.size())}));
            } else if (field.number > 5) {
                place.malformed(
                    "a GraphDef: nodes (field 1), versions, a library, debug information (2 to 5)",
                    "field " + std::to_string(field.number));
            }
        });
        if (result_.nodes.empty()) {
            place.malformed("a GraphDef with nodes", std::to_string(bytes.size()) + " bytes without any");
        }
        return std::move(result_);
    }

private:
    static constexpr std::size_t most_dims = 16;
    static constexpr std::size_t most_values = std::size_t{1} << 28; // what 1 GiB of floats holds

    graph_def_node node(std::string_view message, const wire_place& place) {
        graph_def_node result;
        // Names come first in every file seen, but nothing asks for it: collect, then read with the name.
        std::vector<std::string_view> attributes;
        read_wire(message, place, [&](const wire_field& field) {
            switch (field.number) {
            case 1:
                result.name = wire_bytes(field, place);
                break;
            case 2:
                result.operation = wire_bytes(field, place);
                break;
            case 3:
                result.inputs.emplace_back(wire_bytes(field, place));
                break;
            case 5:
                attributes.push_back(wire_bytes(field, place));
                break;
            default:
                break;
            }
        });
        if (result.name.empty() || result.operation.empty()) {
            place.malformed("a name and an operator", "'" + result.name + "', '" + result.operation + "'");
        }
        const wire_place named{result_.file, "node '" + result.name + "'"};
        for (const auto entry : attributes) {
            std::string key;
            graph_def_attribute value;
            const wire_place inside = named.in("attribute");
            read_wire(entry, inside, [&](const wire_field& field) {
                if (field.number == 1) {
                    key = wire_bytes(field, inside);
                } else if (field.number == 2) {
                    value = attribute(wire_bytes(field, inside), named.in("attribute '" + key + "'"));
                }
            });
            result.attributes.insert_or_assign(std::move(key), std::move(value));
        }
        return result;
    }

    graph_def_attribute attribute(std::string_view message, const wire_place& place) {
        graph_def_attribute value;
        read_wire(message, place, [&](const wire_field& field) {
            switch (field.number) {
            case 1:
                value = list(wire_bytes(field, place), place);
                break;
            case 2:
                value = std::string(wire_bytes(field, place));
                break;
            case 3:
                value = wire_integer(field, place);
                break;
            case 4:
                value = wire_float(field, place);
                break;
            case 5:
                value = wire_integer(field, place) != 0;
                break;
            case 6:
                value = static_cast<graph_def_type>(wire_integer(field, place));
                break;
            case 7:
                value = shape(wire_bytes(field, place), place);
                break;
            case 8:
                value = tensor(wire_bytes(field, place), place);
                break;
            default: // functions, placeholders
                break;
            }
        });
        return value;
    }

    static graph_def_attribute list(std::string_view message, const wire_place& place) {
        std::vector<std::int64_t> integers;
        std::vector<float> floats;
        bool other = false;
        read_wire(message, place, [&](const wire_field& field) {
            if (field.number == 3) {
                append_wire_numbers<std::int64_t>(field, wire_kind::varint, place, integers);
            } else if (field.number == 4) {
                append_wire_numbers<float>(field, wire_kind::fixed32, place, floats);
            } else {
                other = true;
            }
        });
        if (other) {
            return {};
        }
        return floats.empty() ? graph_def_attribute(std::move(integers))
                              : graph_def_attribute(std::move(floats));
    }

    static graph_def_shape shape(std::string_view message, const wire_place& place) {
        graph_def_shape result;
        read_wire(message, place, [&](const wire_field& field) {
            if (field.number == 3) {
                result.known_rank = wire_integer(field, place) == 0;
            }
            if (field.number != 2) {
                return;
            }
            std::int64_t extent = 0;
            const auto dim = wire_bytes(field, place);
            read_wire(dim, place, [&](const wire_field& part) {
                if (part.number == 1) {
                    extent = wire_integer(part, place);
                }
            });
            if (extent < -1 || result.dims.size() == most_dims) {
                place.in("shape").malformed("up to 16 dimensions of -1 or more", std::to_string(extent));
            }
            result.dims.push_back(extent);
        });
        return result;
    }

    graph_def_tensor tensor(std::string_view message, const wire_place& place) {
        graph_def_tensor result{static_cast<graph_def_type>(0), {}, {}};
        std::optional<std::string_view> content;
        std::vector<wire_field> values; // their meaning depends on the type, which may come later
        read_wire(message, place, [&](const wire_field& field) {
            switch (field.number) {
            case 1:
                result.type = static_cast<graph_def_type>(wire_integer(field, place));
                break;
            case 2:
                result.dims = shape(wire_bytes(field, place), place).dims;
                break;
            case 3:
                break;
            case 4:
                content = wire_bytes(field, place);
                break;
            default:
                values.push_back(field);
            }
        });
        std::size_t count = 1;
        for (const auto extent : result.dims) {
            if (extent < 0 || (extent > 0 && count > most_values / static_cast<std::size_t>(extent))) {
                place.in("tensor shape").malformed("known extents and at most 2^28 values", "more");
            }
            count *= static_cast<std::size_t>(extent);
        }
        if (content && content->empty()) {
            content.reset();
        }
        const auto read = [&]<class Stored, class Number>(int number, wire_kind kind, auto convert, Stored,
                                                          Number) {
            result.values = numbers<Stored, Number>(number, kind, count, content, values, place, convert);
        };
        const auto same = [](auto value) { return value; };
        using type = graph_def_type;
        switch (result.type) {
        case type::float32:
            read(5, wire_kind::fixed32, same, float{}, float{});
            break;
        case type::float64:
            read(
                6, wire_kind::fixed64, [](double value) { return static_cast<float>(value); }, double{},
                float{});
            break;
        case type::float16:
            read(13, wire_kind::varint, half_to_float, std::uint16_t{}, float{});
            break;
        case type::bfloat16:
            read(
                13, wire_kind::varint,
                [](std::uint16_t bits) { return std::bit_cast<float>(std::uint32_t{bits} << 16); },
                std::uint16_t{}, float{});
            break;
        case type::int32:
        case type::qint32:
            read(7, wire_kind::varint, same, std::int32_t{}, std::int64_t{});
            break;
        case type::int64:
            read(10, wire_kind::varint, same, std::int64_t{}, std::int64_t{});
            break;
        case type::qint8:
            read(7, wire_kind::varint, same, std::int8_t{}, std::int64_t{});
            break;
        case type::boolean:
            read(11, wire_kind::varint, same, std::uint8_t{}, std::int64_t{});
            break;
        case type::uint8:
        case type::quint8:
            read(7, wire_kind::varint, same, std::uint8_t{}, std::uint8_t{});
            break;
        default: // texts: nothing computes with them
            break;
        }
        return result;
    }

    /// The values of a tensor: as raw content, or as a list whose last value stands for all that follow
    /// (none: all are 0).
    template <class Stored, class Number, class Convert>
    std::vector<Number>
    numbers(int number, wire_kind kind, std::size_t count, const std::optional<std::string_view>& content,
            const std::vector<wire_field>& fields, const wire_place& place, const Convert& convert) {
        std::vector<Number> result;
        if (content) {
            if (content->size() % sizeof(Stored) != 0 || content->size() / sizeof(Stored) != count) {
                place.in("tensor_content")
                    .malformed(std::to_string(count) + " values of " + std::to_string(sizeof(Stored)) +
                                   " bytes",
                               std::to_string(content->size()) + " bytes");
            }
            result.reserve(count);
            for (std::size_t i = 0; i < count; ++i) {
                result.push_back(static_cast<Number>(
                    convert(load_little_endian<Stored>(content->data() + i * sizeof(Stored)))));
            }
            return result;
        }
        std::vector<Stored> listed;
        for (const auto& field : fields) {
            if (field.number == number) {
                append_wire_numbers<Stored>(field, kind, place.in("tensor"), listed);
            }
        }
        if (listed.size() > count) {
            place.in("tensor").malformed("at most " + std::to_string(count) + " values",
                                         std::to_string(listed.size()));
        }
        // A few bytes can ask for many equal values: those are limited for the file as a whole.
        const std::size_t repeated = count - listed.size();
        if (repeated > most_repeated - repeated_) {
            place.in("tensor").malformed("at most 2^24 repeated values in the file", "more");
        }
        repeated_ += repeated;
        result.reserve(count);
        for (const auto value : listed) {
            result.push_back(static_cast<Number>(convert(value)));
        }
        result.resize(count, listed.empty() ? Number{} : result.back());
        return result;
    }

    static constexpr std::size_t most_repeated = std::size_t{1} << 24;
    graph_def result_;
    std::size_t repeated_ = 0;
};

[[nodiscard]] inline graph_def parse_graph_def(std::string_view bytes, std::string file) {
    return graph_def_parser(std::move(file)).parse(bytes);
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
