"""What an audit pack says of itself: what each file is, and how to check it with common tools."""

from __future__ import annotations

from fundcalc.ledger.store import Entry

_SUMS = "sha256sum -c --quiet SHA256SUMS && echo files: ok"

_HEAD = "sha256sum record.json"

_HEAD_OPENSSL = "openssl dgst -sha256 record.json"

_PARTS = """\
python3 -c '
import hashlib, json, pathlib
parts = json.loads(pathlib.Path("record.json").read_bytes())["parts"]
for name, digest in parts.items():
    found = hashlib.sha256(pathlib.Path(name).read_bytes()).hexdigest()
    assert "sha256:" + found == digest, name
print("parts: ok")'"""

_CHAIN = """\
python3 -c '
import hashlib, json, pathlib
previous = "sha256:" + "0" * 64
for path in sorted(pathlib.Path("chain").iterdir()):
    content = path.read_bytes()
    assert json.loads(content)["previous"] == previous, path
    previous = "sha256:" + hashlib.sha256(content).hexdigest()
assert previous == "sha256:" + hashlib.sha256(pathlib.Path("record.json").read_bytes()).hexdigest()
print("chain: ok")'"""

_TABLES = """\
python3 -c '
import csv, datetime, json, pathlib, re
from decimal import Decimal
record = json.loads(pathlib.Path("record.json").read_bytes())
signs = {"n": chr(10), "r": chr(13)}
def column(piece):
    lines = pathlib.Path(piece).read_bytes().decode().split(chr(10))[:-1]
    return [re.sub(r"\\\\(.)", lambda m: signs.get(m[1], m[1]), line) for line in lines]
def same(cell, line):
    if cell in (line, chr(39) + line):
        return True
    if cell in ("true", "false"):
        return line == str(int(cell == "true"))
    if re.fullmatch(r"\\d{4}-\\d\\d-\\d\\d", cell):
        return str(datetime.date.fromisoformat(cell).toordinal()) == line
    return bool(re.fullmatch(r"-?\\d+[.]\\d+", cell)) and str(int(cell.replace(".", ""))) == line
missing = {name for name in record["parts"] if re.match(r"(roster|results|rules)/[^/]*$", name)}
changes = json.loads(pathlib.Path("overrides.json").read_bytes())["changes"]
for table in ("roster.csv", "results.csv"):
    with open(table, encoding="utf-8-sig", newline="") as file:
        heads, *rows = csv.reader(file)
    assert len(set(heads)) == len(heads), heads
    for place, head in enumerate(heads):
        cells = [row[place] for row in rows]
        names = ("roster/%s.txt", "results/%s.txt", "roster/cells/%ss.txt", "%s.txt")
        names = [name % head for name in names] + ["rules/%s.txt" % head[:-5]]
        piece = next((name for name in names if name in record["parts"]), None)
        if piece is None:
            print(table, head, "not compared")
            continue
        missing.discard(piece)
        lines = column(piece)
        for one in changes:
            if piece == "results/%s.txt" % one["output"]:
                lines[one["index"]] = one["after"]
        assert len(cells) == len(lines), (table, head)
        if piece[:6] == "rules/":  # blank: no rule holds, and the table names what applies otherwise
            otherwise = {cell for cell, line in zip(cells, lines) if not line} - set(lines)
            lines = [line or "".join(otherwise) for line in lines]
        for row, (cell, line) in enumerate(zip(cells, lines), 2):
            assert same(cell, line), (table, head, row, cell, line)
        numbers = [pair for pair in zip(cells, lines) if re.fullmatch(r"-?\\d+([.]\\d+)?", pair[0])]
        points = {len(cell.partition(".")[2]) for cell, _ in numbers}
        assert len(points) < 2 or all(cell == line for cell, line in numbers), (table, head)
        if head in record["totals"]:
            assert sum(map(Decimal, cells)) == Decimal(record["totals"][head]), (table, head)
assert not missing, missing
print("tables: ok")'"""

_EXPLAINED_ZH = ["`explanations.jsonl` 也只是为了好读，记录的摘要不管它。", ""]
_EXPLAINED_EN = ["`explanations.jsonl` is for reading too: the record does not vouch for it.", ""]

_FILES = (
    ("record.json", "本次计算的记录：何人、何时、用何版本，以及下列各文件的摘要",
     "the run's record: who, when, with which versions, and the digests of the pieces below"),
    ("chain/", "从第一次到本次的全部记录，每条写着前一条的摘要",
     "all records up to this one; each has the digest of the one before it"),
    ("policy/", "当时的政策文件，逐字节相同", "the policy's files as they were, byte for byte"),
    ("roster.csv", "读到的名册：每村的事实、原文件中的行号、哪些是按默认值",
     "the roster as read: facts, row in the original file, which were assumed"),
    ("roster.json, roster/", "名册的来处、原文件的摘要，及各列的原始值",
     "where the roster came from, the original file's digest, and each column as stored"),
    ("rejects.json", "退回的行和存疑的值", "rows rejected, and doubtful values"),
    ("results.csv", "结果表", "the table of results"),
    ("results/, rules/, pools.txt, flags.txt", "规则算出的各列、适用的规则、资金池、标记",
     "each result's column as the rules gave it, the rules that decided, pools, flags"),
    ("hinges.json, hinges/", "换一种解读会改变什么", "what another reading would change"),
    ("intake.toml", "名册怎么读的、更正了哪些单元格", "how the rosters were read, cells set right by hand"),
    ("overrides.json", "手工调整及其依据", "amounts set by hand, and the grounds"),
    ("correction.json", "更正的差额（仅更正有）", "differences of a correction, if it is one"),
    ("explanations.jsonl", "每村一行的说明（导出时要了才有）",
     "each village's explanation, one a line (if asked for)"),
    ("plan.json, log.json", "编译后的政策；当时的提示", "the compiled policy; what was said on the way"),
    ("prov.json", "来源关系（W3C PROV-JSON）", "provenance (W3C PROV-JSON)"),
    ("SHA256SUMS", "以上全部文件的摘要", "digests of all files"),
)  # fmt: skip


