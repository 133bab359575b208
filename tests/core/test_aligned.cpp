// SPDX-License-Identifier: MIT
#include <alwann/core/aligned.hpp>
#include <alwann/core/cpu.hpp>

#include <cstdint>
#include <limits>
#include <list>
#include <new>
#include <numeric>

#include <catch.hpp>

namespace aw = alwann;

TEST_CASE("Aligned vectors start on a cache line, whatever their element and length") {
    const auto check = [](auto element) {
        aw::aligned_vector<decltype(element)> values;
        for (int i = 0; i < 200; ++i) { // grows now and then
            values.push_back(element);
            REQUIRE(reinterpret_cast<std::uintptr_t>(values.data()) % aw::storage_alignment == 0);
        }
        values.shrink_to_fit();
        REQUIRE(reinterpret_cast<std::uintptr_t>(values.data()) % aw::storage_alignment == 0);
        REQUIRE(values.back() == element);
    };
    check(std::uint8_t{7});
    check(std::uint16_t{7});
    check(7.0f);
    check(7.0);
}

TEST_CASE("Aligned vectors copy, move and swap like any other") {
    aw::aligned_vector<int> a(100);
    std::iota(a.begin(), a.end(), 0);
    auto b = a;
    CHECK(a == b);
    const int* place = b.data();
    auto c = std::move(b);
    CHECK(c.data() == place); // the allocators are equal: nothing is copied
    aw::aligned_vector<int> d(3, 1);
    swap(c, d);
    CHECK(d == a);
    CHECK(c.size() == 3);
}

TEST_CASE("The allocator serves other containers through rebinding and refuses impossible sizes") {
    std::list<int, aw::aligned_allocator<int>> list{1, 2, 3};
    CHECK(std::accumulate(list.begin(), list.end(), 0) == 6);
    CHECK(aw::aligned_allocator<int>() == aw::aligned_allocator<double>());
    aw::aligned_allocator<double> allocator;
    const auto too_many = std::numeric_limits<std::size_t>::max() / sizeof(double) + 1;
    CHECK_THROWS_AS(static_cast<void>(allocator.allocate(too_many)), std::bad_array_new_length);
}

TEST_CASE("Processor features are consistent") {
    const auto features = aw::detect_cpu();
    CHECK((features.avx512bw || !features.avx512vbmi));
    CHECK((features.avx512bw || !features.avx512vnni));
    CHECK((features.avx2 || !features.avx512bw));
}
