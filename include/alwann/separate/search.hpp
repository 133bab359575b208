// SPDX-License-Identifier: MIT
/// @file
/// What separate.hpp leaves to one unit: data sets, search and reports.
#pragma once

#include <alwann/io/detail/define_dataset.hpp>
#include <alwann/io/detail/define_normalisation.hpp>
#include <alwann/report/detail/define_csv.hpp>
#include <alwann/report/detail/define_markdown.hpp>
#include <alwann/search/detail/define_hypervolume.hpp>
#include <alwann/search/detail/define_kept_activations.hpp>
#include <alwann/search/detail/define_known_designs.hpp>
#include <alwann/search/detail/define_layered.hpp>
#include <alwann/search/detail/define_pareto.hpp>
#include <alwann/search/detail/define_problem.hpp>
#include <alwann/search/detail/define_selection.hpp>
#include <alwann/search/detail/define_statistics.hpp>
#include <alwann/search/detail/define_variation.hpp>
