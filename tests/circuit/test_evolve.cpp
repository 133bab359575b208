// SPDX-License-Identifier: MIT
#include <alwann/circuit/detail/disguised_xors.hpp>
#include <alwann/circuit/evolve.hpp>
#include <alwann/circuit/families.hpp>
#include <alwann/core/tbb_executor.hpp>

#include "../core/full_disk.hpp"
#include "catch.hpp"
#include "random_netlist.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <limits>
#include <numeric>
#include <sstream>
#include <string>
#include <vector>

using namespace alwann;

namespace {

constexpr evolve_isa all_isas[] = {evolve_isa::portable, evolve_isa::avx2, evolve_isa::avx512,
                                   evolve_isa::avx512_popcnt};

#if defined(ALWANN_TEST_SANITIZED)
constexpr std::size_t candidates = 100;
#else
constexpr std::size_t candidates = 1000;
#endif

// A short evolution: a second at most without optimisation.
evolution_settings brief(const error_limits& limits) {
    return {.limits = limits, .islands = 2, .epochs = 4, .epoch_candidates = candidates, .migration = 2};
}

operand_weights peaked_weights() {
    operand_weights operands;
    for (std::size_t code = 0; code < 256; ++code) {
        operands.activations[code] = code < 100 ? std::exp(-static_cast<double>(code) / 20) : 0;
        operands.weights[code] = std::exp(-std::pow((static_cast<double>(code) - 128) / 30, 2));
    }
    return operands;
}

bool same(const evolved_circuit& a, const evolved_circuit& b) {
    return a.circuit == b.circuit && a.score == b.score && a.errors.mae == b.errors.mae;
}

// What a climber sees of a circuit: its figures with one instruction set, from the loops themselves.
struct block_sums {
    std::uint64_t sum = 0, weighted = 0, ones = 0;
    bool beyond = false;
    friend bool operator==(const block_sums&, const block_sums&) = default;
};

block_sums run_kernel(const detail::evolve_kernel& kernel, const detail::evolution_task& task,
                      const netlist& circuit) {
    using detail::evolve_words;
    block_sums result;
    std::vector<detail::gate_step> steps;
    for (std::size_t i = 0; i < circuit.gates().size(); ++i) {
        const gate& g = circuit.gates()[i];
        steps.push_back({g.kind, circuit.gate_output(i), g.a, g.b});
    }
    aligned_vector<std::uint64_t> values(circuit.signals() * evolve_words), distance(16 * evolve_words);
    std::fill_n(values.begin() + evolve_words, evolve_words, ~std::uint64_t{0});
    for (std::size_t block = 0; block < detail::evolve_blocks; ++block) {
        std::copy_n(task.inputs.begin() + static_cast<std::ptrdiff_t>(block * 16 * evolve_words),
                    16 * evolve_words, values.begin() + 2 * evolve_words);
        kernel.simulate(steps.data(), steps.size(), values.data());
        result.beyond |= kernel.distances({values.data(), circuit.outputs().data(),
                                           task.exact.data() + block * 16 * evolve_words, distance.data(),
                                           task.worst_limit});
        result.sum += kernel.sum(distance.data());
        for (const signal output : circuit.outputs()) {
            result.ones += kernel.unlike(values.data() + output * evolve_words, values.data());
        }
        if (!task.weighted.empty()) {
            result.weighted += kernel.weighted_sum(distance.data(), task.weighted[0].weights.data() +
                                                                        block * 64 * evolve_words);
        }
    }
    return result;
}

// Each gate reads the two before it: densities grow by a third with every gate.
netlist xor_chain(std::size_t length) {
    std::vector<gate> gates;
    for (signal s = 18; s < 18 + length; ++s) {
        gates.push_back({gate_kind::xor_gate, s - 2, s - 1});
    }
    return netlist(16, gates, std::vector<signal>(16, static_cast<signal>(17 + length)));
}

struct temporary_file {
    std::filesystem::path path;
    explicit temporary_file(const char* name) : path(std::filesystem::temp_directory_path() / name) {
        std::filesystem::remove(path);
    }
    ~temporary_file() {
        std::error_code ignored;
        std::filesystem::remove(path, ignored);
    }
    std::string text() const {
        std::ostringstream content;
        content << std::ifstream(path, std::ios::binary).rdbuf();
        return content.str();
    }
    void put(const std::string& text) const { std::ofstream(path, std::ios::binary) << text; }
};

} // namespace

