"""The whole computation as an ordered list of named queries, from the table `facts` to `decided`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, Span
from fundcalc.base.words import listed
from fundcalc.core.decision import Decision
from fundcalc.core.desugar import Desugar
from fundcalc.engines.sql import lowering as errors
from fundcalc.engines.sql.database import DECIDED, TIES, VILLAGE, Database, DatabaseError, Dialect
from fundcalc.engines.sql.facts import who
from fundcalc.engines.sql.lowering import Added, Decider, Guard, Lowering, Piece, Stage, Stages
from fundcalc.engines.sql.pools import Pool, Pools, Sharing, Table, Use
from fundcalc.language.nodes import names
from fundcalc.policy.model import Programme
from fundcalc.policy.plan import Plan, PlanProgramme, make_plan, planned_expressions

WIDEST = 10**38 - 1
"""The largest number that both databases hold exactly."""

Option = tuple[str, str]
"""A reading and one of its options."""


@dataclass(frozen=True, slots=True)
class Difference:
    """SQL over the last stage: whether another option of a reading changes an output of a programme."""

    reading: str
    programme: str
    text: str


@dataclass(frozen=True, slots=True)
class Script:
    """The queries, and what the columns of the last one, `decided`, are.

    `outputs` and `held` (the rules that decided) are columns by id; `kept` names the tables that
    several later ones read, `groups` those of the pools' groups by pool table.
    """

    plan: Plan
    dialect: Dialect
    tables: tuple[Table, ...]
    kept: frozenset[str]
    outputs: Mapping[str, Piece]
    held: Mapping[str, Sequence[tuple[str, Piece]]]
    differences: tuple[Difference, ...]
    undecided: Mapping[Option, Diagnostic]
    """Options of readings, not chosen, that are left out as there is no result under them, and why."""
    uses: tuple[Use, ...]
    assumed: tuple[str, ...]
    ratios: Mapping[tuple[str, str], tuple[Piece, Piece]]
    """For each programme's summaries, the villages that it is among and those that it counts."""


NONE_UNDECIDED: Mapping[Option, Diagnostic] = {}


def make_script(
    plan: Plan,
    dialect: Dialect,
    assumed: Collection[str] = (),
    *,
    hinges: bool = True,
    undecided: Mapping[Option, Diagnostic] = NONE_UNDECIDED,
    forgiven: bool = False,
) -> Script:
    """Lower a plan over a table `facts`: `village`, every fact, and `<fact>:assumed` for `assumed`.

    `undecided` are options of readings that are left out. Where they are `forgiven`, what another reading
    cannot decide is NULL and does not stop the statement. Raises PolicyProblem where a programme needs
    numbers of more than 38 digits.
    """
    return _Maker(plan, dialect, assumed, forgiven=forgiven).make(undecided, hinges=hinges)