def readme(entry: Entry, *, explained: bool) -> str:
    """The text, Chinese first; every command in it runs in the pack's folder."""
    return (
        "\n".join([*_chinese(entry, explained), "", "---", "", *_english(entry, explained)]) + "\n"
    )


def _chinese(entry: Entry, explained: bool) -> list[str]:
    roster = entry.data["roster"]
    return [
        f"# 审计包：记录 {_code(entry.id)}",
        "",
        f"- 摘要：{_code(entry.head)}",
        f"- 原名册 {_code(roster['file'])}：{_code(roster['digest'])}",
        *(f"  - {_code(name)}：{_code(digest)}" for name, digest in roster.get("files", {}).items()),
        *(["  - 有几份文件时，上面的摘要是各文件摘要与读法文件合起来的摘要"] if "files" in roster else []),
        "",
        "## 文件",
        "",
        *(f"- {_code(name)}：{zh}" for name, zh, _ in _shown(entry, explained)),
        "",
        "各列一村一行，顺序相同；金额的单位是分，日期是从公元 1 年 1 月 1 日起的第几天，是/否写作 1/0。",
        "",
        "## 不用 fundcalc 怎样核对",
        "",
        "1. 文件没有变过：", "", *_block(_SUMS), "",
        "2. 记录就是纸面上写着摘要的那一条：下面显示的应与签字表上的摘要相同。", "",
        *_block(_HEAD), "", "没有 sha256sum 时：", "", *_block(_HEAD_OPENSSL), "",
        "3. 各文件就是记录里写的那些：", "", *_block(_PARTS), "",
        "4. 记录一条接一条，没有断：", "", *_block(_CHAIN), "",
        "5. `roster.csv`、`results.csv` 与各列一致，含手工调整，且与记录的合计相符",
        "   （记录的摘要管的是各列，这两张表是为了好读另写的）。标 `not compared` 的列，",
        "   原始内容在 `roster/assumed/`、`overrides.json`、`correction.json`：", "",
        *_block(_TABLES), "",
        *(_EXPLAINED_ZH if explained else []),
        "原名册文件若还在，它的 SHA-256 应与上面的相同。",
    ]  # fmt: skip


def _english(entry: Entry, explained: bool) -> list[str]:
    roster = entry.data["roster"]
    return [
        f"# Audit pack: run {_code(entry.id)}",
        "",
        f"- Head digest: {_code(entry.head)}",
        f"- Original roster {_code(roster['file'])}: {_code(roster['digest'])}",
        *(f"  - {_code(name)}: {_code(digest)}" for name, digest in roster.get("files", {}).items()),
        *(
            ["  - of several files, the digest above is over their digests and the intake"]
            if "files" in roster
            else []
        ),
        "",
        "## Files",
        "",
        *(f"- {_code(name)}: {en}" for name, _, en in _shown(entry, explained)),
        "",
        "Columns have one line a village, all in the same order; money is in fen, days are counted from",
        "1 January of the year 1, yes/no is 1 or 0.",
        "",
        "## How to check it without fundcalc",
        "",
        "1. No file has changed:", "", *_block(_SUMS), "",
        "2. The record is the one whose digest is on paper: this must show the digest on the signed sheet.",
        "", *_block(_HEAD), "", "Without sha256sum:", "", *_block(_HEAD_OPENSSL), "",
        "3. The files are those that the record names:", "", *_block(_PARTS), "",
        "4. Each record follows the one before it:", "", *_block(_CHAIN), "",
        "5. `roster.csv` and `results.csv` say what the pieces say, amounts set by hand included, and add up",
        "   to the record's totals (the record vouches for the pieces; the tables are made for reading).",
        "   What it calls `not compared` stands in `roster/assumed/`, `overrides.json` and",
        "   `correction.json`:", "", *_block(_TABLES), "",
        *(_EXPLAINED_EN if explained else []),
        "If the original roster is still there, its SHA-256 must be the one above.",
    ]  # fmt: skip


def _shown(entry: Entry, explained: bool) -> list[tuple[str, str, str]]:
    pieces = ("correction.json", "intake.toml")
    left_out = {name: name not in entry.parts for name in pieces}
    left_out["explanations.jsonl"] = not explained
    return [one for one in _FILES if not left_out.get(one[0])]


def _block(command: str) -> list[str]:
    return ["```sh", command, "```"]


def _code(text: str) -> str:
    """Text that Markdown shows as it stands."""
    plain = " ".join(text.replace("`", "'").split())
    return f"`{plain}`"
