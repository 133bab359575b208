// SPDX-License-Identifier: MIT
/// @file
/// Libraries from many sources: one component for each function, whatever its names.
#pragma once

#include <alwann/library/library.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Collects components known by their tables.
///
/// A component that computes what an earlier one does is merged with it: the preferable price stays, with the
/// circuit that has it. Another function under a name that is taken gets the hash of its table appended.
class component_merger {
public:
    /// What became of a component.
    enum kind { added, merged, renamed };
    /// What became of a component, and the name it is under now.
    struct outcome {
        kind what;        ///< what became of it
        std::string name; ///< under which name it is there
    };

    component_merger() = default;
    /// Begins with a library, all of whose components stay as they are.
    explicit component_merger(const library& parts) {
        for (const component& part : parts) {
            append(part);
        }
    }

    /// Adds a component, unless one that computes the same is there.
    outcome add(component part) {
        const auto [first, last] = by_table_.equal_range(part.hash);
        for (auto place = first; place != last; ++place) {
            if (components_[place->second].products == part.products) {
                merge(components_[place->second], part);
                return {merged, components_[place->second].name};
            }
        }
        const bool taken = names_.contains(part.name);
        if (taken) {
            part.name += "_" + hash_text(part.hash);
        }
        append(std::move(part));
        return {taken ? renamed : added, components_.back().name};
    }

    /// The components in the order they came in.
    [[nodiscard]] library finish() const {
        library parts;
        for (const component& part : components_) {
            parts.add(part);
        }
        return parts;
    }

private:
    static void merge(component& kept, const component& other) {
        if (is_preferable(other.price, kept.price)) {
            kept.price = other.price;
            kept.circuit = other.circuit != nullptr ? other.circuit : kept.circuit;
        } else if (kept.circuit == nullptr) {
            kept.circuit = other.circuit;
        }
        for (const std::string& tag : other.tags) {
            if (!kept.has_tag(tag)) {
                kept.tags.push_back(tag);
            }
        }
    }

    void append(component part) {
        names_.insert(part.name);
        by_table_.emplace(part.hash, components_.size());
        components_.push_back(std::move(part));
    }

    std::vector<component> components_;
    std::unordered_multimap<std::uint64_t, std::size_t> by_table_;
    std::unordered_set<std::string> names_;
};

} // namespace alwann::inline ALWANN_ABI
