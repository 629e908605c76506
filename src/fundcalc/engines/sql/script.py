"""The whole computation as named queries, from the table `facts` to `decided`, and the result over it.

`make_script` lowers a plan, `written` and `select` give the columns of every run as a query, and `sql` is
all of it as one statement, for a bureau's own database.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import assert_never

from fundcalc.base import dataclass
from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem
from fundcalc.base.money import MOST_DIGITS, PARQUET_DIGITS
from fundcalc.base.words import Lang
from fundcalc.core import nodes as core
from fundcalc.core.decision import Decision
from fundcalc.core.desugar import Desugar
from fundcalc.core.interval import ZERO
from fundcalc.engines.result import JOIN, JOIN_ZH
from fundcalc.engines.sql.database import DECIDED, DIALECTS, Dialect, Name
from fundcalc.engines.sql.facts import Checks, joined, order, who
from fundcalc.engines.sql.lowering import (
    PARQUET,
    Added,
    Decider,
    Guard,
    Lowering,
    Piece,
    Stage,
    Stages,
)  # fmt: skip
from fundcalc.engines.sql.pools import Pools, Sharing, Table, Use, broadcast
from fundcalc.language.datatypes import Date, Number, Text, Texts, Type, Unknown, YesNo
from fundcalc.language.evaluate import simplify
from fundcalc.language.nodes import Aggregate, Value, names, walk
from fundcalc.language.show import show
from fundcalc.language.units import PLAIN
from fundcalc.policy.columns import Column, Constant, Decided, Flags, Stored, columns
from fundcalc.policy.model import Programme
from fundcalc.policy.plan import Plan, make_plan, planned_expressions

WIDEST = 10**38 - 1
"""The largest number that both databases hold exactly."""

Option = tuple[str, str]
"""A reading and one of its options."""

Written = tuple[Column, str]
"""A column of the result with its values as SQL."""

_NONE: Mapping[Option, Diagnostic] = {}
_FORMULA = "[=+@\\x{2d}\\x{9}\\x{a}\\x{d}＝＋－＠].*"
_LARGEST = 10**PARQUET_DIGITS - 1


@dataclass(frozen=True, slots=True)
class Difference:
    """SQL over the last stage: whether another option of a reading changes an output, and to what."""

    reading: str
    option: str
    programme: str
    output: str
    text: str
    other: str


@dataclass(frozen=True, slots=True)
class Script:
    """The queries, and what the columns of the last one, `decided`, are.

    `outputs`, `gathered` (values of many rows) and `held` (the rules that decided) are columns by id; `kept`
    names the tables that several later ones read. `undecided` are options of readings, not chosen, that
    are left out as there is no result under them, and why. `ratios` has for each summary of a programme
    the villages that it is among and those that it counts.
    """

    plan: Plan
    dialect: Dialect
    tables: Sequence[Table]
    kept: Collection[str]
    outputs: Mapping[str, Piece]
    gathered: Mapping[str, Piece]
    held: Mapping[str, Sequence[tuple[str, Piece]]]
    differences: Sequence[Difference]
    undecided: Mapping[Option, Diagnostic]
    uses: Sequence[Use]
    ratios: Mapping[tuple[str, str], tuple[Piece, Piece]]
    sums: Mapping[tuple[str, Aggregate], Piece]

    @property
    def left(self) -> list[str]:
        """The tables that are read once every village is decided: `decided` and the pools' groups."""
        read = {DECIDED, *(use.pool.groups for use in self.uses if use.pool is not None)}
        return [table.name for table in self.tables if table.name in read]

    @property
    def assumed(self) -> list[str]:
        """The facts that a roster may leave out."""
        return [fact.id for fact in self.plan.policy.facts.values() if not fact.required]

    def hinging(
        self, reading: str | None = None, programme: str | None = None, option: str | None = None
    ) -> str:
        """Whether a village hinges on a reading or an option of it, or a programme on any; "" for never."""
        return " OR ".join(
            difference.text
            for difference in self.differences
            if reading in (None, difference.reading)
            and programme in (None, difference.programme)
            and option in (None, difference.option)
        )


