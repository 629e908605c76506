"""`import fundcalc`: a policy, a roster and a run as objects, for programs and notebooks.

What they do is what the other functions of `fundcalc.api` do, in the policy's own words and language.
Numbers go out exactly: money as Decimal in its unit, never as float. `raw` is what those functions take.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from warnings import warn

from fundcalc.api import computing, explaining, reporting
from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, Span, render
from fundcalc.base.words import Lang, Noun, language, of_rows, speaking
from fundcalc.roster.files.database import Address, kind_of, of_kind, place, plain_value

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

    from fundcalc.analysis.compare import Comparison as Compared
    from fundcalc.analysis.sides import Columns, Side
    from fundcalc.explain.decision import Explanation as Explained
    from fundcalc.language.datatypes import Type
    from fundcalc.language.nodes import Value
    from fundcalc.policy.model import Policy as Model
    from fundcalc.policy.plan import Plan
    from fundcalc.roster.files.book import Book
    from fundcalc.roster.model import Reject
    from fundcalc.roster.model import Roster as Read

Day = date | str
"""A day: a date, or as in 2018-12-31."""
Given = Decimal | int | str | bool | date | Sequence[str]
"""A parameter's value in its unit: 1_500, Decimal("0.05"), "某县"; never a float."""


class PolicyWarning(UserWarning):
    """What is doubtful in a policy, a roster or a run, as the command line says it on stderr."""


class RosterProblem(PolicyProblem):
    """Rows that cannot be computed: nothing is, unless `skip_rejects` is asked for. It prints all of them."""

    def __init__(self, rejects: Sequence[Reject]) -> None:
        """`rejects` has what is wrong, and what is doubtful."""
        from fundcalc.reports.rejects import errors, place

        self.rejects = tuple(rejects)
        super().__init__(
            Diagnostic(
                reject.code, reject.severity, reject.why, (Span(place(reject)),), reject.mend
            )
            for reject in errors(rejects)
        )

    def said(self, lang: Lang) -> str:
        """Cell, value, what is wrong and how to fix it, causes together."""
        from fundcalc.reports.rejects import rejects_lines

        return "\n".join(rejects_lines(self.rejects, lang))


@contextmanager
def _speaking(noun: Noun, lang: Lang) -> Iterator[None]:
    """Speak of such rows, and let what goes wrong be said in a language."""
    with speaking(noun):
        try:
            yield
        except PolicyProblem as problem:
            problem.lang = lang
            raise


def load_policy(path: str | Path | None = None, *, lang: Lang | None = None) -> Policy:
    """The policy at a path (a folder or its policies.toml), else ./policies.toml, else the shipped one.

    `lang` is the language of all that it says, by default as FUNDCALC_LANG or the locale asks. Raises
    PolicyProblem with every mistake in its files, TypeError for no path, ValueError for another language.
    """
    from fundcalc.base.words import rows
    from fundcalc.policy.load import load

    if lang not in (None, "zh", "en"):
        raise ValueError(f"lang is 'zh' or 'en', not {lang!r}")
    of_kind("a policy's path", "" if path is None else path, str, Path)
    spoken = lang or language()
    with _speaking(rows(), spoken):
        model, warnings = load(None if path is None else Path(path))
        return Policy(model, model.on, lang=spoken, noun=model.noun, warnings=tuple(warnings))


@dataclass(frozen=True, kw_only=True)
class _Spoken:
    """What is said of a policy's own rows, villages or households, in a language."""

    lang: Lang
    noun: Noun = field(repr=False)

    def _own(self) -> AbstractContextManager[None]:
        return _speaking(self.noun, self.lang)


