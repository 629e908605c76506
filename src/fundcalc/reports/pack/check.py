"""Checks this audit pack with nothing but Python 3.8 or later: no package, no network, nothing written.

python3 -I check.py                      everything that the pack holds against itself
python3 -I check.py --paper sheet.xlsx   also a paper (.xlsx, .csv or .json, repeatable) against the results
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
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache, reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Row = dict[str, str]
    Key = str | tuple[str, ...]
    Expected = tuple[list["Cell"], str, list[Key]]
    Sheet = list[list[str]]
    Rows = list[tuple[int, list[str]]]
    Place = tuple[int, str, str, str]

HERE = Path(__file__).resolve().parent
MOST = 200_000_000  # bytes that a workbook may unpack to
UNREADABLE = (OSError, ValueError, KeyError, IndexError, ArithmeticError, csv.Error)
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
    print(f"record.json:\n  {head}")
    for path in sorted((HERE / "later").glob("*.json")):
        data = json.loads(path.read_bytes())
        print(f"later/{path.name}: see its paper 须与其纸面相同:\n  {sha256(path.read_bytes())}")
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
                continue  # see `carried`
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


def unsafe(text: str) -> str:
    """The text that `safe` marked."""
    return text[1:] if text[:1] == "'" and safe(text[1:]) == text else text


def village_key(row: Row) -> Key:
    """What a village is known by: its code, else where it is and its name."""
    return row.get("code") or tuple(row.get(part, "") for part in PARTS[1:])


# -- a paper --------------------------------------------------------------------------------------

NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?(?:[eE][+-]?\d+)?")
CAPITALS = re.compile("[零壹贰叁肆伍陆柒捌玖拾佰仟万亿]+元[零壹贰叁肆伍陆柒捌玖角分整]+")
DIGITS = "零壹贰叁肆伍陆柒捌玖"
AMOUNT = re.compile(rf"[{DIGITS}拾佰仟万亿]元|\d[\d,.]*\s*(?:元|万|亿|yuan)|[¥￥]\s*\d")
PDF = (
    "a PDF is for fundcalc runs verify --paper; here give the .xlsx PDF 用前者核对，这里请给 .xlsx"
)
FEET: dict[str, str] = {}
FORMULA = "\0"  # a cell whose formula has no stored value


class Unreadable(ValueError):
    """What is no paper, or none that can be read: said in words."""


def figure(text: str) -> Decimal | None:
    """A figure as a paper writes it; None where the text is none."""
    try:
        return Decimal(text.replace(",", "")) if NUMBER.fullmatch(text) else None
    except InvalidOperation:
        return None


def from_capitals(text: str) -> Decimal:
    """What 大写 says, in yuan."""
    before_yuan, _, rest = text.partition("元")
    total = part = digit = 0
    for char in before_yuan:
        if char in DIGITS:
            digit = DIGITS.index(char)
        elif char in "拾佰仟":
            part, digit = part + (digit or 1) * 10 ** ("拾佰仟".index(char) + 1), 0
        else:
            part, digit = part + digit, 0
            total, part = (total + part * 10**4 if char == "万" else (total + part) * 10**8), 0
    small = re.findall("([零壹贰叁肆伍陆柒捌玖])([角分])", rest)
    fen = sum(DIGITS.index(numeral) * (10 if unit == "角" else 1) for numeral, unit in small)
    return Decimal(total + part + digit) + Decimal(fen) / 100


def grids(path: Path) -> dict[str, Sheet]:
    """The sheets of a paper by name, each a list of rows of texts; in `FEET` what is printed below them."""
    ending = path.suffix.lower()
    if ending == ".csv":
        try:
            text = path.read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError:
            text = path.read_bytes().decode("gb18030")
        return {"": list(csv.reader(io.StringIO(text, newline="")))}
    if ending == ".json":
        return {"": villages_of(path)}
    if ending == ".pdf":
        raise Unreadable(PDF)
    if ending != ".xlsx":
        raise Unreadable("give an .xlsx, .csv or .json 请给 .xlsx、.csv 或 .json")
    with zipfile.ZipFile(path) as book:
        if sum(part.file_size for part in book.infolist()) > MOST:
            raise Unreadable("too large 太大")
        return dict(sheets(book))


def villages_of(path: Path) -> Sheet:
    """The villages of a JSON file as a table; policy and roster in it must be those of the run."""
    try:
        data = json.loads(path.read_bytes(), object_pairs_hook=each_once)
        heads = [*dict.fromkeys(key for village in data["villages"] for key in village)]
        rows = [[str(village.get(head, "")) for head in heads] for village in data["villages"]]
        about = [("policy", key, data["policy"][key]) for key in ("digest", "on", "readings")]
        about.append(("roster", "digest", data["roster"]["digest"]))
    except (LookupError, TypeError, AttributeError, ValueError):
        raise Unreadable("no table of results 不是结果表") from None
    print(f"  {path.name}: villages, policy, roster: no more is held 只核对各村、政策和名册")
    for part, key, said in about:
        if said != RECORD[part][key]:
            wrong(path.name, f"{part}.{key}", paper_and_run(said, RECORD[part][key]))
    return [heads, *rows]


def each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of a JSON file that has no key twice."""
    if len(dict(pairs)) < len(pairs):
        raise Unreadable("a key twice")
    return dict(pairs)


