// SPDX-License-Identifier: MIT
#include <alwann/core/random.hpp>
#include <alwann/tensor/shape.hpp>

#include <catch.hpp>

namespace aw = alwann;

TEST_CASE("Window positions are those at which the whole kernel is on the padded input") {
    aw::random_generator random(1);
    const auto draw = [&](std::size_t low, std::size_t high) {
        return low + static_cast<std::size_t>(aw::uniform_below(random, high - low + 1));
    };
    const auto count = [](std::size_t extent, std::size_t before, std::size_t after, std::size_t kernel,
                          std::size_t dilation, std::size_t stride) {
        std::size_t found = 0;
        for (std::size_t start = 0; start < extent + before + after; start += stride) {
            bool fits = true;
            for (std::size_t k = 0; k < kernel; ++k) {
                fits = fits && start + k * dilation < extent + before + after;
            }
            found += fits ? 1 : 0;
        }
        return found;
    };
    std::size_t refused = 0;
    for (int i = 0; i < 3000; ++i) {
        const aw::image_shape in{draw(1, 9), draw(1, 9), draw(1, 4)};
        aw::window w;
        w.kernel_height = draw(1, 5);
        w.kernel_width = draw(1, 5);
        w.stride_height = draw(1, 4);
        w.stride_width = draw(1, 4);
        w.pad_top = draw(0, 3);
        w.pad_bottom = draw(0, 3);
        w.pad_left = draw(0, 3);
        w.pad_right = draw(0, 3);
        w.dilation_height = draw(1, 3);
        w.dilation_width = draw(1, 3);
        const auto rows =
            count(in.height, w.pad_top, w.pad_bottom, w.kernel_height, w.dilation_height, w.stride_height);
        const auto columns =
            count(in.width, w.pad_left, w.pad_right, w.kernel_width, w.dilation_width, w.stride_width);
        if (rows == 0 || columns == 0) {
            REQUIRE_THROWS_AS(aw::window_positions(in, w), aw::shape_error);
            ++refused;
        } else {
            REQUIRE(aw::window_positions(in, w) == aw::image_shape{rows, columns, in.channels});
        }
    }
    CHECK(refused > 100);
    CHECK(refused < 2000);
}

TEST_CASE("Windows without kernel, stride or dilation are refused") {
    const auto refused = [](auto change) {
        aw::window w;
        change(w);
        CHECK_THROWS_WITH(aw::window_positions({4, 4, 1}, w), contains("at least 1"));
    };
    refused([](aw::window& w) { w.kernel_height = 0; });
    refused([](aw::window& w) { w.kernel_width = 0; });
    refused([](aw::window& w) { w.stride_height = 0; });
    refused([](aw::window& w) { w.stride_width = 0; });
    refused([](aw::window& w) { w.dilation_height = 0; });
    refused([](aw::window& w) { w.dilation_width = 0; });
    aw::window large;
    large.kernel_width = 3;
    large.dilation_width = 2;
    CHECK_THROWS_WITH(aw::window_positions({4, 4, 1}, large), contains("5 positions") && contains("of 4"));
    large.pad_left = 1;
    CHECK(aw::window_positions({4, 4, 1}, large) == aw::image_shape{4, 1, 1});
}

TEST_CASE("Shapes print as height, width, channels") {
    CHECK(aw::to_string({28, 27, 1}) == "28x27x1");
    CHECK(aw::image_shape{2, 3, 4}.size() == 24);
}
