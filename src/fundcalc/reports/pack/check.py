"""Checks this audit pack with nothing but Python 3.8 or later: no package, no network, nothing written.

python3 -I check.py                      everything that the pack holds against itself
python3 -I check.py --paper sheet.xlsx   also a paper (.xlsx or .csv, repeatable) against the results
0: all agrees. 1: something differs; each place is named. 2: a paper could not be read.
本程序只用 Python 标准库核对审计包：一致为 0，不一致为 1（逐处列出），文件读不出为 2。
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import re
import sys
import zipfile
from collections import Counter, defaultdict
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Row = dict[str, str]
    Key = str | tuple[str, ...]

HERE = Path(__file__).resolve().parent
MOST = 200_000_000  # bytes that a workbook may unpack to
RECORD: dict[str, Any] = {}
findings: list[tuple[object, ...]] = []


def wrong(*what: object) -> None:
    """Something differs: it is shown at once, and the program ends with 1."""
    findings.append(what)
    if len(findings) <= 100:
        print("DIFFERS 不一致:", *what)


def read_json(name: str) -> Any:
    """A piece that is JSON."""
    return json.loads((HERE / name).read_bytes())


def sha256(content: bytes) -> str:
    """The digest as the record writes it."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


def table(path: Path) -> list[Row]:
    """The rows of a CSV as dicts by its heads."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        heads, *rows = csv.reader(file)
    if len(set(heads)) < len(heads):
        wrong(path.name, "one head twice", heads)
    return [dict(zip(heads, row)) for row in rows]


# -- the pack against itself ----------------------------------------------------------------------


def files() -> None:
    """No file has changed, none is missing, none was added."""
    lines = (HERE / "SHA256SUMS").read_text("utf-8").splitlines()
    listed = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    for name, digest in listed.items():
        if not (path := HERE / name).is_file():
            wrong(name, "is missing")
        elif hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            wrong(name, "has another digest than SHA256SUMS says")
    for path in HERE.rglob("*"):
        name = path.relative_to(HERE).as_posix()
        if path.is_file() and name not in {*listed, "SHA256SUMS", "SM3SUMS"}:
            wrong(name, "is not in SHA256SUMS")


def parts() -> None:
    """Each piece is the one that the record names."""
    for name, digest in RECORD["parts"].items():
        if not (HERE / name).is_file() or sha256((HERE / name).read_bytes()) != digest:
            wrong(name, "is not the piece that the record names")


def chain() -> None:
    """Each record follows the one before; this run's is the last; later ones speak of it."""
    previous = "sha256:" + "0" * 64
    for path in sorted((HERE / "chain").iterdir()):
        content = path.read_bytes()
        if json.loads(content)["previous"] != previous:
            wrong(path.name, "does not follow the record before it")
        previous = sha256(content)
    head = sha256((HERE / "record.json").read_bytes())
    if previous != head:
        wrong("chain", "does not end in record.json")
    for path in sorted((HERE / "later").glob("*.json")):
        data = json.loads(path.read_bytes())
        if (data.get("corrects") or data.get("run") or {}).get("head") != head:
            wrong(path.name, "is not about this run")


def column(name: str) -> list[str]:
    """A piece with one line a village."""
    lines = (HERE / name).read_bytes().decode().split("\n")[:-1]
    ends = {"n": "\n", "r": "\r", "-": ""}
    return [re.sub(r"\\(.)", lambda m: ends.get(m[1], m[1]), line) for line in lines]


def same(cell: str, line: str) -> bool:
    """Whether a cell of a table says what a line of a piece says."""
    if cell in (line, "'" + line):
        return True
    if cell in ("true", "false"):
        return line == str(int(cell == "true"))
    if re.fullmatch(r"\d{4}-\d\d-\d\d", cell):
        return str(dt.date.fromisoformat(cell).toordinal()) == line
    return bool(re.fullmatch(r"-?\d+[.]\d+", cell)) and str(int(cell.replace(".", ""))) == line


