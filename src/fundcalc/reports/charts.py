"""Charts as inline SVG: bars, a bridge and lines, for pages that stand alone and print in grey.

Every chart has a title and a description that says all its numbers, and is as wide as a telephone, so that
its type can be read there. Series differ by hatching, dashes and markers, never by colour alone. Values are
whole numbers, such as fen; `shown` writes one for a reader.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from xml.etree import ElementTree as ET

from markupsafe import Markup

from fundcalc.base import dataclass
from fundcalc.base.width import char_width, width

Shown = Callable[[int], str]

WIDTH = 360
ROW = 20
LEFT = 4
HALF_EM = 7
"""Pixels of a column: half a wide character at the charts' font size."""

_FILLS = ("#2f5d8a", "#b8612b", "#4f7d3f", "#7a5594", "#8a7a2f", "#9a3f4f")
_MARKERS = (
    "M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0z", "M-4,-4h8v8h-8z", "M-5,4h10l-5,-9z", "M0,-5l5,5l-5,5l-5,-5z",
    "M-2,-5h4v10h-4z", "M-5,-4h10l-5,9z",
)  # fmt: skip
"""Circle, square, triangle, diamond, bar, turned triangle."""
_DASHES = ("none", "7 3", "2 3", "9 3 2 3", "4 2", "12 4")


@dataclass(frozen=True, slots=True)
class Series:
    """One row of numbers under a name, as long as the chart's labels."""

    name: str
    values: Sequence[int]


def bars(title: str, labels: Sequence[str], series: Sequence[Series], shown: Shown) -> Markup:
    """Horizontal bars, one group a label and one bar a series; amounts below zero go to the left."""
    chart = _Chart(title, labels, series, shown)
    scale = chart.scale([value for entry in series for value in entry.values])
    top = chart.legend()
    for row, label in enumerate(labels):
        top = first = chart.label(top, label)
        for number, entry in enumerate(series):
            chart.bar(top, (0, entry.values[row]), scale, number, shown(entry.values[row]))
            top += ROW
        chart.upright(scale(0), first - 1, top - 3)
        top += 6
    return chart.done(top)


def bridge(title: str, labels: Sequence[str], changes: Sequence[int], shown: Shown) -> Markup:
    """From the first amount to the last: the first is a total, the others are added to it one by one.

    The sum is drawn as a last bar, under the last label; so there is one label more than changes. Where
    the changes are small next to the totals, the totals are drawn broken off.
    """
    ends = [sum(changes[: n + 1]) for n in range(len(changes))]
    chart = _Chart(title, labels, [Series("", [*changes, ends[-1]])], shown)
    scale = chart.scale(ends, tight=True)
    top = chart.top
    for row, label in enumerate(labels):
        whole = row in (0, len(changes))
        end = ends[min(row, len(ends) - 1)]
        start = scale.low if whole else ends[row - 1]
        figure = shown(end) if whole else f"{'+' if changes[row] > 0 else ''}{shown(changes[row])}"
        fill = 0 if whole else 2 if changes[row] >= 0 else 1
        top = chart.label(top, label)
        chart.bar(top, (start, end), scale, fill, figure)
        if row < len(labels) - 1:
            chart.upright(scale(end), top, top + ROW + 8, faint=True)
        top += ROW + 5
    return chart.done(top)


