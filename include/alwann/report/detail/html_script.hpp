// SPDX-License-Identifier: MIT
/// @file
/// The script of HTML reports, first half: the data, the tables and the choice of a design.
#pragma once

#include <alwann/core/config.hpp>

#include <string_view>

namespace alwann::inline ALWANN_ABI {
namespace detail {

inline constexpr std::string_view html_script = R"js(
"use strict";
const read = id => JSON.parse(document.getElementById(id).textContent);
const results = read("results");
const multipliers = read("multipliers"); // by name: costs, errors, heat map, Verilog
const byId = id => document.getElementById(id);
const tileColour = tile => `var(--t${tile % 8})`;
const percent = (share, digits = 2) => (100 * share).toFixed(digits);
const figure = (value, digits) => typeof value === "number" ? value.toFixed(digits) : "unknown";

/** An element with attributes and children; text is never taken for markup. */
function element(tag, attributes = {}, ...children) {
  const made = ["svg", "rect", "text", "title", "g"].includes(tag)
    ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children.map(child => child instanceof Node ? child : String(child)));
  return made;
}

/** A table of rows; columns are [heading, cell of a row, is a number]. */
function table(columns, rows, attributesOf = () => ({})) {
  const head = element("tr", {}, ...columns.map(([name, , number]) =>
    element("th", number ? {class: "number"} : {}, name)));
  const body = rows.map((row, i) => element("tr", attributesOf(row, i), ...columns.map(([, cell, number]) =>
    element("td", number ? {class: "number"} : {}, cell(row, i)))));
  return element("div", {class: "scroll"},
    element("table", {}, element("thead", {}, head), element("tbody", {}, ...body)));
}

const layers = (results.network.layers || results.network.macs.map((_, i) => ({name: `conv${i}`})))
  .map((layer, i) => ({...layer, macs: results.network.macs[i]}));
const powerOf = name => multipliers[name]?.power_mw;

/** What each layer of a design spends, as a share of the design's energy. */
function energyShares(design) {
  const spent = layers.map((layer, i) => layer.macs * powerOf(design.layers[i]));
  const all = spent.reduce((a, b) => a + b, 0);
  return spent.map(each => all > 0 ? each / all : 0);
}

/** Runs of one name: "3 x a, b". */
function shortened(names) {
  const runs = [];
  for (const name of names) {
    if (runs.length && runs.at(-1)[0] === name) runs.at(-1)[1]++; else runs.push([name, 1]);
  }
  return runs.map(([name, count]) => count > 1 ? `${count} x ${name}` : name).join(", ");
}

function interval([low, high], digits = 2) { return `[${percent(low, digits)}, ${percent(high, digits)}]`; }

/** A search that was interrupted has designs that were not measured on the test images. */
const isTested = design => typeof design.test_accuracy === "number";
const accuracyOf = design => isTested(design) ? design.test_accuracy : design.search_accuracy;
const accuracyText = design => isTested(design) ? `${percent(design.test_accuracy)} ${interval(design.test_interval)}`
  : `${percent(design.search_accuracy)} (search images)`;
const lossText = design => isTested(design) ? `${percent(design.test_loss)} ${interval(design.test_loss_interval)}` : "not measured";

const designColumns = [
  ["energy %", d => percent(d.relative_energy, 1), true],
  ["test accuracy %", accuracyText, true],
  ["loss, points", lossText, true],
  ["area of the tiles, um2", d => figure(d.area_um2, 0), true],
  ["multipliers", d => shortened(d.layers)],
];

const designs = {}; // by key: "front-0", "uniform-3"
for (const kind of ["front", "uniform"]) {
  (results[kind] || []).forEach((design, i) => { designs[`${kind}-${i}`] = design; });
}

/** Shows one design, marks it wherever it is listed and puts it into the address. */
function pick(key) {
  const design = designs[key];
  if (!design) return;
  for (const row of document.querySelectorAll("tr[data-design]")) {
    row.setAttribute("aria-selected", row.dataset.design === key);
  }
  byId("design").replaceChildren(...designParts(design));
  byId("design").dataset.shown = key;
  history.replaceState(null, "", `#${key}`);
  document.dispatchEvent(new CustomEvent("design", {detail: key}));
}

/** The member of the front with the least energy that loses at most so many points; null if there is none. */
function cheapestWithin(points) {
  return results.front.filter(d => isTested(d) && 100 * d.test_loss <= points + 1e-9)
    .reduce((a, b) => !a || b.relative_energy < a.relative_energy ? b : a, null);
}

function summaryCards() {
  const best = cheapestWithin(0.6);
  const card = (value, words) => element("div", {class: "card"}, element("b", {}, value), words);
  return [
    best ? card(`${percent(1 - best.relative_energy, 1)} %`,
                `of the energy saved, ${lossText(best)} points lost`)
         : card("none", "of the front's designs loses at most 0.6 points"),
    card(`${percent(results.exact_accuracy)} %`,
         `exact 8-bit network, ${interval(results.exact_interval)} on ${results.test_images} test images`),
    card(results.evaluations, `designs on ${results.search_images} search images`),
    card(`${(results.emulated_products / 1e9).toFixed(0)} G`,
         `products emulated in ${figure(results.seconds, 1)} s`),
    card(figure(results.hypervolume, 4), "hypervolume of the front on the search images"),
  ];
}

byId("summary").replaceChildren(...summaryCards());
byId("front").append(table(designColumns, results.front, (_, i) => ({"data-design": `front-${i}`, tabindex: 0})));
const byEnergy = [...results.uniform.keys()].sort((a, b) => results.uniform[b].relative_energy - results.uniform[a].relative_energy);
byId("uniform").append(table(designColumns, byEnergy.map(i => results.uniform[i]),
  (_, row) => ({"data-design": `uniform-${byEnergy[row]}`, tabindex: 0})));
byId("uniform").parentElement.hidden = byEnergy.length === 0;
byId("settings").textContent = JSON.stringify({alwann: results.alwann, network: results.network.file, ...results.settings}, null, 2);
for (const event of ["click", "keydown"]) {
  document.addEventListener(event, e => {
    const key = e.target.closest?.("[data-design]")?.dataset.design;
    if (key && (event === "click" || e.key === "Enter")) pick(key);
  });
}
)js";

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