class _Maker:
    def __init__(
        self, plan: Plan, dialect: Dialect, assumed: Collection[str], *, forgiven: bool
    ) -> None:
        self._plan = plan
        self._dialect = dialect
        self._assumed = tuple(id_ for id_ in plan.policy.facts if id_ in assumed)
        self._who = who(dialect, plan.policy.facts)
        self._stages = Stages(dialect)
        self._forgiven = forgiven
        self._pools = Pools(self._stages)
        self._undecided: dict[Option, Diagnostic] = {}

    def make(self, undecided: Mapping[Option, Diagnostic], *, hinges: bool) -> Script:
        """All queries."""
        self._undecided.update(undecided)
        env = {id_: Piece(self._dialect.id(id_)) for id_ in self._plan.policy.facts}
        for decision in self._plan.core:
            self._decide(self._plan, decision, env, "")
        differences = self._hinges(env) if hinges else []
        ratios = self._ratios(env)
        tables, kept = self._tables()
        outputs = {o.id: env[o.id] for p in self._plan.programmes for o in p.programme.outputs}
        decided = {
            one.id: [(rule, env[name.id]) for rule, name in one.decides] for one in self._plan.core
        }
        return Script(
            self._plan, self._dialect, tuple(tables), frozenset(kept), outputs, decided,
            tuple(differences), self._undecided, tuple(self._pools.uses), self._assumed, ratios,
        )  # fmt: skip

    def _decide(self, plan: Plan, decision: Decision, env: dict[str, Piece], suffix: str) -> None:
        """Put the columns of a programme into the environment."""
        programme = plan.programme(decision.id).programme
        if not (decision.widest.low >= -WIDEST and decision.widest.high <= WIDEST):
            raise PolicyProblem([say("FC860", programme.span, programme=decision.id)])
        titles = {
            rule.id: f"{rule.title.zh} / {rule.title.en}" for rule in programme.rules if rule.title
        }
        titles |= {output.id: output.title.zh for output in programme.outputs}
        whole = f"{programme.title.zh} / {programme.title.en}"
        decider = Decider(self._stages, env, self._who, suffix, forgiven=self._forgiven)
        decider.decide(decision, titles, partial(self._pools.share, decision.id, whole))

    def _ratios(self, env: Mapping[str, Piece]) -> dict[tuple[str, str], tuple[Piece, Piece]]:
        plan = self._plan
        found: dict[tuple[str, str], tuple[Piece, Piece]] = {}
        for programme in plan.programmes:
            for summary, *conditions in programme.summaries:
                place = f"{programme.id}/{summary.id}"
                guard, lowering = (
                    Guard(self._stages, place, self._who),
                    Lowering(self._stages, dict(env)),
                )
                desugar = Desugar(f"{place}.", plan.constants, plan.bounds)
                nodes = [desugar.node(condition) for condition in conditions]
                among, count = (guard.decided(node, lowering.sql(node)) for node in nodes)
                found[programme.id, summary.id] = among, count
        return found

    # -- other readings -----------------------------------------------------------------------

    def _hinges(self, base: Mapping[str, Piece]) -> list[Difference]:
        """Every other option of every reading, and the outputs that it may change.

        An option under which there is no plan is left out.
        """
        plan = self._plan
        found: list[Difference] = []
        for id_, reading in plan.policy.readings.items():
            if not any(id_ in programme.readings for programme in plan.programmes):
                continue
            for option in reading.options:
                if option == plan.readings[id_] or (id_, option) in self._undecided:
                    continue
                try:
                    other = make_plan(plan.policy, plan.on, {**plan.readings, id_: option})
                    found += self._changed(other, id_, f"@{id_}={option}", base)
                except PolicyProblem as problem:
                    self._undecided[id_, option] = problem.diagnostics[0]
        return found

    def _changed(
        self, other: Plan, reading: str, suffix: str, base: Mapping[str, Piece]
    ) -> Iterator[Difference]:
        env = dict(base)
        changed: set[str] = set()
        for programme, decision in zip(other.programmes, other.core, strict=True):
            if reading not in programme.readings:
                continue
            if programme == self._plan.programme(programme.id) and not _uses(programme, changed):
                continue
            self._decide(other, decision, env, suffix)
            for output in programme.programme.outputs:
                one, two = base[output.id], env[output.id]
                if one.text != two.text:
                    changed.add(output.id)
                    yield Difference(reading, programme.id, f"{one} <> {two}")

    # -- queries ------------------------------------------------------------------------------

    def _tables(self) -> tuple[list[Table], set[str]]:
        """The stages' layers and, between them, the pools' tables."""
        tables: list[Table] = []
        kept: set[str] = set()
        last, steps = "facts", 0
        for number, stage in enumerate(self._stages.all):
            for text in self._layers(stage):
                steps += 1
                tables.append(Table(f"step{steps}", text.replace("{last}", last)))
                last = f"step{steps}"
            pools = [pool for pool in self._pools.all if pool.at == number]
            if pools and last != "facts":
                kept.add(last)
            for pool in pools:
                made = self._shared(pool, last)
                tables += made
                kept |= {made[0].name, made[-1].name}
        tables.append(Table(DECIDED, f"SELECT *\n  FROM {last}"))
        return tables, kept | {DECIDED}

    def _shared(self, pool: Pool, source: str) -> list[Table]:
        """A pool's tables."""
        layered = [
            ", ".join(self._column(one) for one in layer) for layer in pool.groups.all[0].layers
        ]
        ties = [tie for tie in TIES if tie in self._plan.policy.facts]
        return list(Sharing(self._dialect, pool, source, ties).tables(layered))

    def _layers(self, stage: Stage) -> Iterator[str]:
        """The queries of a stage: what is joined, then each layer over the one before."""
        if stage.joined:
            village = self._dialect.id(VILLAGE)
            columns, source = "s.*", "{last} AS s"
            for table, name in stage.joined:
                source += f"\n  LEFT JOIN {table} ON {table}.{village} = s.{village}"
                columns += f",\n  COALESCE({table}.share, 0) AS {self._dialect.id(name)}"
            yield f"SELECT {columns}\n  FROM {source}"
        for layer in stage.layers:
            lines = "".join(f",\n  {self._column(one)}" for one in layer)
            yield f"SELECT *{lines}\n  FROM {{last}}"

    def _column(self, one: Added) -> str:
        note = f"-- {' '.join(one.note.split())}\n  " if one.note else ""
        return f"{note}{one.text} AS {self._dialect.id(one.name)}"


