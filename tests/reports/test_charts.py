"""Charts: well-formed, told in words, within their frame, different without colour."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundcalc.base.money import grouped
from fundcalc.reports.charts import WIDTH, Series, bars, bridge, lines

AMOUNTS = st.integers(-(10**16), 10**16)
NAMES = st.text(max_size=12)


def shown(value: int) -> str:
    return grouped(value, 2)


def checked(text: str) -> ET.Element:
    chart = ET.fromstring(text)  # noqa: S314 - our own
    height = int(chart.attrib["viewBox"].split()[3])
    for part in chart.iter():
        for key, most in (
            ("x", WIDTH),
            ("y", height),
            ("cx", WIDTH),
            ("x2", WIDTH),
            ("y2", height),
        ):
            if key in part.attrib:
                assert 0 <= int(part.attrib[key]) <= most, part.attrib
        if part.tag == "rect" and "x" in part.attrib:
            assert int(part.attrib["x"]) + int(part.attrib["width"]) <= WIDTH
    assert chart.attrib["role"] == "img" and chart[0].tag == "title" and chart[1].tag == "desc"
    return chart


@given(st.lists(st.tuples(NAMES, AMOUNTS, AMOUNTS), min_size=1, max_size=6), NAMES)
def test_bars(rows: list[tuple[str, int, int]], title: str) -> None:
    series = [Series("一", [r[1] for r in rows]), Series("<b>", [r[2] for r in rows])]
    chart = checked(bars(title, [r[0] for r in rows], series, shown))
    told = chart[1].text or ""
    assert all(shown(amount) in told for row in rows for amount in row[1:])
    fills = {p.attrib["fill"] for p in chart.iter("rect") if "url" in p.attrib.get("fill", "")}
    assert len(fills) == 2


@given(st.lists(AMOUNTS, min_size=1, max_size=8))
def test_bridge(changes: list[int]) -> None:
    labels = [str(n) for n in range(len(changes) + 1)]
    chart = checked(bridge("why", labels, changes, shown))
    assert shown(sum(changes)) in (chart[1].text or "")


@given(st.lists(st.lists(AMOUNTS, min_size=3, max_size=3), min_size=1, max_size=6))
def test_lines(rows: list[list[int]]) -> None:
    series = [Series(str(n), row) for n, row in enumerate(rows)]
    chart = checked(lines("years", ["2018", "2019", "2020"], series, shown))
    drawn = [p for p in chart.iter("polyline") if p.attrib["points"].count(" ") == 2]
    assert len(drawn) == len(rows)
    looks = [p.attrib.get("stroke-dasharray") for p in drawn]
    assert len(set(looks)) == len(looks)


@pytest.mark.parametrize("values", [[0, 0], [5, 5], [-3, -3]])
def test_flat_values_are_drawn(values: list[int]) -> None:
    checked(bars("t", ["a", "b"], [Series("", values)], str))
    checked(lines("t", ["a", "b"], [Series("", values)], str))
    checked(bridge("t", ["a", "b", "c"], values, str))


def test_names_too_long_for_their_place_are_cut_and_the_legend_takes_a_second_line() -> None:
    long = "很长很长的村名" * 20
    series = [Series(f"{long[:60]}{n}", [n, -n]) for n in range(3)]
    chart = checked(bars("题", [long, "短"], series, shown))
    texts = [part.text or "" for part in chart.iter("text")]
    assert any(text.endswith("…") and long.startswith(text[:-1]) for text in texts)
    assert long in (chart[1].text or "")  # told whole to those who do not see it
    short = bars("题", ["短", "短"], [Series(str(n), [n, -n]) for n in range(3)], shown)
    heights = [int(ET.fromstring(t).attrib["viewBox"].split()[3]) for t in (short,)]  # noqa: S314
    assert int(chart.attrib["viewBox"].split()[3]) > heights[0]