@dataclass(frozen=True)
class Policy(_Spoken):
    """A policy on a day, with readings chosen and some values changed: nothing of its files is touched.

    Each `with_…` gives another policy; this one stays. `model` is the policy as `fundcalc.api` has it.
    """

    model: Model = field(repr=False)
    on: date
    readings: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Value] = field(default_factory=dict, repr=False)
    warnings: tuple[Diagnostic, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        """Raises PolicyProblem where the day has no values, or a reading or a value is unknown."""
        object.__setattr__(self, "readings", dict(self.plan.readings))

    @cached_property
    def plan(self) -> Plan:
        """What the engines run."""
        from fundcalc.policy.variation import plan_with

        with self._own():
            return plan_with(self.model, self.on, self.readings, self.values)

    @property
    def id(self) -> str:
        """Its id."""
        return self.model.id

    @property
    def title(self) -> str:
        """What it is called."""
        return self.model.title.say(self.lang)

    @property
    def parameters(self) -> dict[str, Any]:
        """The value of each parameter on the day: exact numbers in its unit."""
        return {
            name: _out(value, self.model.parameters[name].type)
            for name, value in self.plan.constants.items()
            if name in self.model.parameters
        }

    def with_values(self, **values: Given) -> Policy:
        """With parameters at other values, each in its own unit: `standard=1_500` is yuan.

        They hold from the policy's day on; a plain number may have more decimals than the policy's own.
        Raises PolicyProblem: an unknown parameter, a value that is none of its type, a float (write
        Decimal("0.1") or "0.1").
        """
        from fundcalc.policy.variation import finer, parameter_value

        with self._own():
            texts = {name: _text_of(self.model, name, value) for name, value in values.items()}
            model = finer(self.model, {name: [text] for name, text in texts.items()})
            read = {name: parameter_value(model, name, text) for name, text in texts.items()}
            return replace(self, model=model, values={**self.values, **read})

    def with_reading(self, **options: str) -> Policy:
        """With other readings: `edge="inclusive"`. Raises PolicyProblem, TypeError."""
        for name, option in options.items():
            of_kind(f"an option of {name}", option, str)
        return replace(self, readings={**self.readings, **options})

    def with_date(self, on: Day) -> Policy:
        """As of another day. Raises PolicyProblem where some parameter has no value on it.

        And ValueError for what is no day.
        """
        return replace(self, on=_day(on, self.lang))

    def run(
        self,
        roster: Roster | Any,
        *,
        engine: Literal["auto", "rules", "columnar", "sampled"] = "sampled",
        skip_rejects: bool = False,
        before: tuple[str | Path, str] | None = None,
    ) -> Run:
        """Compute every row of a roster, or of whatever `Roster` takes: a frame, a dict of columns, a path.

        `before` is a ledger and a run of it, for a policy that asks what the run before gave. `sampled`
        decides in columns, and two rows of every pattern of rules on the rules engine as well;
        `auto` decides all on both, as the command line does. A difference stops the run. Raises
        RosterProblem where rows are rejected and not skipped, PolicyProblem, TypeError for an argument of
        another kind and ValueError for another engine. What is doubtful comes as PolicyWarning.
        """
        from fundcalc.engines.calculate import refuse_engine

        refuse_engine(engine, self.lang)
        of_kind("skip_rejects", skip_rejects, bool)
        past = None if before is None else _before(before)
        with self._own():
            read = _roster(roster).read_with(self)
            if not skip_rejects:
                _stop_at_rejects(read)
            raw = computing.calculate(self.plan, read, None, engine, past)
            raw.warnings[:0] = self.warnings
            _warn(raw, self.lang)
            return Run(raw, lang=self.lang, noun=self.noun)

    def compare(
        self, reform: Policy, roster: Roster | Any, *, skip_rejects: bool = False
    ) -> Comparison:
        """What a reform does to the money of a roster, this policy being the old one.

        Both are computed on both engines. Raises as `run`, and TypeError for a reform that is no policy.
        """
        from fundcalc.analysis.compare import compare_sides, same_facts

        of_kind("a reform", reform, Policy)
        rows = _roster(roster)
        new = reform.run(rows, engine="auto", skip_rejects=skip_rejects).raw
        with self._own():
            if same_facts(self.model, reform.model):
                old = computing.calculate(self.plan, new.roster)
                columns: Columns | None = new.roster.columns
            else:
                old = self.run(rows, engine="auto", skip_rejects=skip_rejects).raw
                columns = old.roster.columns if len(old.roster) == len(new.roster) else None
            comparison = compare_sides(_side(self, old), _side(reform, new), columns)
            return Comparison(comparison, lang=self.lang, noun=self.noun)


def _before(pair: Any) -> tuple[Path, str]:
    """A ledger and a run of it. Raises TypeError."""
    if isinstance(pair, tuple | list) and len(pair) == 2 and isinstance(pair[1], str):
        of_kind("the ledger of before", pair[0], str, Path)
        return Path(pair[0]), pair[1]
    raise TypeError(f"before is a ledger and a run, as ('fundcalc.db', 'last'), not {pair!r}")


def _warn(raw: computing.Run, lang: Lang) -> None:
    """Say what is doubtful in a run, each thing once, as of where `run` was called."""
    for text in dict.fromkeys(render(warning, lang) for warning in raw.warnings):
        warn(text, PolicyWarning, stacklevel=3)
    if raw.roster.rejects:
        from fundcalc.reports.rejects import rejects_lines

        warn("\n".join(rejects_lines(raw.roster.rejects, lang)), PolicyWarning, stacklevel=3)


def _text_of(model: Model, name: str, raw: Any) -> str:
    """A parameter's value as a person writes it. Raises PolicyProblem: a float, or what no text can say."""
    from fundcalc.language.datatypes import Text, Texts
    from fundcalc.policy.values import wanted
    from fundcalc.policy.variation import texts_of

    value, parameter = plain_value(raw), model.parameters.get(name)
    if parameter is None:
        return ""  # whoever reads it knows no such parameter
    if isinstance(value, float):
        raise PolicyProblem([say("FC841.float", name=name, text=repr(value))])
    if isinstance(value, datetime) and value == value:  # noqa: PLR0124 - NaT is no day
        value = value.date()
    wordy = isinstance(parameter.type, Text | Texts)
    if isinstance(value, str) or (isinstance(value, date | Decimal | int) and not wordy):
        return str(value)
    listed = isinstance(parameter.type, Texts) and isinstance(value, list | tuple)
    if listed and all(isinstance(text, str) and texts_of(text) == [text] for text in value):
        return ",".join(value)
    kind = wanted(parameter.type, parameter)
    raise PolicyProblem([say("FC841", hint=None, name=name, text=repr(value), kind=kind)])


def _spelt(policy: Policy) -> str:
    """What a comparison calls a side: its id, and what was set."""
    return ",".join([policy.id, *(f"{name}={policy.parameters[name]}" for name in policy.values)])


def _side(policy: Policy, raw: computing.Run) -> Side:
    from fundcalc.analysis.sides import Side, Version

    version = Version(_spelt(policy), policy.model, policy.on, policy.readings, policy.values)
    return Side(version, raw.roster, raw.result)


def _day(on: Any, lang: Lang) -> date:
    """A day, of a moment its own. Raises ValueError."""
    day: Any = plain_value(on)
    try:
        day = day.date() if isinstance(day, datetime) else day
        return day if type(day) is date else date.fromisoformat(day)
    except (TypeError, ValueError):
        raise ValueError(words("cli.no_date", text=str(on)).say(lang)) from None


def _out(value: Value, kind: Type) -> Any:
    """A value outside: a Decimal in its unit where it has decimals, a date, a list."""
    from fundcalc.language.datatypes import Date, Number

    if isinstance(kind, Number) and isinstance(value, int):
        return Decimal(value).scaleb(-kind.decimals) if kind.decimals else value
    if isinstance(kind, Date) and isinstance(value, int):
        return date.fromordinal(value)
    return list(value) if isinstance(value, tuple) else value


def _stop_at_rejects(read: Read) -> None:
    from fundcalc.reports.rejects import errors

    if errors(read.rejects):
        raise RosterProblem(read.rejects)


# -- rosters ----------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Roster:
    """The rows that a policy is asked about, read as the command line reads them: every cell is checked.

    Make one with `read`, `from_polars`, `from_pandas`, `from_arrow` or `from_dict`. Columns are called as in
    a file: by a fact's id, its title, an alias, with a unit in brackets; `columns` says what others mean, as
    `{"收入": "income:万元"}`. A place such as `frame!E7` counts the header as row 1.
    """

    source: tuple[Path, ...] | Book = field(repr=False)
    name: str = "frame"
    columns: Mapping[str, str] = field(default_factory=dict, repr=False)
    sheet: str | None = field(default=None, repr=False)
    _rosters: dict[tuple[str, date], Read] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        """Raises TypeError for what only `read` and the others take."""
        from fundcalc.roster.files.book import Book

        of_kind("the source of a Roster (see Roster.read)", self.source, tuple, Book)
        of_kind("the sheet of a roster", "" if self.sheet is None else self.sheet, str)

    @classmethod
    def read(
        cls,
        path: str | Path | Sequence[str | Path],
        *,
        sheet: str | None = None,
        columns: Mapping[str, str] | None = None,
    ) -> Roster:
        """Files, folders, an intake.toml or a table's address; together they are one, opened by `run`.

        Raises TypeError for what is no path, ValueError where there is none.
        """
        listed = list(path) if isinstance(path, Iterable) and not isinstance(path, str) else [path]
        for source in listed:
            of_kind("a roster's path", source, str, Path)
        if not listed:
            raise ValueError("a roster has one path or more, not none")
        paths = tuple(place(str(source)) for source in listed)
        return cls(paths, paths[0].name if len(paths) == 1 else "", _meanings(columns), sheet)

    @classmethod
    def from_polars(
        cls, frame: pl.DataFrame, *, name: str = "frame", columns: Mapping[str, str] | None = None
    ) -> Roster:
        """A polars frame.

        Money is exact as Decimal, whole number or text. A float counts with the 15 digits that it holds
        exactly, as a spreadsheet's does: 43000.5 is taken, 0.125 and NaN are rejected; where
        0.30000000000000004 is read as 0.3, `Run.notices` says so. Raises PolicyProblem for values that no
        cell can hold, and TypeError, as the others do.
        """
        from fundcalc.roster.files.book import frame_book, of_polars

        of_kind("the name of a roster", name, str)
        return cls(frame_book(name, of_polars(frame)), name, _meanings(columns))

    @classmethod
    def from_pandas(
        cls, frame: pd.DataFrame, *, name: str = "frame", columns: Mapping[str, str] | None = None
    ) -> Roster:
        """A pandas frame without its index; NaN, NaT and NA are blank. Numbers as `from_polars`."""
        from fundcalc.roster.files.book import of_pandas

        return cls.from_polars(of_pandas(frame), name=name, columns=columns)

    @classmethod
    def from_arrow(
        cls, table: Any, *, name: str = "frame", columns: Mapping[str, str] | None = None
    ) -> Roster:
        """Whatever gives an Arrow stream (`__arrow_c_stream__`): pyarrow, DuckDB, another run."""
        from fundcalc.roster.files.book import of_arrow

        return cls.from_polars(of_arrow(table), name=name, columns=columns)

    @classmethod
    def from_dict(
        cls,
        data: Mapping[str, Sequence[Any]],
        *,
        name: str = "frame",
        columns: Mapping[str, str] | None = None,
    ) -> Roster:
        """Columns of plain values: texts, numbers, Decimals, dates, True and False, None for nothing.

        Each is a list, tuple or range, a numpy array of one dimension, or a series of polars, pandas or
        pyarrow.
        """
        from fundcalc.roster.files.book import of_dict

        return cls.from_polars(of_dict(data), name=name, columns=columns)

    def read_with(self, policy: Policy) -> Read:
        """The roster as a policy reads it, faults and all, once. Raises PolicyProblem: a file, a question."""
        from fundcalc.roster.read import read_roster

        of_kind("what reads a roster", policy, Policy)
        key = policy.model.digest, policy.on  # values of parameters have no part in reading
        if key not in self._rosters:
            source = self.source if not isinstance(self.source, tuple) else list(self.source)
            self._rosters[key] = read_roster(
                source, policy.model, sheet=self.sheet, columns=self.columns, on=policy.on
            )
        return self._rosters[key]

    def rejects(self, policy: Policy) -> pl.DataFrame:
        """What a policy finds wrong or doubtful in it, one row a fault. Raises PolicyProblem."""
        import polars as pl

        from fundcalc.reports.rejects import rejects_json

        of_kind("what reads a roster", policy, Policy)
        with _speaking(policy.noun, policy.lang):
            faults = rejects_json(self.read_with(policy).rejects, policy.lang)
        texts = (
            "severity", "code", "file", "sheet", "cell", "village", "column", "value", "why", "mend",
        )  # fmt: skip
        schema = {**dict.fromkeys(texts, pl.String), "row": pl.Int64}
        return pl.DataFrame(faults, schema=schema)


def _roster(source: Any) -> Roster:
    """A roster, or what can be made one. Raises TypeError."""
    if isinstance(source, Roster):
        return source
    if isinstance(source, Mapping):
        return Roster.from_dict(source)
    if isinstance(source, Sequence | Path):
        return Roster.read(source)
    if type(source).__module__.partition(".")[0] == "pandas":
        return Roster.from_pandas(source)
    if hasattr(source, "__arrow_c_stream__"):
        return Roster.from_arrow(source)
    raise TypeError(f"a roster, a frame, a dict of columns or a path, not {kind_of(source)}")


def _meanings(columns: Any) -> Mapping[str, str]:
    """What heads mean. Raises TypeError where it is no dict of texts."""
    heads = {} if columns is None else columns
    if not isinstance(heads, Mapping):
        raise TypeError(f"columns is a dict such as {{'head': 'fact:unit'}}, not {kind_of(heads)}")
    for text in (*heads, *heads.values()):
        if not isinstance(text, str):
            raise TypeError(f"columns is a dict of texts, and {text!r} is none")
    return heads


# -- runs -------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Run(_Spoken):
    """A roster computed. Its frames have the columns of the command line's CSV, amounts as exact decimals.

    `raw` is the run as the functions of `fundcalc.api` take it.
    """

    raw: computing.Run = field(repr=False)

    def __len__(self) -> int:
        return len(self.raw.result.rows)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.raw.roster.file}: {len(self)}>"

    def __str__(self) -> str:
        from fundcalc.reports.outcome import End

        with self._own():
            said = reporting.summarise(self.raw), self.lang, End(None, [], [])
            return "\n".join(reporting.outcome_lines(self.raw, *said))

    def _repr_html_(self) -> str:
        """The summary, for a notebook."""
        return _preformatted(str(self))

    def to_polars(self, *, titles: bool = False) -> pl.DataFrame:
        """One row a village in the roster's order; the heads are ids, or Chinese `titles` with units."""
        from fundcalc.reports.files import frame_of

        with self._own():
            columns = reporting.columns_of(self.raw)
            lang: Lang = "zh" if titles else "en"
            return frame_of(columns, slice(0, len(self)), lang, safe_text=False)

    def to_pandas(self, *, titles: bool = False) -> pd.DataFrame:
        """The same for pandas; amounts and days are Python's own Decimal and date.

        Raises PolicyProblem where pandas is not installed.
        """
        with self._own():
            try:
                import pandas as pd
            except ImportError:
                raise PolicyProblem([say("FC863.pandas")]) from None
        frame = self.to_polars(titles=titles)
        return pd.DataFrame({series.name: series.to_list() for series in frame})

    def to_dict(self, *, titles: bool = False) -> dict[str, list[Any]]:
        """The same as a plain dict of columns."""
        return self.to_polars(titles=titles).to_dict(as_series=False)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The same for whatever reads Arrow: pyarrow.table(run), duckdb.sql("from run")."""
        return self.to_polars().__arrow_c_stream__(requested_schema)

    @property
    def totals(self) -> list[dict[str, Any]]:
        """What each payer pays: `payer`, `unit` and the exact `amount`, as `run --format json` has it."""
        with self._own():
            totals = reporting.summary_json(self.raw, reporting.summarise(self.raw))["totals"]
        return [{**total, "amount": Decimal(total["amount"])} for total in totals]

    @property
    def total(self) -> Decimal:
        """What all payers pay together. Raises ValueError where they pay in several units: see `totals`."""
        totals = self.totals
        if len({total["unit"] for total in totals}) > 1:
            raise ValueError("amounts in several units: see totals")
        return sum((total["amount"] for total in totals), Decimal(0))

    @property
    def notices(self) -> list[str]:
        """How the roster was read: what was chosen, left out or taken as it is."""
        with self._own():
            return [of_rows(notice).say(self.lang) for notice in self.raw.roster.notices]

    @property
    def warnings(self) -> list[str]:
        """What is doubtful, as it was warned of."""
        with self._own():
            return [render(warning, self.lang) for warning in self.raw.warnings]

    def explain(self, village: str | int) -> Explanation:
        """Why a village gets what it gets: by its code, its name, or its place (from 0) in the frames.

        A number that is no place is a code. Raises LookupError, which lists the candidates, where none or
        several are called so.
        """
        with self._own():
            key, count = plain_value(village), len(self)
            is_place = type(key) is int and 0 <= key < count
            at = key if is_place else self._find(str(key))
            checked = self.raw.result.checked
            explaining.check_village(self.raw, at)
            self.raw.result.checked = max(checked, 1)
            return Explanation(explaining.explain(self.raw, at), lang=self.lang, noun=self.noun)

    def _find(self, name: str) -> int:
        places = explaining.find_village(self.raw, name)
        if len(places) == 1:
            return places[0]
        said = [words("cli.no_village", wanted=name)]
        if places:
            said = [words("cli.several_villages", number=len(places), wanted=name)]
        near = places or explaining.villages_near(self.raw, name)
        lines = [text.say(self.lang) for text in said]
        lines += [f"  {explaining.describe_village(self.raw, at)}" for at in near]
        raise LookupError("\n".join(lines))

    def write(self, path: str | Path) -> None:
        """Write a .xlsx, .csv, .parquet, .json, .txt or a table, as `run -o`.

        Its folder is made where it is missing. What the file cannot show comes as PolicyWarning. Raises
        OSError, PolicyProblem, and ValueError for another ending.
        """
        with self._own():
            where = place(str(path))
            if not isinstance(where, Address) and where.suffix.lower() in reporting.WRITERS:
                where.parent.mkdir(parents=True, exist_ok=True)
            for warning in reporting.write(self.raw, where, self.lang):
                warn(render(warning, self.lang), PolicyWarning, stacklevel=2)


def _preformatted(text: str) -> str:
    from html import escape

    return f"<pre>{escape(text)}</pre>"


@dataclass(frozen=True, eq=False)
class Explanation(_Spoken):
    """Why one village gets what it gets: printed, the answer; in a notebook with the whole working below."""

    raw: Explained = field(repr=False)

    def __str__(self) -> str:
        from fundcalc.explain.answer import answer_text

        with self._own():
            return answer_text(self.raw, self.lang)

    def full(self) -> str:
        """The whole working, as `explain --full` prints it."""
        from fundcalc.explain.writers import explanation_text

        with self._own():
            return explanation_text(self.raw, self.lang)

    def to_dict(self) -> dict[str, Any]:
        """As `explain --format json` has it: amounts as text."""
        from fundcalc.explain.as_json import explanation_json

        with self._own():
            return explanation_json(self.raw, self.lang)

    def _repr_html_(self) -> str:
        from fundcalc.reports.html import explanation_html

        with self._own():
            working = explanation_html(self.raw, self.lang, within="part.html")
            head = words("explain.working").say(self.lang)
        return f"{_preformatted(str(self))}<details><summary>{head}</summary>{working}</details>"


@dataclass(frozen=True, eq=False)
class Comparison(_Spoken):
    """What a reform does: printed, as `fundcalc compare` prints it."""

    raw: Compared = field(repr=False)

    def __str__(self) -> str:
        from fundcalc.reports.compare import comparison_text

        with self._own():
            return comparison_text(self.raw, self.lang)

    def _repr_html_(self) -> str:
        return _preformatted(str(self))

    def to_dict(self) -> dict[str, Any]:
        """As `compare --format json` has it: amounts as text."""
        from fundcalc.reports.compare import comparison_json

        with self._own():
            return comparison_json(self.raw)

    def to_polars(self) -> pl.DataFrame:
        """One row a village and unit, those of the new roster first: who it is, `old`, `new` and `change`.

        Amounts are all that payers pay, exact, with as many decimals as their unit needs.
        """
        import polars as pl

        from fundcalc.analysis.compare import identity
        from fundcalc.analysis.sides import amounts_of, match

        comparison = self.raw
        places = match(comparison.old.roster, comparison.new.roster)
        pairs = zip(places.old.tolist(), places.new.tolist(), strict=True)
        who = pl.DataFrame(
            [
                identity(comparison.new.roster, now)
                if now >= 0
                else identity(comparison.old.roster, was)
                for was, now in pairs
            ]
        )
        frames: list[pl.DataFrame] = []
        for lane in comparison.lanes:
            ids, measure = [output.id for output in lane.outputs], lane.measure
            old, new = (
                places.spread(amounts_of(side.result, ids, measure), at).tolist()
                for side, at in ((comparison.old, places.old), (comparison.new, places.new))
            )
            change = [after - before for before, after in zip(old, new, strict=True)]
            heads = {"old": old, "new": new, "change": change}
            unit = pl.Series("unit", [str(measure.unit)] * len(who), pl.String)
            amounts = [_amounts(head, values, measure.decimals) for head, values in heads.items()]
            frames.append(who.with_columns(unit, *amounts))
        return pl.concat(frames, how="vertical_relaxed")


def _amounts(head: str, values: Sequence[int], decimals: int) -> pl.Series:
    import polars as pl

    exact = [Decimal(value).scaleb(-decimals) for value in values]
    return pl.Series(head, exact, pl.Decimal(38, decimals))
