"""Rows that are no villages: no word that is said or printed assumes otherwise."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import ROOT, Cli

from fundcalc import api
from fundcalc.base.apart import read as read_pdf
from fundcalc.base.words import Lang

POLICY = ROOT / "tests" / "policies" / "rows"
CARE = ROOT / "tests" / "policies" / "care"
ROWS = {
    "households": "户主,人口,残疾人数\n张三,4,1\n李四,2,\n王五,3,2\n",
    "schools": "学校编号,校名,学区,学片,人口,残疾人数\n"
    "A1,一小,甲学区,东,4,1\nA2,二小,甲学区,西,2,\nB1,一小,乙学区,东,3,2\n",
    "care": "户编号,户主,片区,人口,残疾人数,户主出生日期\n"
    "H1,赵一,东片,3,2,1938-12-31\nH2,钱二,东片,1,0,1938-03-04\nH3,孙三,西片,5,1,1970-01-01\n",
}
WRONG = {
    "households": "张三,5,1\n赵六,300,2\n",
    "schools": "A1,三小,甲学区,东,4,1\n,四小,甲学区,东,4,1\n,四小,甲学区,东,4,1\nD9,五小,,东,300,1\n",
    "care": "H1,李四,东片,4,1,1938-12-31\nH9,周五,,4,5,很早\n",
}
SAID = {
    "households": {"zh": ("3 户", "户数"), "en": ("3 households",)},
    "schools": {"zh": ("3 所学校", "2 个学区"), "en": ("3 schools in 2 education districts",)},
    "care": {"zh": ("3 户", "2 个片区"), "en": ("3 households in 2 districts",)},
}
OTHER = {"care": "age=year"}
"""A reading answered otherwise, where it is not that of the households and schools."""
ASSUMES = re.compile(r"村|县|乡|(?i:(?<![\w.-])(villages?|count(y|ies)|towns?)(?![\w.\"`]| =))")
"""Words of villages; `village` and `county` as keys, options and files are no words."""
MONEY = re.compile(r"(?<!单)元|(?i:\b(yuan|fen)\b)")
"""Words of money, of which `care` knows nothing."""


_SHOWN = r">([^<>]+)<|<sheet name=\"([^\"]*)\""


def lay_out(kind: str, folder: Path) -> None:
    """The policy with the roster's rows of a kind, and rosters of it: one good, one with faults."""
    policy = CARE if kind == "care" else POLICY
    shutil.copytree(policy / "rules", folder / "rules")
    shutil.copy(policy / "policies.toml", folder)
    if kind != "care":
        shutil.copy(policy / f"{kind}.toml", folder / "rules" / "roster.toml")
    (folder / "good.csv").write_text(ROWS[kind], encoding="utf-8")
    (folder / "bad.csv").write_text(ROWS[kind] + WRONG[kind], encoding="utf-8")
    if kind == "schools":
        points = folder / "rules" / "points.toml"
        text = points.read_text("utf-8").replace(
            "> 0", "> 0 and district != '丙学区' and sum(members, per=district) >= 3 * person"
        )
        points.write_text(text.replace("{name}", "{district} {number}"), encoding="utf-8")


def texts(path: Path) -> Iterator[str]:
    """What a reader has before him of a file: cells, text without tags, values without keys, pages."""
    content = path.read_bytes()
    match path.suffix:
        case ".xlsx":
            with zipfile.ZipFile(io.BytesIO(content)) as book:
                for name in book.namelist():
                    if name.endswith(".xml") and not name.startswith("xl/theme"):
                        text = book.read(name).decode()
                        shown = re.sub(r"<definedName.*?</definedName>|<f>.*?</f>", " ", text)
                        yield from ("".join(found) for found in re.findall(_SHOWN, shown))
        case ".html":
            body = re.sub(r"(?s)<(script|style)\b.*?</\1>", " ", content.decode())
            yield re.sub(r"<[^>]+>", " ", body)
        case ".json":
            yield from values(json.loads(content))
        case ".pdf":
            for page in read_pdf(content):
                yield "".join(text for _, _, text in page.pieces)
        case _:
            yield content.decode("utf-8-sig")


def values(data: object) -> Iterator[str]:
    """The texts of JSON that are no keys."""
    if isinstance(data, dict):
        data = list(data.values())
    if isinstance(data, list):
        for one in data:
            yield from values(one)
    elif isinstance(data, str):
        yield data


def assumed(said: str, kind: str = "") -> list[str]:
    """The lines with a word that assumes villages or counties, or money where the kind has none."""
    words = [ASSUMES, MONEY] if kind == "care" else [ASSUMES]
    return [line for line in said.splitlines() if any(one.search(line) for one in words)]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("kind", list(ROWS))