def _uses(programme: PlanProgramme, changed: Collection[str]) -> bool:
    """Whether a programme rests on an output that has changed."""
    return any(n.id in changed for node in planned_expressions(programme) for n in names(node))


# -- running it -----------------------------------------------------------------------------------

_OURS = re.compile(
    r"(FC4\d\d|FC855) ([^:/@\s]+)(?:/([^:@\s]+))?(?:@([^:=\s]+)=([^:\s]+))?(?: amount)?: (.*)",
    re.DOTALL,
)
_TAIL = re.compile(r"\s*(?:SQLSTATE: \w+)?\s*$")


def compute(database: Database, script: Script) -> None:
    """Run a script's queries over the table `facts`; where one fails, none is left. Raises DatabaseError."""
    made: list[str] = []
    try:
        for table in script.tables:
            database.table(table.name, table.text, keep=table.name in script.kept)
            made.append(table.name)
        database.rows(
            f"SELECT COUNT(*) FROM {DECIDED}"
        )  # some databases work a table out no sooner
    except DatabaseError:
        database.drop(reversed(made))
        raise


def forget(database: Database, script: Script) -> None:
    """Let go of a script's tables, so that another can be run over the same facts."""
    database.drop(table.name for table in reversed(script.tables))


def compute_sound(database: Database, plan: Plan, assumed: Collection[str] = ()) -> Script:
    """Decide every village of the table `facts`, other readings tried too; the script that was run.

    A reading that is not chosen, and under which some village has no result, is left out and told in the
    script. Raises DatabaseError where the chosen ones fail, PolicyProblem where there is no script.
    """
    undecided: dict[Option, Diagnostic] = {}
    while True:
        script = make_script(plan, database.dialect, assumed, undecided=undecided)
        try:
            compute(database, script)
        except DatabaseError as problem:
            option = _option(str(problem))
            if option is None or option in undecided:
                raise
            undecided[option] = diagnose(script, str(problem))
        else:
            return script


def _option(text: str) -> Option | None:
    """The reading, not chosen, under which a statement failed."""
    match = _OURS.search(text)
    return (match.group(4), match.group(5)) if match is not None and match.group(4) else None


def diagnose(script: Script, text: str) -> Diagnostic:
    """What a failed statement means: one of our own errors, or something the database says."""
    match = _OURS.search(text)
    if match is None:
        return say("FC862", database=script.dialect.name, text=_first_line(text))
    code, id_, item, _, _, rest = match.groups()
    who = _TAIL.sub("", rest.split("\n")[0])
    if code == errors.PARQUET:
        number, _, village = who.partition(": ")
        if village:
            return say("FC855.village", column=id_, number=number, village=village)
        return say("FC855", column=id_, number=number)
    programme = next((p for p in script.plan.policy.programmes if p.id == id_), None)
    if programme is None:
        return say("FC862", database=script.dialect.name, text=_first_line(match.group()))
    return _ours(code, programme, item or programme.result.id, who)


def _ours(code: str, programme: Programme, item: str, who: str) -> Diagnostic:
    span = _span(programme, item)
    if code == errors.TWICE:
        rules, _, village = who.partition(": ")
        return say(
            "FC401",
            span,
            witness={},
            programme=programme.id,
            village=village,
            rules=listed(rules.split("+")),
        )
    if code == errors.DISAGREE:
        return say(
            "FC402",
            span,
            programme=programme.id,
            rules=listed([r.id for r in programme.rules]),
            village=who,
        )
    if code == errors.NOTHING:
        return say("FC403", span, programme=programme.id, village=who)
    if code == errors.RANGE:
        return say("FC404", span, village=who, output=item)
    if code == errors.NEGATIVE:
        return say("FC405.database", span, item=item, where=who)
    return say("FC406", span, where=who)


def _span(programme: Programme, item: str) -> Span:
    spans = {rule.id: rule.span for rule in programme.rules}
    spans.update({also.id: also.span for also in programme.also})
    return spans.get(item, programme.span)


def _first_line(text: str) -> str:
    return text.strip().split("\n")[0][:300]
