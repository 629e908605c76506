"""Rosters read for a policy, or written down how they are read, as an intake for a person to edit."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from fundcalc.base.catalogue import words
from fundcalc.base.files import write_bytes
from fundcalc.base.words import Lang
from fundcalc.language.nodes import Compare, names, walk
from fundcalc.language.show import show
from fundcalc.policy.model import Policy
from fundcalc.roster import read
from fundcalc.roster.extract import read_rest, read_sums
from fundcalc.roster.gather import Gather
from fundcalc.roster.model import Roster, Wanted
from fundcalc.roster.read import Reader, Taken, stop_at


def read_roster(
    path: Path | Sequence[Path],
    policy: Policy,
    *,
    sheet: str | None = None,
    columns: Mapping[str, str] | None = None,
    on: date | None = None,
    progress: Callable[[int], object] | None = None,
) -> Roster:
    """Rosters (files, folders, or an intake) as one: clean facts, rejects, notices, each value with its cell.

    `on` is the day whose figures are wanted, default the policy's own. `columns` says what a header means,
    as `fact` or `fact:unit`; "" that it means none. `progress` is told of each per cent that is done.
    Raises PolicyProblem where a file cannot be read, and Unsettled where a question must be answered first.
    """
    return read.read_roster(
        path, policy.facts, sheet=sheet, columns=columns or {}, wanted=_wanted(policy, on),
        progress=progress,
    )  # fmt: skip


def _wanted(policy: Policy, on: date | None = None) -> Wanted:
    return Wanted(on or policy.on, policy.names, _turning_points(policy), policy.title.zh)


def _turning_points(policy: Policy) -> dict[str, str]:
    """For each fact that has near aliases the first condition that turns on it."""
    found: dict[str, str] = {}
    for fact in policy.facts.values():
        if not fact.near_aliases:
            continue
        for programme in policy.programmes:
            for rule in programme.rules:
                for node in walk(rule.when):
                    here = isinstance(node, Compare) and any(n.id == fact.id for n in names(node))
                    if here and fact.id not in found:
                        found[fact.id] = f"{programme.id}.{rule.id}: {show(node)}"
    return found


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
    wanted = _wanted(policy)
    reader = Reader(list(rosters), policy.facts, None, columns or {}, wanted)
    files: list[tuple[str, str, list[Proposed]]] = []
    for item in reader.items:
        taken = reader.tables(item)
        if item.book is None:
            continue
        sheets: list[Proposed] = []
        for one in taken:
            made = _proposed(one, item.book.digest, wanted, lang)
            same = next((sheet for sheet in sheets if sheet.name == made.name), None)
            if same is None:
                sheets.append(made)
            else:
                same.add(made)
        read = {one.table.sheet.name for one in taken}
        sheets += [
            Proposed(sheet.name, ignore=True)
            for sheet in item.book.sheets
            if sheet.name not in read and sheet.visible and taken
        ]
        files.append((_relative(item.path, path.parent), item.book.digest, sheets))
    stop_at([problem for problem in reader.problems if problem.code in _UNREADABLE])
    text = _as_toml(files, words("roster.intake_head").say(lang))
    write_bytes(path, text.encode())
    return sum(len(sheet.asked) for *_, sheets in files for sheet in sheets)


@dataclass(slots=True)
class Proposed:
    """What was found of one sheet, to be written down; `asked` are remarks on what a person must settle."""

    name: str | None
    ignore: bool = False
    county: str | None = None
    header_row: int | None = None
    columns: dict[str, tuple[str, str] | None] = field(default_factory=dict)
    """By header: fact and unit ("" for its own), or None for a column that is not used."""

    left_out: list[tuple[int, str, str]] = field(default_factory=list)
    """Row from 1, what stands in it, and why."""

    asked: list[str] = field(default_factory=list)

    def add(self, other: Proposed) -> None:
        """Take in a further list of the same sheet; counties that differ stay where they stand."""
        if self.county != other.county:
            self.county = None
        for header, one in other.columns.items():
            mine = self.columns.setdefault(header, one)
            if mine is not None and one is not None and mine != one:
                self.columns[header] = mine[0], ""
        self.left_out += [one for one in other.left_out if one not in self.left_out]
        self.asked += [one for one in other.asked if one not in self.asked]


def _as_toml(files: Sequence[tuple[str, str, Sequence[Proposed]]], head: str) -> str:
    """An intake of files (path, digest, sheets), to be edited; `head` says what it is."""
    lines = [f"# {line}" for line in head.splitlines()]
    for path, digest, sheets in files:
        lines += [
            "",
            "[[file]]",
            f"path = {_quoted(path)}",
            f"# sha256 = {_quoted(digest.removeprefix('sha256:'))}",
        ]
        for one in sheets:
            lines += ["", "[[file.sheet]]"]
            if one.name is not None:
                lines.append(f"name = {_quoted(one.name)}")
            if one.ignore:
                lines.append("ignore = true")
                continue
            lines += [f"# {text}" for text in one.asked]
            if one.county is not None:
                lines.append(f"county = {_quoted(one.county)}")
            if one.header_row is not None:
                lines.append(f"header_row = {one.header_row}")
            if one.left_out:
                lines.append("left_out = [")
                lines += [
                    f"    {{ row = {row}, name = {_quoted(name)}, why = {_quoted(why)} }},"
                    for row, name, why in one.left_out
                ]
                lines.append("]")
            lines += _columns(one)
    return "\n".join(lines) + "\n"


def _columns(one: Proposed) -> list[str]:
    if not one.columns:
        return []
    lines = ["[file.sheet.columns]"]
    for header, meant in one.columns.items():
        if meant is None:
            lines.append(f"{_quoted(header)} = {{ ignore = true }}")
            continue
        fact, unit = meant
        said = f", unit = {_quoted(unit)}" if unit else ""
        lines.append(f"{_quoted(header)} = {{ fact = {_quoted(fact)}{said} }}")
    return lines


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def _proposed(one: Taken, digest: str, wanted: Wanted, lang: Lang) -> Proposed:
    """What is written down of one table; questions become remarks with the line that answers them."""
    extract = one.extract()
    read_sums(extract)
    read_rest(extract, extract.ticked())
    facts = {c.fact.id: c.fact for c in one.settled.columns.values()}
    gather = Gather([extract], facts, wanted)
    gather.fill(Roster(one.item.label, None, digest))
    found = Proposed(
        one.table.sheet.name, county=one.given.get("county"), header_row=one.table.layout.last + 1
    )
    asked = [*one.settled.found, *one.asked, *gather.questions]
    maybe = {m["header"] for p in asked for m in _OPTION.finditer(p.hint.zh if p.hint else "")}
    columns = {column.index: column for column in one.settled.columns.values()}
    for heading in one.table.headings:
        column = columns.get(heading.column)
        if column is not None:
            found.columns[heading.label] = column.fact.id, column.unit
        elif heading.label not in maybe:
            found.columns[heading.label] = None
    by_words = (words("roster.left_total"), words("roster.left_mean"), words("roster.left_heading"))
    found.left_out = [
        (left.row + 1, left.label.strip(), left.why.say(lang))
        for left in sorted(one.table.left_out, key=lambda left: left.row)
        if left.why not in by_words
    ]
    for problem in asked:
        hint = problem.hint.say(lang) if problem.hint else ""
        settle_ = words("roster.to_settle").say(lang)
        text = f"{settle_}: {problem.message.say(lang)} → {_OPTION.sub(_line, hint)}"
        found.asked.append(" ".join(text.split()))
    return found


def _line(option: re.Match[str]) -> str:
    """How an intake says what `--column` says."""
    if not option["fact"]:
        return f'"{option["header"]}" = {{ ignore = true }}'
    unit = f', unit = "{option["unit"]}"' if option["unit"] else ""
    return f'"{option["header"]}" = {{ fact = "{option["fact"]}"{unit} }}'


def _relative(path: Path, base: Path) -> str:
    try:
        return path.resolve().relative_to(base.resolve()).as_posix()
    except ValueError:
        return str(path.resolve())
