"""Cost against rows as an SVG, in the peers' environment.

`python -m benchmarks.plot RESULTS.json OUT.svg`
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

LINES = {
    "whole": ("whole policy", "-"),
    "part": ("two programmes", ":"),
}


def main(results: str, out: str) -> None:
    """Seconds of CPU by villages, both logarithmic, a line a contestant."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams.update({"svg.hashsalt": "fundcalc", "svg.fonttype": "none", "font.size": 9})
    import matplotlib.pyplot as plt

    data = json.loads(Path(results).read_text("utf-8"))
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
    figure.tight_layout()
    figure.savefig(out, metadata={"Date": None})


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
