"""What a Chinese reader sees has titles and sentences; ids are for those who ask for them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.test_compare import VILLAGES
from tests.conftest import Cli

from fundcalc import api

Make = Callable[..., Path]
POLICY = api.load_policy(None)


def _ids() -> set[str]:
    found = {*POLICY.parameters, *POLICY.readings, *POLICY.facts, *POLICY.sources}
    for programme in POLICY.programmes:
        found |= {programme.id, *(output.id for output in programme.outputs)}
        found |= {rule.id for rule in programme.rules}
        found |= {programme.otherwise.id} if programme.otherwise else set()
    return {id_ for id_ in found if "_" in id_ or "-" in id_}


IDS = _ids()
HIGHER = "current,baseline_guarantee=180000"
COMMANDS = {
    "compare": ("compare", "current", f"{HIGHER},thousand_or_more=exclusive", "ROSTER"),
    "prove": ("compare", "current", HIGHER, "--prove"),
    "project": ("project", "ROSTER", "--years", "2017:2019"),
    "show": ("show",),
    "grid": ("grid", "ROSTER", "--reading", "large_village_clause=independent,within_income_test"),
    "near": ("runs", "near", "last", "--within", "50 %"),
    "check": ("roster", "check", "ROSTER"),
}  # fmt: skip


def _asked(argument: str) -> set[str]:
    return set(re.findall(r"[a-z][a-z_]+", argument))


@pytest.mark.parametrize("name", COMMANDS)
def test_ids_are_for_those_who_ask(cli: Cli, roster: Make, name: str) -> None:
    paths = {"ROSTER": roster(*VILLAGES)}
    cli("run", paths["ROSTER"], "--lang", "zh")
    arguments = [paths.get(one, one) for one in COMMANDS[name]]
    answer = cli(*arguments, "--lang", "zh")
    assert answer.code in (0, 1)
    asked = set().union(*(_asked(str(one)) for one in arguments))
    assert not _named(answer.out + answer.err) - asked


def _named(said: str) -> set[str]:
    return {id_ for id_ in IDS if re.search(rf"\b{id_}\b", said)}


WHOLE = {
    "run": ("run", "ROSTER", "--details"),
    "runs show": ("runs", "show", "last"),
    "explain": ("explain", "VILLAGE", "--run", "last", "--full"),
    "why not": ("explain", "VILLAGE", "--run", "last", "--why-not", "千人以上的村"),
    "other rule": ("explain", "VILLAGE", "--run", "last", "--why-not", "没有这条"),
    "show": ("show", "--details"),
}  # fmt: skip


@pytest.mark.parametrize("name", WHOLE)
def test_an_id_stands_behind_what_it_means(cli: Cli, roster: Make, name: str) -> None:
    """In brackets, for who wants to type it; a programme's own stand behind its title under `show`."""
    path = roster(*VILLAGES)
    cli("run", path, "--lang", "zh")
    meant = {"ROSTER": path, "VILLAGE": VILLAGES[0].split(",")[1]}
    answer = cli(*(meant.get(one, one) for one in WHOLE[name]), "--lang", "zh")
    said = re.sub(r"  \w+ → \w+\n", "\n", answer.out + answer.err)
    assert _named(said) and not _named(re.sub(r"\[[^]]*\]", "", said))


def test_show_has_ids_for_those_who_ask(cli: Cli) -> None:
    answer = cli("show", "operating_funds", "--details", "--lang", "zh")
    assert {"income_tested", "baseline_guarantee", "large_village_clause"} <= _asked(answer.out)
    assert "people-daily-2017" in answer.out


def test_long_texts_are_wrapped_so_that_columns_stand_together(cli: Cli, roster: Make) -> None:
    """Names of 26 columns, and heads as long, within one block of 80 columns."""
    answer = cli("compare", "current", HIGHER, roster(*VILLAGES), "--lang", "zh")
    block = answer.out.partition("按资金承担主体\n")[2].partition("\n\n")[0].splitlines()
    assert all(head in block[0] for head in ("原", "新", "差额", "增加村", "减少村", "不变村"))


def test_a_line_break_in_a_cell_begins_no_line(cli: Cli, roster: Make) -> None:
    """What stands in a roster is said within its line, so that it cannot pass for the program's own."""
    broken = VILLAGES[0].replace("东村", '"甲\n已存档，测算编号 0009"')
    answer = cli("run", roster(broken, *VILLAGES[1:]), "--lang", "zh")
    assert answer.code == 1 and "FC638" in answer.err
    assert not any(line.startswith("已存档") for line in answer.err.splitlines())
    assert "甲⏎已存档" in answer.err
