"""Two engines vouch for each other: a fault put into one stops the run, and nothing is written."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from tests.cli.conftest import Cli

from fundcalc.core.decision import Output
from fundcalc.engines import calculate, rules
from fundcalc.engines.columnar import sharing
from fundcalc.engines.columnar.lower import Array
from fundcalc.engines.columnar.run import Decider
from fundcalc.engines.result import Row

ROSTER = Path(__file__).resolve().parents[2] / "examples" / "taiyuan-2017.xlsx"
SHARE = sharing.share


@pytest.fixture(params=["every village", "a sample"])
def sampled(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Double-checking every village, then a sample, as of rosters of more than 20,000."""
    if request.param == "a sample":
        monkeypatch.setattr(calculate, "ALL_CHECKED", 100)
    return request.param == "a sample"


def stopped(cli: Cli, tmp_path: Path) -> str:
    """What a run says that must stop, having written nothing; as one line."""
    out = tmp_path / "result.csv"
    found = cli("run", str(ROSTER), "-o", str(out), "--no-record")
    assert found.code == 2
    assert not out.exists()
    assert list(tmp_path.glob(".fundcalc-*")) == []
    return " ".join(found.err.split())


def explained(cli: Cli, village: str = "鹰落沟村") -> str:
    """What the explanation of a village says that must stop as well."""
    found = cli("explain", village, "--roster", str(ROSTER))
    assert found.code == 2
    assert not found.out
    return found.err


@pytest.mark.usefixtures("sampled")
def test_an_amount_that_differs(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: Callable[..., Array | bool | int] = Decider._checked

    def wrong(self: Decider, step: Output) -> object:
        found = checked(self, step)
        if isinstance(found, np.ndarray) and found.dtype == np.int64:
            found[found == 17_000_000] += 1
        return found

    monkeypatch.setattr(Decider, "_checked", wrong)
    assert "FC597" in explained(cli)
    said = stopped(cli, tmp_path)
    assert "FC597" in said
    assert re.search(
        r"`operating_funds` for \S+ \(.+\): rules engine guaranteed_funds = 170000.00, "
        r"columnar guaranteed_funds = 170000.01",
        said,
    )


@pytest.mark.usefixtures("sampled")
def test_a_rule_that_differs(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fired: Callable[..., Sequence[tuple[str, ...]]] = calculate.columnar.Decided.fired

    def wrong(self: object, programme: str, *at: Array) -> Sequence[tuple[str, ...]]:
        found = fired(self, programme, *at)
        return [ids[1:] for ids in found] if programme == "operating_funds" else found

    monkeypatch.setattr(calculate.columnar.Decided, "fired", wrong)
    assert "FC597" in explained(cli)
    said = stopped(cli, tmp_path)
    assert "FC597" in said
    assert re.search(r"`operating_funds` for .*rules engine \w+, columnar no rule", said)


@pytest.mark.usefixtures("sampled")
@pytest.mark.parametrize("capped", [True, False])
def test_a_fen_that_went_to_another_village(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capped: bool
) -> None:
    """The sums are right: only sharing the pool anew can tell."""

    def wrong(
        p: Array, g: Array, w: Array, ends: tuple[Array | None, Array | None],
        rank: Callable[[], Array],
    ) -> Array:  # fmt: skip
        given = SHARE(p, g, w, ends, rank)
        if (ends[0] is not None) is capped:
            some = np.flatnonzero(given > 1)
            same = some[g[some] == g[some[0]]]
            given[same[:2]] += [-1, 1][: len(same)]
        return given

    monkeypatch.setattr(sharing, "share", wrong)
    assert "FC597" in explained(cli, "西左家窑村" if capped else "鹰落沟村")  # in a pool so shared
    said = stopped(cli, tmp_path)
    assert "FC597" in said
    programme = "municipal_backstop" if capped else "party_dues|collective_support"
    assert re.search(
        rf"`({programme})` for .+ \(.+\): rules engine \w+ = [\d.]+, columnar \w+ = ", said
    )


def test_the_summary_says_how_many_were_checked(cli: Cli, sampled: bool) -> None:
    found = cli("run", str(ROSTER), "--no-record", "--format", "json")
    assert json.loads(found.out)["double_checked"] == 890
    assert (
        "890 decided alike by both engines"
        in cli("run", str(ROSTER), "--no-record", "--details").out
    )


def test_one_engine_alone_is_not_double_checked(cli: Cli) -> None:
    found = cli("run", str(ROSTER), "--no-record", "--format", "json", "--engine", "columnar")
    assert json.loads(found.out)["double_checked"] == 0


def test_an_explanation_decides_its_village_on_both_engines(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = rules.Checker.decide
    seen: list[object] = []

    def note(checker: rules.Checker, row: Row) -> tuple[Row, dict[str, tuple[str, ...]]]:
        seen.append(row["name"])
        return one(checker, row)

    monkeypatch.setattr(rules.Checker, "decide", note)
    assert "276,476.19" in cli("explain", "鹰落沟村", "--roster", str(ROSTER)).out
    assert seen == ["鹰落沟村"]


def test_a_rerun_checks_the_same_sample(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calculate, "ALL_CHECKED", 100)
    monkeypatch.setattr(calculate, "SAMPLE", 50)
    one = rules.Checker.decide
    seen: list[list[object]] = []

    def note(checker: rules.Checker, row: Row) -> tuple[Row, dict[str, tuple[str, ...]]]:
        seen[-1].append(row["code"])
        return one(checker, row)

    monkeypatch.setattr(rules.Checker, "decide", note)
    for reading in ("inclusive", "inclusive", "exclusive"):
        seen.append([])
        found = cli("run", str(ROSTER), "--no-record", "--reading", f"thousand_or_more={reading}",
                    "--details")  # fmt: skip
        assert "50 decided alike" in found.out
    assert seen[0] == seen[1]
    assert len(set(map(str, seen[0]))) == 50