def make_script(
    plan: Plan,
    dialect: Dialect,
    *,
    hinges: bool = True,
    undecided: Mapping[Option, Diagnostic] = _NONE,
    forgiven: bool = False,
) -> Script:
    """Lower a plan over a table `facts`: `village`, every fact, and `<fact>:assumed` of those not required.

    `undecided` are options of readings that are left out. Where they are `forgiven`, what another reading
    cannot decide is NULL and does not stop the statement. Raises PolicyProblem where a programme needs
    numbers of more than 38 digits.
    """
    return _Maker(plan, dialect, undecided, forgiven=forgiven).make(hinges=hinges)


class _Maker:
    def __init__(
        self,
        plan: Plan,
        dialect: Dialect,
        undecided: Mapping[Option, Diagnostic],
        *,
        forgiven: bool,
    ) -> None:
        self._plan = plan
        self._dialect = dialect
        self._who = who(dialect, plan.policy.facts)
        self._stages = Stages(dialect)
        self._forgiven = forgiven
        self._pools = Pools(self._stages, plan.policy.facts)
        self._undecided = dict(undecided)

    def make(self, *, hinges: bool) -> Script:
        """All queries."""
        env = {id_: Piece(self._dialect.id(id_)) for id_ in self._plan.policy.facts}
        desugar = Desugar("must.", self._plan.constants, self._plan.bounds)
        musts = [desugar.node(must.when) for must in self._plan.policy.musts]
        for decision in self._plan.core:
            self._decide(self._plan, decision, env, "", musts)
            musts = []
        differences = self._hinges(env) if hinges else []
        ratios, sums = self._ratios(env), self._sums(env)
        tables, kept = self._tables()
        outputs = {o.id: env[o.id] for p in self._plan.programmes for o in p.outputs}
        around = {id_: env[id_] for p in self._plan.programmes for id_ in p.around}
        decided = {
            decision.id: [(rule, env[name.id]) for rule, name in decision.decides]
            for decision in self._plan.core
        }
        return Script(
            self._plan, self._dialect, tables, kept, outputs, around, decided, differences,
            self._undecided, self._pools.uses, ratios, sums,
        )  # fmt: skip

    def _decide(
        self, plan: Plan, decision: Decision, env: dict[str, Piece], suffix: str,
        musts: Sequence[core.Node] = (),
    ) -> None:  # fmt: skip
        programme = plan.programme(decision.id)
        if not (decision.widest.low >= -WIDEST and decision.widest.high <= WIDEST):
            raise PolicyProblem([say("FC860", programme.span, programme=decision.id)])
        titles = {
            rule.id: f"{rule.title.zh} / {rule.title.en}" for rule in programme.rules if rule.title
        }
        titles |= {o.id: f"{o.title.zh} / {o.title.en}" for o in programme.outputs}
        whole = f"{programme.title.zh} / {programme.title.en}"
        decider = Decider(self._stages, env, self._who, suffix, forgiven=self._forgiven)
        decider.decide(decision, titles, partial(self._pools.share, decision.id, whole), musts)

    def _sums(self, env: Mapping[str, Piece]) -> dict[tuple[str, Aggregate], Piece]:
        """What a village adds to each sum over all in what must hold of them together."""
        plan = self._plan
        pieces: dict[tuple[str, Aggregate], Piece] = {}
        for programme in plan.programmes:
            guard = Guard(self._stages, f"{programme.id}/must", self._who)
            lowering = Lowering(self._stages, dict(env))
            for part in (
                part
                for must in programme.musts
                for part in walk(simplify(must.when, plan.constants))
            ):
                if isinstance(part, Aggregate):
                    group = Desugar("must.", plan.constants, plan.bounds).node(part)
                    assert isinstance(group, core.Group)
                    node = core.choice([(group.where, group.item)], core.whole(0))
                    pieces[programme.id, part] = guard.decided(node, lowering.column(node))
        return pieces

    def _ratios(self, env: Mapping[str, Piece]) -> dict[tuple[str, str], tuple[Piece, Piece]]:
        plan = self._plan
        pieces: dict[tuple[str, str], tuple[Piece, Piece]] = {}
        for programme in plan.programmes:
            for summary in programme.summaries:
                place = f"{programme.id}/{summary.id}"
                guard = Guard(self._stages, place, self._who)
                lowering = Lowering(self._stages, dict(env))
                nodes = map(
                    Desugar(f"{place}.", plan.constants, plan.bounds).node,
                    (summary.among, summary.count),
                )
                among, count = (guard.decided(node, lowering.sql(node)) for node in nodes)
                pieces[programme.id, summary.id] = among, count
        return pieces

    # -- other readings -----------------------------------------------------------------------

    def _hinges(self, base: Mapping[str, Piece]) -> list[Difference]:
        """Every other option of every reading, and the outputs that it may change.

        An option under which there is no plan is left out.
        """
        plan = self._plan
        differences: list[Difference] = []
        for id_, reading in plan.policy.readings.items():
            if not any(id_ in programme.readings for programme in plan.programmes):
                continue
            for option in reading.options:
                if option == plan.readings[id_] or (id_, option) in self._undecided:
                    continue
                try:
                    other = make_plan(plan.policy, plan.on, {**plan.readings, id_: option})
                    differences += list(self._changed(other, id_, option, base))
                except PolicyProblem as problem:
                    self._undecided[id_, option] = problem.diagnostics[0]
        return differences

    def _changed(
        self, other: Plan, reading: str, option: str, base: Mapping[str, Piece]
    ) -> Iterator[Difference]:
        env, suffix = dict(base), f"@{reading}={option}"
        changed: set[str] = set()
        for programme, decision in zip(other.programmes, other.core, strict=True):
            if reading not in programme.readings:
                continue
            if programme == self._plan.programme(programme.id) and not _uses(programme, changed):
                continue
            self._decide(other, decision, env, suffix)
            for output in programme.outputs:
                before, after = base[output.id], env[output.id]
                if before.text != after.text:
                    changed.add(output.id)
                    text = f"{before} <> {after}"
                    yield Difference(reading, option, programme.id, output.id, text, after.text)

    # -- queries ------------------------------------------------------------------------------

    def _tables(self) -> tuple[list[Table], set[str]]:
        """The stages' layers and, between them, the pools' tables; and which of them are kept."""
        tables: list[Table] = []
        kept = {DECIDED}
        last, steps = "facts", 0
        for number, stage in enumerate(self._stages.all):
            for text in self._layers(stage):
                steps += 1
                tables.append(Table(f"step{steps}", text.replace("{last}", last)))
                last = f"step{steps}"
            for pool in self._pools.all:
                if pool.at == number:
                    layers = [
                        ", ".join(map(self._column, layer)) for layer in pool.layers.all[0].layers
                    ]
                    sharing = Sharing(self._dialect, pool, self._plan.policy.facts)
                    pool_tables = list(sharing.tables(last, layers))
                    tables += pool_tables
                    kept |= {last, *(table.name for table in pool_tables if table.keep)} - {"facts"}
        return [*tables, Table(DECIDED, f"SELECT *\n  FROM {last}")], kept

    def _layers(self, stage: Stage) -> Iterator[str]:
        """The queries of a stage: what is joined, then each layer over the one before."""
        if stage.joined:
            hint = broadcast(*(table for table, *_ in stage.joined))
            columns, source = f"{hint} s.*", "{last} AS s"
            for table, on, share in stage.joined:
                source += f"\n  LEFT JOIN {table} ON {on}"
                columns += f",\n  {self._column(share)}"
            yield f"SELECT {columns}\n  FROM {source}"
        for layer in stage.layers:
            lines = "".join(f",\n  {self._column(column)}" for column in layer)
            yield f"SELECT *{lines}\n  FROM {{last}}"

    def _column(self, column: Added) -> str:
        note = f"-- {' '.join(column.note.split())}\n  " if column.note else ""
        return f"{note}{column.text} AS {self._dialect.id(column.name)}"


