// SPDX-License-Identifier: MIT
/// @file
/// Working memory that a thread keeps between uses.
#pragma once

#include <alwann/core/aligned.hpp>

#include <array>
#include <cstddef>
#include <utility>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// At least `count` elements without a value, from what this thread used before.
///
/// Allocators hand large blocks back to the system at once, and the page faults of the next use cost as
/// much as a third of an exact convolution. A thread keeps the few largest blocks of each type, enough for
/// nested uses.
template <class T>
class scratch {
public:
    explicit scratch(std::size_t count) {
        auto& blocks = kept();
        // The smallest that will do; if none does, the largest makes room.
        auto* best = &blocks.front();
        for (auto& block : blocks) {
            const bool better = best->size() < count ? block.size() > best->size()
                                                     : block.size() >= count && block.size() < best->size();
            best = better ? &block : best;
        }
        buffer_ = std::exchange(*best, {});
        if (buffer_.size() < count) {
            buffer_ = {}; // before the larger one comes
            buffer_ = aligned_buffer<T>(count);
        }
    }
    scratch(const scratch&) = delete;
    scratch& operator=(const scratch&) = delete;
    ~scratch() {
        auto& blocks = kept();
        auto* least = &blocks.front();
        for (auto& block : blocks) {
            least = block.size() < least->size() ? &block : least;
        }
        if (buffer_.size() > least->size()) {
            *least = std::move(buffer_);
        }
    }

    [[nodiscard]] T* data() const noexcept { return buffer_.data(); }
    [[nodiscard]] T& operator[](std::size_t i) const noexcept { return buffer_[i]; }

private:
    static std::array<aligned_buffer<T>, 3>& kept() {
        thread_local std::array<aligned_buffer<T>, 3> buffers;
        return buffers;
    }

    aligned_buffer<T> buffer_;
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