def tree(book: zipfile.ZipFile, name: str) -> ET.Element:
    """A part of a workbook."""
    content = book.read(name)
    if b"<!DOCTYPE" in content[:1000]:
        raise Unreadable("a document type 含文档类型声明")
    return ET.fromstring(content)  # noqa: S314 - no document type, so no entity grows


def sheets(book: zipfile.ZipFile) -> Iterator[tuple[str, Sheet]]:
    """The sheets, each with its rows of texts."""
    texts = "xl/sharedStrings.xml"
    strings = [*map(whole, tree(book, texts) if texts in book.namelist() else ())]
    relations = tree(book, "xl/_rels/workbook.xml.rels")
    links = {link.get("Id"): link.get("Target", "") for link in relations}
    for sheet in tree(book, "xl/workbook.xml").iter():
        if not sheet.tag.endswith("}sheet"):
            continue
        id_ = next(value for key, value in sheet.attrib.items() if key.endswith("}id"))
        part = re.sub("^/?(xl/)?", "xl/", links[id_])
        rows: dict[int, dict[int, str]] = defaultdict(dict)
        cells = [*tree(book, part).iter()]
        for cell in cells:
            address = re.fullmatch("([A-Z]+)([0-9]+)", cell.get("r", ""))
            if cell.tag.endswith("}c") and address:
                rows[int(address[2])][place(address[1])] = text_of(cell, strings)
        lines = (rows[n] for n in range(1, max(rows, default=0) + 1))
        grid = [[row.get(i, "") for i in range(max(row, default=-1) + 1)] for row in lines]
        feet = [cell.text or "" for cell in cells if cell.tag.endswith(("Header", "Footer"))]
        FEET[sheet.get("name", "")] = "\n".join(feet)
        yield sheet.get("name", ""), grid


def place(letters: str) -> int:
    """The column, counted from 0, of A, Z or AA."""
    return reduce(lambda number, letter: number * 26 + ord(letter) - 64, letters, 0) - 1


def whole(element: ET.Element) -> str:
    """A text of several pieces."""
    return "".join(t.text or "" for t in element.iter() if t.tag.endswith("}t")).strip()


def text_of(cell: ET.Element, strings: Sequence[str]) -> str:
    """The stored value; a formula is neither computed nor believed."""
    value = next((part.text or "" for part in cell if part.tag.endswith("}v")), "")
    if not value and any(part.tag.endswith("}f") for part in cell):
        return FORMULA
    if cell.get("t") == "s" and value:
        if not value.isdecimal() or int(value) >= len(strings):
            raise Unreadable(f"cell {cell.get('r')} is damaged 单元格损坏")
        return strings[int(value)]
    if cell.get("t") == "inlineStr":
        return whole(cell)
    return f"b:{value}" if cell.get("t") == "b" else value.strip()


def flat(text: str) -> str:
    """A text however it is broken into lines."""
    return re.sub(r"\s", "", text)