def lines(title: str, labels: Sequence[str], series: Sequence[Series], shown: Shown) -> Markup:
    """One line a series over labels in order, such as years; each with its own dash and marker."""
    chart = _Chart(title, labels, series, shown)
    numbers = [0, *(value for entry in series for value in entry.values)]
    ticks = _ticks(min(numbers), max(numbers))
    left = 16 + max(width(shown(tick)) for tick in ticks) * HALF_EM
    top, height = chart.legend(lined=True) + 4, 220
    low, high = ticks[0], ticks[-1]

    def down(value: int) -> int:
        return top + height - (value - low) * height // ((high - low) or 1)

    def across(place: int) -> int:
        return left + 16 + place * (WIDTH - left - 40) // max(len(labels) - 1, 1)

    for tick in ticks:
        chart.level(left, down(tick), faint=tick != 0)
        chart.text(left - 8, down(tick) + 4, shown(tick), "end")
    need = len(labels) * (max(map(width, labels), default=0) + 1) * HALF_EM
    every = max(1, -(-need // (WIDTH - left)))  # else they would stand on each other
    for place, label in enumerate(labels):
        if place % every == 0:
            chart.text(across(place), top + height + 18, label, "middle")
    for number, entry in enumerate(series):
        chart.line([(across(n), down(v)) for n, v in enumerate(entry.values)], number)
    return chart.done(top + height + 26)


@dataclass(frozen=True, slots=True)
class _Scale:
    """Amounts to pixels across."""

    low: int
    high: int
    left: int
    room: int

    def __call__(self, value: int) -> int:
        return self.left + (value - self.low) * self.room // ((self.high - self.low) or 1)


class _Chart:
    """One SVG under way; `top` is the first free row of pixels."""

    def __init__(
        self, title: str, labels: Sequence[str], series: Sequence[Series], shown: Shown
    ) -> None:
        sentences = [
            f"{entry.name}{': ' if entry.name else ''}"
            + "; ".join(f"{a} {shown(v)}" for a, v in zip(labels, entry.values, strict=True))
            for entry in series
        ]
        about = ". ".join(sentences)
        mark = hashlib.sha256(f"{title}\n{about}".encode(errors="replace")).hexdigest()[:10]
        self._id = f"c{mark}"
        self._series, self._shown = series, shown
        self.top = 4
        labelled_by = f"{self._id}-t {self._id}-d"
        look = {"role": "img", "class": "chart", "aria-labelledby": labelled_by, "font-size": "13"}
        self._svg = ET.Element("svg", look)
        self._add("title", id=f"{self._id}-t").text = _plain(title)
        self._add("desc", id=f"{self._id}-d").text = _plain(about)
        place = self._add("defs")
        for number, colour in enumerate(_FILLS):
            # plain, then hatched at several angles: each differs in grey too
            size, turn = 6 + number // 3 * 3, (0, 45, 135, 90, 0, 45)[number]
            pattern = self._add(
                "pattern", place, id=self._fill(number), width=size, height=size,
                patternUnits="userSpaceOnUse", patternTransform=f"rotate({turn})",
            )  # fmt: skip
            self._add("rect", pattern, width=size, height=size, fill=colour)
            if number:
                self._add("rect", pattern, width=2, height=size, fill="#fff", fill_opacity=".55")

    def _add(self, tag: str, place: ET.Element | None = None, **look: str | int) -> ET.Element:
        attributes = {name.replace("_", "-"): str(value) for name, value in look.items()}
        return ET.SubElement(self._svg if place is None else place, tag, attributes)

    def _fill(self, number: int) -> str:
        return f"{self._id}-f{number % len(_FILLS)}"

    def scale(self, numbers: Iterable[int], *, tight: bool = False) -> _Scale:
        """Room for every amount, and for the longest figure next to it; from zero unless `tight`."""
        known = list(numbers) or [0]
        low, high = min(known), max(known)
        if tight and low > 0:
            low -= min(low, (high - low) * 2 or high // 2)
        else:
            low, high = min(low, 0), max(high, 0)
        figures = [v for entry in self._series for v in entry.values]
        figure_room = 16 + max((width(self._shown(n)) + 1 for n in figures), default=0) * HALF_EM
        return _Scale(low, high, LEFT, max(WIDTH - LEFT - figure_room, 60))

    def legend(self, *, lined: bool = False) -> int:
        """Names of the series where there are several; returns where the rest begins."""
        if len(self._series) < 2:
            return self.top
        across, down = LEFT, self.top + 12
        for number, entry in enumerate(self._series):
            need = 50 + width(entry.name) * HALF_EM
            if across + need > WIDTH and across > LEFT:
                across, down = LEFT, down + ROW
            if lined:
                self.line([(across, down - 5), (across + 26, down - 5)], number)
            else:
                self._box(across, down - 11, 26, number)
            self.text(across + 32, down, entry.name, most=WIDTH - across - 36)
            across += need
        self.top = down + 10
        return self.top

    def label(self, top: int, words: str) -> int:
        """Words above a bar; returns where the bar begins."""
        self.text(LEFT, top + 14, words, most=WIDTH - 2 * LEFT)
        return top + 19

    def bar(self, top: int, ends: tuple[int, int], scale: _Scale, fill: int, figure: str) -> None:
        """One bar between two amounts, with its figure to the right."""
        a, b = sorted((scale(ends[0]), scale(ends[1])))
        self._box(a, top, max(b - a, 1), fill)
        if ends[0] and ends[0] == scale.low and b - a > 30:
            self._break(a + 14, top)
        self.text(b + 6, top + 12, figure)

    def _box(self, left: int, top: int, across: int, fill: int) -> None:
        fills = f"url(#{self._fill(fill)})"
        self._add("rect", x=left, y=top, width=across, height=ROW - 6, fill=fills)

    def _break(self, left: int, top: int) -> None:
        """A gap in a bar that does not start at zero."""
        self._add("path", d=f"M{left},{top - 1}l8,9l-8,9h6l8,-9l-8,-9z", fill="#fff")

    def line(self, points: Sequence[tuple[int, int]], number: int) -> None:
        """A series as a line with its markers."""
        place = number % len(_FILLS)
        path = " ".join(f"{x},{y}" for x, y in points)
        self._add(
            "polyline", points=path, fill="none", stroke=_FILLS[place], stroke_width=2,
            stroke_dasharray=_DASHES[place],
        )  # fmt: skip
        for x, y in points:
            self._add(
                "path", d=_MARKERS[place], fill=_FILLS[place], stroke="#fff",
                transform=f"translate({x},{y})",
            )  # fmt: skip

    def upright(self, x: int, top: int, end: int, *, faint: bool = False) -> None:
        """A vertical rule."""
        self._add("line", x1=x, y1=top, x2=x, y2=end, stroke="#ccc" if faint else "#555")

    def level(self, left: int, y: int, *, faint: bool = False) -> None:
        """A horizontal rule to the right edge."""
        self._add("line", x1=left, y1=y, x2=WIDTH - 8, y2=y, stroke="#ccc" if faint else "#555")

    def text(
        self, x: int, y: int, words: str, anchor: str = "start", most: int | None = None
    ) -> None:
        """Words from a place, up to it (`end`) or around it (`middle`); cut with … at `most` pixels."""
        self._add("text", x=x, y=y, text_anchor=anchor).text = _cut(_plain(words), most)

    def done(self, height: int) -> Markup:
        """The chart as text."""
        self._svg.set("viewBox", f"0 0 {WIDTH} {height + 6}")
        return Markup(ET.tostring(self._svg, encoding="unicode"))  # noqa: S704 - ElementTree escapes


def _plain(words: str) -> str:
    """Without characters that XML cannot hold."""
    return "".join(char if char.isprintable() else " " for char in words)


def _cut(words: str, most: int | None) -> str:
    if most is None or width(words) * HALF_EM <= most:
        return words
    text, room = "", most // HALF_EM - 2
    for char in words:
        room -= char_width(char)
        if room < 0:
            break
        text += char
    return f"{text}…"


def _ticks(low: int, high: int) -> list[int]:
    """About five round amounts from at or below `low` to at or above `high`."""
    step = 1
    while (high - low) > 5 * step:
        lead = int(str(step)[0])
        step = step * 5 // 2 if lead == 2 else step * 2
    first = low // step * step
    ticks = [first]
    while ticks[-1] < high or len(ticks) < 2:
        ticks.append(ticks[-1] + step)
    return ticks