def tables() -> None:
    """roster.csv and results.csv say what the pieces say, what was set by hand included."""
    pieces = {name for name in RECORD["parts"] if re.match(r"(roster|results|rules)/[^/]*$", name)}
    changes = read_json("overrides.json")["changes"]
    for name in ("roster.csv", "results.csv"):
        rows = table(HERE / name)
        for head in rows[0] if rows else ():
            piece = piece_of(head)
            if piece is None and CARRIED.fullmatch(head) and "carry.json" in RECORD["parts"]:
                continue
            if piece is None and name == "results.csv" and BEFORE.fullmatch(head):
                before(head, rows, changes)
                continue
            if piece is None:
                print(f"  {name}: {head}: not compared 未比对")
                continue
            pieces.discard(piece)
            lines = column(piece)
            for change in changes:
                if piece == f"results/{change['output']}.txt":
                    lines[change["index"]] = change["after"]
            compare(name, head, [row[head] for row in rows], lines, rule=piece.startswith("rules/"))
    for name in sorted(pieces):
        wrong(name, "stands in no table")


CARRIED = re.compile("carried(_.*)?")
BEFORE = re.compile("(.*)_(before|difference)")
ADDED = re.compile(f"{CARRIED.pattern}|{BEFORE.pattern}")
LACKS = "the column is not on the paper 纸面没有这一列"
SUMMARIES = ("汇总表", "Summary")
SHEETS = ("签发表", "To sign", "公示表", "Public notice")


def before(head: str, rows: list[Row], changes: list[dict[str, Any]]) -> None:
    """What an amount was before: of the corrected run, else before it was set by hand."""
    output, kind = head.rpartition("_")[::2]
    earlier: dict[Key, Decimal] = {}
    if "correction.json" in RECORD["parts"]:
        for village in read_json("correction.json")["villages"]:
            if output in village["amounts"]:
                key = village_key({part: safe(village[part]) for part in PARTS})
                earlier[key] = Decimal(village["amounts"][output]["before"])
    else:
        lines = column(f"results/{output}.txt")
        for change in changes:
            if change["output"] == output:
                stored, row = Decimal(lines[change["index"]]), rows[change["index"]]
                earlier[village_key(row)] = stored / 10 ** len(row[output].partition(".")[2])
    for number, row in enumerate(rows, 2):
        amount = Decimal(row[output])
        expected = earlier.get(village_key(row), amount)
        expected = amount - expected if kind == "difference" else expected
        if row[head] and Decimal(row[head]) != expected:
            wrong("results.csv", f"row {number}", head, f"{row[head]} / {expected}")


PARTS = ("code", "county", "town", "name")


def carried() -> None:
    """What the results say is carried over is what carry.json says, in all and by payer."""
    if "carry.json" not in RECORD["parts"]:
        return
    listed = read_json("carry.json")["villages"]
    by_key = {village_key({part: safe(v[part]) for part in PARTS}): v for v in listed}
    for row in table(HERE / "results.csv"):
        village = by_key.pop(village_key(row), {"net": "0.00", "payers": {}})
        payers = {payer: amounts["carried"] for payer, amounts in village["payers"].items()}
        for head in filter(CARRIED.fullmatch, row):
            expected = village["net"] if head == "carried" else payers.pop(head[8:], "0.00")
            if Decimal(row[head]) != Decimal(expected):
                wrong("results.csv", village_key(row), head, f"{row[head]} / {expected}")
        if payers:
            wrong("carry.json", village_key(row), "stands in no column")
    for key in by_key:
        wrong("carry.json", key, "is not in the results")


def piece_of(head: str) -> str | None:
    """The piece of a table's column."""
    names = [f"roster/{head}.txt", f"results/{head}.txt", f"roster/cells/{head}s.txt"]
    names += [f"{head}.txt", f"rules/{head[:-5]}.txt"]
    return next((name for name in names if name in RECORD["parts"]), None)


