// SPDX-License-Identifier: MIT
/// @file
/// Storage aligned for the widest vector registers, whatever flags a unit is built with.
#pragma once

#include <alwann/core/config.hpp>

#include <cstddef>
#include <limits>
#include <memory>
#include <new>
#include <type_traits>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Alignment of all bulk storage in bytes: a cache line, and one AVX-512 register.
inline constexpr std::size_t storage_alignment = 64;

/// Allocator with storage_alignment. Fixed by us because the default of some libraries follows -m flags.
template <class T>
struct aligned_allocator {
    /// What is allocated.
    using value_type = T;

    aligned_allocator() = default;
    /// All of them are equal.
    template <class U>
    constexpr aligned_allocator(const aligned_allocator<U>&) noexcept {}

    /// Memory for `count` objects; throws std::bad_alloc.
    [[nodiscard]] T* allocate(std::size_t count) {
        if (count > std::numeric_limits<std::size_t>::max() / sizeof(T)) {
            throw std::bad_array_new_length();
        }
        return static_cast<T*>(::operator new (count * sizeof(T), std::align_val_t{storage_alignment}));
    }
    /// Gives back what allocate() returned.
    void deallocate(T* pointer, std::size_t) noexcept {
        ::operator delete (pointer, std::align_val_t{storage_alignment});
    }

    /// Always: any of them frees what any other has allocated.
    template <class U>
    friend constexpr bool operator==(const aligned_allocator&, const aligned_allocator<U>&) noexcept {
        return true;
    }
};

/// A std::vector whose elements start on a cache line.
template <class T>
using aligned_vector = std::vector<T, aligned_allocator<T>>;

/// Storage on a cache line whose elements start without a value: for scratch that is written before it is
/// read.
template <class T>
    requires std::is_trivial_v<T>
class aligned_buffer {
public:
    aligned_buffer() = default;
    /// `count` objects without a value.
    explicit aligned_buffer(std::size_t count)
        : data_(aligned_allocator<T>().allocate(count)), size_(count) {}

    /// The first.
    [[nodiscard]] T* data() const noexcept { return data_.get(); }
    /// How many there are.
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// Object `i`, which is below size().
    [[nodiscard]] T& operator[](std::size_t i) const noexcept { return data_.get()[i]; }

private:
    struct release {
        void operator()(T* pointer) const noexcept { aligned_allocator<T>().deallocate(pointer, 0); }
    };
    std::unique_ptr<T[], release> data_;
    std::size_t size_ = 0;
};

} // namespace alwann::inline ALWANN_ABI
