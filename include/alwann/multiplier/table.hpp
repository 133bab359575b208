// SPDX-License-Identifier: MIT
/// @file
/// A multiplier given by its truth table.
#pragma once

#include <alwann/core/error.hpp>
#include <alwann/multiplier/concept.hpp>
#include <alwann/multiplier/operand_form.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// The 65,536 products of an 8x8 multiplier, index 256 * x + w, x the activation and w the weight code.
///
/// Immutable and shared: copies are cheap and refer to the same products. Also kept transposed, because
/// engines that hold a weight still read all products of that weight.
class table {
public:
    /// Copies the products: of unsigned 8-bit operands, or of those that `form` says; the products of signed
    /// operands are two's complement patterns. Throws value_error unless there are 65,536, or if operands of
    /// fewer than 8 bits have products that depend on higher ones.
    table(std::string name, std::span<const std::uint16_t> products, const multiplier_form& form = {})
        : name_(std::move(name)) {
        if (products.size() != operand_pairs) {
            throw value_error("truth table '" + name_ + "': expected 65536 products, found " +
                              std::to_string(products.size()));
        }
        check(form, products);
        storage_ = make_storage(products, form);
    }

    /// A multiplier with operands of `form`, from its 2^(activation bits) * 2^(weight bits) products, index
    /// x * 2^(weight bits) + w. Throws value_error for another number of products or bits not in 1 to 8.
    [[nodiscard]] static table narrow(std::string name, std::span<const std::uint16_t> products,
                                      const multiplier_form& form) {
        const std::size_t x_bits = form.activation.bits;
        const std::size_t w_bits = form.weight.bits;
        if (x_bits < 1 || x_bits > 8 || w_bits < 1 || w_bits > 8 ||
            products.size() != std::size_t{1} << (x_bits + w_bits)) {
            throw value_error("truth table '" + name + "': expected 2^(" + std::to_string(x_bits) + " + " +
                              std::to_string(w_bits) + ") products of operands with 1 to 8 bits, found " +
                              std::to_string(products.size()));
        }
        std::vector<std::uint16_t> all(operand_pairs);
        for (std::size_t x = 0; x < operand_codes; ++x) {
            for (std::size_t w = 0; w < operand_codes; ++w) {
                const std::size_t low_x = x & ((std::size_t{1} << x_bits) - 1);
                const std::size_t low_w = w & ((std::size_t{1} << w_bits) - 1);
                all[operand_codes * x + w] = products[(low_x << w_bits) + low_w];
            }
        }
        return table(std::move(name), all, form);
    }

    /// As it was given.
    [[nodiscard]] const std::string& name() const noexcept { return name_; }

    /// What the codes stand for.
    [[nodiscard]] const multiplier_form& form() const noexcept { return storage_->form; }
    /// Whether products may be negative.
    [[nodiscard]] bool is_signed() const noexcept { return storage_->form.is_signed(); }

    /// The 16 bits of a product.
    std::uint32_t operator()(std::uint8_t x, std::uint8_t w) const noexcept {
        return storage_->by_activation[operand_codes * x + w];
    }

    /// The number that a product stands for.
    [[nodiscard]] std::int32_t product(std::uint8_t x, std::uint8_t w) const noexcept {
        const std::uint16_t bits = storage_->by_activation[operand_codes * x + w];
        return is_signed() ? static_cast<std::int16_t>(bits) : bits;
    }

    /// The 16 bits of all products, index 256 * x + w.
    [[nodiscard]] std::span<const std::uint16_t, operand_pairs> products() const noexcept {
        return storage_->by_activation;
    }

    /// The 16 bits of the products of one weight code, index x.
    [[nodiscard]] std::span<const std::uint16_t, operand_codes> of_weight(std::uint8_t w) const noexcept {
        return std::span<const std::uint16_t, operand_codes>(storage_->by_weight.data() + operand_codes * w,
                                                             operand_codes);
    }

    /// A table of unsigned products for the same codes, each larger by engine_bias(): what engines add.
    [[nodiscard]] table engine_form() const {
        table result = *this;
        if (storage_->biased != nullptr) {
            result.storage_ = storage_->biased;
        }
        return result;
    }
    /// What engines have added to each product, so that it is not negative.
    [[nodiscard]] std::int32_t engine_bias() const noexcept { return is_signed() ? 32768 : 0; }

