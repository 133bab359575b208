# SPDX-License-Identifier: MIT
"""scripts/reproduce results: what is kept is not made again, and the page shows all of it.

    test_reproduce.py FOLDER      with ALWANN_PROGRAM naming the program
"""

import json
import os
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SCRIPT = os.path.join(ROOT, "scripts", "reproduce")
NOTHING = 77  # ctest: skipped


def reproduce(folder, *options):
    """The names of the runs that were made."""
    done = subprocess.run([sys.executable, SCRIPT, "results", "--quick", "--data", os.path.join(folder, "no-data"),
                           "--output", folder, *options], text=True, stdout=subprocess.PIPE, check=True)
    *made, page = done.stdout.splitlines()
    assert page == os.path.join(folder, "results.md"), page
    return [line.split(" ", 1)[1] for line in made]


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return file.read()


def refused(*options):
    done = subprocess.run([sys.executable, SCRIPT, "results", *options], text=True, stderr=subprocess.PIPE, check=False)
    assert done.returncode != 0, options
    return done.stderr


def main(folder):
    shutil.rmtree(folder, ignore_errors=True)

    # No run begins after three seconds: the first takes longer.
    first = reproduce(folder, "--only", "fashion_mnist", "--minutes", "0.05")
    assert first[0] == "fashion_mnist-standard-power-gated-3-default", first
    page = read(folder, "results.md")
    assert "power-gated, 3 tiles" in page and "\n## ResNet-8, CIFAR-10" not in page, page
    assert "Not run yet: the paper's 36, power-gated, 3 tiles" in page, page
    assert "ResNet-20" in page.split("Left out, for lack of data: ")[1].split("\n")[0], page
    assert os.path.exists(os.path.join(folder, "results", "fashion_mnist-standard.svg"))

    # The figures of the table are those of the program.
    results = json.loads(read(folder, first[0], "results.json"))
    least = min(d["relative_energy"] for d in results["front"] if d["test_loss"] is not None and d["test_loss"] <= 0.006)
    row = next(line for line in page.splitlines() if line.startswith("| `standard` | power-gated, 3 tiles |"))
    assert f"{least:.3f} (" in row.split("|")[4], row
    for d in results["front"]:
        if d["test_loss"] is not None and d["test_loss"] < 0.1:
            assert f"| {d['relative_energy']:.3f} | {100 * d['test_loss']:.2f} |" in page, d

    # All that the page needs is kept: what the runs left may go.
    for name in first:
        shutil.rmtree(os.path.join(folder, name))
    assert reproduce(folder, "--minutes", "0") == []
    assert read(folder, "results.md") == page
    sittings = [reproduce(folder, "--only", "fashion_mnist", "--minutes", "0.05") for _ in range(2)]
    accuracy, *more = sum(sittings, [])
    assert accuracy == "fashion_mnist in floats", sittings  # behind the runs with goals, before all others
    assert more and not set(more) & set(first), (first, more)
    grown = json.loads(read(folder, "results", "fashion_mnist.json"))
    assert set(grown["runs"]) == set(first) | set(more), grown["runs"].keys()
    assert grown["float"]["float_accuracy"] > 0.8, grown["float"]

    # A file that something else has damaged is named and stays as it is.
    kept = os.path.join(folder, "results", "fashion_mnist.json")
    os.truncate(kept, 500)
    assert kept in refused("--quick", "--minutes", "0", "--output", folder, "--data", os.path.join(folder, "no-data"))
    assert os.path.getsize(kept) == 500

    assert "known are fashion_mnist" in refused("--only", "resnet9")
    assert "--quick" in refused("--quick", "--write")


if __name__ == "__main__":
    if "ALWANN_PROGRAM" not in os.environ or not os.path.exists("/usr/share/datasets/fashion-mnist"):
        print("skipped: the program or the package dataset-fashion-mnist is missing")
        sys.exit(NOTHING)
    main(os.path.abspath(sys.argv[1]))
