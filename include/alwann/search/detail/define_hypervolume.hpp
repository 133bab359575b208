// SPDX-License-Identifier: MIT
/// @file
/// The definitions of search/hypervolume.hpp.
#pragma once

#include <alwann/search/hypervolume.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

namespace detail {

/// Volume between points that are all below the reference, in the first `dimensions` coordinates. The list is
/// taken by value since each level orders it by another coordinate.
inline double dominated_volume(std::vector<const double*> points, std::span<const double> reference,
                               std::size_t dimensions) {
    if (points.empty()) {
        return 0;
    }
    const std::size_t last = dimensions - 1;
    const auto by = [](std::size_t coordinate) {
        return [coordinate](const double* a, const double* b) { return a[coordinate] < b[coordinate]; };
    };
    if (dimensions == 1) {
        return reference[0] - (*std::min_element(points.begin(), points.end(), by(0)))[0];
    }
    double volume = 0;
    if (dimensions == 2) {
        // Sweep: each point that lies below all before it adds one rectangle.
        std::sort(points.begin(), points.end(), by(0));
        double floor = reference[1];
        for (const double* point : points) {
            if (point[1] < floor) {
                volume += (reference[0] - point[0]) * (floor - point[1]);
                floor = point[1];
            }
        }
        return volume;
    }
    // Slice along the last coordinate: between two neighbours the cross section is that of the points so far.
    std::sort(points.begin(), points.end(), by(last));
    std::vector<const double*> section;
    for (std::size_t i = 0; i < points.size(); ++i) {
        const double* added = points[i];
        const auto covers = [last](const double* a, const double* b) {
            for (std::size_t m = 0; m < last; ++m) {
                if (a[m] > b[m]) {
                    return false;
                }
            }
            return true;
        };
        // Keeping the section free of dominated points is what keeps the recursion small.
        if (std::none_of(section.begin(), section.end(),
                         [&](const double* member) { return covers(member, added); })) {
            section.erase(std::remove_if(section.begin(), section.end(),
                                         [&](const double* member) { return covers(added, member); }),
                          section.end());
            section.push_back(added);
        }
        const double depth = (i + 1 < points.size() ? points[i + 1][last] : reference[last]) - added[last];
        if (depth > 0) {
            volume += depth * dominated_volume(section, reference, last);
        }
    }
    return volume;
}

} // namespace detail

ALWANN_SEPARABLE double hypervolume(std::span<const std::vector<double>> points,
                                    const std::vector<double>& reference) {
    if (reference.empty()) {
        throw value_error("hypervolume: the reference point has no coordinates");
    }
    std::vector<const double*> inside;
    for (const auto& point : points) {
        if (point.size() != reference.size()) {
            throw value_error("hypervolume: a point has " + std::to_string(point.size()) +
                              " coordinates, the reference point " + std::to_string(reference.size()));
        }
        bool below = true;
        for (std::size_t m = 0; m < point.size(); ++m) {
            if (std::isnan(point[m]) || std::isnan(reference[m])) {
                throw value_error("hypervolume: coordinate " + std::to_string(m) + " is not a number");
            }
            below = below && point[m] < reference[m];
        }
        if (below) {
            inside.push_back(point.data());
        }
    }
    return detail::dominated_volume(std::move(inside), reference, reference.size());
}

ALWANN_SEPARABLE double hypervolume(std::span<const individual> front, const std::vector<double>& reference) {
    std::vector<std::vector<double>> points;
    for (const auto& item : front) {
        if (item.value.feasible()) {
            points.push_back(item.value.objectives);
        }
    }
    return hypervolume(std::span<const std::vector<double>>(points), reference);
}

} // namespace alwann::inline ALWANN_ABI