TEST_CASE("The loops of every instruction set agree with plain simulation") {
    for (std::uint64_t seed = 0; seed < 12; ++seed) {
        CAPTURE(seed);
        const netlist circuit = seed == 0   ? circuits::exact_dadda()
                                : seed == 1 ? circuits::lowor(7)
                                            : random_netlist(seed, 16, 150, 16);
        const table products = simulate(circuit, "circuit");
        const error_metrics errors = measure_errors(products);
        // Limits at the worst error and just below it; pattern orders with and without zeros first.
        const double worst = errors.wce == 0 ? 0 : errors.wce - 1;
        const error_limits limits{
            .wce_percent = 100 * worst / 65536, .mre_percent = 1.0, .zero_preserving = seed % 2 == 0};
        const detail::evolution_task task(limits, {});
        double relative = 0;
        std::uint64_t ones = 0;
        for (std::size_t i = 0; i < operand_pairs; ++i) {
            const auto exact = static_cast<double>((i / 256) * (i % 256));
            const auto product = products.products()[i];
            relative += exact == 0 ? 0 : std::abs(product - exact) / exact;
            ones += static_cast<std::uint64_t>(std::popcount(product));
        }
        const block_sums plain = run_kernel(detail::kernel_of<detail::evolve_portable>, task, circuit);
        CHECK(static_cast<double>(plain.sum) / 65536 == errors.mae);
        CHECK(static_cast<double>(plain.weighted) * 0x1p-31 == Approx(relative).epsilon(1e-4));
        CHECK(static_cast<double>(plain.weighted) * 0x1p-31 >= relative * (1 - 1e-12));
        CHECK(plain.ones == ones);
        CHECK(plain.beyond == (errors.wce > worst));
        CHECK(task.worst_limit == worst);
        for (const evolve_isa isa : all_isas) {
            CAPTURE(to_string(isa));
            if (is_available(isa)) {
                CHECK(run_kernel(detail::evolve_kernel_of(isa), task, circuit) == plain);
            } else if (seed == 0) {
                WARN("skipped: this processor has no " << to_string(isa));
            }
        }
    }
}

TEST_CASE("Candidates are priced as their cleaned netlists are") {
    detail::candidate_price price;
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
        CAPTURE(seed);
        const netlist circuit = random_netlist(seed, 16, 20 + 10 * seed, 16);
        const std::vector<double> share = signal_probabilities(circuit);
        std::vector<std::uint32_t> ones;
        for (const double p : share) {
            ones.push_back(static_cast<std::uint32_t>(p * 65536));
        }
        const std::vector<std::uint8_t> active(circuit.gates().size(), 1);
        price.clean(circuit.gates(), circuit.outputs(), active);
        CHECK(netlist(16, price.gates(), price.outputs()) == circuit.cleaned());
        const cost expected = estimate_cost(circuit);
        const cost_model model;
        CHECK(model.area_scale * static_cast<double>(price.half_sizes()) / 2 == Approx(expected.area_um2));
        CHECK(model.power_scale * static_cast<double>(price.activity(ones, model)) * 0x1p-33 ==
              Approx(expected.power_mw).epsilon(1e-6));
    }
}

TEST_CASE("The price of endless XORs has a ceiling") {
    const netlist chain = xor_chain(400);
    const std::vector<std::uint32_t> ones(chain.signals(), 32768);
    detail::candidate_price price;
    price.clean(chain.gates(), chain.outputs(), std::vector<std::uint8_t>(400, 1));
    const std::uint64_t activity = price.activity(ones, {});
    CHECK(activity > 4 * (std::uint64_t{1} << 44));
    CHECK(activity <= 400 * 4 * (std::uint64_t{1} << 44));
}

