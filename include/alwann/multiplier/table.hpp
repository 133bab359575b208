// SPDX-License-Identifier: MIT
/// @file
/// A multiplier given by its truth table.
#pragma once

#include <alwann/core/error.hpp>
#include <alwann/multiplier/concept.hpp>

#include <array>
#include <memory>
#include <span>
#include <string>
#include <utility>

namespace alwann::inline ALWANN_ABI {

/// The 65,536 products of an 8x8 multiplier, index 256 * x + w, x the activation and w the weight code.
///
/// Immutable and shared: copies are cheap and refer to the same products. Also kept transposed, because
/// engines that hold a weight still read all products of that weight.
class table {
public:
    /// Copies the products. Throws value_error unless there are 65,536.
    table(std::string name, std::span<const std::uint16_t> products) : name_(std::move(name)) {
        if (products.size() != operand_pairs) {
            throw value_error("truth table '" + name_ + "': expected 65536 products, found " +
                              std::to_string(products.size()));
        }
        auto fresh = std::make_shared<storage>();
        std::uint64_t hash = 0xCBF29CE484222325u; // FNV-1a, low byte first, as the file format has it
        for (std::size_t x = 0; x < operand_codes; ++x) {
            for (std::size_t w = 0; w < operand_codes; ++w) {
                const std::uint16_t product = products[operand_codes * x + w];
                fresh->by_activation[operand_codes * x + w] = product;
                fresh->by_weight[operand_codes * w + x] = product;
                hash = (hash ^ (product & 0xFFu)) * 0x100000001B3u;
                hash = (hash ^ (product >> 8)) * 0x100000001B3u;
            }
        }
        fresh->hash = hash;
        storage_ = std::move(fresh);
    }

    [[nodiscard]] const std::string& name() const noexcept { return name_; }

    std::uint32_t operator()(std::uint8_t x, std::uint8_t w) const noexcept {
        return storage_->by_activation[operand_codes * x + w];
    }

    /// All products, index 256 * x + w.
    [[nodiscard]] std::span<const std::uint16_t, operand_pairs> products() const noexcept {
        return storage_->by_activation;
    }

    /// The products of one weight code, index x.
    [[nodiscard]] std::span<const std::uint16_t, operand_codes> of_weight(std::uint8_t w) const noexcept {
        return std::span<const std::uint16_t, operand_codes>(storage_->by_weight.data() + operand_codes * w,
                                                             operand_codes);
    }

    /// Hash of the products: the identity of a circuit's function, whatever its name. FNV-1a, 64 bits.
    [[nodiscard]] std::uint64_t hash() const noexcept { return storage_->hash; }

    /// Same products; names do not matter.
    friend bool operator==(const table& a, const table& b) noexcept {
        return a.storage_ == b.storage_ || a.storage_->by_activation == b.storage_->by_activation;
    }

private:
    struct storage {
        alignas(64) std::array<std::uint16_t, operand_pairs> by_activation{};
        alignas(64) std::array<std::uint16_t, operand_pairs> by_weight{};
        std::uint64_t hash = 0;
    };

    std::string name_;
    std::shared_ptr<const storage> storage_;
};

static_assert(multiplier<table>);

} // namespace alwann::inline ALWANN_ABI
