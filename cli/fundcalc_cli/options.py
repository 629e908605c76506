"""Options that several commands have, in bundles, and their values made usable; files that are written."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NoReturn

import typer

from fundcalc import api
from fundcalc.base.catalogue import words
from fundcalc.base.words import Words
from fundcalc_cli.commands import argument, option
from fundcalc_cli.console import lang, note

if TYPE_CHECKING:
    from fundcalc.policy.model import Policy
    from fundcalc.roster.model import Roster

ROSTERS = argument(
    ..., "ROSTER",
    "名册：一个或多个文件、文件夹，或 intake.toml；合成一份名册",
    "Rosters: files, folders, or intake.toml; together they are one",
)  # fmt: skip
ROSTER = argument(..., "ROSTER", "名册文件", "Roster file")
FOLDER = argument(None, "PATH", "政策文件夹", "The policy's folder")
RUN_ID = argument(
    ..., "ID", "记录：编号（如 7）、代号或校验码的开头几位，或 last",
    "A run: its number (7), the beginning of its id or digest, or last",
)  # fmt: skip
POLICY = option(
    None, "--policy",
    "政策文件夹或 policies.toml；默认 ./policies.toml，没有则用自带的",
    "Folder with policies.toml, or the file; default ./policies.toml, else the shipped one",
)  # fmt: skip
READINGS = option(
    None, "--reading", "改用另一种解读，可重复", "Choose another reading; repeatable",
    metavar="NAME=OPTION",
)  # fmt: skip
LANG = option(None, "--lang", "输出语言", "Language of the output", callback=lambda _: lang())
FORMAT = option("text", "--format", "文本或 JSON", "Text or JSON")
LEDGER = option(
    Path("fundcalc.db"), "--ledger", "台账文件", "The ledger's file", envvar="FUNDCALC_LEDGER",
    metavar="FILE",
)  # fmt: skip
OUTPUTS = option(
    None, "-o --output", "结果文件，类型由后缀定，可重复",
    "File to write; its ending says what; repeatable",
)  # fmt: skip
REJECTS = option(None, "--rejects", "需更正清单 .csv .json", "Write rejects: .csv, .json")
MARKED = option(
    None, "--marked", "另存一份标出问题单元格的 .xlsx",
    "Write a copy .xlsx with the faulty cells marked",
)  # fmt: skip
SKIP = option(
    False, "--skip-rejects", "需更正的行不算，其余照算", "Compute the rest without rejected rows"
)
COLUMNS = option(
    None, "--column",
    "指明某个表头是哪个事实、什么单位，如 “表头=事实:万元”；可重复",
    "Say which fact a header means, and in which unit; repeatable",
    metavar="HEADER=FACT[:UNIT]",
)  # fmt: skip


@dataclass(frozen=True)
class Dated:
    """A policy and the day whose values hold."""

    policy: Path | None = POLICY
    on: str | None = option(
        None, "--on", "执行哪一天的标准（如 2017-12-31）",
        "The date whose values hold (2017-12-31)", metavar="DATE",
    )  # fmt: skip

    @property
    def day(self) -> date | None:
        """`--on`; a usage error where it is no date."""
        return None if self.on is None else parse_day(self.on, "--on")


@dataclass(frozen=True)
class Basis(Dated):
    """A policy, the day and the readings chosen."""

    reading: list[str] | None = READINGS

    @property
    def readings(self) -> dict[str, str]:
        """`--reading`; a usage error where one is not NAME=OPTION."""
        return pairs(self.reading, "--reading")


@dataclass(frozen=True)
class Headers:
    """How a roster is read where its file does not say it."""

    sheet: str | None = option(
        None, "--sheet", "名册在哪张工作表", "The sheet that holds the roster"
    )
    column: list[str] | None = COLUMNS

    @property
    def columns(self) -> dict[str, str]:
        """`--column`; a usage error where one is not HEADER=FACT."""
        return pairs(self.column, "--column")

    def read(
        self,
        rosters: Path | Sequence[Path],
        policy: Policy,
        on: date | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> Roster:
        """The rosters as one. Raises PolicyProblem."""
        return api.read_roster(
            rosters, policy, sheet=self.sheet, columns=self.columns, on=on, progress=progress
        )


def asked(*names: str) -> list[str]:
    """Those options as they were given, for a command that is named as the next."""
    by_name: dict[str, list[str]] = {}
    for number, given in enumerate(sys.argv):
        name, equals, _ = given.partition("=")
        if name in names:
            by_name[name] = [given] if equals else sys.argv[number : number + 2]
    return [part for name in names for part in by_name.get(name, ())]


def refuse(option_: str, why: Words) -> NoReturn:
    """A usage error."""
    raise typer.BadParameter(why.say(lang()), param_hint=option_)


def parse_day(text: str, option_: str) -> date:
    """A date; a usage error (exit 2) where it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        refuse(option_, words("cli.no_date", text=text))