TEST_CASE("XORs made of other gates are found") {
    const auto count = [](auto&& make) {
        netlist_builder builder(16);
        const netlist circuit = builder.finish({make(builder)});
        return detail::disguised_xors{}.count(circuit.inputs(), circuit.gates());
    };
    CHECK(count([](auto& b) {
              return b.gate_and(b.gate_or(b.input(0), b.input(1)),
                                b.gate_not(b.gate_and(b.input(0), b.input(1))));
          }) == 1);
    CHECK(count([](auto& b) {
              return b.gate_or(b.gate_and(b.input(0), b.gate_not(b.input(1))),
                               b.gate_and(b.gate_not(b.input(0)), b.input(1)));
          }) == 1);
    CHECK(count([](auto& b) { // XNOR
              return b.gate_or(b.gate_and(b.input(0), b.input(1)),
                               b.gate_not(b.gate_or(b.input(0), b.input(1))));
          }) == 1);
    CHECK(count([](auto& b) { return b.gate_not(b.gate_xor(b.input(0), b.input(1))); }) == 0);
    CHECK(count([](auto& b) { return circuits::full_adder(b, b.input(0), b.input(1), b.input(2)).carry; }) ==
          0);
    const netlist dadda = circuits::exact_dadda();
    CHECK(detail::disguised_xors{}.count(16, dadda.gates()) == 0);
}

TEST_CASE("Results keep all limits and are never worse than the seed circuit") {
    const std::vector<error_limits> cases = {
        {.mae_percent = 0.1},
        {.mae_percent = 1, .wce_percent = 6, .zero_preserving = true},
        {.wce_percent = 0.25},
        {.mre_percent = 2, .zero_preserving = true},
        {.mae_percent = 0.5, .wce_percent = 4, .mre_percent = 10, .bias = 8},
        {.mae_percent = 0}, // neutral changes only
    };
    const netlist seed = circuits::exact_dadda();
    const cost exact = estimate_cost(seed);
    for (const error_limits& limits : cases) {
        const evolved_circuit found = evolve(seed, brief(limits));
        const table products = simulate(found.circuit, "again");
        const error_metrics errors = measure_errors(products);
        CAPTURE(errors.mae_percent, errors.wce_percent, errors.mre_percent, errors.bias, found.score);
        CHECK(violations(limits, errors) == "");
        CHECK(errors.mae_percent <= limits.mae_percent.value_or(100));
        CHECK(errors.wce_percent <= limits.wce_percent.value_or(100));
        CHECK(errors.mre_percent <= limits.mre_percent.value_or(1e9));
        CHECK(std::abs(errors.bias) <= limits.bias.value_or(65536));
        CHECK((errors.zero_preserving || !limits.zero_preserving));
        CHECK(found.errors.mae == errors.mae);
        CHECK(found.circuit == found.circuit.cleaned());
        CHECK(found.circuit.outputs().size() == 16);
        const cost price = estimate_cost(found.circuit);
        CHECK(found.price.power_mw == price.power_mw);
        CHECK(found.score ==
              Approx(0.5 * price.power_mw / exact.power_mw + 0.5 * price.area_um2 / exact.area_um2));
        CHECK(found.score <= 1);
        if (limits.mae_percent != 0.0) {
            CHECK(found.score < 0.95);
        }
        CHECK(detail::disguised_xors{}.count(16, found.circuit.gates()) == 0);
        CHECK(std::isnan(found.weighted_percent));
    }
    // A seed circuit that can hardly be bettered in so little time.
    const netlist lowor = circuits::lowor(6);
    CHECK(evolve(lowor, brief({.mae_percent = 0.0502})).price.power_mw <=
          estimate_cost(lowor).power_mw + 1e-12);
}

TEST_CASE("Zeros are preserved only if asked for") {
    const error_limits free{.mae_percent = 2};
    error_limits kept = free;
    kept.zero_preserving = true;
    evolution_settings settings = brief(free);
    settings.epochs = 8;
    CHECK_FALSE(evolve(circuits::exact_dadda(), settings).errors.zero_preserving);
    settings.limits = kept;
    CHECK(evolve(circuits::exact_dadda(), settings).errors.zero_preserving);
}

