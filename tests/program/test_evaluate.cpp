// SPDX-License-Identifier: MIT
#include "program.hpp"

#include <alwann/io/bytes.hpp>
#include <alwann/io/cifar10.hpp>
#include <alwann/io/idx.hpp>
#include <alwann/library/standard.hpp>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
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

    // Spreadsheets begin with a byte-order mark, quote, and leave empty lines.
    const auto quoted =
        images.folder()
            .write("quoted.csv", "\xEF\xBB\xBF\"conv0\",conv1,conv2,conv3,conv4,conv5,conv6\r\n \r\n"
                                 "\"lowor_7\", lowor_7 ,lowor_7,lowor_7,lowor_7,lowor_7,lowor_7\r\n\r\n")
            .string();
    const auto same = evaluate(images.specification(), {"--designs", quoted, "--images", "30"});
    REQUIRE(same.size() == 1);
    CHECK(same[0].at("layers") == found[2].at("layers"));
    CHECK(same[0].at("logit_mse") == found[2].at("logit_mse"));

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

TEST_CASE("Designs may have ranges of their own, and are compared with the exact network's") {
    if (program().empty()) {
        WARN("skipped: the program alwann was not built");
        return;
    }
    const image_files images;
    const auto with = [&](const std::vector<std::string>& more, const std::string& multiplier = "lowor_7") {
        std::vector<std::string> options{"--images", "50", "--multiplier", multiplier};
        options.insert(options.end(), more.begin(), more.end());
        return evaluate(images.specification(), options);
    };
    const auto same = with({});
    const auto narrow = with({"--design-ranges", "percentile:99"});
    CHECK(narrow.at("quantisation").at("ranges") == "percentile:99.99");
    CHECK(narrow.at("quantisation").at("design_ranges") == "percentile:99");
    CHECK(narrow.at("exact_accuracy") == same.at("exact_accuracy"));
    CHECK(narrow.at("logit_mse") != same.at("logit_mse"));
    // The ranges that the exact network has are no others.
    CHECK(with({"--design-ranges", "percentile:99.99"}).at("logit_mse") == same.at("logit_mse"));
    // What is clipped is made up for: without compensation it is not.
    const auto clipped = [&](const std::string& compensation) {
        return with({"--design-ranges", "percentile:98", "--compensation", compensation}, "exact_dadda")
            .at("logit_mse")
            .get<double>();
    };
    CHECK(clipped("none") > clipped("channel-ls3"));
    CHECK(run({"evaluate", "--network", network, "--dataset", images.specification(), "--design-ranges",
               "percentile:20"})
              .status == 1);
}

TEST_CASE("Quantisation is a choice of the command line") {
    if (program().empty()) {
        WARN("skipped: the program alwann was not built");
        return;
    }
    const image_files images;
    const auto plain = evaluate(images.specification(), {"--images", "20"});
    CHECK(plain.at("quantisation").at("weight_bits") == 8);
    CHECK(plain.at("quantisation").at("ranges") == "percentile:99.99");
    CHECK(plain.at("quantisation").at("design_ranges") == "percentile:99.99");
    const auto coarse =
        evaluate(images.specification(),
                 {"--images", "20", "--weights", "per-tensor", "--symmetric-weights", "--weight-bits", "4",
                  "--activation-bits", "5", "--ranges", "percentile:99.5", "--weight-ranges", "mse",
                  "--exact-first", "--exact-last", "--approximate-dense", "--multiplier", "lowor_7"});
    const auto& how = coarse.at("quantisation");
    CHECK(how.at("weights") == "per-tensor");
    CHECK(how.at("symmetric_weights") == true);
    CHECK(how.at("weight_bits") == 4);
    CHECK(how.at("activation_bits") == 5);
    CHECK(how.at("ranges") == "percentile:99.5");
    CHECK(how.at("weight_ranges") == "mse");
    CHECK(coarse.at("layers").size() ==
          6); // seven convolutions and a dense layer, less the first and the last
    CHECK(evaluate(images.specification(), {"--images", "20", "--approximate-dense"}).at("layers").size() ==
          8);

    const auto status = [&](const std::string& option, const std::string& value) {
        const auto found =
            run({"evaluate", "--network", network, "--dataset", images.specification(), option, value});
        CAPTURE(option, value, found.err);
        CHECK(found.out.empty());
        CHECK(!found.err.empty());
        return found.status;
    };
    CHECK(status("--weight-bits", "1") == 2);
    CHECK(status("--activation-bits", "9") == 2);
    CHECK(status("--ranges", "widest") == 1);
    CHECK(status("--ranges", "percentile:12") == 1);
    CHECK(status("--weight-ranges", "percentile:x") == 1);
}