def compare(name: str, head: str, cells: list[str], lines: list[str], *, rule: bool) -> None:
    """A column of a table with its piece; and with the record's total."""
    if len(cells) != len(lines):
        wrong(name, head, "has another number of villages")
        return
    if rule:  # blank: no rule holds, and the table names what applies otherwise
        otherwise = {cell for cell, line in zip(cells, lines) if not line} - set(lines)
        lines = [line or "".join(otherwise) for line in lines]
    for row, (cell, line) in enumerate(zip(cells, lines), 2):
        if not same(cell, line):
            wrong(name, f"row {row}", head, f"{cell} / {line}")
    numbers = [pair for pair in zip(cells, lines) if re.fullmatch(r"-?\d+([.]\d+)?", pair[0])]
    points = {len(cell.partition(".")[2]) for cell, _ in numbers}
    if len(points) > 1 and any(cell != line for cell, line in numbers):
        wrong(name, head, "has figures of several numbers of decimals")
    once = {entry["key"] for entry in table(HERE / "dictionary.csv") if "once" in entry["sheets"]}
    total = RECORD["totals"].get(head) if head not in once else None
    if total is not None and sum(map(Decimal, cells)) != Decimal(total):
        wrong(name, head, f"the record's total is {total}")


def correction() -> None:
    """differences.csv says what the record says, and that is what the results and both totals say."""
    if "correction.json" not in RECORD["parts"]:
        return
    data = read_json("correction.json")
    listed = table(HERE / "differences.csv")
    rows: dict[Key, Row] = {tuple(r[k] for k in (*PARTS, "output")): r for r in listed}
    results = {village_key(row): row for row in table(HERE / "results.csv")}
    moved: dict[str, Decimal] = defaultdict(Decimal)
    for village in data["villages"]:
        for output, amounts in village["amounts"].items():
            before, after = Decimal(amounts["before"]), Decimal(amounts["after"])
            moved[output] += after - before
            name = f"{village['name']} {village['code']} {output}"
            if Decimal(amounts["difference"]) != after - before:
                wrong("correction.json", name, "before and after are not the difference")
            key = [village[part] for part in PARTS]
            row = rows.pop((*map(safe, key), output), None)
            if row is None or any(
                Decimal(row[k]) != Decimal(amounts[k]) for k in ("before", "after", "difference")
            ):
                wrong("differences.csv", name, "does not say what correction.json says")
            result = results.get(village["code"] or tuple(key[1:]))
            if result is None and village["presence"] != "gone":
                wrong("correction.json", name, "the village is not in the results")
            elif result is not None and output in result and Decimal(result[output]) != after:
                wrong("correction.json", name, f"the results have {result[output]}")
    for row in rows.values():
        wrong("differences.csv", row["name"], row["output"], "is not in correction.json")
    paid = RECORD.get("paid", RECORD["corrects"])
    records = [path.read_bytes() for path in (HERE / "chain").iterdir()]
    known = (json.loads(r)["totals"] for r in records if paid and sha256(r) == paid["head"])
    totals = next(known, None) if paid else {}
    for output, amount in RECORD["totals"].items() if totals is not None else ():
        rise = Decimal(amount) - Decimal((totals or {}).get(output, "0"))
        if output in data["outputs"] and rise != moved[output]:
            wrong("correction.json", output, "does not lead from one total to the other")


def safe(text: str) -> str:
    """Text as a CSV has it: what looks like a formula is marked."""
    return f"'{text}" if text.startswith(tuple("=+-@\t\r\n＝＋－＠")) else text


def village_key(row: Row) -> Key:
    """What a village is known by: its code, else where it is and its name."""
    return row.get("code") or tuple(row.get(part, "") for part in PARTS[1:])


# -- a paper --------------------------------------------------------------------------------------

NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?(?:[eE][+-]?\d+)?")
UNIT = re.compile(r"[（(][^（()）]*(?:[（(][^（()）]*[)）][^（()）]*)?[)）]$")
CAPITALS = re.compile("[零壹贰叁肆伍陆柒捌玖拾佰仟万亿]+元[零壹贰叁肆伍陆柒捌玖角分整]+")
AMOUNT = re.compile(rf"{CAPITALS.pattern}|\d[\d,.]*\s*(?:元|万|亿|yuan)|[¥￥]\s*\d")
DIGITS = "零壹贰叁肆伍陆柒捌玖"


def figure(text: str) -> Decimal | None:
    """A figure as a paper writes it; None where the text is none."""
    try:
        return Decimal(text.replace(",", "")) if NUMBER.fullmatch(text) else None
    except InvalidOperation:
        return None


def from_capitals(text: str) -> Decimal:
    """What 大写 says, in yuan."""
    whole, _, rest = text.partition("元")
    total, part, digit = 0, 0, 0
    for char in whole:
        if char in DIGITS:
            digit = DIGITS.index(char)
        elif char in "拾佰仟":
            part += (digit or 1) * 10 ** ("拾佰仟".index(char) + 1)
            digit = 0
        elif char in "万亿":
            total = (total + part + digit) * (10**4 if char == "万" else 10**8)
            part = digit = 0
    small = re.findall("([零壹贰叁肆伍陆柒捌玖])([角分])", rest)
    fen = sum(DIGITS.index(numeral) * (10 if unit == "角" else 1) for numeral, unit in small)
    return Decimal(total + part + digit) + Decimal(fen) / 100


def grids(path: Path) -> dict[str, list[list[str]]]:
    """The sheets of a paper by name, each a list of rows of texts."""
    if path.suffix.lower() == ".csv":
        content = path.read_bytes()
        for code in ("utf-8-sig", "gb18030"):
            try:
                return {"": list(csv.reader(io.StringIO(content.decode(code), newline="")))}
            except UnicodeDecodeError:
                continue
        raise ValueError("no text")
    if path.suffix.lower() != ".xlsx":
        raise ValueError("give an .xlsx or .csv 请给 .xlsx 或 .csv")
    with zipfile.ZipFile(path) as book:
        if sum(part.file_size for part in book.infolist()) > MOST:
            raise ValueError("too large")
        return dict(sheets(book))


def tree(book: zipfile.ZipFile, name: str) -> ET.Element:
    """A part of a workbook."""
    content = book.read(name)
    if b"<!DOCTYPE" in content[:1000]:
        raise ValueError("a document type")
    return ET.fromstring(content)  # noqa: S314 - no document type, so no entity grows


def sheets(book: zipfile.ZipFile) -> Iterator[tuple[str, list[list[str]]]]:
    """The sheets, each with its rows of texts."""
    strings = []
    if "xl/sharedStrings.xml" in book.namelist():
        for string in tree(book, "xl/sharedStrings.xml"):
            runs = (t.text or "" for t in string.iter() if t.tag.endswith("}t"))
            strings.append("".join(runs))
    relations = tree(book, "xl/_rels/workbook.xml.rels")
    links = {link.get("Id"): link.get("Target", "") for link in relations}
    for sheet in tree(book, "xl/workbook.xml").iter():
        if not sheet.tag.endswith("}sheet"):
            continue
        id_ = next(value for key, value in sheet.attrib.items() if key.endswith("}id"))
        part = re.sub("^/?(xl/)?", "xl/", links[id_])
        rows: dict[int, dict[int, str]] = defaultdict(dict)
        for cell in tree(book, part).iter():
            if cell.tag.endswith("}c") and (
                address := re.fullmatch("([A-Z]+)([0-9]+)", cell.get("r", ""))
            ):
                rows[int(address[2])][place(address[1])] = text_of(cell, strings)
        lines = (rows[n] for n in range(1, max(rows, default=0) + 1))
        grid = [[row.get(i, "") for i in range(max(row, default=-1) + 1)] for row in lines]
        yield sheet.get("name", ""), grid