TEST_CASE("Weighted errors follow the operands of a network") {
    const operand_weights operands = peaked_weights();
    operand_weights uniform;
    uniform.activations.fill(3);
    uniform.weights.fill(1e-3);
    for (const netlist& circuit : {circuits::lowor(7), circuits::bamvc(0, 9)}) {
        const table products = simulate(circuit, "circuit");
        CHECK(weighted_error_percent(products, uniform) == Approx(measure_errors(products).mae_percent));
        double error = 0, total = 0;
        for (std::size_t x = 0; x < 256; ++x) {
            for (std::size_t w = 0; w < 256; ++w) {
                const double weight = operands.activations[x] * operands.weights[w];
                total += weight;
                error += weight * std::abs(static_cast<double>(products.products()[256 * x + w]) -
                                           static_cast<double>(x * w));
            }
        }
        CHECK(weighted_error_percent(products, operands) == Approx(100 * error / total / 65536));
    }
    // Operands of the table's own form.
    for (const multiplier_form form :
         {multiplier_form{{8, operand_coding::twos_complement}, {8, operand_coding::offset_binary}},
          multiplier_form{{3, operand_coding::unsigned_code}, {8, operand_coding::unsigned_code}}}) {
        std::vector<std::uint16_t> exact_products, halved;
        for (std::size_t i = 0; i < operand_pairs; ++i) {
            const std::int32_t product = form.exact(i / operand_codes, i % operand_codes);
            exact_products.push_back(static_cast<std::uint16_t>(product));
            halved.push_back(static_cast<std::uint16_t>(product / 2));
        }
        CHECK(weighted_error_percent(table("exact", exact_products, form), operands) == 0);
        const table half("half", halved, form);
        CHECK(weighted_error_percent(half, uniform) == Approx(measure_errors(half).mae_percent));
    }
    evolution_settings settings = brief({.weighted_percent = 0.05, .zero_preserving = true});
    settings.operands = operands;
    const evolved_circuit found = evolve(circuits::exact_dadda(), settings);
    CHECK(found.weighted_percent == weighted_error_percent(simulate(found.circuit, ""), operands));
    CHECK(found.weighted_percent <= 0.05);
    CHECK(found.errors.zero_preserving);
    // Large activations never occur, so their errors are free.
    CHECK(found.errors.mae_percent > 0.5);
    CHECK(found.score < 0.8);
}

TEST_CASE("The same seed gives the same circuit, whatever runs it") {
    evolution_settings settings = brief({.mae_percent = 0.2, .wce_percent = 2});
    settings.islands = 3;
    settings.patience = 2; // new starts included
    std::vector<double> scores;
    const auto observe = [&](const evolution_progress& now) { scores.push_back(now.best.score); };
    const evolved_circuit serial = evolve(circuits::exact_dadda(), settings, serial_executor{}, observe);
    // On every compiler, with all flags; a change of the search itself changes this, and
    // scripts/evolve-standard has to be run again then.
    if constexpr (candidates == 1000) {
        CHECK(simulate(serial.circuit, "").hash() == 0x77604C31EE755745u);
    }
    CHECK(scores.size() == settings.epochs + 1);
    CHECK(scores.front() == Approx(1));
    CHECK(scores.back() == serial.score);
    CHECK(std::is_sorted(scores.rbegin(), scores.rend()));
    CHECK(same(evolve(circuits::exact_dadda(), settings), serial));
    CHECK(same(evolve(circuits::exact_dadda(), settings, tbb_executor(2)), serial));
    CHECK(same(evolve(circuits::exact_dadda(), settings, tbb_executor(1)), serial));
    for (const evolve_isa isa : all_isas) {
        if (is_available(isa)) {
            settings.isa = isa;
            CHECK(same(evolve(circuits::exact_dadda(), settings), serial));
        } else {
            settings.isa = isa;
            CHECK_THROWS_AS(evolution(circuits::exact_dadda(), settings), value_error);
        }
    }
    settings.isa = evolve_isa::automatic;
    settings.seed = 2;
    CHECK_FALSE(same(evolve(circuits::exact_dadda(), settings), serial));
}

