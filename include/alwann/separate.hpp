// SPDX-License-Identifier: MIT
/// @file
/// The definitions that units with ALWANN_SEPARATE leave out; one unit of a program includes it. Those of a
/// component are in separate/COMPONENT.hpp.
#pragma once

#include <alwann/separate/circuit.hpp>
#include <alwann/separate/kernel.hpp>
#include <alwann/separate/nn.hpp>
#include <alwann/separate/search.hpp>
