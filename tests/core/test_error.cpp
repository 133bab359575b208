// SPDX-License-Identifier: MIT
#include <alwann/core/error.hpp>
#include <alwann/core/overloaded.hpp>

#include <stdexcept>
#include <string>
#include <variant>

#include <catch.hpp>

namespace aw = alwann;

TEST_CASE("Every exception is an alwann::error and a std::runtime_error") {
    static_assert(std::is_base_of_v<std::runtime_error, aw::error>);
    static_assert(std::is_base_of_v<aw::error, aw::io_error>);
    static_assert(std::is_base_of_v<aw::error, aw::format_error>);
    static_assert(std::is_base_of_v<aw::error, aw::unsupported_error>);
    static_assert(std::is_base_of_v<aw::error, aw::shape_error>);
    static_assert(std::is_base_of_v<aw::error, aw::value_error>);
    static_assert(std::is_base_of_v<aw::error, aw::name_error>);
    static_assert(std::is_base_of_v<aw::error, aw::infeasible_error>);
    CHECK(std::string(aw::shape_error("text").what()) == "text");
}

TEST_CASE("Errors about files carry the fields that their message is made of") {
    const aw::io_error missing("a.bin", "cannot be opened");
    CHECK(missing.file() == "a.bin");
    CHECK(std::string(missing.what()) == "a.bin: cannot be opened");

    const aw::format_error odd("b.npy", "shape", "4 numbers", "3");
    CHECK(odd.file() == "b.npy");
    CHECK(odd.field() == "shape");
    CHECK(odd.expected() == "4 numbers");
    CHECK(std::string(odd.what()) == "b.npy: shape: expected 4 numbers, found 3");
    CHECK(std::string(aw::format_error("b", "f", "e").what()) == "b: f: expected e");

    const aw::unsupported_error alien("c.onnx", "node_7", "Gelu", "erf form");
    CHECK(alien.file() == "c.onnx");
    CHECK(alien.node() == "node_7");
    CHECK(alien.operation() == "Gelu");
    CHECK(std::string(alien.what()) == "c.onnx: node 'node_7': operator Gelu is not supported (erf form)");
    CHECK(std::string(aw::unsupported_error("c", "n", "G").what()) ==
          "c: node 'n': operator G is not supported");
}

TEST_CASE("Overloaded lambdas visit a variant") {
    const auto name = aw::overloaded{[](int) { return "int"; }, [](const auto&) { return "other"; }};
    CHECK(std::string(std::visit(name, std::variant<int, double>(1))) == "int");
    CHECK(std::string(std::visit(name, std::variant<int, double>(1.0))) == "other");
}