@dataclass
class Cell:
    """What the run has in a cell: a figure, a text, or a running number up to so many."""

    run: Decimal | str | int
    formula: bool = False

    def agrees(self, text: str) -> bool:
        """Whether a paper's cell shows it: a figure as a number, as near as a spreadsheet keeps it."""
        if text == FORMULA:
            return self.formula
        value = figure(text)
        if isinstance(self.run, int):
            return value is not None and 0 < value <= self.run and value == int(value)
        if isinstance(self.run, str):
            long = len(text) > 40 and text.endswith("…") and self.run.startswith(text[:-1])
            return text == self.run or long or (text != "" and flat(text) == flat(self.run))
        most = (
            Decimal("1e-7") + abs(self.run) / 10**15
        )  # a spreadsheet's own arithmetic leaves that
        return value is not None and abs(value - self.run) <= most


@lru_cache(maxsize=8)
def results(name: str) -> list[Row]:
    """A table of the pack; what a correction pays and takes back has a column each."""
    rows = table(HERE / name)
    for row in rows if name == "differences.csv" else ():
        difference = Decimal(row["difference"])
        row.update(pay=str(max(difference, Decimal(0))), deduct=str(max(-difference, Decimal(0))))
    return rows


def expected_rows(sheet: dict[str, Any], factor: int = 1) -> list[Expected]:
    """The rows of a sheet and its sums: their cells, what they are called, who is in them."""
    rows, columns = sheet["rows"], sheet["columns"]
    given = results(sheet.get("table", "results.csv"))
    expected: list[Expected] = []
    for at, members in enumerate(rows):
        inside = [given[i] for i in members]
        cells = [
            Cell(len(rows)) if "running" in c else value(c, at, inside, factor) for c in columns
        ]
        names = [str(cell.run) for column, cell in zip(columns, cells) if "who" in column]
        who = [*map(village_key, inside)]
        expected.append((cells, " ".join(filter(None, names)), who))
    for label, first, end in sheet.get("sums", ()):
        sums = [Cell(label)]
        for index, column in list(enumerate(columns))[1:]:
            added = [cells[index].run for cells, _, _ in expected[first:end]]
            figures = (f for f in added if isinstance(f, Decimal))
            sums.append(Cell("") if "apart" in column else Cell(sum(figures, Decimal(0)), True))
        expected.append((sums, label, []))
    return expected


def value(column: dict[str, Any], at: int, rows: list[Row], factor: int) -> Cell:
    """What a row has in a column: its results, added up or in words, else what is said of the sheet."""
    factor, formula = factor if "money" in column else 1, "formula" in column
    if "values" in column:
        text = column["values"][at]
        number = None if "text" in column else figure(text)
        return Cell(text if number is None else number / factor, formula)
    cells = [row[key] for row in rows for key in column["of"]]
    numbers = [figure(cell) for cell in cells]
    if "text" in column or None in numbers:
        return Cell(unsafe(column.get("words", {}).get(cells[0], cells[0])))
    return Cell(sum((n for n in numbers if n is not None), Decimal(0)) / factor, formula)


def row_key(columns: list[dict[str, Any]], cells: list[str]) -> Key:
    """Who a row is of: its label, or the village's code, name and place."""
    first = cells[0] if figure(cells[0]) is None and "who" not in columns[0] else ""
    who = [text for column, text in zip(columns, cells) if "who" in column]
    return (flat(first), *(flat(text)[:40] for text in who))


def papers() -> None:
    """What papers.json says in 大写 is a sum of the results."""
    for sheet in [sheet for run in read_json("papers.json") for sheet in run["sheets"]]:
        said = [text for line in sheet.get("once", ()) for text in CAPITALS.findall(line)]
        added = [c for c in sheet["columns"] if not {"group", "text"} & c.keys()]
        sums = [c.run for c in expected_rows({**sheet, "columns": added})[-1][0]] if said else []
        for text in [text for text in said if from_capitals(text) not in sums]:
            wrong("papers.json", sheet["name"], text, "is no sum of the run 不是台账的合计")