def pairs(texts: Sequence[str] | None, option_: str) -> dict[str, str]:
    """`NAME=VALUE` options as a dict; a usage error where one has no `=`, or a name comes twice."""
    named: dict[str, str] = {}
    for text in texts or []:
        name, equals, value = text.rpartition("=")
        if not equals or not name:
            refuse(option_, words("cli.no_pair", text=text))
        if named.setdefault(name.strip(), value.strip()) != value.strip():
            refuse(option_, words("cli.two_values", name=name))
    return named


def output_files(
    paths: Sequence[Path] | None, endings: Sequence[str], *read: Path | None
) -> list[Path]:
    """The files of `-o`, with room for them; a usage error where one cannot be written so."""
    for path in paths or []:
        refuse_ending(path, endings, "-o")
    written = [(path, "-o") for path in paths or []]
    keep_apart(written, *read)
    make_room(written)
    return list(paths or [])


def make_room(written: Sequence[tuple[Path | None, str]]) -> None:
    """The folders of files, made where they are missing; a usage error where a file is a folder."""
    for path, option_ in written:
        if path is not None:
            if path.is_dir():
                refuse(option_, words("cli.is_folder", path=str(path)))
            if make_folder(path.parent, option_):
                note([words("cli.made_folder", folder=str(path.parent))])


def make_folder(folder: Path, option_: str) -> bool:
    """Whether a folder was missing and is made now; a usage error where a file has its name."""
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    if not nearest.is_dir() or folder.suffix.lower() == ".pdf":
        refuse(option_, words("cli.no_folder", path=str(nearest if nearest.is_file() else folder)))
    folder.mkdir(parents=True, exist_ok=True)
    return nearest != folder


def refuse_ending(path: Path, endings: Sequence[str], option_: str) -> None:
    """A usage error where the file's ending is none of those."""
    if path.suffix.lower() not in endings and (type(path), endings) != (api.Address, api.WRITERS):
        refuse(option_, words("cli.ending", path=str(path), known=", ".join(endings)))


def keep_apart(written: Sequence[tuple[Path | None, str]], *read: Path | None) -> None:
    """A usage error where a file would be written over one that is read, or over another."""
    taken: dict[Path, str] = {}
    for path, option_ in written:
        if path is None:
            continue
        there = [p for p in read if p is not None and p.exists() and path.exists()]
        if any(path.samefile(p) for p in there):
            refuse(option_, words("cli.is_read", path=str(path)))
        other = taken.get(path.resolve())
        taken[path.resolve()] = option_
        if other is not None:
            refuse(option_, words("cli.is_written", path=str(path), other=other))


Backend = Literal["duckdb", "spark"]
"""`--backend`."""


@dataclass(frozen=True)
class Database:
    """Where it is computed, if not in this process."""

    backend: Backend | None = option(
        None, "--backend",
        "在数据库里计算整理过的名册（roster clean）：duckdb（超出内存）或 spark（集群）",
        "Compute clean facts (roster clean) in duckdb (beyond memory) or spark (a cluster)",
    )  # fmt: skip
    master: str | None = option(
        None, "--master", "--backend spark 的主节点，默认本机",
        "Master of --backend spark; default here", metavar="URL",
    )  # fmt: skip
    memory: str | None = option(
        None, "--memory", "--backend duckdb 的内存上限，如 4GB",
        "Limit of --backend duckdb, as 4GB", metavar="SIZE",
    )  # fmt: skip

    def check(self, **without: object) -> None:
        """A usage error where an option would do nothing: of the other back-end, or `without` any."""
        for value, option_, needed in (
            (self.master, "--master", "spark"),
            (self.memory, "--memory", "duckdb"),
        ):
            if value is not None and self.backend != needed:
                refuse(option_, words("cli.only_backend", backend=needed))
        for name, other in without.items():
            if self.backend is not None and other is not None:
                refuse("--" + name.replace("_", "-"), words("cli.no_backend"))