def place(letters: str) -> int:
    """The column, counted from 0, of A, Z or AA."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def text_of(cell: ET.Element, strings: Sequence[str]) -> str:
    """The stored value; a formula is neither computed nor believed."""
    value = next((part.text or "" for part in cell if part.tag.endswith("}v")), "")
    if cell.get("t") == "s":
        return strings[int(value)]
    if cell.get("t") == "inlineStr":
        return "".join(t.text or "" for t in cell.iter() if t.tag.endswith("}t"))
    return value.strip() if cell.get("t") != "str" else value


def title_of(head: str) -> str:
    """A head as if it stood on one line."""
    wide = r"[\u2e80-\uffef]"
    return re.sub(rf"(?<={wide})\n|\n(?={wide})", "", head.strip()).replace("\n", " ")


class Paper:
    """A paper against results.csv: every figure below a header that the dictionary knows."""

    def __init__(self, path: Path) -> None:
        self.path, self.compared = path, 0
        self.met: set[Key] = set()
        self.signed: set[Key] = set()
        self.on_sheet: list[Row] = []
        self.sums: set[Decimal] = set()
        self.rows = table(HERE / "results.csv")
        self.names: dict[str, set[str]] = defaultdict(set)
        self.payers: dict[str, str] = {}
        self.payable: list[str] = []
        paid_by: dict[str, list[str]] = defaultdict(list)
        self.columns_on: dict[str, set[str]] = defaultdict(set)
        for row in table(HERE / "dictionary.csv"):
            if row["file"] in ("results.csv", "paper"):
                for sheet in row["sheets"].split():
                    self.columns_on[sheet].add(row["key"])
                if row["sheets"] == "summary":
                    self.payers.update({row["title_zh"]: row["key"], row["title_en"]: row["key"]})
                    continue
                for title in (row["key"], row["title_zh"], row["title_en"], row["header_zh"]):
                    self.names[title].add(row["key"])
                if row["payer"]:
                    self.payable.append(row["key"])
                    paid_by[f"payer/{row['payer']}"].append(row["key"])
        self.by_key = {village_key(row): row for row in self.rows}
        self.groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
        for row in self.rows:
            county, town = row.get("county", ""), row.get("town", "")
            for group in ((), (county,), (county, town)):
                self.groups[group].append(row)
            for payer in self.columns_on["summary"]:
                row[payer] = str(total([row], *paid_by[payer]))

    def check_all(self) -> None:
        """All sheets; then what is not on any of them."""
        for name, rows in grids(self.path).items():
            if any({DUE.get(cell.strip()) for cell in row} >= DUE_HEADS for row in rows[:40]):
                self.due(name, rows)
            elif RECORD["overrides"] and name in ("公式核对", "数据", "Formulas", "Data"):
                print(f"  {name}: before overrides 手工调整前: not compared 未比对")
            else:
                texts = {cell.strip() for row in rows[:40] for cell in row}
                unit = 10000 if texts & {"单位：万元", "Amounts in 10,000 yuan"} else 1
                self.sheet(name, rows, unit)
        if not self.compared:
            raise ValueError("no figure under a header of this policy 没有这套政策的表头")
        met = (self.signed or self.met).intersection(self.by_key)
        for row in [row for key, row in self.by_key.items() if met and key not in met]:
            wrong(self.path.name, row.get("code", ""), row.get("name", ""), "is not on the paper")
        print(f"  {self.path.name}: {self.compared} figures of {len(self.met)} villages 个数、个村")

    def sheet(self, name: str, rows: list[list[str]], unit: int) -> None:
        """Every figure on a sheet, and every amount in 大写."""
        self.on_sheet, self.sums = [], set()
        known_keys = {self.key(title_of(cell)) for row in rows for cell in row}
        payable = [key for key in self.payable if key in known_keys] or self.payable
        for result in self.rows:
            result["arranged"] = str(total([result], *payable))
        heads: dict[int, str] = {}
        titles: dict[int, str] = {}
        met: set[str] = set()
        running = -1
        unknown: Counter[str] = Counter()
        texts = {key for key, cell in self.rows[0].items() if figure(cell) is None}
        sheet = f"{self.path.name}!{name}!" if name else f"{self.path.name}!"
        for number, row in enumerate(rows, 1):
            cells = [cell.strip() for cell in row]
            for text in CAPITALS.findall("  ".join(cells)):
                self.capitals(f"{sheet}{number}", text, from_capitals(text))
            heads_ = [title_of(cell) for cell in row]
            keys = [*map(self.key, heads_)]
            summed = name in SUMMARIES and not self.columns_on["once"]
            if "name" in keys or (summed and "county" in keys):
                below = [title_of(cell) for cell in rows[number]] if number < len(rows) else []
                first = keys.index("name" if "name" in keys else "county")
                titles = dict(enumerate(heads_))
                if first < len(below) and not below[first]:  # a second row of heads
                    titles.update({index: cell for index, cell in enumerate(below) if cell})
                running = next((index for index, t in titles.items() if t in ("序号", "No.")), -1)
                heads = {index: key for index, title in titles.items() if (key := self.key(title))}
                for index, title in titles.items() if name in SUMMARIES else ():
                    if (
                        title in self.payers and index > first
                    ):  # one may be called as the first column
                        heads[index] = self.payers[title]
                met.update(heads.values())
                continue
            village = {key: cells[index] for index, key in heads.items() if index < len(cells)}
            for index, cell in enumerate(cells) if heads else ():
                value, key = figure(cell), heads.get(index)
                said = value is None and (key or not AMOUNT.search(cell))
                if said or key in IDENTITY or index == running:
                    continue
                if not titles.get(index) and {*self.payable} & {*heads.values()}:
                    wrong(f"{sheet}{letters(index)}{number}", cell, "stands below no head 没有表头")
                elif key is None or value is None or (village.get("name") and key in texts):
                    unknown[titles.get(index) or f"column {index + 1}"] += 1
                else:
                    value *= self.factor(key, titles[index], unit)
                    self.cell(f"{sheet}{letters(index)}{number}", (cells, village), key, value)
            if village.get("name"):
                self.words(f"{sheet}{number}", village)
        if not heads:
            unknown["no village 没有村"] = sum(bool(figure(c)) for row in rows for c in row)
        if name in SHEETS or (name,) in self.groups:
            self.signed.update(map(village_key, self.on_sheet))
        for key in sorted(self.required_columns(name, rows, met) - met):
            wrong(sheet.rstrip("!"), key, LACKS)
        if any(unknown.values()):
            print(f"  {sheet} {sum(unknown.values())} figures not compared 未比对:", *unknown)

    def required_columns(self, name: str, rows: list[list[str]], met: set[str]) -> set[str]:
        """The columns that the run's sheet has and that a head is sure to name."""
        if not name or name in ("数据", "Data"):
            columns = {*self.rows[0]} - {"arranged"} - self.columns_on["summary"]
            required = {key for key in columns if not name or not ADDED.fullmatch(key)}
        elif name in SUMMARIES:
            return self.columns_on["summary"]
        elif name not in SHEETS and (name,) not in self.groups:
            return set()
        else:
            public = re.search("公示|public notice", str(rows[:3]))
            required = self.columns_on["notice" if public else "sign"]
        return {key for keys in self.names.values() if len(keys) == 1 for key in keys & required}

    def due(self, name: str, rows: list[list[str]]) -> None:
        """What a correction pays and takes back."""
        if "correction.json" not in RECORD["parts"]:
            raise ValueError("this run corrects none 这次测算不是更正")
        data = read_json("correction.json")
        ids = {text: id_ for id_, o in data["outputs"].items() for text in o["title"].values()}
        due: dict[tuple[str, str, str], dict[str, Decimal]] = {}
        for village in data["villages"]:
            for output, amounts in village["amounts"].items():
                before, after = Decimal(amounts["before"]), Decimal(amounts["after"])
                due[village["code"] or village["county"], village["name"], output] = {
                    "before": before, "after": after, "difference": after - before,
                    "pay": max(after - before, Decimal(0)), "deduct": max(before - after, Decimal(0)),
                }  # fmt: skip
        missing = dict(due)
        counties = {v["code"] or v["county"]: v["county"] for v in data["villages"]}
        sums = [sum((a[k] for a in due.values()), Decimal(0)) for k in ("pay", "deduct")]
        heads: dict[int, str] = {}
        for number, row in enumerate(rows, 1):
            cells = [cell.strip() for cell in row]
            sheet = f"{self.path.name}!{name}!"
            for text in CAPITALS.findall("  ".join(cells)):
                self.compared += 1
                if from_capitals(text) not in sums:
                    wrong(f"{sheet}{number}", text, "is no sum of the run 不是台账的合计")
            if {DUE.get(cell) for cell in cells} >= DUE_HEADS:
                heads = {index: DUE.get(cell, "") for index, cell in enumerate(cells)}
                need = {"pay", "deduct"} if name else {"difference"}
                for lacking in sorted(need - {*heads.values()}):
                    wrong(self.path.name, lacking, LACKS)
                continue
            fields = {key: cells[index] for index, key in heads.items() if index < len(cells)}
            label = next((cell for cell in cells if cell and figure(cell) is None), "")
            if fields.get("name"):
                where, item = fields.get("code") or fields.get("county", ""), fields["item"]
                key = (where, fields["name"].lstrip("'"), ids.get(item, item))
                expected = due.get(key)
                missing.pop(key, None)
                self.met.add(key)
            else:
                named = {c for c in counties.values() if c and c in label}
                added = [a for k, a in due.items() if not named or counties[k[0]] in named]
                expected = {k: sum((a[k] for a in added), Decimal(0)) for k in AMOUNTS}
            for index, cell in enumerate(cells) if heads else ():
                value, key_ = figure(cell), heads.get(index, "")
                if value is None or key_ in ("code", "running"):
                    continue
                self.compared += 1
                if expected is None or expected.get(key_) != round(value, 2):
                    run = (expected or {}).get(key_, "—")
                    wrong(f"{sheet}{letters(index)}{number}", label, paper_and_run(value, run))
        for key in missing:
            wrong(self.path.name, *key, "is not on the paper")

    def is_money(self, key: str) -> bool:
        """Whether a column has amounts, which may stand in 10,000 yuan."""
        return "." in self.rows[0][key]

    def factor(self, key: str, title: str, unit: int) -> int:
        """How many yuan, people or the like the figures of a column count in; its own unit comes first."""
        if unit_match := re.search(r"[（(](.*(?:元|yuan).*)[)）]$", title):
            return 10000 if re.match("万元|10,000 yuan", unit_match[1]) else 1
        return unit if self.is_money(key) else 1

    def key(self, title: str) -> str | None:
        """The column that a head names."""
        keys = self.names.get(title) or self.names.get(UNIT.sub("", title).strip()) or set()
        return next(iter(keys)) if len(keys) == 1 else None

    def cell(self, where: str, row: tuple[list[str], Row], key: str, value: Decimal) -> None:
        """A village's figure, or a sum of those that its row names."""
        cells, village = row
        if village.get("name") or village.get("code"):
            result = self.village(village)
            if result is None:
                wrong(where, village.get("code", ""), village.get("name", ""), "is not in the run")
                return
            self.met.add(village_key(result))
            if result not in self.on_sheet[-1:]:
                self.on_sheet.append(result)
            expected = [n for n in [figure(result[key])] if n is not None]
        else:
            label = next((cell for cell in cells if cell and figure(cell) is None), "")
            groups = [g for g in self.groups if g and g[-1] and g[-1] in label]
            expected = [total(self.groups[g], key) for g in groups]
            expected = expected or [total(rows, key) for rows in (self.on_sheet, self.rows) if rows]
        self.compared += 1
        if (round(value, 2) if self.is_money(key) else value) not in expected:
            who = village.get("name") or village.get("county") or next(filter(None, cells), "")
            wrong(where, who, key, paper_and_run(value, ", ".join(map(str, expected[:3]))))

    def village(self, village: Row) -> Row | None:
        """The village of a row of the paper."""
        if village.get("code"):
            return self.by_key.get(village["code"])
        parts = [part for part in PARTS[1:] if part in village]
        rows = [row for row in self.rows if all(row.get(p, "") == village[p] for p in parts)]
        return rows[0] if len(rows) == 1 else None

    def words(self, where: str, village: Row) -> None:
        """Name, town and county of a village that its code names."""
        row = self.village(village) or {}
        for part in IDENTITY if row else ():
            if part in village and village[part].lstrip("'") != row.get(part, "").lstrip("'"):
                wrong(where, part, paper_and_run(village[part], row.get(part)))

    def capitals(self, where: str, text: str, value: Decimal) -> None:
        """What all, a county or one payer is to pay."""
        self.compared += 1
        if not self.sums:
            keys = ("arranged", *self.payable)
            self.sums = {total(rows, key) for rows in self.groups.values() for key in keys}
        keys_once = self.columns_on["once"] - self.columns_on["unpaid"]
        once = sum(Decimal(RECORD["totals"][key]) for key in keys_once)
        if not {value, value - once} & self.sums:
            wrong(where, text, f"{value} is no sum of the run 不是台账的合计")


