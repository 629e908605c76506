"""An intake proposed: how rosters are read, written down for a person to edit."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from fundcalc.base.catalogue import words
from fundcalc.base.files import write_bytes
from fundcalc.base.words import Lang
from fundcalc.policy.model import Policy
from fundcalc.roster.extract import Extract, read_rest, read_sums
from fundcalc.roster.gather import Gather
from fundcalc.roster.intake import ColumnTable, RowTable, SheetTable
from fundcalc.roster.model import Roster
from fundcalc.roster.read import Item, Reader, stop_at

_UNREADABLE = ("FC601", "FC602", "FC603", "FC604", "FC605", "FC606", "FC607", "FC608")
_OPTION = re.compile(r'--column "(?P<header>[^"]+?)=(?P<fact>\w*)(?::(?P<unit>[^"]+))?"')


def write_intake(
    path: Path,
    rosters: Sequence[Path],
    policy: Policy,
    lang: Lang,
    *,
    columns: Mapping[str, str] | None = None,
) -> int:
    """Write down how rosters are read (an intake); how many things are left to a person.

    Raises OSError, and PolicyProblem where a file cannot be read at all.
    """
    reader = Reader(rosters, policy, None, columns or {})
    lines = [f"# {line}" for line in words("roster.intake_head").say(lang).splitlines()]
    left = 0
    for item in reader.items:
        by_sheet: dict[str | None, list[Extract]] = {}
        for source in reader.tables(item):
            by_sheet.setdefault(source.sheet, []).append(source)
        if not item.digest:
            continue
        lines += _file(item, path.parent)
        for name, sources in by_sheet.items():
            remarks: list[str] = []
            table = SheetTable(name=name, header_row=sources[0].table.layout.last + 1)
            for source in sources:
                remarks += _settle(source, table, policy, lang)
            if any(source.given != sources[0].given for source in sources):
                table.county = None  # counties that differ stay where they stand
            remarks = list(dict.fromkeys(remarks))
            left += len(remarks)
            lines += _sheet(table, remarks)
        for sheet in item.sheets:
            if by_sheet and sheet.name not in by_sheet and sheet.visible:
                lines += _sheet(SheetTable(name=sheet.name, ignore=True), ())
    stop_at([problem for problem in reader.problems if problem.code in _UNREADABLE])
    write_bytes(path, ("\n".join(lines) + "\n").encode())
    return left


def _settle(source: Extract, table: SheetTable, policy: Policy, lang: Lang) -> list[str]:
    """Add to a sheet's entry how a list is read; each question, with the line that answers it."""
    read_sums(source)
    read_rest(source, source.ticked())
    facts = {column.fact.id: column.fact for column in source.columns.values()}
    gather = Gather([source], facts, policy.names, policy.on)
    gather.fill(Roster(source.label, None, source.digest))
    table.county = source.given.get("county")
    asked = [*source.settled.found, *gather.questions]
    maybe = {m["header"] for p in asked for m in _OPTION.finditer(p.hint.zh if p.hint else "")}
    columns = {column.index: column for column in source.columns.values()}
    for heading in source.table.headings:
        column = columns.get(heading.column)
        if column is not None:
            meant = ColumnTable(fact=column.fact.id, unit=column.unit)
        elif heading.label not in maybe:
            meant = ColumnTable(ignore=True)
        else:
            continue
        earlier = table.columns.setdefault(heading.label, meant)
        if meant.fact and earlier.fact and meant != earlier:
            earlier.unit = ""
    by_words = [words(f"roster.left_{kind}") for kind in ("total", "mean", "heading")]
    for left in sorted(source.table.left_out, key=lambda left: left.row):
        row = RowTable(row=left.row + 1, name=left.label.strip(), why=left.why.say(lang))
        if left.why not in by_words and row not in table.left_out:
            table.left_out.append(row)
    to_settle = words("roster.to_settle").say(lang)
    said = ((p.message.say(lang), p.hint.say(lang) if p.hint else "") for p in asked)
    texts = (f"{to_settle}: {message} → {_OPTION.sub(_line, hint)}" for message, hint in said)
    return [" ".join(text.split()) for text in texts]


def _line(option: re.Match[str]) -> str:
    """How an intake says what `--column` says."""
    return _column(option["header"], option["fact"], option["unit"])


def _file(item: Item, base: Path) -> Iterator[str]:
    try:
        path = item.path.resolve().relative_to(base.resolve()).as_posix()
    except ValueError:
        path = str(item.path.resolve())
    yield from ("", "[[file]]", f"path = {_quoted(path)}")
    yield f"# sha256 = {_quoted(item.digest.removeprefix('sha256:'))}"


def _sheet(table: SheetTable, remarks: Sequence[str]) -> Iterator[str]:
    yield from ("", "[[file.sheet]]")
    if table.name is not None:
        yield f"name = {_quoted(table.name)}"
    if table.ignore:
        yield "ignore = true"
        return
    yield from (f"# {text}" for text in remarks)
    if table.county is not None:
        yield f"county = {_quoted(table.county)}"
    yield f"header_row = {table.header_row}"
    if table.left_out:
        yield "left_out = ["
        for row in table.left_out:
            name, why = _quoted(row.name or ""), _quoted(row.why)
            yield f"    {{ row = {row.row}, name = {name}, why = {why} }},"
        yield "]"
    if table.columns:
        yield "[file.sheet.columns]"
    for header, meant in table.columns.items():
        yield _column(header, meant.fact, meant.unit)


def _column(header: str, fact: str | None, unit: str | None) -> str:
    said = f", unit = {_quoted(unit)}" if unit else ""
    meant = f"fact = {_quoted(fact)}{said}" if fact else "ignore = true"
    return f"{_quoted(header)} = {{ {meant} }}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")
