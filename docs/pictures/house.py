"""The house as a picture: each folder of the program on its floor, and who imports whom. `make reference`.

Floors are those of the import contract in pyproject.toml; arrows are what the modules really import,
put together by folder. Nothing is drawn by hand, and a test finds where house.svg has drifted.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from html import escape
from pathlib import Path

import grimp

from fundcalc.api import sources

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
WIDE, HIGH, GAP, EDGE = 128, 40, 30, 20
SAID = {
    "cli": "parse, call api, print",
    "desk": "the same in a browser",
    "api": "the front door",
    "reports": "results written out",
    "explain": "why a village gets it",
    "ledger": "runs kept and chained",
    "analysis": "what is wrong with a policy",
    "engines": "one plan over all villages",
    "roster": "a file becomes facts",
    "policy": "TOML becomes a plan",
    "core": "the plan in few terms",
    "language": "expressions and units",
    "base": "money, sharing, words",
}


def floors() -> list[list[str]]:
    """The folders, from the top floor down."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    layers = next(one["layers"] for one in contracts if one["id"] == "floors")
    return [["cli"], *([name.strip("() ") for name in layer.split("|")] for layer in layers)]


def imports() -> Counter[tuple[str, str]]:
    """How many imports there are from folder to folder."""
    graph = grimp.build_graph("fundcalc", "fundcalc_cli", exclude_type_checking_imports=True)
    found: Counter[tuple[str, str]] = Counter()
    for module, _ in sources().values():  # imported when they are asked for
        found["api", _folder(module)] += 1
    for module in graph.modules:
        for other in graph.find_modules_directly_imported_by(module):
            pair = (_folder(module), _folder(other))
            if all(pair) and pair[0] != pair[1]:
                found[pair] += 1
    found.pop(("api", "api"), None)
    return found


def _folder(module: str) -> str:
    top, _, rest = module.partition(".")
    return "cli" if top == "fundcalc_cli" else rest.partition(".")[0]


def picture() -> str:
    """The picture as SVG."""
    rows = floors()
    wide = WIDE * 9 // 2
    place: dict[str, tuple[float, float]] = {}
    for number, row in enumerate(rows):
        for at, name in enumerate(row):
            left = wide / 2 + (at - (len(row) - 1) / 2) * (WIDE * 1.6)
            place[name] = (left, EDGE + number * (HIGH + GAP) + HIGH / 2)
    high = EDGE * 2 + len(rows) * (HIGH + GAP) - GAP
    parts = [_arrow(place[one], place[other], rows) for one, other in sorted(imports())]
    parts += [_box(name, *place[name]) for name in place]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" '
        f'height="{high}" font-family="sans-serif" role="img" aria-label="folders and imports">\n'
        '<rect width="100%" height="100%" fill="#ffffff"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _arrow(one: tuple[float, float], other: tuple[float, float], rows: list[list[str]]) -> str:
    """A line from the importing folder down; over many floors it swings out to the side."""
    (x, y), (u, v) = one, other
    steps = round((v - y) / (HIGH + GAP))
    swing = 0 if steps <= 1 else (14 + 24 * steps) * (1 if (steps + int(y)) % 2 else -1)
    top, bottom = y + HIGH / 2, v - HIGH / 2
    if steps > 1:
        side = WIDE / 2 * (1 if swing > 0 else -1)
        start, end = f"{x + side:.0f} {y:.0f}", f"{u + side:.0f} {v:.0f}"
        bend = f"{x + side + swing:.0f} {y:.0f} {u + side + swing:.0f} {v:.0f}"
    else:
        start, end = f"{x:.0f} {top:.0f}", f"{u:.0f} {bottom:.0f}"
        bend = f"{x:.0f} {top + GAP / 2:.0f} {u:.0f} {bottom - GAP / 2:.0f}"
    return f'<path d="M {start} C {bend} {end}" fill="none" stroke="#9db2c8" stroke-width="1.2"/>'


def _box(name: str, x: float, y: float) -> str:
    left, top = x - WIDE / 2, y - HIGH / 2
    return (
        f'<rect x="{left:.0f}" y="{top:.0f}" width="{WIDE}" height="{HIGH}" rx="6" '
        'fill="#eef3f8" stroke="#2f5d8a"/>'
        f'<text x="{x:.0f}" y="{y - 3:.0f}" text-anchor="middle" font-size="13" '
        f'font-weight="bold" fill="#1f3b57">{escape(name)}</text>'
        f'<text x="{x:.0f}" y="{y + 12:.0f}" text-anchor="middle" font-size="9" '
        f'fill="#4a5b6c">{escape(SAID[name])}</text>'
    )


if __name__ == "__main__":
    (HERE / "house.svg").write_text(picture(), encoding="utf-8")
