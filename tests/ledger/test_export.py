"""The audit pack: whole, checkable with common tools, and confined to its folder; and what is near."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.ledger.conftest import EXAMPLE, VILLAGES, altered
from tests.ledger.test_verify import rechained

if TYPE_CHECKING:
    from tests.ledger.conftest import Cli, Make


@pytest.fixture
def pack(cli: Cli, roster: Make, tmp_path: Path) -> Path:
    """The pack of the second of three runs, a correction with an override."""
    file = tmp_path / "overrides.csv"
    file.write_text(
        "village,output,amount,code,reason,document,approver\n东村,funding_gap,7,A1,核减,文件,王某\n",
        encoding="utf-8",
    )
    cli("run", roster(), "--prepared-by", "张三")
    cli(
        "run",
        roster(),
        "--overrides",
        file,
        "--corrects",
        "1",
        "--reason",
        "核减",
        "--prepared-by",
        "李四",
    )
    cli("run", roster())
    answer = cli("runs", "export", "2", "pack")
    assert answer.code == 0, answer.err
    return tmp_path / "pack"


def commands(pack: Path) -> list[str]:
    """The commands that the pack's README gives."""
    text = (pack / "README.md").read_text(encoding="utf-8")
    return re.findall(r"```sh\n(.*?)\n```", text, flags=re.DOTALL)


def done(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", "-c", command], cwd=folder, capture_output=True, text=True, check=False
    )


def test_the_commands_of_the_readme_do_what_it_says(cli: Cli, pack: Path) -> None:
    head = json.loads(cli("runs", "list", "--format", "json").out)[1]["head"]
    assert head in (pack / "README.md").read_text(encoding="utf-8")
    given = commands(pack)
    assert len(given) == 12 and given[:6] == given[6:]  # in both languages
    for tool in ("sha256sum", "openssl", "python3"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not on this machine")
    said = [done(command, pack) for command in given[:6]]
    assert [one.returncode for one in said] == [0] * 6, said
    assert "files: ok" in said[0].stdout
    assert head.removeprefix("sha256:") in said[1].stdout
    assert head.removeprefix("sha256:") in said[2].stdout
    assert "parts: ok" in said[3].stdout and "chain: ok" in said[4].stdout
    assert said[5].stdout.endswith("tables: ok\n")


@pytest.mark.parametrize(
    ("name", "caught"),
    [("results/funding_gap.txt", {0, 3}), ("policy/policies.toml", {0, 3}), ("chain/0001.json", {0, 4}),
     ("results.csv", {0, 5}), ("roster.csv", {0, 5})],
)  # fmt: skip
def test_the_commands_find_a_change(pack: Path, name: str, caught: set[int]) -> None:
    path = pack / name
    path.write_bytes(path.read_bytes().replace(b"1", b"2", 1))
    given = commands(pack)
    found = {n for n in (0, 3, 4, 5) if done(given[n], pack).returncode != 0}
    assert found == caught


@pytest.mark.parametrize(
    ("table", "old", "new"),
    [("results.csv", ",7.00,", ",8.00,"), ("results.csv", ",7.00,", ",0.700,"),
     ("results.csv", ",7.00,", ",700,"),
     ("results.csv", "funding_gap", "funding_gop"), ("results.csv", "income_tested", "large_village"),
     ("roster.csv", "true", "false"), ("roster.csv", "东村", "西村")],
)  # fmt: skip
def test_a_forged_table_is_found_though_the_sums_were_made_anew(
    pack: Path, table: str, old: str, new: str
) -> None:
    """SHA256SUMS has nothing above it: whoever changes a table can change it too."""
    path = pack / table
    text = path.read_text("utf-8-sig")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8-sig")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    sums = (pack / "SHA256SUMS").read_text("utf-8")
    sums = re.sub(rf"(?m)^.*  {table}$", f"{digest}  {table}", sums)
    (pack / "SHA256SUMS").write_text(sums, "utf-8")
    given = commands(pack)
    assert [done(command, pack).returncode for command in given[:5]] == [0] * 5
    assert done(given[5], pack).returncode != 0


def test_everything_is_in_it(cli: Cli, roster: Make, pack: Path) -> None:
    record = json.loads((pack / "record.json").read_bytes())
    for name, digest in record["parts"].items():
        assert "sha256:" + hashlib.sha256((pack / name).read_bytes()).hexdigest() == digest
    listed = {
        line.split("  ", 1)[1] for line in (pack / "SHA256SUMS").read_text("utf-8").splitlines()
    }
    there = {str(p.relative_to(pack)) for p in pack.rglob("*") if p.is_file()}
    assert there == listed | {"SHA256SUMS"}
    assert sorted(p.name for p in (pack / "chain").iterdir()) == ["0001.json", "0002.json"]
    with (pack / "roster.csv").open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.DictReader(file))
    assert [row["code"] for row in found] == [line.split(",")[0] for line in VILLAGES]
    assert found[1]["row"] == "3" and "existing_funding" in found[1]["assumed"]
    lines = (pack / "explanations.jsonl").read_text(encoding="utf-8").splitlines()
    explained = [json.loads(line) for line in lines]
    assert len(explained) == 5 and explained[0]["overrides"][0]["value"] == "7.00"
    with (pack / "results.csv").open(encoding="utf-8-sig", newline="") as file:
        assert next(csv.DictReader(file))["funding_gap"] == "7.00"
    lines = (pack / "results/funding_gap.txt").read_text().split()
    assert lines[0] == "10000000"  # what the rules gave, in fen


