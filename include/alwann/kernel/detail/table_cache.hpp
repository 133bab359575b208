// SPDX-License-Identifier: MIT
/// @file
/// Results that belong to tables, kept as long as there is room.
#pragma once

#include <alwann/multiplier/table.hpp>

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Values made of tables, found again by the products. Threads may share it; two that ask for the same
/// table make its value once. The least recently used value goes when a new one finds no room, and lives
/// on where it is still held.
template <class Value>
class table_cache {
public:
    explicit table_cache(std::size_t capacity) : capacity_(capacity) {}

    /// The value of a table, make(products) if it is not here.
    template <class Make>
    [[nodiscard]] std::shared_ptr<const Value> get(const table& products, const Make& make) {
        return get(products, products.hash(), make);
    }

    /// The same with another hash; equal hashes only lead to a comparison.
    template <class Make>
    [[nodiscard]] std::shared_ptr<const Value> get(const table& products, std::uint64_t hash,
                                                   const Make& make) {
        const std::shared_ptr<entry> found = find(products, hash);
        const std::lock_guard lock(found->mutex);
        if (!found->value) {
            found->value.emplace(make(products));
        }
        return {found, &*found->value};
    }

private:
    struct entry {
        entry(const table& products, std::uint64_t hash_of_it) : key(products), hash(hash_of_it) {}
        table key;
        std::uint64_t hash;
        std::mutex mutex; // of the value; held while it is made
        std::optional<Value> value;
    };

    /// The entry of a table, a new one without value if there is none; moved to the front.
    [[nodiscard]] std::shared_ptr<entry> find(const table& products, std::uint64_t hash) {
        const std::lock_guard lock(mutex_);
        for (auto place = entries_.begin(); place != entries_.end(); ++place) {
            if ((*place)->hash == hash && (*place)->key == products) {
                entries_.splice(entries_.begin(), entries_, place);
                return entries_.front();
            }
        }
        entries_.push_front(std::make_shared<entry>(products, hash));
        if (entries_.size() > capacity_) {
            entries_.pop_back();
        }
        return entries_.front();
    }

    std::size_t capacity_;
    std::mutex mutex_; // of the list
    std::list<std::shared_ptr<entry>> entries_;
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