IDENTITY = ("code", "name", "town", "county")
UNREADABLE = (OSError, ValueError, KeyError, IndexError, ArithmeticError)
AMOUNTS = ("before", "after", "difference", "pay", "deduct")
DUE_HEADS = {"name", "item", "before", "after"}
DUE = {  # the heads of a sheet of what a correction pays and takes back
    "No.": "running", "序号": "running", "name": "name", "Village": "name", "村名": "name",
    "code": "code", "Code": "code", "代码": "code", "county": "county", "County": "county",
    "县（市、区）": "county", "output": "item", "Item": "item", "项目": "item", "差额（元）": "difference",
    "before": "before", "Before": "before", "原金额": "before", "after": "after",
    "After": "after", "更正后金额": "after", "difference": "difference", "To pay": "pay",
    "补拨": "pay", "To deduct": "deduct", "抵扣": "deduct", "更正前（元）": "before", "更正后（元）": "after",
}  # fmt: skip


def paper_and_run(paper: object, run: object) -> str:
    """What stands on the paper and in the run."""
    return f"on the paper 纸面 {paper}, in the run 台账 {run}"


def total(rows: list[Row], *keys: str) -> Decimal:
    """The sum of some columns over some villages."""
    return sum((Decimal(row[key]) for row in rows for key in keys), Decimal("0.00"))