def test_the_provenance_hangs_together(pack: Path) -> None:
    """Every relation names things that are declared; roster, policy, people and program are among them."""
    prov = json.loads((pack / "prov.json").read_bytes())
    known = {id_ for kind in ("entity", "activity", "agent") for id_ in prov[kind]}
    relations = [
        one for kind, items in prov.items()
        if kind not in ("prefix", "entity", "activity", "agent") for one in items.values()
    ]  # fmt: skip
    for one in relations:
        for key, value in one.items():
            if key.startswith("prov:") and key != "prov:type":
                assert value in known
    assert prov["agent"]["fc:prepared-by"]["prov:label"] == "李四"
    assert any(one.get("fc:reason") == "核减" for one in prov["wasDerivedFrom"].values())
    record = (pack / "record.json").read_bytes()
    made = prov["entity"]["fc:made-record"]["fc:digest"]
    assert made == "sha256:" + hashlib.sha256(record).hexdigest()


def test_explanations_can_be_left_out(cli: Cli, roster: Make, tmp_path: Path) -> None:
    cli("run", roster())
    assert cli("runs", "export", "1", "pack", "--no-explanations").code == 0
    assert not (tmp_path / "pack" / "explanations.jsonl").exists()
    assert done(commands(tmp_path / "pack")[0], tmp_path / "pack").returncode == 0


def test_a_folder_that_holds_something_is_left_as_it_is(
    cli: Cli, roster: Make, tmp_path: Path
) -> None:
    cli("run", roster())
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "mine.txt").write_text("mine")
    answer = cli("runs", "export", "1", "pack")
    assert answer.code == 2 and "FC830" in answer.err
    assert [p.name for p in (tmp_path / "pack").iterdir()] == ["mine.txt"]
    (tmp_path / "pack" / "mine.txt").unlink()
    assert cli("runs", "export", "1", "pack").code == 0


@pytest.mark.parametrize(
    "name", ["../outside.txt", "/outside/x.txt", "a/../../outside.txt", "..", "C:\\x.txt", "a//b",
             ".ssh/x", "a\nb", "x" * 300],
)  # fmt: skip
def test_no_name_leads_out_of_the_folder(
    cli: Cli, roster: Make, ledger: Path, tmp_path: Path, name: str
) -> None:
    cli("run", roster())

    def change(data: dict[str, dict[str, str]], _: object) -> None:
        data["parts"][name] = data["parts"]["log.json"]

    rechained(ledger, change)
    before = sorted(p.name for p in tmp_path.iterdir())
    answer = cli("runs", "export", "1", "pack")
    assert answer.code == 2 and "FC825" in answer.err
    assert sorted(p.name for p in tmp_path.iterdir()) == before


def test_nothing_is_exported_from_altered_bytes(
    cli: Cli, roster: Make, ledger: Path, tmp_path: Path
) -> None:
    cli("run", roster())
    with altered(ledger) as connection:
        connection.execute("UPDATE contents SET packed = x'00', size = 1 WHERE size > 1000")
    assert cli("runs", "export", "1", "pack").code == 2
    assert not (tmp_path / "pack").exists()