def _uses(programme: Programme, changed: Collection[str]) -> bool:
    return any(n.id in changed for node in planned_expressions(programme) for n in names(node))


# -- the result -----------------------------------------------------------------------------------


def written(
    script: Script, columns: Sequence[Column], *, wide: bool = True, in_words: bool = False
) -> list[Written]:
    """The columns as SQL. Raises PolicyProblem where two have one name, as databases ignore case.

    Amounts that may leave decimal(18, …) have 38 digits where columns may be so `wide`; else such an
    amount stops the statement. `in_words`, a Chinese CSV, has titles of rules in place of ids, and 是 and 否.
    """
    folded: dict[str, str] = {}
    for column in columns:
        other = folded.setdefault(column.id.casefold(), column.id)
        if other is not column.id:
            raise PolicyProblem([say("FC861", one=other, other=column.id)])
    writer = _Writer(script, wide, in_words)
    return [(column, writer.column(column)) for column in columns]


def _exact(dialect: Dialect, text: str, kind: Type, digits: int = PARQUET_DIGITS) -> str:
    """A whole number in smallest units as what it stands for: a decimal, a day."""
    if isinstance(kind, Date):
        return dialect.day(text)
    if not isinstance(kind, Number) or not kind.decimals:
        return text
    unit = f"0.{'1'.rjust(kind.decimals, '0')}"
    return f"CAST({text} * {unit} AS DECIMAL({digits}, {kind.decimals}))"


