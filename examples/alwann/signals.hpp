// SPDX-License-Identifier: MIT
/// What the program does about ^C and about readers that are gone.
#pragma once

namespace program {

/// From here on a reader that closes the pipe of standard output ends nothing: main() tells of it at the end.
void survive_closed_pipes();

/// From here on the first ^C only makes interrupted() true; the second one ends the program.
void watch_for_interrupts();

/// Whether the user pressed ^C.
bool interrupted() noexcept;

/// Exit status of a command that ^C ended, as shells report it; results so far are written.
inline constexpr int interrupted_status = 130;

} // namespace program
