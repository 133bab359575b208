// SPDX-License-Identifier: MIT
/// @file
/// The exceptions that the library throws. All derive from alwann::error.
#pragma once

#include <alwann/core/config.hpp>

#include <stdexcept>
#include <string>
#include <utility>

namespace alwann::inline ALWANN_ABI {

/// Base of everything the library throws on purpose.
class error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// A file that cannot be opened, read or written.
class io_error : public error {
public:
    /// Of a file and what went wrong with it.
    io_error(std::string file, const std::string& problem)
        : error(file + ": " + problem), file_(std::move(file)) {}

    /// The file as it was named by the caller.
    [[nodiscard]] const std::string& file() const noexcept { return file_; }

private:
    std::string file_;
};

/// A file whose content is not what its format asks for: names the file, the field and the expectation.
class format_error : public error {
public:
    /// Of a file, the field in it, what was expected there and what was found.
    format_error(std::string file, std::string field, std::string expected, const std::string& found = {})
        : error(file + ": " + field + ": expected " + expected + (found.empty() ? "" : ", found " + found)),
          file_(std::move(file)),
          field_(std::move(field)),
          expected_(std::move(expected)) {}

    /// The file's name.
    [[nodiscard]] const std::string& file() const noexcept { return file_; }
    /// The field that is wrong.
    [[nodiscard]] const std::string& field() const noexcept { return field_; }
    /// What should have been there.
    [[nodiscard]] const std::string& expected() const noexcept { return expected_; }

private:
    std::string file_, field_, expected_;
};

/// A network that uses something the library does not implement: names the operator, the node and the file.
class unsupported_error : public error {
public:
    /// Of a file, the node in it and its operation; `reason` says more.
    unsupported_error(std::string file, std::string node, std::string operation,
                      const std::string& detail = {})
        : error(file + ": node '" + node + "': operator " + operation + " is not supported" +
                (detail.empty() ? "" : " (" + detail + ")")),
          file_(std::move(file)),
          node_(std::move(node)),
          operation_(std::move(operation)) {}

    /// The file's name.
    [[nodiscard]] const std::string& file() const noexcept { return file_; }
    /// Its name in the file.
    [[nodiscard]] const std::string& node() const noexcept { return node_; }
    /// What the node should do.
    [[nodiscard]] const std::string& operation() const noexcept { return operation_; }

private:
    std::string file_, node_, operation_;
};

/// Tensors, layers or weights whose sizes do not fit together.
class shape_error : public error {
public:
    using error::error;
};

/// An argument outside its range: the message names it and the range.
class value_error : public error {
public:
    using error::error;
};

/// A name that is not in a library, or that names two different things in one.
class name_error : public error {
public:
    using error::error;
};

/// A search space in which no design meets the constraints.
class infeasible_error : public error {
public:
    using error::error;
};

} // namespace alwann::inline ALWANN_ABI
