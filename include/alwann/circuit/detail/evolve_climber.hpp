// SPDX-License-Identifier: MIT
/// @file
/// One island of the evolution of circuits: a climber that changes its circuit and keeps what is allowed and
/// not dearer.
#pragma once

#include <alwann/circuit/detail/disguised_xors.hpp>
#include <alwann/circuit/detail/evolve_genome.hpp>
#include <alwann/circuit/detail/evolve_limit_check.hpp>

#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// What climbers are told.
struct climber_settings {
    cost_model model{};
    score_scale scale;            ///< scores are integers by this scale
    std::int64_t error_price = 0; ///< what the use of the whole allowance of errors adds to the score
    std::int64_t drift = 0;       ///< by how much the score may rise at first
    std::size_t spare_gates = 0;  ///< gates without use to begin with
    std::size_t max_changes = 1;  ///< of one candidate
    std::size_t disguised = 0;    ///< XORs made of other gates that are tolerated
};

/// What climbers count.
struct climber_counts {
    std::uint64_t candidates = 0; ///< circuits tried
    std::uint64_t simulated = 0;  ///< of these, circuits whose function had to be looked at
    std::uint64_t allowed = 0;    ///< circuits within the limits
    std::uint64_t accepted = 0;   ///< circuits that replaced their parent after a look
};

/// Holds the values of all signals of its present circuit for all patterns, so that of a candidate only
/// what the changes reach is simulated, block by block until a limit is broken.
class climber {
public:
    climber(const evolution_task& task, const evolve_kernel& kernel, const climber_settings& settings,
            const netlist& start, const random_generator& random)
        : task_(task),
          kernel_(kernel),
          check_(task, kernel),
          settings_(settings),
          random_(random),
          nodes_(genome_nodes::encode(start, settings.spare_gates, random_)),
          rows_(first_gate_signal + 2 * nodes_.gates.size()),
          values_(rows_ * evolve_words * evolve_blocks),
          flipped_(nodes_.gates.size(), 0),
          ones_(first_gate_signal + nodes_.gates.size(), 0) {
        for (std::size_t block = 0; block < evolve_blocks; ++block) {
            std::uint64_t* rows = values_of(block);
            std::fill_n(rows + netlist::one * evolve_words, evolve_words, ~std::uint64_t{0});
            std::copy_n(task_.inputs.data() + block * 16 * evolve_words, 16 * evolve_words,
                        rows + netlist::input(0) * evolve_words);
        }
        for (signal s = 1; s < first_gate_signal; ++s) {
            ones_[s] = s == netlist::one ? operand_pairs : operand_pairs / 2;
        }
        dirty_.assign(nodes_.gates.size(), 0);
        nodes_.active.assign(nodes_.gates.size(), 0); // so that everything counts as new
        plan();
        allowed_ = is_allowed();
        count_ones();
        allowed_ = allowed_ && has_allowed_bias();
        commit();
        best_score_ = price();
        score_ = lowest_ = best_score_ + price_of_errors();
        keep_best();
    }

    /// Whether the start is within the limits.
    [[nodiscard]] bool start_is_allowed() const noexcept { return allowed_; }
    /// The score of the present circuit, and the best so far.
    [[nodiscard]] std::int64_t score() const noexcept { return score_; }
    [[nodiscard]] std::int64_t best_score() const noexcept { return best_score_; }
    [[nodiscard]] const netlist& best() const noexcept { return best_; }
    [[nodiscard]] const climber_counts& counts() const noexcept { return counts_; }

    /// The present circuit, cleaned.
    [[nodiscard]] netlist present() {
        price_.clean(nodes_.gates, nodes_.outputs, nodes_.active);
        return netlist(multiplier_input_count, price_.gates(), price_.outputs());
    }

    /// Tries that many candidates. At first the climber may stray above the best score, by `drift` or a tenth
    /// if that is less; towards the end it may not any more.
    void run(std::uint64_t candidates) {
        for (std::uint64_t i = 0; i < candidates; ++i) {
            const std::uint64_t left = candidates - i;
            const std::int64_t most = std::min(settings_.drift, best_score_ / 10);
            slack_ = 5 * left <= candidates ? 0
                                            : most * static_cast<std::int64_t>(5 * left - candidates) /
                                                  static_cast<std::int64_t>(4 * candidates);
            try_one();
        }
    }

private:
    [[nodiscard]] std::uint64_t* values_of(std::size_t block) noexcept {
        return values_.data() + block * rows_ * evolve_words;
    }
    /// The row of a signal of the present circuit; gates have a second one for candidates.
    [[nodiscard]] std::uint32_t row_of(signal s) const noexcept {
        return s < first_gate_signal ? s : 2 * s - first_gate_signal + flipped_[s - first_gate_signal];
    }
    /// The row of a signal of the candidate.
    [[nodiscard]] std::uint32_t new_row_of(signal s) const noexcept {
        return s < first_gate_signal ? s : row_of(s) ^ dirty_[s - first_gate_signal];
    }