# -- near -----------------------------------------------------------------------------------------


def test_what_is_near_is_true(cli: Cli, roster: Make) -> None:
    """Every line named, crossed in the roster, gives the outputs named; and it is as near as it says."""
    place = {"residents": 4, "collective_income": 5, "other_cadres": 7, "current_subsidy": 8}
    cli("run", roster())
    found = json.loads(cli("runs", "near", "1", "--within", "5 %", "--format", "json").out)
    by_fact = {(one["name"], one["code"][-1], one["fact"]) for one in found}
    assert ("北村", "3", "collective_income") in by_fact and ("北村", "3", "residents") in by_fact
    tried = 0
    for one in found:
        value, line = float(one["value"]), float(one["threshold"])
        assert abs(value - line) <= 0.05 * abs(line) + 1e-9
        assert float(one["distance"]) == pytest.approx(abs(value - line))
        if one["fact"] not in place:
            continue
        lines = [v.split(",") for v in VILLAGES]
        cells = next(v for v in lines if v[0] == one["code"])
        cells[place[one["fact"]]] = one["threshold"]
        answer = cli(
            "explain", one["code"], "--roster", roster(*map(",".join, lines), name="b.csv"),
            "--format", "json",
        )  # fmt: skip
        outputs = {d["programme"]: d["outputs"] for d in json.loads(answer.out)["decisions"]}[
            one["programme"]
        ]
        for id_, moved in one["outputs"].items():
            assert outputs[id_]["value"] == moved["then"] != moved["now"]
        tried += 1
    assert tried >= 5


def test_what_is_near_as_table_and_text(cli: Cli, roster: Make) -> None:
    cli("run", roster())
    found = json.loads(cli("runs", "near", "1", "--format", "json").out)
    table = list(csv.DictReader(cli("runs", "near", "1", "--format", "csv").out.splitlines()))
    assert len(table) == sum(len(one["outputs"]) for one in found)
    text = cli("runs", "near", "1", "--lang", "zh").out
    assert f"共 {len(found)} 处" in text and "北村" in text
    closer = json.loads(cli("runs", "near", "1", "--within", "0.1％", "--format", "json").out)
    assert 0 < len(closer) < len(found)


def test_what_moves_most_money_is_near_the_top(cli: Cli) -> None:
    """Villages at the subsidy floor, where a fen less moves some fen, bury no line that moves thousands."""
    cli("run", EXAMPLE)
    found = json.loads(cli("runs", "near", "1", "--format", "json").out)
    moves = [float(one["moves"]) for one in found]
    assert moves == sorted(moves, reverse=True) and moves[0] > 100_000
    for one in found:
        paid = (
            "funding_gap" if one["programme"] == "operating_funds" else next(iter(one["outputs"]))
        )
        moved = one["outputs"].get(paid, {"now": "0", "then": "0"})
        if one["programme"] in ("operating_funds", "collective_support"):
            assert float(one["moves"]) == pytest.approx(
                abs(float(moved["then"]) - float(moved["now"]))
            )
    fens = [one for one in found if 0 < float(one["moves"]) < 1]
    assert len(fens) > 20
    text = cli("runs", "near", "1", "--lang", "en").out
    shown = sum(line.startswith("  1401") for line in text.splitlines())
    more = [int(n) for n in re.findall(r"and (\d+) more", text)]
    assert shown + sum(more) == len(found) and max(more) > 20
    whole = cli("runs", "near", "1", "--all", "--lang", "en").out
    assert sum(line.startswith("  1401") for line in whole.splitlines()) == len(found)


@pytest.mark.parametrize("within", ["5", "0 %", "-1 %", "101 %", "x %", "5 % %", "1/0 %", ""])
def test_a_share_that_is_none(cli: Cli, roster: Make, within: str) -> None:
    assert cli("runs", "near", "1", "--within", within).code == 2


def test_the_example_of_890(cli: Cli) -> None:
    cli("run", EXAMPLE)
    found = json.loads(cli("runs", "near", "1", "--within", "1 %", "--format", "json").out)
    assert any(one["fact"] == "residents" for one in found)
    assert {one["programme"] for one in found} >= {"operating_funds", "collective_support"}