def letters(number: int) -> str:
    """A, Z, AA of a column counted from 0."""
    text, number = "", number + 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(65 + rest) + text
    return text


def main(arguments: list[str]) -> int:
    """All checks; the exit code."""
    papers = [*map(Path, arguments[1::2])]
    if arguments[::2] != ["--paper"] * len(papers):
        print(__doc__)
        return 2
    for check in (files, parts, chain, tables, correction, carried):
        count = len(findings)
        try:
            check()
        except UNREADABLE as problem:
            wrong(check.__name__, "cannot be read", problem)
        print(f"{check.__name__}: {'ok' if len(findings) == count else 'DIFFERS'}")
    unread = False
    for path in papers:
        count = len(findings)
        try:
            Paper(path).check_all()
        except (*UNREADABLE, StopIteration, zipfile.BadZipFile, ET.ParseError) as problem:
            print(f"{path}: cannot be held against the run 无法核对: {problem}")
            unread = True
            continue
        print(f"{path}: {'ok' if len(findings) == count else 'DIFFERS'}")
    if len(findings) > 100:
        print(f"… {len(findings) - 100} more 处")
    return 2 if unread else 1 if findings else 0


if __name__ == "__main__":
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    RECORD = read_json("record.json")
    sys.exit(main(sys.argv[1:]))
