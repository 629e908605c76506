"""A proof holds what tables say, and all else that rosters are paid by: not the expressions alone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.cli.conftest import Cli
from tests.cli.small import decides, fact, files, rule

EXAMPLES = Path(__file__).parents[2] / "examples" / "policies"
FACTS = (
    fact("county", 'type = "text"', 'options = ["甲县", "乙县"]')
    + fact("heads", 'unit = "person"', "range = [0, 1_000]")
)  # fmt: skip
TABLES = """
[tables.rates]
title = { zh = "标准", en = "Rates" }
keys = ["county"]
unit = "yuan/(person·year)"
source = "paper"
rows = [
  { county = "甲县", value = 10 },
  { county = "乙县", value = 20 },
  { from = 2021-01-01, county = "乙县", value = 25 },
]

[tables.prices]
title = { zh = "分段单价", en = "Prices by part" }
keys = ["heads"]
unit = "yuan/(person·year)"
source = "paper"
file = "tables/prices.csv"

[tables.pots]
title = { zh = "各县资金", en = "Pots" }
keys = ["county"]
unit = "yuan/year"
source = "paper"
rows = [{ county = "甲县", value = 1_000 }, { county = "乙县", value = 2_000 }]
"""
PRICES = "heads,value\n0..100,3\n101..,2\n"
SHARE = """
[[rule]]
id = "every"
source = "paper"
when = "true"
share = { pool = "pots[county]", per = "county", by = "heads" }
"""
PROGRAMMES = {
    "looked": decides("unique", "looked") + rule("every", "true", "heads * rates[county]"),
    "scaled": decides("unique", "scaled")
    + rule("every", "true", "round(scale(heads, prices), 0.01, 'half up')"),
    "shared": decides("unique", "shared") + SHARE,
}
Changes = dict[str, tuple[str, str]]


def made(folder: Path, changes: Changes | None = None) -> Path:
    """The policy, each file with one text in place of another."""
    content = files(facts=FACTS, head=TABLES, **PROGRAMMES) | {"tables/prices.csv": PRICES}
    for name, (old, new) in (changes or {}).items():
        assert old in content[name]
        content[name] = content[name].replace(old, new)
    _write(folder, content)
    return folder


def _write(folder: Path, content: dict[str, str]) -> None:
    for name, text in content.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


CHANGED = {
    "a row": ({"policies.toml": ('"甲县", value = 10', '"甲县", value = 11')}, "looked"),
    "a row of a file": ({"tables/prices.csv": ("101..,2", "101..,1")}, "scaled"),
    "a band of a file": ({"tables/prices.csv": ("0..100,3\n101", "0..99,3\n100")}, "scaled"),
    "a group's pot": ({"policies.toml": ("value = 2_000", "value = 2_001")}, "shared"),
}


@pytest.mark.parametrize("change", CHANGED)
def test_a_row_of_a_table_that_differs_is_shown(cli: Cli, tmp_path: Path, change: str) -> None:
    changes, output = CHANGED[change]
    old, new = made(tmp_path / "old"), made(tmp_path / "new", changes)
    answer = cli("compare", old, new, "--prove", "--lang", "en")
    assert answer.code == 1, answer.out
    differs = [line for line in answer.out.splitlines() if line.endswith(": differs")]
    assert differs == [f"  Programme {output}: differs"]
    assert "For example: " in answer.out


def test_a_row_of_a_later_day_differs_from_that_day_on(cli: Cli, tmp_path: Path) -> None:
    made(tmp_path)
    same = cli("compare", f"{tmp_path},2020-01-01", f"{tmp_path},2020-12-31", "--prove")
    assert same.code == 0
    later = cli("compare", f"{tmp_path},2020-01-01", f"{tmp_path},2021-01-01", "--prove")
    assert later.code == 1


def test_rows_in_another_order_or_bands_in_other_pieces_are_equal(cli: Cli, tmp_path: Path) -> None:
    changes: Changes = {
        "policies.toml": (
            '{ county = "甲县", value = 1_000 }, { county = "乙县", value = 2_000 }',
            '{ county = "乙县", value = 2_000 }, { county = "甲县", value = 1_000 }',
        ),
        "tables/prices.csv": ("101..,2", "101..200,2\n201..,2"),
    }
    old, new = made(tmp_path / "old"), made(tmp_path / "new", changes)
    answer = cli("compare", old, new, "--prove", "--lang", "en")
    assert answer.code == 0, answer.out


@pytest.mark.parametrize(
    ("example", "file", "old", "new"),
    [
        ("household", "policies.toml", '1500", value = "60 %"', '1500", value = "61 %"'),
        ("household", "tables/size_standard.csv", "3,1980", "3,1981"),
        ("equalisation", "tables/pots.csv", "松原县,118000.51", "松原县,118000.52"),
        ("equalisation", "policies.toml", '"山区", value = "125 %"', '"山区", value = "126 %"'),
    ],
    ids=["scale", "look-up", "pot", "inline"],
)
def test_a_row_of_an_example_is_no_proof(
    cli: Cli, tmp_path: Path, example: str, file: str, old: str, new: str
) -> None:
    path = tmp_path / "new" / file
    shutil.copytree(EXAMPLES / example, tmp_path / "new")
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    answer = cli("compare", EXAMPLES / example, tmp_path / "new", "--prove", "--lang", "en")
    assert answer.code == 1 and "They differ" in answer.out, answer.out


def test_what_a_blank_cell_means_is_no_proof(cli: Cli, tmp_path: Path) -> None:
    blank = ("required = true\nunit", "default = 1\nunit")
    old = made(tmp_path / "old", {"rules/village.toml": blank})
    new = made(tmp_path / "new", {"rules/village.toml": (blank[0], "default = 2\nunit")})
    answer = cli("compare", old, new, "--prove", "--lang", "en")
    assert answer.code == 2 and "blank" in answer.out and "heads" in answer.out


def test_once_a_county_is_not_once_a_town(cli: Cli, tmp_path: Path) -> None:
    town = fact("town", 'type = "text"')
    for per in ("county", "town"):
        one = decides("unique") + f'per = "{per}"\n' + rule("every", "true", "100")
        content = files(facts=FACTS + town, work=one)
        _write(tmp_path / per, content)
    answer = cli("compare", tmp_path / "county", tmp_path / "town", "--prove", "--lang", "en")
    assert answer.code == 1, answer.out


def test_groups_by_another_column_are_not_equal(cli: Cli, tmp_path: Path) -> None:
    """Which column makes the groups is the roster's word; the expressions call it alike."""
    columns = "".join(fact(id_, 'type = "text"') for id_ in ("district", "zone"))
    for per in ("district", "zone"):
        pool = SHARE.replace("pots[county]", "100").replace('"county"', f'"{per}"')
        content = files(facts=FACTS + columns, work=decides("unique") + pool)
        content["rules/village.toml"] += f'\n[roster]\ngroups = ["{per}"]\n'
        content["rules/village.toml"] = content["rules/village.toml"].replace("county", "place")
        _write(tmp_path / per, content)
    answer = cli("compare", tmp_path / "district", tmp_path / "zone", "--prove", "--lang", "en")
    assert answer.code == 2 and "another unit, type or column: district" in answer.out, answer.err
