"""Libraries, machines and pupils: counts, euros and hours are told, printed and added up as what they are.

The three policies beside this file are invented; their names, figures and texts mean nothing.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from tests.cli import small
from tests.conftest import ROOT, Cli
from tests.policies.test_rows import ASSUMES, texts

from fundcalc.base.apart import read
from fundcalc.base.words import Lang

FOLDER = ROOT / "tests" / "policies"
NONE = r"(?<![单公])元|统筹资金|金额|资金承担|(?i:\b(yuan|fen|euros?|money|funds)\b)"
MONEY = {
    "libraries": NONE,
    "pupils": NONE,
    "machines": r"(?<=[^单欧公 ])元|(?i:\b(yuan|fen)\b)",
}
WHO = {"libraries": "东馆", "machines": "东风一", "pupils": "赵一"}


def begin(kind: str, folder: Path) -> None:
    """One of the policies in a folder of its own, with its roster."""
    shutil.copytree(FOLDER / kind, folder, dirs_exist_ok=True)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("kind", list(MONEY))
def test_nothing_is_said_of_villages_or_yuan(
    kind: str, lang: Lang, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(kind, tmp_path)
    monkeypatch.setenv("FUNDCALC_LANG", lang)
    who, said = WHO[kind], ""
    head, _, *others = (tmp_path / "roster.csv").read_text("utf-8").splitlines()
    (tmp_path / "short.csv").write_text("\n".join([head, *others]), encoding="utf-8")
    for command in (
        "check", "sql", "show", "run roster.csv -o run.xlsx --details", f"explain {who} --run last --full",
        "runs export last pack", "report last -o report.html", "letter last --out letters --one-file",
        "compare current current short.csv --old-roster roster.csv -o c.xlsx",
        "project roster.csv --years 2022:2023",
    ):  # fmt: skip
        answer = cli(*command.split())
        assert answer.code == 0 or command == "check", answer.said
        said += f"$ {command}\n{answer.out}{answer.err}"
    shown = [said, *("\n".join(texts(tmp_path / book)) for book in ("run.xlsx", "c.xlsx"))]
    shown += [
        (tmp_path / "pack" / name).read_text("utf-8-sig")
        for name in ("dictionary.csv", "README.md")
    ]
    for path in (tmp_path / "letters").glob("*.pdf"):
        for letter in read(path.read_bytes()):
            shown.append("".join(text.replace("\n", "") for _, _, text in letter.pieces))
    page = (tmp_path / "report.html").read_text("utf-8")
    shown.append(re.sub("(?s)<(script|style).*?</\\1>|<[^>]+>", "\n", page))
    for text in shown:
        # of SQL the comments alone are prose; `village`, `villages` are names in it and in the pack
        query = re.compile(
            r"\b(SELECT|CASE|FROM|JOIN|WHERE|MIN|COUNT|AS)\b|^\S+,(villages|town|county),|village ="
        )
        lines = [line for line in text.splitlines() if not query.search(line)]
        assert not [n for n in lines if ASSUMES.search(n) or re.search(MONEY[kind], n)]


def test_pools_and_bills_of_counts_are_not_taken_for_fen(cli: Cli, tmp_path: Path) -> None:
    begin("pupils", tmp_path)
    answer = cli("run", "roster.csv", "--details", "--lang", "en")
    assert answer.code == 0, answer.said
    assert "In all 202 hour/year: Board 202" in answer.said
    assert re.search(r"河东中学 / 一班 +101 +101 +0 +51\n", answer.said), answer.said
    data = json.loads(cli("run", "roster.csv", "--format", "json").out)
    assert data["totals"] == [{"payer": "board", "unit": "hour/year", "amount": "202"}]
    assert data["payers"] == {"Board": "202"}
    assert data["pools"][0]["amount"] == "101" and data["pools"][0]["mean"] == "51"
    explained = json.loads(cli("explain", "赵一", "--run", "last", "--format", "json").out)
    [shared] = [one for one in explained["decisions"] if one["programme"] == "places"]
    assert shared["pool"]["amount"] == "101" and shared["pool"]["share"] == "54"
    full = " ".join(cli("explain", "赵一", "--run", "last", "--full", "--lang", "en").out.split())
    assert "101 hour/year; this pupil 54; left over 0. Rounded to 1 by largest" in full
    assert cli("report", "last", "-o", "r.html", "--lang", "en").code == 0
    page = (tmp_path / "r.html").read_text("utf-8")
    assert "1.01" not in re.sub("(?s)<script.*?</script>|<svg.*?</svg>", "", page)


def test_a_pool_that_is_short_says_counts_in_the_words_of_the_policy_that_runs(
    cli: Cli, tmp_path: Path
) -> None:
    begin("libraries", tmp_path)
    path = tmp_path / "rules" / "extra.toml"
    text = path.read_text("utf-8").replace(", rest_to", ', at_least = "posts - 0 * post", rest_to')
    path.write_text(text, encoding="utf-8")
    for called in ("posts", "seats"):
        path = tmp_path / "policies.toml"
        text = re.sub('plural = "(posts|seats)"', f'plural = "{called}"', path.read_text("utf-8"))
        path.write_text(text, encoding="utf-8")
        short = " ".join(cli("run", "roster.csv", "--no-record", "--lang", "en").said.split())
        is_short = "the pool of all is 5 {0}, but the least amounts add up to 12 {0}: 7 {0} are"
        assert is_short.format(called) in short, short


@pytest.mark.parametrize("many", [1, 1_300])
def test_a_plus_within_a_text_stays_one_text(cli: Cli, tmp_path: Path, many: int) -> None:
    begin("libraries", tmp_path)
    roster = tmp_path / "roster.csv"
    head, *lines = roster.read_text("utf-8").splitlines()
    copies = [f"{n}{line}" for n in range(many) for line in lines]
    roster.write_text("\n".join([head, *copies]), encoding="utf-8")
    for path in (tmp_path / "policies.toml", tmp_path / "rules" / "posts.toml"):
        text = path.read_text("utf-8").replace("= 40 }", "= 40_000 }")
        path.write_text(text, encoding="utf-8")
    ran = cli("run", "roster.csv", "--lang", "en", "-o", "r.csv")
    assert ran.code == 0, ran.said
    assert "A+ " in ran.out and "六+日, evening" in ran.out
    assert cli("runs", "verify").code == 0
    shown = cli("runs", "show", "last", "--lang", "en").out
    assert "六+日, evening" in shown, shown
    compared = cli("compare", "run:last", "current", "roster.csv", "--lang", "en").said
    assert "Hours asked for" not in compared and "Grade" not in compared, compared
    if many == 1:
        told = cli("compare", "current", "current,big=100", "roster.csv", "--format", "json").out
        assert "六+日" not in json.dumps(json.loads(told)["changes"], ensure_ascii=False)
        assert cli("runs", "export", "last", "pack").code == 0
        kept = (tmp_path / "pack" / "results" / "weekend.txt").read_text("utf-8").splitlines()
        assert kept[0] == r"六\+日+evening"
        check = [sys.executable, "-I", "check.py"]
        done = subprocess.run(check, cwd=tmp_path / "pack", capture_output=True, check=False)
        assert done.returncode == 0, done.stdout.decode()


def test_a_record_of_before_that_kept_a_plus_as_it_is_verifies(cli: Cli, tmp_path: Path) -> None:
    begin("libraries", tmp_path)
    kept = gzip.decompress((FOLDER / "libraries_before.db.gz").read_bytes())
    (tmp_path / "fundcalc.db").write_bytes(kept)
    ledger = ("--ledger", tmp_path / "fundcalc.db")
    answer = cli("runs", "verify", *ledger)
    assert answer.code == 0 and "4 libraries computed again alike" in answer.said, answer.said
    assert cli("explain", "东馆", "--run", "last", *ledger).code == 0


def test_the_formulas_of_euros_and_shelves_say_their_units(cli: Cli, tmp_path: Path) -> None:
    begin("machines", tmp_path)
    assert cli("run", "roster.csv", "-o", "r.xlsx", "--lang", "en").code == 0
    cells = "\n".join(texts(tmp_path / "r.xlsx"))
    assert "(euros)" in cells and "yuan" not in cells


def test_a_column_of_euros_is_read_in_euros(cli: Cli, tmp_path: Path) -> None:
    begin("machines", tmp_path)
    said = " ".join(cli("roster", "check", "roster.csv", "--lang", "en").said.split())
    assert "read in euro, 40000 → 40,000.00 euro" in said and "万元" not in said
    text = (tmp_path / "roster.csv").read_text("utf-8")
    (tmp_path / "big.csv").write_text(text.replace(",价格,", ",价格（万欧元）,"), encoding="utf-8")
    asked = cli("roster", "check", "big.csv", "--lang", "en")
    assert asked.code == 2 and "FC650" in asked.said and "元?" not in asked.said


def test_steps_are_told_in_the_policys_money_and_many_as_one(cli: Cli, tmp_path: Path) -> None:
    begin("machines", tmp_path)
    said = " ".join(cli("check", "--lang", "en").said.split())
    assert "1 euro more of `price` (20000.00 → 20001.00) loses 500.00 euros of `bonus`" in said
    rule = (
        '[[rule]]\nid = "dear_{n}"\nwhen = "{n} * 50_000 < price and price <= {n} * 50_000 + 9_000"\n'
        'then = 500\nsource = "decree"\nbecause = {{ zh = "贵", en = "dear" }}\n'
    )
    path = tmp_path / "rules" / "bonus.toml"
    path.write_text(path.read_text("utf-8").replace(
        "[otherwise]", "".join(rule.format(n=n) for n in range(1, 6)) + "[otherwise]"
    ), encoding="utf-8")  # fmt: skip
    told = [
        one
        for one in json.loads(cli("check", "--format", "json", "--lang", "en").out)
        if one["code"] == "FC711"
    ]
    bonus = [one for one in told if one["file"].endswith("bonus.toml")]
    assert len(bonus) == 1 and "and 3 more" in bonus[0]["message"]


def test_a_programme_of_other_days_is_said_to_have_them(cli: Cli, tmp_path: Path) -> None:
    begin("libraries", tmp_path)
    absent = " ".join(cli("show", "old_scheme", "--lang", "en").said.split())
    assert "is not in force on 2020-12-31 (until 2019-12-31)" in absent
    assert "--on 2019-12-31" in absent
    begun = cli("show", "old_scheme", "--on", "2019-12-31", "--lang", "en")
    assert "FC933" not in begun.said
    why = cli("explain", "东馆", "--roster", "roster.csv", "--programme", "old_scheme")
    assert why.code == 2 and "FC933" in why.said


def test_a_parameter_in_what_must_hold_of_a_row_is_told_apart(cli: Cli, tmp_path: Path) -> None:
    begin("libraries", tmp_path)
    path = tmp_path / "rules" / "roster.toml"
    text = path.read_text("utf-8").replace("shelves >= 100 * shelf", "shelves >= big")
    path.write_text(text, encoding="utf-8")
    said = " ".join(cli("check", "--lang", "en").said.split())
    assert "`big` is no fact of the roster (parameter)" in said
    assert "declare it" not in said and "write it here" in said


def test_columns_of_results_have_the_plus_too(cli: Cli, tmp_path: Path) -> None:
    begin("libraries", tmp_path)
    assert cli("run", "roster.csv", "-o", "r.csv", "--lang", "en").code == 0
    rows = list(csv.DictReader((tmp_path / "r.csv").read_text("utf-8-sig").splitlines()))
    assert rows[0]["weekend"] == "六+日+evening" and rows[2]["grade"] == "A+"


@pytest.mark.parametrize("kind", list(MONEY))
def test_clean_facts_have_the_policys_names_and_are_read_back_alike(
    kind: str, cli: Cli, tmp_path: Path
) -> None:
    begin(kind, tmp_path)
    assert cli("roster", "clean", "roster.csv", "-o", "clean").code == 0
    columns = pl.read_parquet_schema(tmp_path / "clean" / "part-00000.parquet")
    known = {"libraries": {"name"}, "machines": {"plate", "label", "coop"}}
    assert known.get(kind, {"number", "pupil", "school", "form"}) <= set(columns)
    assert not {"code", "county", "town"} & set(columns)
    results = []
    for roster in ("roster.csv", "clean"):
        answer = cli("run", roster, "-o", f"{roster}.out.csv", "--no-record", "--lang", "en")
        assert answer.code == 0 and "FC61" not in answer.said, answer.said
        results.append((tmp_path / f"{roster}.out.csv").read_bytes())
    assert cli("run", "clean", "--backend", "duckdb", "-o", "d.csv", "--no-record").code == 0
    assert results[0] == results[1] == (tmp_path / "d.csv").read_bytes()


@pytest.mark.parametrize(
    ("called", "several"),
    [("person", "people"), ("salesperson", "salespeople"), ("family", "families")],
)
def test_several_rows_are_called_by_the_rule(
    cli: Cli, tmp_path: Path, called: str, several: str
) -> None:
    age = small.fact("age", 'unit = "1"', "range = [0, 120]")
    text = small.decides("unique") + small.rule("old", "age > 80", "100") + small.OTHERWISE
    files = small.files(facts=age, g=text)
    files["rules/village.toml"] += f'\n[roster]\nof = {{ zh = "人", en = "{called}" }}\n'
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    path = small.roster(tmp_path, "name,age", "甲,85", "乙,60")
    assert f"2 {several}" in cli("run", path, "--no-record", "--lang", "en", cwd=tmp_path).said