class Paper:
    """A paper against what the run writes: papers.json says which results stand where."""

    def __init__(self, path: Path) -> None:
        self.path, self.compared, self.uncomputed = path, 0, 0
        self.met: set[Key] = set()

    def check_all(self) -> None:
        """Each sheet with the run's of its name; then what is on only one side."""
        FEET.clear()
        paper = grids(self.path)
        texts = {flat(cell) for rows in paper.values() for row in rows[:40] for cell in row}
        written = [run for run in read_json("papers.json") if ("to_read" in run) != ("" in paper)]
        run = max(written, key=lambda run: self.likeness(run, texts, {*paper}))
        if not self.likeness(run, texts, {*paper}):
            raise Unreadable("no figure under a header of this policy 没有这套政策的表头")
        expected = {sheet["name"]: sheet for sheet in run["sheets"]}
        for name, rows in paper.items():
            if name in expected:
                self.sheet(name, rows, expected.pop(name))
            elif name in run["to_read"]:
                print(f"  {name}: to read, not to sign: not held 供查阅，未核对")
            elif any(figure(cell) or AMOUNT.search(cell) for row in rows for cell in row):
                wrong(self.path.name, name, "the run has no such sheet 台账没有这张表")
        for name in expected:
            wrong(self.path.name, name, "the sheet is not on the paper 纸面没有这张表")
        if self.uncomputed:
            print(f"  {self.uncomputed} formulas without a value: not held 个公式没有存值，未核对")
        print(f"  {self.path.name}: {self.compared} figures of {len(self.met)} villages 个数、个村")

    def likeness(self, run: dict[str, Any], texts: set[str], names: set[str]) -> int:
        """How much a paper of the run has in common with this one; 0 where it shows none of its figures."""
        columns = [column for sheet in run["sheets"] for column in sheet["columns"]]
        titles = {flat(c["title"]) for c in columns if "who" not in c and "running" not in c}
        own = {flat(text) for sheet in run["sheets"] for text in sheet.get("need", ())}
        same_names = len(names & {sheet["name"] for sheet in run["sheets"]})
        return len(texts & titles) and len(texts & titles) + 9 * len(texts & own) + 9 * same_names

    def sheet(self, name: str, rows: Sheet, sheet: dict[str, Any]) -> None:
        """Rows by who they are of, in any order; each other text must be one of the run's."""
        where = f"{self.path.name}!{name}!" if name else f"{self.path.name}!"
        columns, units = sheet["columns"], [sheet.get("yuan", ""), sheet.get("wan", "")]
        if not name:
            rows = self.in_order(rows, columns)
        wan = any(cell and flat(cell) == flat(units[1]) for row in rows[:40] for cell in row)
        expected = expected_rows(sheet, 10000 if wan else 1)
        by_key: dict[Key, list[int]] = defaultdict(list)
        for number, (cells, _, _) in enumerate(expected):
            by_key[row_key(columns, [str(cell.run) for cell in cells])].append(number)
        others: Rows = []
        for number, row in enumerate(rows, 1):
            shown = [cell.strip() for cell in row] + [""] * (len(columns) - len(row))
            alike = by_key.get(row_key(columns, shown), [])
            if not alike:
                others.append((number, shown))
                continue
            same = (n for n in alike if all(c.agrees(t) for c, t in zip(expected[n][0], shown)))
            chosen = next(same, alike[0])
            alike.remove(chosen)
            for index, *what in self.row(shown, expected[chosen], sheet):
                wrong(f"{where}{letters(index)}{number}", *what)
        for number in sorted(number for left in by_key.values() for number in left):
            wrong(where.rstrip("!"), expected[number][1], "is not on the paper 纸面没有")
        unit = [units[wan]] if any("money" in column for column in columns) and name else []
        self.lines(where, others, sheet, unit)
        self.foot(where, FEET.get(name, ""))

    def in_order(self, rows: Sheet, columns: list[dict[str, Any]]) -> Sheet:
        """A table's columns in the run's order; a column that is not there, or has no place, is named."""
        heads = [unsafe(cell.strip()) for row in rows[:1] for cell in row]
        titles = [column["title"] for column in columns]
        places = [heads.index(title) if title in heads else MOST for title in titles]
        for index in {*range(max(map(len, rows), default=0))}.difference(places):
            texts = [row[index] for row in rows if row[index:] and row[index].strip()]
            if texts:
                wrong(
                    f"{self.path.name}!{letters(index)}", texts[0], "stands below no head 没有表头"
                )
        return [[unsafe(row[at]) if at < len(row) else "" for at in places] for row in rows]

    def row(self, cells: list[str], expected: Expected, sheet: dict[str, Any]) -> Iterator[Place]:
        """A row against the run's: each cell that differs."""
        run_cells, who, members = expected
        self.met.update(members)
        for index, text in enumerate(cells):
            if index >= len(run_cells):
                if text not in ("", "1", sheet["agree"], FORMULA):
                    yield index, who, text, "stands below no head 没有表头"
                continue
            cell, title = run_cells[index], flat(sheet["columns"][index]["title"])
            self.compared += isinstance(cell.run, Decimal)
            self.uncomputed += text == FORMULA and cell.formula
            if not cell.agrees(text):
                yield index, who, title, paper_and_run(text.replace(FORMULA, "="), cell.run)

    def lines(self, where: str, rows: Rows, sheet: dict[str, Any], unit: list[str]) -> None:
        """All else on a sheet: heads over their columns, and lines of the run, none twice."""
        heads = [(flat(c["title"]), flat(c.get("group", ""))) for c in sheet["columns"]]
        need = [flat(text) for text in (*sheet.get("need", ()), *unit)]
        once, sheet_name = Counter(map(flat, sheet.get("once", ()))), where.rstrip("!")
        may = {flat(text) for text in sheet.get("may", ())}
        said: Counter[str] = Counter()
        over: set[int] = set()
        for number, cells in rows:
            for index, text in enumerate(map(flat, cells)):
                if index < len(heads) and text in heads[index]:
                    over.update([index] if text == heads[index][0] else [])
                elif text == "".join(need[1:]):  # the day and the unit in one cell
                    said.update(need[1:])
                elif text in need or text in once or text in may:
                    said[text] += 1
                elif text and text != FORMULA:
                    at = f"{where}{letters(index)}{number}"
                    wrong(at, cells[index], "is not in the run, or only once 台账没有或只有一次")
        for index in sorted({*range(len(heads))} - over):
            wrong(sheet_name, heads[index][0], "the column is not on the paper 纸面没有这一列")
        once.update({text: max(said[text], 1) for text in need})
        for text, times in once.items():
            if said[text] != times:
                on = "is not on the paper 纸面没有" if not said[text] else "stands twice 重复"
                wrong(sheet_name, text, on)

    def foot(self, where: str, text: str) -> None:
        """The digests and the run's number at the foot of the pages."""
        later = [sha256(path.read_bytes())[7:] for path in (HERE / "later").glob("*.json")]
        head = sha256((HERE / "record.json").read_bytes())[7:]
        known = {head, RECORD["policy"]["digest"][7:], f"{RECORD['seq']:04}-{head[:8]}", *later}
        marks = rf"[0-9a-f]{{60,}}|\b\d{{4,}}-[0-9a-f]{{8}}\b|{AMOUNT.pattern}"
        for said in [said for said in re.findall(marks, text) if said not in known]:
            wrong(where.rstrip("!"), said, "at the foot is not this run's 页脚与台账不同")