    void try_one() {
        ++counts_.candidates;
        log_.clear();
        const std::uint64_t block = uniform_below(random_, evolve_blocks);
        const std::uint64_t* rows = values_of(block);
        const std::uint64_t changes = 1 + uniform_below(random_, settings_.max_changes);
        for (std::uint64_t i = 0; i < changes; ++i) {
            change(
                nodes_, active_, random_,
                [&](signal s, signal t) {
                    return kernel_.unlike(rows + row_of(s) * evolve_words, rows + row_of(t) * evolve_words);
                },
                log_);
        }
        if (log_.empty()) {
            return;
        }
        plan();
        ++counts_.simulated;
        if (!is_allowed()) {
            return reject();
        }
        count_ones();
        if (!has_allowed_bias()) {
            return reject();
        }
        ++counts_.allowed;
        const std::int64_t bare_score = price();
        const std::int64_t score = bare_score + price_of_errors();
        if (score > score_ && score > lowest_ + slack_) { // equal is good enough
            return reject();
        }
        if (disguises_.count(multiplier_input_count, price_.gates()) > settings_.disguised) {
            return reject();
        }
        ++counts_.accepted;
        score_ = score;
        lowest_ = std::min(lowest_, score);
        commit();
        if (bare_score < best_score_) {
            best_score_ = bare_score;
            keep_best();
        }
    }

    void reject() {
        log_.undo(nodes_);
        nodes_.active.swap(was_active_);
        for (const auto& [node, before] : new_ones_) {
            ones_[first_gate_signal + node] = before;
        }
        new_ones_.clear();
    }

    /// Finds out what of the candidate has to be simulated, in which rows.
    void plan() {
        for (const auto& [node, before] : log_.gates()) {
            changed_.push_back(node);
        }
        nodes_.active.swap(was_active_);
        nodes_.mark();
        for (const std::size_t node : changed_) {
            dirty_[node] = 2; // for now: changed, whether needed or not
        }
        steps_.clear();
        stepped_.clear();
        const std::size_t count = nodes_.gates.size();
        for (std::size_t i = 0; i < count; ++i) {
            const bool changed = dirty_[i] == 2;
            dirty_[i] = 0;
            if (nodes_.active[i] == 0) {
                continue;
            }
            const gate& g = nodes_.gates[i];
            if (changed || was_active_[i] == 0 || is_dirty(g.a) || is_dirty(g.b)) {
                dirty_[i] = 1;
                steps_.push_back({g.kind, new_row_of(static_cast<signal>(first_gate_signal + i)),
                                  new_row_of(g.a), new_row_of(g.b)});
                stepped_.push_back(static_cast<std::uint32_t>(i));
            }
        }
        changed_.clear();
        for (std::size_t i = 0; i < product_bits; ++i) {
            output_rows_[i] = new_row_of(nodes_.outputs[i]);
        }
    }
    [[nodiscard]] bool is_dirty(signal s) const noexcept {
        return s >= first_gate_signal && dirty_[s - first_gate_signal] != 0;
    }

    [[nodiscard]] bool is_allowed() {
        return check_.holds(
            steps_, output_rows_, [&](std::size_t block) { return values_of(block); }, first_);
    }

    void count_ones() {
        for (std::size_t i = 0; i < steps_.size(); ++i) {
            std::uint64_t ones = 0;
            for (std::size_t block = 0; block < evolve_blocks; ++block) {
                const std::uint64_t* rows = values_of(block);
                ones += kernel_.unlike(rows + steps_[i].out * evolve_words, rows); // row 0 is zero
            }
            std::uint32_t& count = ones_[first_gate_signal + stepped_[i]];
            new_ones_.emplace_back(stepped_[i], count);
            count = static_cast<std::uint32_t>(ones);
        }
    }

    [[nodiscard]] bool has_allowed_bias() const {
        std::int64_t sum = -static_cast<std::int64_t>(task_.exact_sum);
        for (std::size_t i = 0; i < product_bits; ++i) {
            sum += static_cast<std::int64_t>(ones_[nodes_.outputs[i]]) << i;
        }
        return static_cast<std::uint64_t>(sum < 0 ? -sum : sum) <= task_.signed_sum_limit;
    }

    [[nodiscard]] std::int64_t price() {
        price_.clean(nodes_.gates, nodes_.outputs, nodes_.active);
        return settings_.scale(price_.activity(ones_, settings_.model), price_.half_sizes());
    }
    [[nodiscard]] std::int64_t price_of_errors() const {
        return std::llround(static_cast<double>(settings_.error_price) * check_.used());
    }

    /// Makes the candidate the present circuit.
    void commit() {
        for (const std::uint32_t node : stepped_) {
            flipped_[node] ^= 1u;
            dirty_[node] = 0;
        }
        steps_.clear();
        stepped_.clear();
        new_ones_.clear();
        active_.clear();
        for (std::size_t i = 0; i < nodes_.active.size(); ++i) {
            if (nodes_.active[i] != 0) {
                active_.push_back(static_cast<std::uint32_t>(i));
            }
        }
        first_ = false;
    }

    void keep_best() { best_ = netlist(multiplier_input_count, price_.gates(), price_.outputs()); }

    const evolution_task& task_;
    const evolve_kernel& kernel_;
    limit_check check_;
    climber_settings settings_;
    random_generator random_;
    genome_nodes nodes_;
    std::size_t rows_;
    aligned_vector<std::uint64_t> values_; // [block][row][evolve_words]
    std::vector<std::uint8_t> flipped_;    // which of a gate's two rows holds its present values
    std::vector<std::uint32_t> ones_;      // of each signal
    std::vector<std::uint8_t> dirty_, was_active_;
    std::vector<std::uint32_t> active_, stepped_;
    std::vector<std::size_t> changed_;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> new_ones_; // gates and their counts before
    std::vector<gate_step> steps_;
    std::array<std::uint32_t, product_bits> output_rows_{};
    change_log log_;
    candidate_price price_;
    disguised_xors disguises_;
    climber_counts counts_;
    netlist best_;
    std::int64_t score_ = 0, lowest_ = 0, slack_ = 0; // with the price of errors
    std::int64_t best_score_ = 0;                     // without
    bool allowed_ = false, first_ = true;
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
