# SPDX-License-Identifier: MIT
"""The text of docs/results.md, from what `scripts/reproduce results` keeps in docs/results/*.json."""

REFERENCE = (0.9, 1.0)  # error and relative energy that the hypervolume is measured to
STEPS = (0.0, 0.006, 0.01)  # losses of accuracy that the tables look up
COLUMNS = [f"<= {100 * most:.1f}" for most in STEPS] + ["hypervolume", "evaluations", "minutes", "made with"]

HEAD = """# Results

Made by

    cmake --preset release && cmake --build --preset release
    scripts/reproduce results --data DIR --write

in several sittings: what a run found is kept in `docs/results/*.json`, and only what is missing there is run. `--again` runs
all of it anew. The last column of a table says with which commit a run was made.

{machines}
{left_out}
Every run starts from a trained float network, quantises it to 8 bits (weights per output channel; activations beyond the
99.99th percentile are clipped; where a section says so, designs clip more, see [compensation](compensation.md#ranges)),
searches with the default optimiser for little squared logit error (against the exact 8-bit network: no labels) and little
energy, and tests up to 40 designs of the front on images that neither calibration nor search has seen. The runs with three
power-gated tiles and the default compensation are those that the goals speak of; the others have a third of the evaluations
and test up to 12 designs. No labels are used by compensation, no weights are trained.

A loss is measured against the exact 8-bit network on the same images; intervals are of 95 % (Wilson for accuracies, paired
for losses). The relative energy counts executed multiplications times the multiplier's power; 1 is the library's exact
multiplier everywhere. A design is looked up in these tables by its loss on the test images, so that the best of a front is a
little lucky; its interval says how much. Minutes are those on the clock, whatever else the machine did; what an earlier run of
the same network and library has left in the archive is not paid for again. Hypervolume: of error on the test images and
relative energy, up to error 0.9 and energy 1.

What differs from the protocol of the ALWANN paper: networks and data splits are our own where they are named so; weights are
quantised per output channel, ranges are frozen after calibration and batch normalisation is folded; the search is guided by
the sensitivity of layers and by the expected gain, and is given the evaluations that the tables say; compensation goes beyond
the paper's map, which is one row of the tables; energy is shown by executed multiplications (the paper ignores strides).
"""


def percent(share, digits=2):
    return f"{100 * share:.{digits}f}"


def interval(bounds, digits=2):
    return f"[{percent(bounds[0], digits)}, {percent(bounds[1], digits)}]"


def row(cells):
    return "| " + " | ".join(cells) + " |"


def ruled(titles, rules, rows):
    return [row(titles), row(rules)] + rows


def cheapest(designs, most):
    """The design of least energy among those that lose at most `most` on the test images."""
    within = [d for d in designs if d["test_loss"] is not None and d["test_loss"] <= most + 1e-9]
    return min(within, key=lambda d: (d["relative_energy"], d["test_loss"])) if within else None


def hypervolume(designs):
    """The area between REFERENCE and what designs reach, of error on the test images and relative energy."""
    area, least = 0.0, REFERENCE[0]
    for d in sorted((d for d in designs if d["test_accuracy"] is not None), key=lambda d: d["relative_energy"]):
        error, energy = 1 - d["test_accuracy"], d["relative_energy"]
        if error < least and energy < REFERENCE[1]:
            area += (least - error) * (REFERENCE[1] - energy)
            least = error
    return area


def used(design):
    """Names of the multipliers that some layer runs on."""
    return sorted({design["tiles"][tile] for tile in design["mapping"]})


def summary_cells(run):
    results = run["results"]
    cells = []
    for most in STEPS:
        found = cheapest(results["front"], most)
        cells.append(f"{found['relative_energy']:.3f} ({found['relative_energy_paper_macs']:.3f})" if found else "none")
    return cells + [f"{hypervolume(results['front']):.4f}", str(results["evaluations"]), f"{results['seconds'] / 60:.1f}",
                    run["commit"]]


def tested(designs):
    """Those that lose less than ten points, the most costly first."""
    return sorted((d for d in designs if d["test_loss"] is not None and d["test_loss"] < 0.1),
                  key=lambda d: -d["relative_energy"])


def front_of(title, picture, results):
    lines = ["", f"The front of {title}, three power-gated tiles:", "", f"![front](results/{picture})", ""]
    return lines + ruled(
        ["relative energy", "loss, points", "95 %", "accuracy, %", "tiles"], ["---:"] * 4 + ["---"],
        [row([f"{d['relative_energy']:.3f}", percent(d["test_loss"]), interval(d["test_loss_interval"]),
              percent(d["test_accuracy"]), ", ".join(used(d))]) for d in tested(results["front"])])


