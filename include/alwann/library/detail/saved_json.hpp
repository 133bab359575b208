// SPDX-License-Identifier: MIT
/// @file
/// Fields of a JSON document with messages that say where they are (CMake component `json`).
#pragma once

#include <alwann/core/source_text.hpp>

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// A value of a JSON document that knows its place, such as `components[3].cost.power_mw`. Refers to the
/// document.
class json_value {
public:
    using document = nlohmann::ordered_json;

    json_value(const std::string& file, const document& value, std::string place = {})
        : file_(&file), value_(&value), place_(std::move(place)) {}

    [[noreturn]] void fail(const std::string& expected, const std::string& found = {}) const {
        throw format_error(*file_, place_.empty() ? "document" : place_, expected, found);
    }
    [[nodiscard]] const std::string& place() const noexcept { return place_; }

    [[nodiscard]] bool has(const char* key) const { return value_->is_object() && value_->contains(key); }
    /// A member that has to be there.
    [[nodiscard]] json_value at(const char* key) const {
        if (!value_->is_object()) {
            fail("an object", kind());
        }
        const auto found = value_->find(key);
        std::string inner = (place_.empty() ? "" : place_ + ".") + key;
        if (found == value_->end()) {
            throw format_error(*file_, inner, "a value", "none");
        }
        return {*file_, *found, std::move(inner)};
    }
    [[nodiscard]] std::vector<json_value> elements() const {
        if (!value_->is_array()) {
            fail("an array", kind());
        }
        std::vector<json_value> all;
        for (std::size_t i = 0; i < value_->size(); ++i) {
            all.emplace_back(*file_, (*value_)[i], place_ + "[" + std::to_string(i) + "]");
        }
        return all;
    }

    [[nodiscard]] const std::string& text() const {
        if (!value_->is_string()) {
            fail("a string", kind());
        }
        return value_->get_ref<const std::string&>();
    }
    /// A string for a message.
    [[nodiscard]] std::string shown() const { return quoted(std::string_view(text())); }
    [[nodiscard]] bool truth() const {
        if (!value_->is_boolean()) {
            fail("true or false", kind());
        }
        return value_->get<bool>();
    }
    [[nodiscard]] double number() const {
        if (!value_->is_number()) {
            fail("a number", kind());
        }
        return value_->get<double>();
    }
    /// A whole number of a range.
    [[nodiscard]] std::size_t whole(std::size_t low, std::size_t high) const {
        const double value = number();
        if (!(value >= static_cast<double>(low) && value <= static_cast<double>(high)) ||
            value != std::floor(value)) {
            fail("a whole number from " + std::to_string(low) + " to " + std::to_string(high),
                 value_->dump());
        }
        return static_cast<std::size_t>(value);
    }
    /// A figure that is not negative; NaN for null.
    [[nodiscard]] double figure_or_nan() const {
        if (value_->is_null()) {
            return std::numeric_limits<double>::quiet_NaN();
        }
        const double value = number();
        if (!(value >= 0) || !std::isfinite(value)) {
            fail("a number that is not negative, or null", value_->dump());
        }
        return value;
    }

private:
    [[nodiscard]] std::string kind() const { return value_->type_name(); }

    const std::string* file_;
    const document* value_;
    std::string place_;
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
