// SPDX-License-Identifier: MIT
/// @file
/// The script of HTML reports that draws the plots, with Chart.js where the report carries it.
#pragma once

#include <alwann/core/config.hpp>

#include <string_view>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Without Chart.js the drawing that is in the page already stays; its points can be clicked as well.
inline constexpr std::string_view html_plot_script = R"js(
const colour = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Vertical lines over the points that have an interval. */
const intervals = {
  id: "intervals",
  afterDatasetsDraw(chart) {
    const {ctx, chartArea: area, scales: {y}} = chart;
    ctx.save();
    ctx.beginPath();
    ctx.rect(area.left, area.top, area.width, area.height);
    ctx.clip();
    chart.data.datasets.forEach((set, which) => {
      if (!chart.isDatasetVisible(which)) return;
      chart.getDatasetMeta(which).data.forEach((point, i) => {
        const bounds = set.data[i].interval;
        if (!bounds) return;
        ctx.strokeStyle = set.borderColor;
        ctx.beginPath();
        ctx.moveTo(point.x, y.getPixelForValue(100 * bounds[0]));
        ctx.lineTo(point.x, y.getPixelForValue(100 * bounds[1]));
        ctx.stroke();
      });
    });
    ctx.restore();
  },
};

function axes(x, y) {
  const axis = text => ({type: "linear", title: {display: true, text, color: colour("--soft")},
    ticks: {color: colour("--soft")}, grid: {color: colour("--line")}});
  return {x: axis(x), y: axis(y)};
}

/** The wheel zooms about the pointer, dragging moves, a double click shows all, until the signal. */
function zoomable(chart, signal) {
  const canvas = chart.canvas;
  const all = () => { for (const axis of "xy") { delete chart.options.scales[axis].min; delete chart.options.scales[axis].max; } };
  const change = (axis, low, high) => Object.assign(chart.options.scales[axis], {min: low, max: high});
  canvas.addEventListener("wheel", event => {
    event.preventDefault();
    const factor = Math.exp(event.deltaY * 0.002);
    for (const axis of "xy") {
      const scale = chart.scales[axis];
      const at = scale.getValueForPixel(axis === "x" ? event.offsetX : event.offsetY);
      change(axis, at - (at - scale.min) * factor, at + (scale.max - at) * factor);
    }
    chart.update();
  }, {passive: false, signal});
  let from = null;
  canvas.addEventListener("pointerdown", event => { from = event; }, {signal});
  addEventListener("pointerup", () => { from = null; }, {signal});
  canvas.addEventListener("pointermove", event => {
    if (!from || event.buttons === 0 || event.pointerType === "touch") return;
    for (const [axis, moved] of [["x", event.offsetX - from.offsetX], ["y", event.offsetY - from.offsetY]]) {
      const scale = chart.scales[axis];
      const by = scale.getValueForPixel(0) - scale.getValueForPixel(moved);
      change(axis, scale.min + by, scale.max + by);
    }
    from = event;
    chart.update();
  }, {signal});
  canvas.addEventListener("dblclick", () => { all(); chart.update(); }, {signal});
  byId("whole").addEventListener("click", () => { all(); chart.update(); }, {signal});
}

function frontChart(signal) {
  const points = kind => results[kind].map((d, i) => ({x: 100 * d.relative_energy, y: 100 * accuracyOf(d),
    interval: d.test_interval, key: `${kind}-${i}`, words: shortened(d.layers)}));
  const style = (label, name, radius, more) => ({label, borderColor: colour(name), backgroundColor: colour(name),
    pointRadius: radius, pointHoverRadius: radius + 2, ...more});
  const datasets = [
    {...style("front", "--t1", 5, {showLine: true, stepped: "before", borderWidth: 1.5}),
     data: points("front").sort((a, b) => a.x - b.x)},
  ];
  if (results.uniform.length > 0) {
    datasets.push({...style("one multiplier everywhere", "--t0", 4, {pointStyle: "rect"}), data: points("uniform")});
  }
  if (results.evaluated) {
    datasets.push({...style("evaluated, on the search images", "--line", 2, {}),
      data: results.evaluated.map(d => ({x: 100 * d.relative_energy, y: 100 * d.search_accuracy,
        words: shortened(d.multipliers.map(i => results.library[i].name))}))});
  }
  const chart = new Chart(byId("front-canvas"), {
    type: "scatter", data: {datasets}, plugins: [intervals],
    options: {
      animation: false, responsive: true, maintainAspectRatio: false,
      scales: axes("relative energy, % of the exact multiplier's", "test accuracy, %"),
      plugins: {
        legend: {labels: {color: colour("--ink"), usePointStyle: true}},
        tooltip: {callbacks: {label: ({raw, dataset}) =>
          [`${dataset.label}: ${raw.x.toFixed(1)} % energy, ${raw.y.toFixed(2)} % accuracy`, raw.words]}},
      },
      onClick: (event, found) => {
        const key = found.map(point => datasets[point.datasetIndex].data[point.index].key).find(Boolean);
        if (key) pick(key);
      },
    },
  });
  zoomable(chart, signal);
  return chart;
}

function convergenceChart() {
  return new Chart(byId("convergence-canvas"), {
    type: "scatter",
    data: {datasets: [{label: "hypervolume", showLine: true, stepped: "before", pointRadius: 0, borderWidth: 2,
      borderColor: colour("--t2"), backgroundColor: colour("--t2"),
      data: results.convergence.map(step => ({x: step.evaluations, y: step.hypervolume}))}]},
    options: {animation: false, responsive: true, maintainAspectRatio: false,
      scales: axes("evaluated designs", "hypervolume of the front"), plugins: {legend: {display: false}}},
  });
}

let charts = [], drawn = new AbortController();
function draw() {
  drawn.abort(); // what listens for the charts of before
  drawn = new AbortController();
  charts.forEach(chart => chart.destroy());
  charts = [frontChart(drawn.signal)];
  if (results.convergence?.length > 1) charts.push(convergenceChart());
}

if (!(results.convergence?.length > 1) || !window.Chart) byId("convergence").hidden = true;
if (window.Chart) {
  byId("front-still").classList.add("paper-only");
  draw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
} else {
  byId("front-plot").hidden = true;
}
pick(designs[location.hash.slice(1)] ? location.hash.slice(1) : `front-${Math.max(0, results.front.indexOf(cheapestWithin(0.6)))}`);
)js";

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
