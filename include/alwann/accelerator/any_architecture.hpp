// SPDX-License-Identifier: MIT
/// @file
/// An architecture chosen at run time.
#pragma once

#include <alwann/accelerator/architecture.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace alwann::inline ALWANN_ABI {

/// Any architecture behind one type, for code that is not worth compiling once per architecture.
class any_architecture {
public:
    /// Holds a copy of an architecture.
    template <class A>
        requires(!std::same_as<A, any_architecture> && architecture<A>)
    any_architecture(A what) // NOLINT(google-explicit-constructor): stands for the architecture
        : tiles(what.tiles), what_(std::make_shared<const model<A>>(std::move(what))) {}

    std::size_t tiles; ///< how many there are

    /// The name in listings and messages.
    [[nodiscard]] std::string_view name() const { return what_->name(); }
    /// Whether it can run layers so mapped.
    [[nodiscard]] bool feasible(std::span<const std::size_t> mapping) const {
        return what_->feasible(mapping);
    }
    /// Makes a mapping feasible, changing few entries.
    void repair(std::span<std::size_t> mapping) const { what_->repair(mapping); }
    /// Multiplications between two images.
    [[nodiscard]] std::uint64_t cycles(std::span<const std::size_t> mapping,
                                       std::span<const std::uint64_t> macs) const {
        return what_->cycles(mapping, macs);
    }
    /// Multiplications from an image's arrival to its result.
    [[nodiscard]] std::uint64_t latency(std::span<const std::size_t> mapping,
                                        std::span<const std::uint64_t> macs) const {
        return what_->latency(mapping, macs);
    }
    /// Whether each tile holds consecutive layers.
    [[nodiscard]] bool contiguous() const { return what_->contiguous(); }

private:
    struct interface {
        virtual ~interface() = default;
        [[nodiscard]] virtual std::string_view name() const = 0;
        [[nodiscard]] virtual bool feasible(std::span<const std::size_t> mapping) const = 0;
        virtual void repair(std::span<std::size_t> mapping) const = 0;
        [[nodiscard]] virtual std::uint64_t cycles(std::span<const std::size_t> mapping,
                                                   std::span<const std::uint64_t> macs) const = 0;
        [[nodiscard]] virtual std::uint64_t latency(std::span<const std::size_t> mapping,
                                                    std::span<const std::uint64_t> macs) const = 0;
        [[nodiscard]] virtual bool contiguous() const = 0;
    };
    template <class A>
    struct model final : interface {
        explicit model(A a) : what(std::move(a)) {}
        [[nodiscard]] std::string_view name() const override { return what.name(); }
        [[nodiscard]] bool feasible(std::span<const std::size_t> mapping) const override {
            return what.feasible(mapping);
        }
        void repair(std::span<std::size_t> mapping) const override { what.repair(mapping); }
        [[nodiscard]] std::uint64_t cycles(std::span<const std::size_t> mapping,
                                           std::span<const std::uint64_t> macs) const override {
            return what.cycles(mapping, macs);
        }
        [[nodiscard]] std::uint64_t latency(std::span<const std::size_t> mapping,
                                            std::span<const std::uint64_t> macs) const override {
            return what.latency(mapping, macs);
        }
        [[nodiscard]] bool contiguous() const override { return what.contiguous(); }
        A what;
    };

    std::shared_ptr<const interface> what_;
};
static_assert(architecture<any_architecture>);

} // namespace alwann::inline ALWANN_ABI