class _Writer:
    def __init__(self, script: Script, wide: bool, in_words: bool) -> None:
        self._script = script
        self._d = script.dialect
        self._wide = wide
        self._in_words = in_words
        self._join = JOIN_ZH if in_words else JOIN
        self._who = who(script.dialect, script.plan.policy.facts)

    def column(self, column: Column) -> str:
        """The values of a column."""
        match column.content:
            case Stored(id_):
                fact = id_ in self._script.plan.policy.facts
                text = self._d.id(id_) if fact else self._script.outputs[id_].text
                if self._in_words and (column.called or isinstance(column.type, YesNo)):
                    return self._called(text, column)
                return self._shown(text, column.type, id_)
            case Decided(programme):
                return self._rules(programme, column)
            case Flags():
                return self._flags(column)
            case Constant(value):
                return self._constant(value, column)
            case _:
                assert_never(column.content)

    def _constant(self, value: Value, column: Column) -> str:
        kind = column.type
        if isinstance(kind, Text | Texts):
            ids = value if isinstance(value, tuple) else (str(value),)
            return self._d.string(self._join.join(self._name(id_, column) for id_ in ids))
        if isinstance(kind, YesNo):
            return "TRUE" if value else "FALSE"
        return _exact(self._d, f"CAST({value} AS BIGINT)", kind)

    def _shown(self, text: str, kind: Type, id_: str) -> str:
        if isinstance(kind, Texts):
            return self._d.joined(text, JOIN)
        exact = _exact(self._d, text, kind)
        bounds = self._script.plan.bounds.get(id_, ZERO)
        if exact == text or bounds.absolute().high <= _LARGEST:
            return exact
        large = _exact(self._d, text, kind, MOST_DIGITS)
        if self._wide:
            return large
        who = f"CAST({large} AS {self._d.text}) || ': ' || {self._who}"
        error = self._d.error(PARQUET, id_, who)
        return f"CASE WHEN ABS({text} * 1.0) > {_LARGEST} THEN {error} ELSE {exact} END"

    def _called(self, text: str, column: Column) -> str:
        """Titles in place of the ids of rules, 是 and 否 in place of true and false."""
        if isinstance(column.type, YesNo):
            yes, no = (self._d.string(words(f"book.{word}").zh) for word in ("yes", "no"))
            return f"CASE WHEN {text} THEN {yes} WHEN NOT ({text}) THEN {no} END"
        if isinstance(column.type, Texts):
            # what a programme collects are the rules that hold
            [programme] = [
                p for p in self._script.plan.policy.programmes if p.result.id == column.id
            ]
            return self._listed(self._script.held[programme.id], column)
        cases = " ".join(
            f"WHEN {self._d.string(id_)} THEN {self._d.string(column.say(id_))}"
            for id_ in column.called
        )
        return f"CASE {text} {cases} ELSE {text} END"

    def _rules(self, programme: str, column: Column) -> str:
        """The rules that decided, joined, or the `otherwise`."""
        deciding = self._script.plan.policy.programme(programme)
        last = self._d.string(
            self._name(deciding.otherwise.id, column) if deciding.otherwise else ""
        )
        listed = self._listed(self._script.held[programme], column)
        return f"COALESCE(NULLIF({listed}, ''), {last})"

    def _flags(self, column: Column) -> str:
        readings = sorted({difference.reading for difference in self._script.differences})
        parts = [(reading, self._script.hinging(reading)) for reading in readings]
        marks = [f"{id_}:assumed" for id_ in self._script.assumed]
        parts += [(mark, self._d.id(mark)) for mark in marks]
        return self._listed(parts, column)

    def _listed(self, conditions: Sequence[tuple[str, object]], column: Column) -> str:
        """The names whose conditions hold, joined."""
        parts = [
            f"CASE WHEN {holds} THEN {self._d.string(self._name(id_, column))} END"
            for id_, holds in conditions
        ]
        return joined(f"'{self._join}'", parts, ",\n    ")

    def _name(self, id_: str, column: Column) -> str:
        return column.say(id_) if self._in_words else id_


