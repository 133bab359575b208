// SPDX-License-Identifier: MIT
/// @file
/// The style sheet of HTML reports: light and dark, telephone and desktop, screen and paper.
#pragma once

#include <alwann/core/config.hpp>

#include <string_view>

namespace alwann::inline ALWANN_ABI {
namespace detail {

inline constexpr std::string_view html_style = R"css(
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1c2126; --soft: #5c6670; --line: #d8dde2; --panel: #f5f7f9; --mark: #c2410c;
  --t0: #2563a8; --t1: #c2410c; --t2: #2e7d32; --t3: #7e3fa0; --t4: #a16207; --t5: #0f7c86; --t6: #b3246b; --t7: #55606b;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14181c; --ink: #e6eaee; --soft: #9aa5b0; --line: #323a42; --panel: #1c2228; --mark: #fb923c;
    --t0: #6aa9ee; --t1: #fb923c; --t2: #7bc67e; --t3: #c893e6; --t4: #e0b94a; --t5: #57c7d1; --t6: #f078b0; --t7: #a5b0ba;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1rem; background: var(--paper); color: var(--ink);
       font: 16px/1.45 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; border-bottom: 1px solid var(--line); padding-bottom: .25rem; }
h3 { font-size: 1rem; margin: 1.2rem 0 .4rem; }
p { margin: .4rem 0; }
.soft { color: var(--soft); font-size: .875rem; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr)); gap: .6rem; margin: 1rem 0; }
.card { background: var(--panel); border: 1px solid var(--line); border-radius: .4rem; padding: .6rem .75rem; }
.card b { display: block; font-size: 1.25rem; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.plot { position: relative; height: min(28rem, 70vh); touch-action: pan-y; }
.plot svg, .still svg { width: 100%; height: auto; max-height: 100%; }
.still { background: #fff; border: 1px solid var(--line); }
.still [data-design] { cursor: pointer; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .25rem .5rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { color: var(--soft); font-weight: 600; }
td.number, th.number { text-align: right; }
tr[data-design] { cursor: pointer; }
tr[data-design]:hover { background: var(--panel); }
tr[aria-selected="true"] { background: var(--panel); box-shadow: inset 3px 0 var(--mark); }
.bar { display: inline-block; height: .7rem; border-radius: 2px; vertical-align: middle; min-width: 1px; }
.chip { display: inline-block; padding: 0 .4rem; border-radius: .6rem; border: 1px solid currentcolor; font-size: .8rem; }
.timeline { width: 100%; min-width: 36rem; height: auto; font: 11px system-ui, sans-serif; }
.timeline text { fill: var(--ink); }
.timeline rect { stroke: var(--paper); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: .8rem; }
.tiles img { width: 100%; max-width: 16rem; aspect-ratio: 1; image-rendering: pixelated; background: #fff;
             border: 1px solid var(--line); }
.tiles td { white-space: normal; }
button { font: inherit; font-size: .875rem; color: inherit; background: var(--panel); border: 1px solid var(--line);
         border-radius: .3rem; padding: .3rem .7rem; cursor: pointer; margin: 0 .3rem .3rem 0; }
button:hover { border-color: var(--mark); }
details pre { overflow-x: auto; font-size: .8rem; background: var(--panel); padding: .6rem; }
.paper-only { display: none; }
@media print {
  :root { --paper: #fff; --ink: #000; --soft: #444; --line: #bbb; --panel: #fff; }
  button, .screen-only { display: none; }
  .paper-only { display: block; }
  h2, h3 { break-after: avoid; }
  tr, .card { break-inside: avoid; }
}
)css";

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
