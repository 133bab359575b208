// SPDX-License-Identifier: MIT
/// @file
/// The library in one include, less the headers that need a component.
#pragma once

#include <alwann/core/aligned.hpp>
#include <alwann/core/config.hpp>
#include <alwann/core/cpu.hpp>
#include <alwann/core/error.hpp>
#include <alwann/core/executor.hpp>
#include <alwann/core/random.hpp>
#include <alwann/core/version.hpp>
