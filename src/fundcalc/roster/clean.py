"""Clean facts as parquet: what `fundcalc roster clean` writes, and the reader and databases take.

A folder of parts `part-00000.parquet`, …, in roster order, 1,000,000 villages each. Every part has the same
columns, named and ordered as the policy's facts; a fact that the roster does not give has no column. A value
is kept in the fact's own unit, in a type that says its decimals, so that no reader can take it for another:

| fact | parquet |
|---|---|
| a number with decimals, as money | DECIMAL(18, decimals); DECIMAL(38, decimals) where its range is wider |
| a number without | INT64 |
| yes/no | BOOLEAN |
| a date | DATE |
| text | STRING |

So the unscaled integer of a decimal is the engine's integer. NULL is where the roster has nothing, so that
the fact's default holds; a default is never written down. There are no totals and no rejected rows, but a
value may be out of range for a policy that was changed since: whoever reads checks that.

Each part has the JSON of its `Statement` under the key `fundcalc.clean` of its metadata: for which facts,
units and decimals it was made, and how many parts and rows there are. Parts that say otherwise than the
policy at hand, and results of which a part is missing or was edited, are refused (FC656), never converted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, assert_never

import numpy as np
import polars as pl
from pydantic import BaseModel, ConfigDict, ValidationError

from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import Diagnostic, Span
from fundcalc.base.files import fill_folder
from fundcalc.base.money import INT64_MAX
from fundcalc.base.words import Words, same
from fundcalc.language.datatypes import Date, Number, Text, Texts, Unknown, YesNo
from fundcalc.policy.model import Fact
from fundcalc.roster.model import Roster

if TYPE_CHECKING:
    from fundcalc.policy.model import Policy

KEY = "fundcalc.clean"
ROWS = 1_000_000
_NAME = re.compile(r"part-\d{5,}\.parquet")
_EPOCH = date(1970, 1, 1).toordinal()
_SHORT = 18
"""Digits of a decimal that parquet keeps in 64 bits."""


class _Stated(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True)


class CleanFact(_Stated):
    """How a fact is kept; `told` where a person named its unit, so that its size is not asked about again."""

    type: Literal["number", "yes/no", "date", "text"]
    unit: str | None = None
    decimals: int = 0
    told: bool = False


class Result(_Stated):
    """What all parts of one result say: from which roster, under which policy, for which facts."""

    version: Literal[1] = 1
    policy: str
    policy_digest: str
    source: str
    source_digest: str
    villages: int
    rejected_rows: int
    parts: int
    facts: Mapping[str, CleanFact]


class Statement(_Stated):
    """What one part says: the result, which part of it this is (from 0), and how many rows it has."""

    result: Result
    part: int
    rows: int


def statement(metadata: Mapping[str, str]) -> Statement | None:
    """What the metadata of a parquet say; None where it is no clean part. Raises ValueError."""
    text = metadata.get(KEY)
    return None if text is None else Statement.model_validate_json(text)


def kept(fact: Fact, *, told: bool = False) -> CleanFact:
    """How a fact is kept."""
    match fact.type:
        case Number(unit, _):
            return CleanFact(type="number", unit=str(unit or ""), decimals=fact.decimals, told=told)
        case YesNo():
            return CleanFact(type="yes/no")
        case Date():
            return CleanFact(type="date")
        case Text():
            return CleanFact(type="text")
        case Texts() | Unknown():
            raise AssertionError(fact.id)
        case _:
            assert_never(fact.type)


def by_column(facts: Mapping[str, Fact]) -> dict[str, Fact]:
    """The facts by the names of their columns: what the policy calls them, or in older parts their ids."""
    return {**facts, **{fact.called: fact for fact in facts.values()}}


def faults(parts: Sequence[tuple[str, Statement]], facts: Mapping[str, Fact]) -> list[Diagnostic]:
    """Why clean parts (each with its file) cannot be taken: made for other facts, or not all there."""
    results: dict[str, list[tuple[str, Statement]]] = {}
    known = by_column(facts)
    for file, part in parts:
        results.setdefault(part.result.model_dump_json(), []).append((file, part))
    diagnostics: list[Diagnostic] = []
    for group in results.values():
        file, first = group[0]
        for id_, was in first.result.facts.items():
            now = kept(known[id_], told=was.told) if id_ in known else was
            if now != was:
                diagnostics.append(
                    say("FC656", Span(file), fact=id_, was=_said(was), now=_said(now))
                )
        numbers = sorted(part.part for _, part in group)
        if numbers != list(range(first.result.parts)):
            present, total = len(set(numbers)), first.result.parts
            span = Span(file)
            diagnostics.append(
                say("FC656.twice", span)
                if present == total
                else say("FC656.parts", span, parts=present, of=total)
            )
    return diagnostics


def _said(fact: CleanFact) -> Words:
    if fact.type != "number":
        return same(fact.type)
    unit = fact.unit or words("roster.no_unit")
    return words("roster.kept_as_number", decimals=fact.decimals, unit=unit)


# -- writing --------------------------------------------------------------------------------------


def is_clean_result(folder: Path) -> bool:
    """Whether a folder holds the parts of an earlier result and nothing else."""
    files = list(folder.iterdir())
    return bool(files) and all(_NAME.fullmatch(file.name) and _is_part(file) for file in files)


def _is_part(file: Path) -> bool:
    try:
        return file.is_file() and statement(pl.read_parquet_metadata(file)) is not None
    except (pl.exceptions.PolarsError, OSError, ValidationError):
        return False


def write_clean(folder: Path, roster: Roster, policy: Policy) -> Result:
    """Write a roster's villages as clean parts, all of them or none; a result there is replaced.

    Raises OSError.
    """
    in_roster = {id_ for part in roster.parts for id_ in part.cells}
    facts = {id_: fact for id_, fact in policy.facts.items() if id_ in in_roster}
    result = Result(
        policy=policy.id,
        policy_digest=policy.digest,
        source=roster.file,
        source_digest=roster.digest,
        villages=len(roster),
        rejected_rows=roster.rejected_rows,
        parts=max(1, -(-len(roster) // ROWS)),
        facts={f.called: kept(f, told=id_ in roster.told) for id_, f in facts.items()},
    )
    fill_folder(folder, lambda new: _write(new, roster, facts, result))
    return result


def _write(folder: Path, roster: Roster, facts: Mapping[str, Fact], result: Result) -> None:
    for part in range(result.parts):
        rows = slice(part * ROWS, min((part + 1) * ROWS, len(roster)))
        stated = Statement(result=result, part=part, rows=rows.stop - rows.start)
        columns = [column for id_, fact in facts.items() for column in _columns(roster, fact, rows)]
        typed = [_typed(fact).alias(fact.called) for fact in facts.values()]
        pl.LazyFrame(columns).select(typed).sink_parquet(
            folder / f"part-{part:05}.parquet",
            compression="zstd",
            metadata={KEY: stated.model_dump_json()},
        )


_UNSAID: Final = ":unsaid"


def _columns(roster: Roster, fact: Fact, rows: slice) -> Iterator[pl.Series]:
    """A fact's values as the engine has them, and which of them the roster does not say."""
    kind = {Text: pl.String, YesNo: pl.Boolean}.get(type(fact.type), pl.Int64)
    yield pl.Series(fact.id, roster.columns[fact.id][rows], dtype=kind)
    unsaid = np.asarray(roster.assumed[fact.id][rows], dtype=np.bool_)
    yield pl.Series(fact.id + _UNSAID, unsaid, dtype=pl.Boolean)


def _typed(fact: Fact) -> pl.Expr:
    """A fact's values as they are kept, null where the roster says nothing."""
    values = pl.col(fact.id)
    known = pl.when(~pl.col(fact.id + _UNSAID)).then(values)
    if isinstance(fact.type, Text):
        return pl.when(~pl.col(fact.id + _UNSAID) & (values != "")).then(values)
    if isinstance(fact.type, Date):
        return (known - _EPOCH).cast(pl.Int32).cast(pl.Date).alias(fact.id)
    if fact.decimals:
        most = max(abs(fact.low or 0), fact.high if fact.high is not None else INT64_MAX)
        digits = _SHORT if most < 10**_SHORT else 38
        unit = Decimal(1).scaleb(-fact.decimals)
        exact = known.cast(pl.Decimal(38, 0)) * pl.lit(unit)
        return exact.cast(pl.Decimal(digits, fact.decimals)).alias(fact.id)
    return known