def uniform_of(title, results):
    lines = ["", f"All uniform designs of {title} that lose less than 10 points, on "
             f"{results['uniform'][0]['test_images']:,} images:", ""]
    return lines + ruled(
        ["multiplier", "relative energy", "loss, points", "95 %"], ["---"] + ["---:"] * 3,
        [row([d["tiles"][0], f"{d['relative_energy']:.3f}", percent(d["test_loss"]), interval(d["test_loss_interval"])])
         for d in tested(results["uniform"])])


def about(network, run, reals):
    results = run["results"]
    counts = results["network"]
    return [f"Tested on {results['test_images']:,} images ({network.test_name}): "
            + (f"float {percent(reals['float_accuracy'])} %, " if reals else "")
            + f"8-bit exact {percent(results['exact_accuracy'])} % {interval(results['exact_interval'])}. Searched on "
            f"{results['search_images']:,} other images, calibrated on {results['settings']['calibration']} more; "
            f"{counts['convolutions']} convolutions, {counts['macs'] / 1e6:.1f} million multiplications an image "
            f"({counts['macs_paper'] / 1e6:.1f} as the paper counts them). Seed {results['settings']['seed']}."
            + clipping(run["options"]), ""]


def clipping(options):
    """What a run says about ranges of its designs."""
    if "--design-ranges" not in options:
        return ""
    rule, _, share = options[options.index("--design-ranges") + 1].partition(":")
    assert rule == "percentile", rule
    return f" Designs clip activations beyond the {share}th percentile, the exact network beyond the 99.99th."


def section(network, plan, kept):
    """The text on one network. `plan`: the runs that belong to it, made or not; `kept`: what there is of them."""
    lines = [f"## {network.title}", ""]
    runs = kept["runs"]
    if not any(entry.name in runs for entry in plan):
        return lines + ["Not run yet.", ""]
    lines += about(network, next(runs[entry.name] for entry in plan if entry.name in runs), kept.get("float"))

    def table(part, heading):
        return ruled(["multipliers", heading] + COLUMNS, ["---"] * (2 + len(COLUMNS)),
                     [row([entry.title, entry.words[part]] + summary_cells(runs[entry.name]))
                      for entry in plan if part in entry.words and entry.name in runs])

    lines += ["Least relative energy of a design on the front whose loss on the test images, in points, is at most as in "
              "the heading; in brackets the same design's by the paper's count of multiplications.", ""]
    lines += table("accelerator", "accelerator, tiles")
    missing = [f"{entry.title}, {next(iter(entry.words.values()))}" for entry in plan if entry.name not in runs]
    if missing:
        lines += ["", "Not run yet: " + "; ".join(missing) + "."]

    goals = [entry for entry in plan if entry.goal and entry.name in runs]
    if network.goal and goals:
        reached = []
        for entry in goals:
            found = cheapest(runs[entry.name]["results"]["front"], 0.006)
            reached.append(f"{entry.title} {found['relative_energy']:.3f}" if found else f"{entry.title} none")
        lines += ["", f"Goal at 0.6 points: {network.goal:.2f} with the paper's multipliers, {1.1 * network.goal:.3f} with "
                  f"`standard`. Three power-gated tiles reach: {', '.join(reached)}."]
    beside = table("compensation", "compensation")
    if len(beside) > 3:
        lines += ["", "Compensations side by side, three power-gated tiles:", ""] + beside
    for entry in goals:
        lines += front_of(entry.title, entry.picture, runs[entry.name]["results"])
        lines += uniform_of(entry.title, runs[entry.name]["results"])
    return lines + [""]


def machines(all_kept):
    """One sentence on where and when the runs were made."""
    made = {}
    for kept in all_kept:
        for run in kept["runs"].values():
            made.setdefault(f"{run['processor']}, {run['threads']} threads", []).append(run["date"])
    parts = [f"{len(dates)} on {where}, {min(dates)} to {max(dates)}" for where, dates in made.items()]
    return "Runs: " + "; ".join(parts) + "." if parts else "No run was made yet."


def page(sections, all_kept, left_out):
    head = HEAD.format(machines=machines(all_kept),
                       left_out="Left out, for lack of data: " + ", ".join(left_out) + ".\n" if left_out else "")
    return head + "\n" + "\n".join(line for lines in sections for line in lines)
