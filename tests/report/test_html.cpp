// SPDX-License-Identifier: MIT
#include <alwann/library/standard.hpp>
#include <alwann/report/csv.hpp>
#include <alwann/report/gnuplot.hpp>
#include <alwann/report/html.hpp>
#include <alwann/report/svg.hpp>

#include "catch.hpp"

#include <span>
#include <string>

namespace aw = alwann;

namespace {

aw::json design(const std::string& multiplier) {
    return {{"tiles", {multiplier}},  {"mapping", {0}},
            {"layers", {multiplier}}, {"relative_energy", 0.5},
            {"test_accuracy", 0.75},  {"test_interval", {0.7, 0.8}},
            {"test_loss", 0.01},      {"test_loss_interval", {0, 0.02}}};
}

aw::json results() {
    return {{"network", {{"file", "a </script><script>alert(1)</script> & b.onnx"}, {"macs", {9}}}},
            {"settings", {{"architecture", "power-gated"}, {"compensation", "none"}}},
            {"exact_accuracy", 0.76},
            {"exact_interval", {0.71, 0.81}},
            {"test_images", 100},
            {"search_images", 50},
            {"evaluations", 2},
            {"emulated_products", 1e9},
            {"library", {{{"name", "trunc_1_1"}}, {{"name", "unused"}}}},
            {"front", {design("trunc_1_1")}},
            {"uniform", {design("trunc_1_1")}}};
}

std::size_t occurrences(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) {
        ++count;
    }
    return count;
}

} // namespace

TEST_CASE("No text of the results can end a script or begin a tag", "[report]") {
    const std::string page = aw::html_report(results(), {});
    CHECK(occurrences(page, "alert(1)") == 3); // heading and title, escaped, and the JSON
    CHECK(occurrences(page, "<script>alert") == 0);
    CHECK(occurrences(page, "<script") == occurrences(page, "</script>"));
}

TEST_CASE("Multipliers of designs are shown with heat map and circuit, others are not", "[report]") {
    const auto all = aw::standard();
    const auto shown = aw::detail::html_multipliers(results(), all);
    REQUIRE(shown.size() == 1);
    CHECK(shown.at("trunc_1_1").at("heat_map").get<std::string>().rfind("data:image/png;base64,iVBOR", 0) ==
          0);
    CHECK(contains("module").match(shown.at("trunc_1_1").at("verilog").get<std::string>()));
}

TEST_CASE("Chart.js is in the page only where it is given", "[report]") {
    CHECK(occurrences(aw::html_report(results(), {}, {.chart_script = "/* the plots */"}),
                      "/* the plots */") == 1);
    CHECK(occurrences(aw::html_report(results(), {}), "/* the plots */") == 0);
}

TEST_CASE("Results that lack a key are refused by its name", "[report]") {
    for (const char* key : {"network", "library", "front", "uniform", "settings", "exact_interval",
                            "evaluations", "emulated_products"}) {
        auto lacking = results();
        lacking.erase(key);
        CHECK_THROWS_WITH(aw::html_report(lacking, {}), contains(std::string("'") + key + "'"));
        CHECK_THROWS_AS(aw::html_report(lacking, {}), aw::value_error);
    }
    auto lacking = results();
    lacking["front"][0].erase("test_interval");
    CHECK_THROWS_AS(aw::design_plot_svg(lacking), aw::value_error);
    const auto changed = [](const aw::json& patch) {
        auto other = results();
        other.merge_patch(patch);
        return other;
    };
    CHECK_THROWS_WITH(aw::html_report(changed({{"network", {{"macs", nullptr}}}}), {}), contains("macs"));
    CHECK_THROWS_WITH(aw::html_report(changed({{"network", {{"macs", {1, 2}}}}}), {}),
                      contains("front[0].mapping"));
    CHECK_THROWS_WITH(aw::html_report(changed({{"settings", {{"architecture", 7}}}}), {}),
                      contains("settings.architecture"));
    auto beyond = results();
    beyond["uniform"][0]["mapping"] = {1};
    CHECK_THROWS_WITH(aw::html_report(beyond, {}), contains("uniform[0].mapping"));
}

TEST_CASE("Labels of the axes differ, however small the range is", "[report]") {
    auto near = results();
    near["front"][0]["test_accuracy"] = 0.7512;
    for (const char* kind : {"front", "uniform"}) {
        near[kind][0]["test_interval"] = {0.7501, 0.7522};
    }
    near["uniform"][0]["test_accuracy"] = 0.7502;
    const auto drawing = aw::design_plot_svg(near);
    for (const char* label : {">75.00<", ">75.05<", ">75.10<"}) {
        CHECK(occurrences(drawing, label) == 1);
    }
}

TEST_CASE("A design that was not tested has no figures of a test in a table", "[report]") {
    aw::explored_design design;
    design.what = {{0}, {0, 0}};
    design.test_accuracy = 0.5;
    const auto rows = [&] {
        const auto text = aw::to_csv(std::span<const aw::explored_design>(&design, 1), aw::standard());
        return text.substr(text.find('\n') + 1);
    };
    CHECK(contains(",,,,,,,").match(rows()));
    design.test_images = 10;
    CHECK_FALSE(contains(",,").match(rows()));
}

TEST_CASE("Images are stretched to the place they are given", "[report]") {
    aw::svg_drawing drawing(10, 10);
    drawing.image(0, 0, 10, 10, "data:");
    CHECK(contains("preserveAspectRatio=\"none\"").match(drawing.finish()));
}

TEST_CASE("A script for gnuplot carries every design, on a line of its own", "[report]") {
    auto named = results();
    named["front"][0]["tiles"] = {"a\nplot 'x'\rb"};
    const auto script = aw::design_plot_gnuplot(named);
    CHECK(occurrences(script, "\n50.000 75.000 70.000 80.000 # ") == 2);
    CHECK(occurrences(script, "\nplot ") == 2); // one for each kind of file
    CHECK(occurrences(script, "front.png'") == 1);
    CHECK_THROWS_AS(aw::design_plot_gnuplot(results(), "it's"), aw::value_error);
    CHECK_THROWS_AS(aw::design_plot_gnuplot(aw::json::object()), aw::value_error);
    named["front"] = named["uniform"] = aw::json::array();
    CHECK(occurrences(aw::design_plot_gnuplot(named), "plot NaN") == 2);
}

TEST_CASE("A plot of no designs or of one is a drawing still", "[report]") {
    auto few = results();
    CHECK(occurrences(aw::design_plot_svg(few), "data-design") == 2);
    few["front"] = few["uniform"] = aw::json::array();
    const auto drawing = aw::design_plot_svg(few);
    CHECK(occurrences(drawing, "data-design") == 0);
    CHECK(occurrences(drawing, "nan") == 0);
    CHECK(occurrences(drawing, "inf") == 0);
}