def select(
    d: Dialect, columns: Sequence[Written], lang: Lang, order: Sequence[str], *, csv: bool = False
) -> str:
    """The query of these columns; for a CSV, text is made safe and blank text is nothing."""
    lines = []
    for column, exact in columns:
        text = _safe(d, exact) if csv and isinstance(column.type, Text | Texts) else exact
        lines.append(f"{text} AS {d.id(column.header(lang))}")
    listed = ",\n  ".join(lines)
    return f"SELECT\n  {listed}\nFROM decided\nORDER BY {', '.join(map(d.id, order))}"


def _safe(d: Dialect, text: str) -> str:
    return (
        f"NULLIF(CASE WHEN {d.matches(text, _FORMULA)} THEN {d.string(chr(39))} || {text}"
        f" ELSE {text} END, '')"
    )


# -- one statement --------------------------------------------------------------------------------


def sql(plan: Plan, dialect: Name, lang: Lang) -> str:
    """A plan as one SQL statement over a typed table `roster`, with policy, date and readings in its head.

    Raises PolicyProblem.
    """
    policy, d = plan.policy, DIALECTS[dialect]
    script = make_script(plan, d, forgiven=True)
    checks = Checks(d, policy.facts, None)
    tables = [
        Table("read", checks.read("roster"), words("databases.sql_read").say(lang)),
        Table("known", checks.known(), words("databases.sql_known").say(lang)),
        Table("twice", checks.twice(), words("databases.sql_twice").say(lang)),
        Table("facts", checks.guarded(), words("databases.sql_facts").say(lang)),
        *script.tables,
    ]
    notes = [f"-- {' '.join(table.note.split())}\n" if table.note else "" for table in tables]
    queries = [f"{table.name} AS (\n  {table.text}\n)" for table in tables]
    body = ",\n\n".join(map("".join, zip(notes, queries, strict=True)))
    head = "\n".join(f"-- {line}".rstrip() for line in _head(plan, script, lang))
    by_code = order(policy.facts, numbered=False)
    last = select(d, written(script, columns(plan)), lang, by_code)
    return f"{head}\n\nWITH\n\n{body}\n\n{last};\n"


def _head(plan: Plan, script: Script, lang: Lang) -> Iterator[str]:
    policy = plan.policy
    yield f"{policy.title.say(lang)}, {plan.on}"
    yield policy.digest
    yield ", ".join(f"{id_}={option}" for id_, option in plan.readings.items())
    if script.dialect.name == "spark":
        yield words("databases.sql_ansi").say(lang)
    yield ""
    for must in (must for programme in plan.programmes for must in programme.musts):
        yield words("databases.sql_unmet", rule=show(must.when)).say(lang)
    yield from words("databases.sql_head").say(lang).splitlines()
    for column in columns(plan):
        if isinstance(column.content, Stored) and column.content.id in policy.facts:
            yield f"  {column.id}: {column.title.say(lang)}, {_type(column.type, lang)}"


def _type(kind: Type, lang: Lang) -> str:
    """What a column of the table that is needed holds."""
    match kind:
        case Number():
            return f"{(kind.unit or PLAIN).said(lang)} (DECIMAL, BIGINT)"
        case YesNo():
            return words("databases.sql_yes_no").say(lang)
        case Date():
            return words("databases.sql_date").say(lang)
        case Text() | Texts() | Unknown():
            return words("databases.sql_text").say(lang)
    assert_never(kind)
