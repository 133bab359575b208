// SPDX-License-Identifier: MIT
/// @file
/// A checkout of EvoApproxLib, or any folder of circuits in its forms, as a library.
#pragma once

#include <alwann/library/library.hpp>

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Most circuit files that a folder may have.
inline constexpr std::size_t evoapprox_max_files = 20'000;

/// Which circuits of a folder become components: by default multipliers of two unsigned 8-bit operands.
struct evoapprox_selection {
    bool narrow = false;          ///< also those with an operand of less than eight bits
    bool signed_operands = false; ///< also those of two's complement operands
};

/// What happened to the files of a folder.
struct evoapprox_report {
    /// A file and what is said about it.
    struct note {
        std::filesystem::path file; ///< the file it is about
        std::string text;           ///< what there is to say
    };
    std::size_t files = 0;             ///< looked at
    std::vector<note> unreadable;      ///< with the reader's message
    std::vector<note> left_out;        ///< no multipliers, too wide, or not selected
    std::vector<note> merged;          ///< compute what a component does already; the text is its name
    std::vector<note> renamed;         ///< the text is the new name: another circuit had the old one
    std::vector<std::string> warnings; ///< stated figures that are not those of the circuit
};

/// The components, in the order of file names, and how they came about.
class evoapprox_library : public library {
public:
    evoapprox_report report; ///< what became of the files
};

/// Reads all C models and Verilog netlists below a folder; any part of a checkout will do.
///
/// A circuit is known by its truth table: one that computes what an earlier one does is merged with it and
/// lowers its price, if it is the cheaper one. Two circuits of one name are kept apart by a hash at the end
/// of the second one's name. Prices are those that the files state, else modelled. A file that cannot be read
/// is reported and does not end the reading. Throws io_error if the folder cannot be read, and format_error
/// if it has no circuits at all or too many.
[[nodiscard]] ALWANN_SEPARABLE evoapprox_library read_evoapprox(const std::filesystem::path& folder,
                                                                const evoapprox_selection& selection = {});

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/library/detail/define_evoapprox.hpp>
#endif