TEST_CASE("A restored evolution ends where an uninterrupted one does") {
    const temporary_file file("alwann_test_evolution.txt");
    evolution_settings settings = brief({.mae_percent = 0.3, .zero_preserving = true});
    settings.epochs = 6;
    settings.patience = 2;
    const evolved_circuit whole = evolve(circuits::exact_dadda(), settings);
    for (const std::size_t stop : {0u, 1u, 4u}) {
        evolution first(circuits::exact_dadda(), settings);
        first.run(serial_executor{}, [&](const evolution_progress& now) { return now.epoch < stop; });
        CHECK(first.progress().epoch == stop);
        first.save(file.path);
        evolution second = evolution::restore(file.path, settings);
        CHECK(second.progress().epoch == stop);
        CHECK(second.progress().candidates == first.progress().candidates);
        CHECK(same(second.best(), first.best()));
        CHECK(same(second.run(), whole));
        CHECK(same(second.run(), whole)); // nothing left to do
    }
    // More epochs may be added.
    evolution longer(circuits::exact_dadda(), settings);
    longer.run();
    longer.save(file.path);
    settings.epochs = 8;
    CHECK(same(evolution::restore(file.path, settings).run(), evolve(circuits::exact_dadda(), settings)));
    CHECK_FALSE(std::filesystem::exists(file.path.string() + ".new"));
    // Epochs stay as large as they were, however the candidates are shared out.
    evolution_settings other = settings;
    other.epochs = settings.epochs * 2;
    other.epoch_candidates = settings.epoch_candidates / 2;
    const evolution shared_out = evolution::restore(file.path, other);
    CHECK(shared_out.settings().epochs == settings.epochs);
    CHECK(shared_out.settings().epoch_candidates == settings.epoch_candidates);
}

TEST_CASE("Damaged and foreign files are refused") {
    const temporary_file file("alwann_test_evolution_damaged.txt");
    evolution_settings settings = brief({.mae_percent = 0.3});
    CHECK_THROWS_AS(evolution::restore(file.path, settings), io_error);
    const evolution fresh(circuits::exact_dadda(), settings);
    fresh.save(file.path);
    const std::string text = file.text();
    const auto restored = [&](const std::string& content) {
        file.put(content);
        return evolution::restore(file.path, settings);
    };
    CHECK(same(restored(text).best(), fresh.best()));
    for (std::size_t length = 0; length < text.size(); length += 1 + text.size() / 200) {
        CHECK_THROWS_AS(restored(text.substr(0, length)), format_error);
    }
    random_generator random(1);
    for (int i = 0; i < 200; ++i) {
        std::string changed = text;
        char& byte = changed[uniform_below(random, changed.size())];
        byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1u << uniform_below(random, 8)));
        CHECK_THROWS_AS(restored(changed), format_error);
    }
    CHECK_THROWS_AS(restored(text + "x"), format_error);
    CHECK_THROWS_AS(restored(std::string(100, '\0')), format_error);
    CHECK_THROWS_WITH(restored("alwann-evolution 1\n"), contains(":2: alwann-evolution: expected version 2"));
    // A gate that reads itself.
    CHECK_THROWS_WITH(restored("alwann-evolution 2\nsettings 0\nepoch 0\ncandidates 0\nsimulated 0\n"
                               "seed 1 a2,18 0 0\n"),
                      contains(":6: seed: expected a whole number up to 17"));
    restored(text);
    settings.seed = 5;
    CHECK_THROWS_WITH(evolution::restore(file.path, settings), contains("saved with another seed"));
    settings = brief({.mae_percent = 0.4});
    CHECK_THROWS_AS(evolution::restore(file.path, settings), value_error);
    CHECK_THROWS_WITH(evolution::restore(file.path, settings), contains("saved with another mae_percent"));
    CHECK(evolution::restore(file.path, fresh.settings()).seed() == fresh.seed());
    CHECK_THROWS_AS(fresh.save("/nonexistent/folder/file"), io_error);
    if (has_full_device()) {
        fresh.save(file.path);
        const full_disk_for full(file.path);
        CHECK_THROWS_WITH(fresh.save(file.path), contains("No space left"));
        CHECK(same(evolution::restore(file.path, fresh.settings()).best(), fresh.best()));
    }
}