def test_nothing_is_said_of_villages(
    kind: str, lang: Lang, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_out(kind, tmp_path)
    monkeypatch.setenv("FUNDCALC_LANG", lang)
    monkeypatch.setenv("FUNDCALC_LEDGER", str(tmp_path / "ledger.db"))
    who = {"schools": "A1", "care": "钱二"}.get(kind, "张三")
    other = OTHER.get(kind, "who_counts=twice")
    said = ""
    for command in (
        "check", "show", "run good.csv -o run.xlsx", "run good.csv --details", "run good.csv -o run.csv",
        "run good.csv -o run.json", f"explain {who} --roster good.csv",
        f"explain {who} --roster good.csv --format json", "report last -o report.html",
        "letter last -o letters", f"compare . {other} good.csv",
        f"compare . {other} good.csv -o moves.xlsx", "project good.csv --years 2026:2027",
        "roster check good.csv", "roster check bad.csv", "roster template -o template.xlsx",
        "roster intake good.csv -o intake.toml", "runs show last", "runs verify",
        "runs doubts last -o doubts.xlsx", "runs export last pack",
    ):  # fmt: skip
        answer = cli(*command.split())
        assert answer.code == (1 if "bad.csv" in command else 0), answer.said
        said += f"$ {command}\n{answer.out}{answer.err}"
    assert not assumed(said, kind)
    assert all(some in said for some in SAID[kind][lang])
    known = ("good", "bad", "policies", "intake", "ledger")
    made = [path for path in sorted(tmp_path.glob("*.*")) if path.stem not in known]
    made += sorted((tmp_path / "letters").glob("*.pdf"))
    assert len(made) >= 8
    for path in made:
        assert not [line for text in texts(path) for line in assumed(text, kind)], path.name


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_money_is_compared_and_cases_suggested_in_the_words_of_the_policy(
    lang: Lang, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FUNDCALC_LANG", lang)
    begun = cli("init", tmp_path / "mine", "--from", "household")
    assert begun.code == 0, begun.said
    shutil.rmtree(tmp_path / "mine" / "rules" / "cases")
    monkeypatch.chdir(tmp_path / "mine")
    compared = cli("compare", "current", "least=50", "roster.csv", "-o", "moves.xlsx")
    accepted = cli("check", "--accepted")
    suggested = cli("test", "--suggest")
    said = compared.out + accepted.out + suggested.out
    assert "street = 其他" in accepted.out and "least" in suggested.out
    assert not assumed(said + "\n".join(texts(Path("moves.xlsx"))))
    cases = Path("rules") / "cases"
    cases.mkdir()
    (cases / "more.toml").write_text(suggested.out, encoding="utf-8")
    tested = cli("test")
    assert tested.code == 0 and " 0 pass" not in tested.said, tested.said


def test_a_row_is_known_by_the_facts_that_the_policy_names(cli: Cli, tmp_path: Path) -> None:
    lay_out("schools", tmp_path)
    assert 'TRIM("district")' in cli("sql").out
    assert cli("run", "good.csv", "-o", "run.csv").code == 0
    rows = list(csv.DictReader((tmp_path / "run.csv").read_text("utf-8-sig").splitlines()))
    assert [(row["number"], row["district"], row["zone"]) for row in rows] == [
        ("A1", "甲学区", "东"), ("A2", "甲学区", "西"), ("B1", "乙学区", "东"),
    ]  # fmt: skip
    found = api.read_roster(tmp_path / "bad.csv", api.load_policy(tmp_path))
    assert {one.code for one in found.rejects} >= {"FC635", "FC636", "FC620"}
    moved = (
        (tmp_path / "good.csv").read_text("utf-8").replace("A2,二小", "A2,二中").replace("B1", "C1")
    )
    (tmp_path / "next.csv").write_text(moved, encoding="utf-8")
    said = cli("compare", ".", ".", "next.csv", "--old-roster", "good.csv").said
    # A2 is the same under another name, C1 is new and B1 gone
    assert "(3 schools)" in said and "1 joined, 1 left" in said and "2 keep their total" in said


def test_results_are_those_of_a_roster_of_villages(cli: Cli, tmp_path: Path) -> None:
    outcomes = []
    for file in ("roster.toml", "village.toml"):
        folder = tmp_path / file
        folder.mkdir()
        lay_out("households", folder)
        rules = folder / "rules" / "roster.toml"
        text = rules.read_text("utf-8")
        rules.unlink()
        (folder / "rules" / file).write_text(
            text if file == "roster.toml" else text[text.index("[facts.name]") :], encoding="utf-8"
        )
        assert cli("run", "good.csv", "-o", "run.csv", cwd=folder).code == 0
        outcomes.append((folder / "run.csv").read_bytes())
    assert outcomes[0] == outcomes[1]