    /// The same multiplier for a network's codes, which count from the smallest number: those of signed
    /// operands are offset binary, others as they are.
    [[nodiscard]] table network_form() const {
        const auto recode = [](operand_form& form) -> std::size_t {
            if (form.coding != operand_coding::twos_complement) {
                return 0;
            }
            form.coding = operand_coding::offset_binary;
            return std::size_t{1} << (form.bits - 1);
        };
        multiplier_form form = storage_->form;
        const std::size_t x_flip = recode(form.activation);
        const std::size_t w_flip = recode(form.weight);
        if (form == storage_->form) {
            return *this;
        }
        std::vector<std::uint16_t> products(operand_pairs);
        for (std::size_t x = 0; x < operand_codes; ++x) {
            for (std::size_t w = 0; w < operand_codes; ++w) {
                products[operand_codes * x + w] =
                    storage_->by_activation[operand_codes * (x ^ x_flip) + (w ^ w_flip)];
            }
        }
        return table(name_, products, form);
    }

    /// Hash of the products and the form of the operands: the identity of a circuit's function, whatever its
    /// name. FNV-1a, 64 bits.
    [[nodiscard]] std::uint64_t hash() const noexcept { return storage_->hash; }

    /// Same function; names do not matter.
    friend bool operator==(const table& a, const table& b) noexcept {
        return a.storage_ == b.storage_ || (a.storage_->form == b.storage_->form &&
                                            a.storage_->by_activation == b.storage_->by_activation);
    }

private:
    struct storage {
        alignas(64) std::array<std::uint16_t, operand_pairs> by_activation{};
        alignas(64) std::array<std::uint16_t, operand_pairs> by_weight{};
        std::uint64_t hash = 0;
        multiplier_form form;
        std::shared_ptr<const storage> biased; ///< for engines, if products are signed
    };

    void check(const multiplier_form& form, std::span<const std::uint16_t> products) const {
        for (const operand_form& operand : {form.activation, form.weight}) {
            if (operand.bits < 1 || operand.bits > 8 || operand.coding > operand_coding::offset_binary) {
                throw value_error("truth table '" + name_ +
                                  "': expected operands of 1 to 8 bits in one of the " + "codings, found " +
                                  std::to_string(operand.bits) + " bits");
            }
        }
        const std::size_t x_mask = (std::size_t{1} << form.activation.bits) - 1;
        const std::size_t w_mask = (std::size_t{1} << form.weight.bits) - 1;
        for (std::size_t i = 0; i < operand_pairs && form != multiplier_form{}; ++i) {
            const std::size_t x = i / operand_codes, w = i % operand_codes;
            if (products[i] != products[operand_codes * (x & x_mask) + (w & w_mask)]) {
                throw value_error("truth table '" + name_ + "': operands have " +
                                  std::to_string(form.activation.bits) + " and " +
                                  std::to_string(form.weight.bits) + " bits, but the product of " +
                                  std::to_string(x) + " and " + std::to_string(w) + " depends on more");
            }
        }
    }

    static std::shared_ptr<const storage> make_storage(std::span<const std::uint16_t> products,
                                                       const multiplier_form& form) {
        auto fresh = std::make_shared<storage>();
        std::uint64_t hash = 0xCBF29CE484222325u; // FNV-1a, low byte first, as the file format has it
        const auto add = [&hash](unsigned byte) { hash = (hash ^ byte) * 0x100000001B3u; };
        for (std::size_t x = 0; x < operand_codes; ++x) {
            for (std::size_t w = 0; w < operand_codes; ++w) {
                const std::uint16_t product = products[operand_codes * x + w];
                fresh->by_activation[operand_codes * x + w] = product;
                fresh->by_weight[operand_codes * w + x] = product;
                add(product & 0xFFu);
                add(product >> 8u);
            }
        }
        if (form != multiplier_form{}) { // unsigned 8x8 tables keep the hash of their files
            for (const auto& operand : {form.activation, form.weight}) {
                add(operand.bits);
                add(static_cast<unsigned>(operand.coding));
            }
        }
        fresh->hash = hash;
        fresh->form = form;
        if (form.is_signed()) {
            std::vector<std::uint16_t> shifted(products.begin(), products.end());
            for (auto& product : shifted) {
                product ^= 0x8000u;
            }
            fresh->biased = make_storage(shifted, {});
        }
        return fresh;
    }

    std::string name_;
    std::shared_ptr<const storage> storage_;
};

static_assert(multiplier<table>);

} // namespace alwann::inline ALWANN_ABI