TEST_CASE("Settings that make no sense are refused") {
    const netlist dadda = circuits::exact_dadda();
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const auto refuse = [&](const error_limits& limits) {
        CHECK_THROWS_AS(evolution(dadda, brief(limits)), value_error);
    };
    refuse({});
    refuse({.zero_preserving = true});
    refuse({.bias = 3});
    refuse({.mae_percent = -1});
    refuse({.mae_percent = nan});
    refuse({.mae_percent = 1, .wce_percent = std::numeric_limits<double>::infinity()});
    refuse({.weighted_percent = 1}); // of what?

    evolution_settings settings = brief({.weighted_percent = 1});
    settings.operands = operand_weights{};
    CHECK_THROWS_WITH(evolution(dadda, settings), contains("add up to zero"));
    settings.operands = peaked_weights();
    settings.operands->weights[17] = nan;
    CHECK_THROWS_WITH(evolution(dadda, settings), contains("weights[17]"));
    settings.operands->weights[17] = -1;
    CHECK_THROWS_AS(evolution(dadda, settings), value_error);
    settings.operands = peaked_weights();
    settings.limits = {.mae_percent = 1};
    CHECK_THROWS_WITH(evolution(dadda, settings), contains("no weighted_percent"));

    const auto with = [&](auto&& change) {
        evolution_settings changed = brief({.mae_percent = 1});
        change(changed);
        CHECK_THROWS_AS(evolution(dadda, changed), value_error);
    };
    with([](auto& s) { s.islands = 0; });
    with([](auto& s) { s.power_share = 1.5; });
    with([&](auto& s) { s.power_share = nan; });
    with([](auto& s) { s.max_changes = 0; });
    with([&](auto& s) { s.error_price = nan; });
    with([](auto& s) { s.drift = -1; });
    with([](auto& s) { s.spare_gates = 1'000'000; });
    with([](auto& s) { s.model.power_scale = -1; });
    with([](auto& s) { s.model.glitch_share = 2; });

    // A seed circuit beyond its limits says which, and one of another form is refused.
    CHECK_THROWS_AS(evolution(circuits::lowor(8), brief({.mae_percent = 0.1})), infeasible_error);
    CHECK_THROWS_WITH(evolution(circuits::lowor(8), brief({.mae_percent = 0.1})), contains("mae_percent is"));
    CHECK_THROWS_AS(evolution(netlist(16, {}, std::vector<signal>(16, netlist::one)),
                              brief({.wce_percent = 100, .zero_preserving = true})),
                    infeasible_error);
    CHECK_THROWS_WITH(evolution(xor_chain(5000), brief({.mae_percent = 100})),
                      contains("at most 4096 gates"));
    CHECK_THROWS_AS(evolution(netlist(15, {}, std::vector<signal>(16, 0)), brief({.mae_percent = 1})),
                    value_error);
    CHECK_THROWS_AS(evolution(netlist(16, {}, std::vector<signal>(17, 0)), brief({.mae_percent = 1})),
                    value_error);
}

TEST_CASE("Circuits without gates and with few outputs evolve too") {
    const error_limits anything{.mae_percent = 100};
    const evolved_circuit zero = evolve(netlist(16, {}, {}), brief(anything));
    CHECK(zero.circuit.gates().empty());
    CHECK(zero.score == 0);
    // Everything is allowed, so everything goes.
    evolution_settings settings = brief(anything);
    settings.epoch_candidates = 4000;
    CHECK(evolve(circuits::truncation(5, 5), settings).score < 0.01);
}
