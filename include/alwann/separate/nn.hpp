// SPDX-License-Identifier: MIT
/// @file
/// What separate.hpp leaves to one unit: networks.
#pragma once

#include <alwann/compensation/detail/define_samples.hpp>
#include <alwann/nn/detail/define_accuracy.hpp>
#include <alwann/nn/detail/define_calibration.hpp>
#include <alwann/nn/detail/define_float_inference.hpp>
#include <alwann/nn/detail/define_fold.hpp>
#include <alwann/nn/detail/define_graph.hpp>
#include <alwann/nn/detail/define_inference.hpp>
#include <alwann/nn/detail/define_network.hpp>
#include <alwann/nn/detail/define_network_fingerprint.hpp>
#include <alwann/nn/detail/define_quantisation_noise.hpp>
#include <alwann/nn/detail/define_quantize.hpp>
#include <alwann/nn/detail/define_quantized_graph.hpp>
#include <alwann/nn/detail/define_unfrozen_graph.hpp>