namespace {

/// A folder of networks, images and tables; empty if there is none.
std::filesystem::path test_data() {
    const char* folder = std::getenv("ALWANN_TEST_DATA");
    return folder != nullptr ? folder : "";
}

/// The first training images, not compressed: ten thousand take seconds to unpack.
std::string calibration_file() {
    static const temporary_directory scratch;
    static const auto file = scratch.write(
        "images.bin",
        aw::read_file(test_data() / "cifar10/data_batch_1.bin.xz").substr(0, 300 * aw::cifar10_record_bytes));
    return file.string();
}

json evaluate_cifar(const std::string& file, const std::vector<std::string>& more) {
    const auto folder = test_data();
    std::vector<std::string> arguments{
        "evaluate",       "--json",
        "--network",      (folder / "networks" / file).string(),
        "--dataset",      "cifar10:" + calibration_file(),
        "--test-dataset", "cifar10:" + (folder / "cifar10/test_batch_first1017.bin.xz").string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto found = run(arguments);
    CAPTURE(arguments, found.err);
    REQUIRE(found.status == 0);
    return found.document();
}

std::vector<std::string> fields(const std::string& line) {
    std::vector<std::string> cells;
    std::istringstream stream(line);
    for (std::string cell; std::getline(stream, cell, ',');) {
        cells.push_back(cell);
    }
    return cells;
}

} // namespace

TEST_CASE("Networks for CIFAR-10 keep their accuracy at 8 bits, and nearly at 6") {
    if (program().empty() || test_data().empty()) {
        WARN("skipped: the program alwann was not built, or ALWANN_TEST_DATA is not set");
        return;
    }
    const std::vector<std::string> common{"--normalize", "imagenet", "--calibration", "30", "--images", "80"};
    const auto with = [&](std::vector<std::string> more) {
        more.insert(more.end(), common.begin(), common.end());
        return evaluate_cifar("resnet20_cifar10.onnx", more);
    };
    const auto fine = with({"--float"});
    const double real = fine.at("float_accuracy").get<double>();
    CHECK(real > 0.88);
    CHECK(fine.at("accuracy").get<double>() > real - 0.03); // two images
    CHECK(with({"--weight-bits", "6", "--activation-bits", "6", "--ranges", "mse"})
              .at("accuracy")
              .get<double>() > real - 0.05);
}

TEST_CASE("Published designs of a graph with batch statistics have their published accuracy and power") {
    if (program().empty() || test_data().empty()) {
        WARN("skipped: the program alwann was not built, or ALWANN_TEST_DATA is not set");
        return;
    }
    // Every 105th of the published designs; the first is exact.
    const auto folder = test_data();
    std::ifstream published(folder / "alwann2019" / "resnet8_published.csv");
    std::string header, line, some;
    std::getline(published, header);
    some = header + "\n";
    std::vector<std::vector<std::string>> rows;
    for (std::size_t i = 0; std::getline(published, line); ++i) {
        if (i % 105 == 0) {
            some += line + "\n";
            rows.push_back(fields(line));
        }
    }
    REQUIRE(rows.size() == 5);
    const temporary_directory scratch;
    const auto designs = scratch.write("designs.csv", some).string();
    const auto found =
        evaluate_cifar("resnet_8_quant_ax.pb", {"--library", "tables:" + (folder / "evoapprox").string(),
                                                "--designs", designs, "--compensation", "weight-tuning",
                                                "--batch-statistics", "--batch", "1000", "--images", "1000"});
    REQUIRE(found.size() == rows.size());
    double difference = 0;
    for (std::size_t d = 0; d < rows.size(); ++d) {
        CAPTURE(d, rows[d]);
        for (std::size_t l = 0; l < 7; ++l) {
            CHECK(found[d].at("layers")[l] == rows[d][1 + l]);
        }
        CHECK(found[d].at("images") == 1000);
        CHECK(found[d].at("statistics").get<std::string>().find("every 1000 images") != std::string::npos);
        const double accuracy = found[d].at("accuracy").get<double>(), given = std::stod(rows[d][8]);
        difference += std::abs(accuracy - given) / static_cast<double>(rows.size());
        CHECK(accuracy == Approx(given).margin(0.05));
        // The powers in the file have six decimals; that of the exact multiplier is 0.391 mW.
        CHECK(found[d].at("relative_energy_paper_macs").get<double>() * 0.391 ==
              Approx(std::stod(rows[d][9])).margin(1e-6));
    }
    CHECK(difference <= 0.012);
}

TEST_CASE("TensorFlow graphs run with statistics of the batch, or frozen ones") {
    if (program().empty() || test_data().empty()) {
        WARN("skipped: the program alwann was not built, or ALWANN_TEST_DATA is not set");
        return;
    }
    const auto tables = "tables:" + (test_data() / "evoapprox").string();
    const auto real =
        evaluate_cifar("resnet_8.pb", {"--batch-statistics", "--batch", "120", "--images", "120"});
    CHECK(real.at("float_accuracy").get<double>() > 0.78);
    CHECK(real.at("images") == 120);

    // The float graph, frozen and quantised by ourselves; and the quantised one.
    const auto ours = evaluate_cifar("resnet_8.pb", {"--calibration", "80", "--images", "120", "--float"});
    CHECK(ours.at("float_accuracy").get<double>() > 0.78);
    CHECK(ours.at("accuracy").get<double>() > ours.at("float_accuracy").get<double>() - 0.03);
    for (const std::string file : {"resnet_8_quant_ax.pb", "resnet_8_quant.pb"}) {
        const auto frozen = evaluate_cifar(file, {"--calibration", "80", "--images", "120", "--library",
                                                  tables, "--multiplier", "mul8u_QJD"});
        CAPTURE(file, frozen.at("accuracy"));
        CHECK(frozen.at("accuracy").get<double>() > 0.75);
        CHECK(frozen.at("exact_accuracy").get<double>() > 0.78);
        CHECK(frozen.at("statistics").get<std::string>().find("80 calibration images") != std::string::npos);
    }

    const auto graph = (test_data() / "networks/resnet_8_quant_ax.pb").string();
    const auto images = "cifar10:" + (test_data() / "cifar10/test_batch_first1017.bin.xz").string();
    const auto problem = [&](const std::string& file, const std::vector<std::string>& more) {
        std::vector<std::string> arguments{"evaluate", "--network", file, "--dataset",
                                           images,     "--images",  "10"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const auto found = run(arguments);
        CAPTURE(arguments);
        CHECK(found.status == 1);
        CHECK(found.out.empty());
        return found.err;
    };
    CHECK_THAT(problem(graph, {"--batch-statistics", "--compensation", "channel-affine"}),
               contains("weight-tuning"));
    CHECK_THAT(problem(graph, {"--batch-statistics", "--weight-bits", "6"}), contains("quantised already"));
    CHECK_THAT(problem(graph, {"--batch-statistics", "--normalize", "imagenet"}), contains("raw"));
    CHECK_THAT(problem(graph, {"--batch-statistics", "--float"}), contains("float network"));
    CHECK_THAT(problem(graph, {"--calibration", "2000"}), contains("asked for"));
    CHECK_THAT(problem(network, {"--batch-statistics"}), contains("TensorFlow graph"));
    CHECK_THAT(problem((test_data() / "networks/resnet_8.pb").string(),
                       {"--batch-statistics", "--multiplier", "exact_dadda"}),
               contains("frozen statistics"));
    CHECK_THAT(problem((test_data() / "README.md").string() + ".pb", {}), contains("README.md.pb"));
    const auto explored = run({"explore", "--network", graph, "--dataset", images, "--tiles", "2", "--output",
                               (std::filesystem::temp_directory_path() / "alwann_none").string()});
    CHECK(explored.status == 1);
    CHECK_THAT(explored.err, contains("float graph"));
}