def paper_and_run(paper: object, run: object) -> str:
    """What stands on the paper and in the run."""
    return f"on the paper 纸面 {paper}, in the run 台账 {run}"


def letters(number: int) -> str:
    """A, Z, AA of a column counted from 0."""
    return (letters(number // 26 - 1) if number > 25 else "") + chr(65 + number % 26)


def main(arguments: list[str]) -> int:
    """All checks; the exit code."""
    paths = [*map(Path, arguments[1::2])]
    if arguments[::2] != ["--paper"] * len(paths):
        print(__doc__)
        return 2
    for check in (files, parts, chain, tables, correction, carried, papers):
        count = len(findings)
        try:
            check()
        except UNREADABLE as problem:
            name = getattr(problem, "filename", None) or "a piece 某个文件"
            wrong(check.__name__, name, "is missing or damaged 缺失或损坏")
        print(f"{check.__name__}: {'ok' if len(findings) == count else 'DIFFERS'}")
    unread = False
    for path in paths:
        count = len(findings)
        try:
            Paper(path).check_all()
        except (*UNREADABLE, StopIteration, zipfile.BadZipFile, ET.ParseError) as problem:
            why = problem if isinstance(problem, Unreadable) else getattr(problem, "strerror", None)
            print(f"{path}: not held 无法核对: {why or 'the file is damaged 文件损坏'}")
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
