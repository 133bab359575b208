// SPDX-License-Identifier: MIT
/// @file
/// The script of HTML reports, second half: one design, layer by layer, tile by tile, and its exports.
#pragma once

#include <alwann/core/config.hpp>

#include <string_view>

namespace alwann::inline ALWANN_ABI {
namespace detail {

inline constexpr std::string_view html_design_script = R"js(
function shapeOf(layer) {
  if (!layer.kernel) return "";
  const [h, w, c] = layer.input;
  return `${h}x${w}x${c}, ${layer.kernel.join("x")}, ${layer.outputs} out` +
    (layer.stride?.some(s => s > 1) ? `, stride ${layer.stride.join("x")}` : "") +
    (layer.groups > 1 ? `, ${layer.groups} groups` : "");
}

/** Of a layer's results against those of the exact network. */
function noiseText(design, layer) {
  const decibels = design.layer_snr_db[layer];
  return decibels === null ? "no noise" : figure(decibels, 1);
}

function layerTable(design) {
  const shares = energyShares(design);
  const widest = Math.max(...shares, 1e-12);
  const columns = [
    ["layer", layer => layer.name],
    ["shape", shapeOf],
    ["tile", (_, i) => element("span", {class: "chip", style: `color:${tileColour(design.mapping[i])}`}, design.mapping[i])],
    ["multiplier", (_, i) => design.layers[i]],
    ["multiplications", layer => layer.macs.toLocaleString("en"), true],
    ["energy", (_, i) => element("span", {},
      element("span", {class: "bar", style: `width:${8 * shares[i] / widest}rem;background:${tileColour(design.mapping[i])}`}),
      ` ${percent(shares[i], 1)} %`)],
  ];
  if (design.layer_snr_db) columns.push(["signal to noise, dB", (_, i) => noiseText(design, i), true]);
  return table(columns, layers);
}

/** The work of each tile over time, in multiplications. */
function timeline(design) {
  const pipelined = results.settings.architecture === "pipelined";
  const tiles = design.tiles.length, lane = 26, left = 60, width = 900;
  const load = design.tiles.map((_, t) => layers.reduce((sum, l, i) => sum + (design.mapping[i] === t ? l.macs : 0), 0));
  // A stage is a run of layers on one tile: that an image comes back to a tile makes another.
  const stages = [];
  design.mapping.forEach((tile, i) => stages.push(i === 0 ? 0 : stages[i - 1] + (tile !== design.mapping[i - 1] ? 1 : 0)));
  const boxes = [];
  const images = pipelined ? stages[stages.length - 1] + 2 : 1;
  const beat = pipelined ? Math.max(...load) : load.reduce((a, b) => a + b, 0);
  for (let image = 0; image < images; image++) {
    let clock = 0;
    const used = design.tiles.map(() => 0);
    layers.forEach((layer, i) => {
      const tile = design.mapping[i];
      const start = pipelined ? (image + stages[i]) * beat + used[tile] : clock;
      used[tile] += layer.macs;
      clock += layer.macs;
      boxes.push({tile, start, length: layer.macs, words: `${layer.name} of image ${image + 1}: ${design.layers[i]}`, image});
    });
  }
  const end = Math.max(...boxes.map(b => b.start + b.length));
  const svg = element("svg", {class: "timeline", viewBox: `0 0 ${left + width} ${lane * tiles + 22}`, role: "img"});
  svg.append(...design.tiles.map((name, t) => element("text", {x: 0, y: lane * t + 17}, `tile ${t}`)),
    ...boxes.map(b => element("rect", {x: left + width * b.start / end, y: lane * b.tile + 3, width: Math.max(1, width * b.length / end),
      height: lane - 6, style: `fill:${tileColour(b.tile)};opacity:${b.image % 2 ? .55 : 1}`}, element("title", {}, b.words))),
    element("text", {x: left, y: lane * tiles + 16}, pipelined
      ? `an image every ${beat.toLocaleString("en")} multiplications of the busiest tile; shades alternate between images`
      : `${beat.toLocaleString("en")} multiplications an image; tiles not at work are off`));
  return svg;
}

function tileCards(design) {
  return element("div", {class: "tiles"}, ...design.tiles.map((name, t) => {
    const m = multipliers[name] || {};
    const rows = [["power", `${figure(m.power_mw, 4)} mW (${m.cost_source ?? "unknown"})`],
      ["area, delay", `${figure(m.area_um2, 0)} um2, ${figure(m.delay_ns, 2)} ns`],
      ["MAE, WCE", `${figure(m.mae_percent, 4)} %, ${figure(m.wce_percent, 3)} %`],
      ["MRE, EP", `${figure(m.mre_percent, 3)} %, ${figure(m.ep_percent, 1)} %`],
      ["layers", design.mapping.map((tile, i) => tile === t ? layers[i].name : null).filter(Boolean).join(", ") || "none"]];
    return element("div", {class: "card"},
      element("b", {style: `color:${tileColour(t)}`}, `${t}: ${name}`),
      ...(m.heat_map ? [element("img", {src: m.heat_map, alt: `Errors of ${name}: activation to the right, weight upwards; blue too small, red too large`})] : []),
      table([["", r => r[0]], ["", r => r[1]]], rows));
  }));
}

function save(name, text, type = "text/plain") {
  const link = element("a", {href: URL.createObjectURL(new Blob([text], {type})), download: name});
  link.click();
  URL.revokeObjectURL(link.href);
}

/** Quoted where a reader of CSV would take it for more than one field. */
const csvField = text => /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

const exporters = {
  JSON: design => ["design.json", JSON.stringify(design, null, 2)],
  CSV: design => ["design.csv", ["layer,tile,multiplier,multiplications,energy_share,snr_db",
    ...energyShares(design).map((share, i) =>
      [csvField(layers[i].name), design.mapping[i], csvField(design.layers[i]), layers[i].macs, share.toPrecision(6),
        design.layer_snr_db?.[i]?.toFixed(2) ?? ""].join(","))].join("\n") + "\n"],
  "C header": design => ["design.h", cHeader(design)],
  Verilog: design => ["multipliers.v", [...new Set(design.layers)].map(name => multipliers[name]?.verilog ??
    `// ${name}: only its truth table is known\n`).join("\n")],
};

function cHeader(design) {
  const list = values => `{${values.join(", ")}}`;
  const quoted = text => JSON.stringify(String(text)).replace(/[\u007f-\uffff]/g, "?");
  return `/* Relative energy ${design.relative_energy}, accuracy ${accuracyOf(design)} on ${isTested(design) ? design.test_images + " test" : "the search"} images. */
#ifndef ALWANN_DESIGN_H
#define ALWANN_DESIGN_H

#define ALWANN_TILES ${design.tiles.length}
#define ALWANN_LAYERS ${layers.length}

static const char *const alwann_multiplier_of_tile[ALWANN_TILES] = ${list(design.tiles.map(quoted))};
static const char *const alwann_layer_name[ALWANN_LAYERS] = ${list(layers.map(layer => quoted(layer.name)))};
static const unsigned char alwann_tile_of_layer[ALWANN_LAYERS] = ${list(design.mapping)};

#endif
`;
}

function designParts(design) {
  const buttons = Object.entries(exporters).map(([name, make]) => {
    const button = element("button", {type: "button", "data-export": name}, name);
    button.addEventListener("click", () => save(...make(design)));
    return button;
  });
  return [
    element("p", {}, element("b", {}, `${percent(design.relative_energy, 1)} %`), " of the exact design's energy, accuracy ",
      element("b", {id: "design-accuracy"}, `${percent(accuracyOf(design))} %`), isTested(design)
        ? ` ${interval(design.test_interval)} on ${design.test_images} test images, ${lossText(design)} points below the exact 8-bit network.`
        : " on the search images; not measured on test images.", ` Compensation: ${results.settings.compensation}.`),
    element("p", {class: "screen-only"}, "Save as ", ...buttons),
    element("h3", {}, "Layers"), layerTable(design),
    element("h3", {}, results.settings.architecture === "pipelined" ? "Schedule: pipelined" : "Schedule: power-gated"),
    element("div", {class: "scroll"}, timeline(design)),
    element("h3", {}, "Tiles"), tileCards(design),
  ];
}
)js";

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
