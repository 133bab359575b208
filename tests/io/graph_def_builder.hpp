// SPDX-License-Identifier: MIT
// Builds small GraphDefs, byte by byte.
#pragma once

#include "io/files.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using dims = std::vector<std::int64_t>;
using names = std::vector<std::string>;

/// A protobuf message under construction.
struct wire_message {
    std::string bytes;

    void raw_varint(std::uint64_t value) {
        while (value > 127) {
            bytes += static_cast<char>(128 | (value & 127));
            value >>= 7;
        }
        bytes += static_cast<char>(value);
    }
    wire_message& varint(int field, std::int64_t value) {
        raw_varint(static_cast<std::uint64_t>(field) << 3);
        raw_varint(static_cast<std::uint64_t>(value));
        return *this;
    }
    wire_message& text(int field, std::string_view content) {
        raw_varint((static_cast<std::uint64_t>(field) << 3) | 2);
        raw_varint(content.size());
        bytes += content;
        return *this;
    }
    wire_message& real(int field, float value) {
        raw_varint((static_cast<std::uint64_t>(field) << 3) | 5);
        bytes += little_endian(value);
        return *this;
    }

    static std::string little_endian(float value) {
        const auto bits = std::bit_cast<std::uint32_t>(value);
        std::string result;
        for (int i = 0; i < 4; ++i) {
            result += static_cast<char>((bits >> (8 * i)) & 255);
        }
        return result;
    }
};

inline std::string shape_bytes(const dims& extents) {
    wire_message shape;
    for (const auto extent : extents) {
        shape.text(2, wire_message().varint(1, extent).bytes);
    }
    return shape.bytes;
}

/// A tensor of floats as raw content.
inline std::string float_tensor(const dims& extents, const std::vector<float>& values) {
    std::string content;
    for (const float value : values) {
        content += wire_message::little_endian(value);
    }
    return wire_message().varint(1, 1).text(2, shape_bytes(extents)).text(4, content).bytes;
}

/// A tensor of int32 as a packed list.
inline std::string integer_tensor(const dims& extents, const std::vector<int>& values) {
    wire_message list;
    for (const int value : values) {
        list.raw_varint(static_cast<std::uint64_t>(std::int64_t{value}));
    }
    return wire_message().varint(1, 3).text(2, shape_bytes(extents)).text(7, list.bytes).bytes;
}

/// A tensor of quint8 as raw content.
inline std::string code_tensor(const dims& extents, const std::vector<std::uint8_t>& values) {
    return wire_message()
        .varint(1, 12)
        .text(2, shape_bytes(extents))
        .text(4, std::string(values.begin(), values.end()))
        .bytes;
}

/// A file under construction. attribute() adds to the last node.
struct graph_def_builder {
    temporary_directory folder;

    graph_def_builder& node(const std::string& operation, const std::string& name, const names& inputs = {}) {
        auto& added = nodes_.emplace_back();
        added.text(1, name).text(2, operation);
        for (const auto& input : inputs) {
            added.text(3, input);
        }
        return *this;
    }
    /// `value` is a whole AttrValue.
    graph_def_builder& attribute(const std::string& name, const wire_message& value) {
        nodes_.back().text(5, wire_message().text(1, name).text(2, value.bytes).bytes);
        return *this;
    }
    graph_def_builder& set(const std::string& name, const char* text) {
        return attribute(name, wire_message().text(2, text));
    }
    graph_def_builder& set(const std::string& name, bool value) {
        return attribute(name, wire_message().varint(5, value ? 1 : 0));
    }
    graph_def_builder& set(const std::string& name, float value) {
        return attribute(name, wire_message().real(4, value));
    }
    graph_def_builder& set(const std::string& name, const dims& values) {
        wire_message list;
        for (const auto value : values) {
            list.raw_varint(static_cast<std::uint64_t>(value));
        }
        return attribute(name, wire_message().text(1, wire_message().text(3, list.bytes).bytes));
    }
    graph_def_builder& type(const std::string& name, int value) {
        return attribute(name, wire_message().varint(6, value));
    }
    graph_def_builder& placeholder(const std::string& name, const dims& extents) {
        node("Placeholder", name).type("dtype", 1);
        return attribute("shape", wire_message().text(7, shape_bytes(extents)));
    }
    graph_def_builder& constant(const std::string& name, const std::string& tensor) {
        return node("Const", name).attribute("value", wire_message().text(8, tensor));
    }

    [[nodiscard]] std::string bytes() const {
        wire_message file;
        for (const auto& node : nodes_) {
            file.text(1, node.bytes);
        }
        return file.text(4, wire_message().varint(1, 26).bytes).bytes; // versions
    }
    [[nodiscard]] std::filesystem::path write() const { return folder.write("graph.pb", bytes()); }

private:
    std::vector<wire_message> nodes_;
};
