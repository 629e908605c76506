"""Cost against rows as an SVG, in the peers' environment.

`python -m benchmarks.plot RESULTS.json OUT.svg computing|scaling`
"""

from __future__ import annotations

import json
import math
import sys
import textwrap
import warnings
from pathlib import Path
from typing import Any

LINES = {
    "whole": ("whole policy", "-"),
    "part": ("two programmes", ":"),
}


def main(results: str, out: str, what: str) -> None:
    """Draw one of the two."""
    import matplotlib as mpl

    warnings.filterwarnings("ignore", "Glyph")  # texts stay texts; who looks has the font
    mpl.use("svg")
    mpl.rcParams.update({"svg.hashsalt": "fundcalc", "svg.fonttype": "none", "font.size": 9})
    data = json.loads(Path(results).read_text("utf-8"))
    figure = _computing(data) if what == "computing" else _scaling(data)
    figure.tight_layout()
    figure.savefig(out, metadata={"Date": None})


def _computing(data: dict[str, Any]) -> Any:
    """Seconds of CPU by villages, both logarithmic, a line a contestant."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(8, 5.2))
    colours: dict[str, Any] = {}
    for kind, (what, style) in LINES.items():
        for title, points in sorted(_lines(data, kind).items()):
            colour = colours.setdefault(title, f"C{len(colours)}")
            rows, seconds = zip(*sorted(points), strict=True)
            label = f"{title} ({what})"
            axes.plot(rows, seconds, style, marker="o", markersize=3, color=colour, label=label)
    axes.set(
        xscale="log", yscale="log", xlabel="villages", ylabel="CPU seconds, computing alone",
    )  # fmt: skip
    axes.grid(visible=True, alpha=0.3)
    axes.legend(fontsize=7)
    return figure


COLUMNS = 4
LEAST = 0.01
"""Seconds: what is below cannot be told from nothing, and is drawn there."""


def _scaling(data: dict[str, Any]) -> Any:
    """Seconds of CPU above the start by villages, a panel a command; dashed, n log n through its last."""
    import matplotlib.pyplot as plt

    grown = [
        (key.removeprefix("scaling ").partition(" above ")[0], one)
        for key, one in data.items()
        if key.startswith("scaling ") and len(one.get("sizes", {})) > 1
    ]
    rows_of_panels = -(-len(grown) // COLUMNS)
    figure, panels = plt.subplots(
        rows_of_panels, COLUMNS, figsize=(11, 1.35 * rows_of_panels), sharex=True, sharey=True,
        squeeze=False,
    )  # fmt: skip
    for panel, (title, one) in zip(panels.flat, grown, strict=False):
        start = one["start"]["cpu"] if one["start"] else 0.0
        rows = [int(size) for size in one["sizes"]]
        cost = [max(found["cpu"] - start, LEAST) for found in one["sizes"].values()]
        last = cost[-1] / (rows[-1] * math.log(rows[-1]))
        panel.plot(
            rows, [max(n * math.log(n) * last, LEAST) for n in rows], "--", color="0.6", lw=0.8
        )
        panel.plot(rows, cost, marker="o", markersize=2.5, lw=1.2)
        panel.set_title("\n".join(textwrap.wrap(title, 44)), fontsize=6, loc="left")
        panel.set(xscale="log", yscale="log")
        panel.minorticks_off()
        panel.set(xticks=[10**3, 10**4, 10**5, 10**6], yticks=[0.01, 0.1, 1, 10])
        panel.tick_params(labelsize=6)
    for panel in panels.flat[len(grown) :]:
        panel.set_visible(False)
    figure.supxlabel("villages", fontsize=8)
    figure.supylabel("CPU seconds above the start; dashed: n log n", fontsize=8)
    return figure


def _lines(data: dict[str, Any], kind: str) -> dict[str, list[tuple[int, float]]]:
    found: dict[str, list[tuple[int, float]]] = {}
    for key, contestants in data.items():
        if key.startswith(f"{kind} "):
            for title, one in contestants.items():
                if isinstance(one, dict) and "cpu" in one:
                    found.setdefault(title, []).append((one["rows"], one["cpu"]))
    return found


if __name__ == "__main__":
    main(*sys.argv[1:])
