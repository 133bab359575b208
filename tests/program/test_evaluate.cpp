// SPDX-License-Identifier: MIT
#include "program.hpp"

#include <alwann/io/idx.hpp>
#include <alwann/library/standard.hpp>

#include <filesystem>
#include <string>
#include <tuple>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;
using namespace program_test;

namespace {

json evaluate(const std::string& data, const std::vector<std::string>& more) {
    std::vector<std::string> arguments{"evaluate",      "--network", network,     "--dataset", data,
                                       "--calibration", "10",        "--samples", "256",       "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto found = run(arguments);
    CAPTURE(arguments, found.err);
    REQUIRE(found.status == 0);
    return found.document(); // fails if there is anything but one document
}

double power(const std::string& name) {
    return aw::standard().find(name).price.power_mw;
}

} // namespace

TEST_CASE("evaluate reports all fields") {
    if (program().empty()) {
        WARN("skipped: the program alwann was not built");
        return;
    }
    const image_files images;
    const auto found = evaluate(images.specification(), {"--multiplier", "lowor_7", "--images", "30"});
    CHECK(found.at("images") == 30);
    CHECK(found.at("accuracy").get<double>() == Approx(found.at("correct").get<double>() / 30));
    REQUIRE(found.at("interval").size() == 2);
    CHECK(found.at("interval")[0] <= found.at("accuracy"));
    CHECK(found.at("interval")[1] >= found.at("accuracy"));
    CHECK(found.at("relative_energy").get<double>() == Approx(power("lowor_7") / power("exact_dadda")));
    CHECK(found.at("relative_energy_paper_macs").get<double>() ==
          Approx(power("lowor_7") / power("exact_dadda")));
    CHECK(found.at("layers") == std::vector<std::string>(7, "lowor_7"));
    CHECK(found.at("seconds") > 0);
    CHECK(found.at("logit_mse") > 0);
    CHECK(!found.at("engine").get<std::string>().empty());
}

TEST_CASE("The exact multiplier gives the exact network") {
    if (program().empty()) {
        WARN("skipped: the program alwann was not built");
        return;
    }
    const image_files images;
    for (const std::string compensation : {"none", "weight-tuning", "default"}) {
        CAPTURE(compensation);
        const auto found = evaluate(images.specification(), {"--multiplier", "exact_dadda", "--images", "30",
                                                             "--compensation", compensation});
        CHECK(found.at("accuracy") == found.at("exact_accuracy"));
        CHECK(found.at("logit_mse") == 0);
        CHECK(found.at("relative_energy").get<double>() == Approx(1));
    }
    // It is also what no design at all means.
    CHECK(evaluate(images.specification(), {"--images", "30"}).at("layers")[0] == "exact_dadda");
}

TEST_CASE("Without a number, all images that do not calibrate are measured on") {
    if (program().empty()) {
        WARN("skipped: the program alwann was not built");
        return;
    }
    const image_files images;
    CHECK(evaluate(images.specification(), {}).at("images") == 50);
    CHECK(evaluate(images.specification(), {"--offset", "20"}).at("images") == 30);
    CHECK(evaluate(images.specification(), {"--test-dataset", images.specification()}).at("images") == 60);
    for (const char* none : {"0", "-1"}) {
        const auto found = run({"evaluate", "--network", network, "--dataset", images.specification(),
                                "--calibration", "10", "--images", none});
        CAPTURE(none, found.err);
        CHECK(found.status != 0);
        CHECK(found.out.empty());
        CHECK(!found.err.empty());
    }
}

TEST_CASE("Designs of a file are evaluated in its order") {
    if (program().empty()) {
        WARN("skipped: the program alwann was not built");
        return;
    }
    const image_files images;
    const auto file =
        images.folder()
            .write("designs.csv", "conv6,name,conv0,conv1,conv2,conv3,conv4,conv5\n"
                                  "lowor_8,first,exact_dadda,lowor_7,lowor_7,trunc_1_1,lowor_7,"
                                  "lowor_7\n"
                                  "exact_dadda,second,exact_dadda,exact_dadda,exact_dadda,"
                                  "exact_dadda,exact_dadda,exact_dadda\n"
                                  "lowor_7,third,lowor_7,lowor_7,lowor_7,lowor_7,lowor_7,lowor_7\n")
            .string();
    const auto found = evaluate(images.specification(), {"--designs", file, "--images", "30"});
    REQUIRE(found.is_array());
    REQUIRE(found.size() == 3);
    const std::vector<std::string> first{"exact_dadda", "lowor_7", "lowor_7", "trunc_1_1",
                                         "lowor_7",     "lowor_7", "lowor_8"};
    CHECK(found[0].at("layers") == first);
    CHECK(found[1].at("logit_mse") == 0);
    CHECK(found[1].at("relative_energy").get<double>() == Approx(1));

    // Alone, a design is measured as among others.
    std::string joined;
    for (const auto& name : first) {
        joined += (joined.empty() ? "" : ",") + name;
    }
    for (const auto& [option, value, index] :
         {std::tuple{"--layers", joined, 0}, std::tuple{"--multiplier", std::string("lowor_7"), 2}}) {
        auto alone = evaluate(images.specification(), {option, value, "--images", "30"});
        auto among = found[static_cast<std::size_t>(index)];
        alone.erase("seconds");
        among.erase("seconds");
        CHECK(alone == among);
    }

    // Energy of a mixed design, by hand: multiplications of each layer at the power of its multiplier.
    const std::vector<double> macs{112896, 1806336, 1806336, 903168, 1806336, 903168, 1806336};
    double sum = 0, all = 0;
    for (std::size_t l = 0; l < macs.size(); ++l) {
        sum += macs[l] * power(first[l]);
        all += macs[l] * power("exact_dadda");
    }
    CHECK(found[0].at("relative_energy").get<double>() == Approx(sum / all));
}

TEST_CASE("Threads and engines do not change results") {
    if (program().empty()) {
        WARN("skipped: the program alwann was not built");
        return;
    }
    const image_files images;
    const auto measure = [&](const std::vector<std::string>& more) {
        auto arguments = more;
        arguments.insert(arguments.end(), {"--multiplier", "lowor_8", "--images", "20"});
        auto found = evaluate(images.specification(), arguments);
        found.erase("seconds");
        found.erase("engine");
        return found;
    };
    const auto expected = measure({"--threads", "1"});
    CHECK(measure({"--threads", "2"}) == expected);
    CHECK(measure({"--engine", "lookup"}) == expected);
    CHECK(measure({"--engine", "rows-portable"}) == expected);
}

TEST_CASE("The shipped network classifies Fashion-MNIST") {
    if (program().empty()) {
        WARN("skipped: the program alwann was not built");
        return;
    }
    if (!std::filesystem::exists(aw::fashion_mnist_directory)) {
        WARN("skipped: no Fashion-MNIST (Debian: dataset-fashion-mnist)");
        return;
    }
    const auto found = evaluate("fashion-mnist", {"--images", "500", "--float"});
    CHECK(found.at("accuracy") > 0.9);
    CHECK(found.at("float_accuracy") > 0.9);
}
