"""The core as SQL: expressions over columns, and the columns of a decision in stages of layers.

A number that 64 bits hold, by its node's bounds, is BIGINT; any other is the dialect's wide whole number. A
node that fails is NULL where it divides by zero; nothing else is ever NULL.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import assert_never

from fundcalc.base import dataclass
from fundcalc.core import nodes as core
from fundcalc.core.decision import (
    Agree,
    Allot,
    AtLeastOne,
    AtMostOne,
    Decision,
    Define,
    Gather,
    Output,
)
from fundcalc.core.interval import INT64, Interval
from fundcalc.core.nodes import Node
from fundcalc.engines.sql.database import Dialect
from fundcalc.language.nodes import Value

ZERO, TWICE, DISAGREE, NOTHING, RANGE, NEGATIVE, PARQUET, NO_ROW, BELOW_FLOORS, ENDS_CROSS, UNMET = (
    "FC406", "FC401", "FC402", "FC403", "FC404", "FC405", "FC855", "FC409", "FC414", "FC411", "FC412",
)  # fmt: skip

MOST_CASES = 64
"""Keys of a table up to which a look-up is a list of cases; beyond, its rows are joined."""

SHORT = 70
"""Characters up to which a text may be written twice instead of becoming a column."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A text of SQL, and the stage and the layer in it after which it can be worked out.

    An `atom` needs no brackets.
    """

    text: str
    at: tuple[int, int] = (0, 0)
    atom: bool = True

    def __str__(self) -> str:
        return self.text if self.atom else f"({self.text})"


def joined(text: str, *parts: Piece, atom: bool = False) -> Piece:
    """A piece made of others."""
    return Piece(text, max((part.at for part in parts), default=(0, 0)), atom)


def fits(bounds: Interval) -> bool:
    """Whether 64 bits hold all of an interval."""
    return bounds.low >= INT64.low and bounds.high <= INT64.high


# -- stages ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Added:
    """A column of a layer."""

    name: str
    text: str
    note: str = ""


@dataclass(slots=True)
class Stage:
    """What is joined at its start, then layers, each over the last.

    `joined` are tables of groups, on what, and each village's share over the two.
    """

    joined: list[tuple[str, str, Added]] = field(default_factory=list)
    layers: list[list[Added]] = field(default_factory=list)


class Stages:
    """All columns, each in the earliest layer where all it uses is there. Equal ones are worked out once."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.all: list[Stage] = [Stage()]
        self._known: dict[Piece, Piece] = {}
        self._names = 0

    def add(self, name: str, piece: Piece, note: str = "") -> Piece:
        """A column; the same expression a second time is the first column."""
        return self._known.get(piece) or self.put(name, piece, note)

    def put(self, name: str, piece: Piece, note: str = "") -> Piece:
        """A column of this name, even where another has the same value."""
        stage, layer = piece.at
        layers = self._stage(stage).layers
        while len(layers) <= layer:
            layers.append([])
        layers[layer].append(Added(name, piece.text, note))
        column = Piece(self.dialect.id(name), (stage, layer + 1))
        self._known.setdefault(piece, column)
        return column

    def let(self, piece: Piece) -> Piece:
        """A piece that is used several times, as a column unless it is short anyway."""
        if piece.atom and len(piece.text) < SHORT:
            return piece
        self._names += 1
        return self.add(f"~{self._names}", piece)

    def join(self, stage: int, table: str, on: str, name: str, text: str) -> Piece:
        """The column of a pool's shares, there from the beginning of a stage."""
        self._stage(stage).joined.append((table, on, Added(name, text)))
        return Piece(self.dialect.id(name), (stage, 0))

    def _stage(self, number: int) -> Stage:
        while len(self.all) <= number:
            self.all.append(Stage())
        return self.all[number]


# -- expressions ----------------------------------------------------------------------------------


class Lowering:
    """Writes nodes over the columns of `env`; `group` gives what is added up over a pool's group."""

    def __init__(
        self,
        stages: Stages,
        env: dict[str, Piece],
        group: Callable[[core.Group], Piece] | None = None,
    ) -> None:
        self.env = env
        self._stages = stages
        self._d = stages.dialect
        self._group = group

    def sql(self, node: Node) -> Piece:
        """An expression."""
        match node:
            case core.Const():
                return self._literal(node.value)
            case core.Name():
                return self.env[node.id]
            case core.Let():
                self.env[node.name.id] = self._stages.let(self.sql(node.value))
                return self.sql(node.body)
            case core.Arithmetic():
                return self._computed(
                    node, (node.left, node.right), lambda a, b: f"{a} {node.op} {b}"
                )
            case core.Quotient():
                return self._quotient(node)
            case core.Compare():
                sign = {"==": "=", "!=": "<>"}.get(node.op, node.op)
                left, right = self.sql(node.left), self.sql(node.right)
                return joined(f"{left} {sign} {right}", left, right)
            case core.Logic():
                return self._logic(node)
            case core.Not():
                item = self.sql(node.item)
                return joined(f"NOT {item}", item)
            case core.Choice():
                return self._choice(node)
            case core.Lookup():
                return self._lookup(node)
            case core.Extreme():
                return self._extreme(node)
            case core.Member():
                return self._member(node)
            case core.Listing():
                return self._listing(node)
            case core.Group():
                assert self._group is not None
                return self._group(node)
        assert_never(node)

    def column(self, node: Node) -> Piece:
        """An expression of the type that its node says: of a number alone databases make fewer bits."""
        piece = self.sql(node)
        if isinstance(node, core.Const) and node.kind in ("number", "date"):
            return self._cast(piece, "BIGINT" if fits(node.bounds) else self._d.wide)
        return piece

    def _literal(self, value: Value) -> Piece:
        if isinstance(value, bool):
            return Piece(str(value).upper())
        if isinstance(value, int):
            return Piece(str(value), atom=value >= 0)
        if isinstance(value, tuple):
            return Piece(self._d.texts([self._d.string(text) for text in value]))
        return Piece(self._d.string(value))

    def _cast(self, piece: Piece, type_: str) -> Piece:
        return joined(f"CAST({piece.text} AS {type_})", piece, atom=True)

    def _computed(self, node: Node, parts: Sequence[Node], write: Callable[..., str]) -> Piece:
        """A number made of others: in 64 bits where these hold all, else in wide ones."""
        pieces = [self.sql(part) for part in parts]
        narrow = all(fits(part.bounds) for part in parts)
        first = pieces[0]
        if narrow and not fits(node.bounds):
            pieces[0] = self._cast(first, self._d.wide)
        computed = joined(write(*pieces), first, *pieces)
        return computed if narrow or not fits(node.bounds) else self._cast(computed, "BIGINT")

    def _quotient(self, node: core.Quotient) -> Piece:
        """Both databases cut towards zero, and must not be asked to divide by it."""
        top, bottom = self._stages.let(self.sql(node.top)), self._stages.let(self.sql(node.bottom))
        if node.bottom.bounds.low == 0:
            bottom = joined(f"NULLIF({bottom.text}, 0)", bottom, atom=True)
        narrow = fits(node.top.bounds) and fits(node.bottom.bounds)
        cut = self._d.quotient(str(top), str(bottom), wide=not narrow, fits=fits(node.bounds))
        if node.top.bounds.low < 0:
            cut = f"({cut}) - CASE WHEN {top} % {bottom} < 0 THEN 1 ELSE 0 END"
        return joined(cut, top, bottom)

    def _logic(self, node: core.Logic) -> Piece:
        items = [self.sql(item) for item in node.items]
        if not node.fails:
            return joined(f" {node.op.upper()} ".join(map(str, items)), *items)
        rest = items[-1]
        for item, piece in zip(node.items[-2::-1], items[-2::-1], strict=True):
            first = self._stages.let(piece) if item.fails else piece
            rest = _shortcut(node.op, first, rest, fails=item.fails)
        return rest

    def _choice(self, node: core.Choice) -> Piece:
        whens: list[str] = []
        parts: list[Piece] = []
        for condition, value in node.cases:
            holds, chosen = self.sql(condition), self.sql(value)
            if condition.fails:
                holds = self._stages.let(holds)
                whens.append(f"WHEN {holds} IS NULL THEN NULL")
            whens.append(f"WHEN {holds.text} THEN {chosen.text}")
            parts += [holds, chosen]
        rest = self.sql(node.rest)
        choice = joined(_cases(whens, rest), *parts, rest, atom=True)
        if node.kind not in ("number", "date"):
            return choice
        values = [*(value for _, value in node.cases), node.rest]
        same = all(fits(value.bounds) for value in values) == fits(node.bounds)
        if same and not all(isinstance(value, core.Const) for value in values):
            return choice
        return self._cast(choice, "BIGINT" if fits(node.bounds) else self._d.wide)

    def _lookup(self, node: core.Lookup) -> Piece:
        """Cases; of many keys a join with the table's rows. NULL where there is no row."""
        item = self._stages.let(self.sql(node.item))
        rows = [
            (self._literal(key), "NULL" if value is None else self._literal(value).text)
            for key, value in zip(node.keys, node.values, strict=True)
        ]
        rest = "NULL" if node.rest is None else self._literal(node.rest).text
        if not rows:
            return joined(f"CASE WHEN {item} IS NULL THEN NULL ELSE {rest} END", item, atom=True)
        if node.ranged or len(rows) <= MOST_CASES:
            sign = ">=" if node.ranged else "="
            ordered = rows[::-1] if node.ranged else rows
            whens = [f"WHEN {item} {sign} {key} THEN {value}" for key, value in ordered]
            looked_up = joined(_cases(whens, Piece(rest)), item, atom=True)
        else:
            listed = ", ".join(f"({key}, {value})" for key, value in rows)
            row = f"SELECT max(t.v) FROM (VALUES {listed}) AS t(k, v) WHERE t.k = {item}"
            text = f"({row})" if node.rest is None else f"COALESCE(({row}), {rest})"
            looked_up = joined(text, item, atom=True)
        if node.kind not in ("number", "date"):
            return looked_up
        return self._cast(looked_up, "BIGINT" if fits(node.bounds) else self._d.wide)

    def _extreme(self, node: core.Extreme) -> Piece:
        """Both databases leave NULL out of GREATEST and LEAST; what fails is looked for."""
        call = "LEAST" if node.op == "min" else "GREATEST"
        extreme = self._computed(
            node, node.items, lambda *items: f"{call}({', '.join(item.text for item in items)})"
        )
        failing = [self.sql(item) for item in node.items if item.fails]
        if not failing:
            return joined(extreme.text, extreme, atom=True)
        absent = " OR ".join(f"{piece} IS NULL" for piece in failing)
        return joined(
            f"CASE WHEN {absent} THEN NULL ELSE {extreme.text} END", extreme, *failing, atom=True
        )

    def _member(self, node: core.Member) -> Piece:
        item = self.sql(node.item)
        if not isinstance(node.texts, core.Const):
            texts = self.sql(node.texts)
            return joined(f"array_contains({texts.text}, {item.text})", item, texts, atom=True)
        assert isinstance(node.texts.value, tuple)
        listed = ", ".join(map(self._d.string, node.texts.value))
        if listed:
            return joined(f"{item} IN ({listed})", item)
        never = f"CASE WHEN {item} IS NULL THEN NULL ELSE FALSE END"
        return joined(never if node.fails else "FALSE", item, atom=True)

    def _listing(self, node: core.Listing) -> Piece:
        parts: list[Piece] = []
        for condition, value in node.parts:
            holds, text = self.sql(condition), self.sql(value)
            listed = f"THEN {self._d.texts([text.text])} ELSE {self._d.texts([])} END"
            parts.append(joined(f"CASE WHEN {holds.text} {listed}", holds, text))
        if not parts:
            return Piece(self._d.texts([]))
        return joined(" || ".join(part.text for part in parts), *parts)


def _cases(whens: Sequence[str], rest: Piece) -> str:
    if len(whens) == 1:
        return f"CASE {whens[0]} ELSE {rest.text} END"
    return "\n    ".join(["CASE", *whens, f"ELSE {rest.text}"]) + "\n  END"


def _shortcut(op: str, first: Piece, rest: Piece, *, fails: bool) -> Piece:
    """`and` or `or` that looks at the rest only where it must, as one row at a time does."""
    if op == "and":
        no = f"WHEN NOT {first} THEN FALSE" if fails else "ELSE FALSE"
        text = f"CASE WHEN {first} THEN {rest.text} {no} END"
    else:
        no = f"WHEN NOT {first} THEN {rest.text}" if fails else f"ELSE {rest.text}"
        text = f"CASE WHEN {first} THEN TRUE {no} END"
    return joined(text, first, rest, atom=True)


# -- decisions ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Guard:
    """Errors of one place: `what` names it (programme/item), `who` is the SQL that names a village.

    `under` is a reading that is not chosen, as `@reading=option`. Where it is `forgiven`, what cannot be
    decided under it is NULL.
    """

    stages: Stages
    what: str
    who: str
    under: str = ""
    forgiven: bool = False

    def error(self, code: str, detail: str = "") -> str:
        """An expression that stops the run; `detail` is SQL that gives a text."""
        if self.forgiven and self.under:
            return "NULL"
        who = f"{detail} || ': ' || {self.who}" if detail else self.who
        return self.stages.dialect.error(code, self.what + self.under, who)

    def decided(self, node: Node, piece: Piece) -> Piece:
        """Never NULL: a division by zero is an error, and so is a table without a row."""
        if not node.fails:
            return piece
        return joined(f"COALESCE({piece.text}, {self.absent(node)})", piece, atom=True)

    def absent(self, node: Node) -> str:
        """The error of a node that has no value."""
        return self.error(NO_ROW if core.looks_up(node) else ZERO)

    def whole(self, node: Node, piece: Piece, least: int = INT64.low) -> Piece:
        """A number of 64 bits, not NULL and not below `least` (0, or all of 64 bits)."""
        if fits(node.bounds) and node.bounds.low >= least:
            return self.decided(node, piece)
        number = self.stages.let(piece)
        cases = [f"WHEN {number} IS NULL THEN {self.absent(node)}"] if node.fails else []
        if node.bounds.low < least:
            cases.append(f"WHEN {number} < {least} THEN {self.error(NEGATIVE)}")
        inside = number.text
        if not fits(node.bounds):
            ends = f"{number} BETWEEN {INT64.low} AND {INT64.high}"
            cases.append(f"WHEN NOT ({ends}) THEN {self.error(RANGE)}")
            inside = f"CAST({inside} AS BIGINT)"
        return Piece(f"CASE {' '.join(cases)} ELSE {inside} END", number.at)


Sharer = Callable[[Allot, Lowering, Guard], Piece]
"""Shares a pool: each village's share."""


class Decider:
    """Decides programmes: their columns go into `env`.

    `suffix` tells columns of another reading apart from those of the plan's; where it is `forgiven`, what
    cannot be decided under it is NULL.
    """

    def __init__(
        self, stages: Stages, env: dict[str, Piece], who: str, suffix: str, *, forgiven: bool
    ) -> None:
        self._stages = stages
        self._env = env
        self._lowering = Lowering(stages, env)
        self._who = who
        self._suffix = suffix
        self._forgiven = forgiven

    def decide(
        self,
        decision: Decision,
        titles: Mapping[str, str],
        share: Sharer,
        musts: Sequence[Node] = (),
    ) -> None:
        """All columns of a programme; `titles` are those of rules and outputs.

        `musts` must hold of every village, before anything is decided.
        """
        refusals: list[str] = []
        conditions: list[Piece] = []
        for at, must in enumerate(musts):
            holds = self._lowering.sql(must)
            error = self._guard(f"{decision.id}/{at}").error(UNMET)
            refusals.append(f"WHEN COALESCE(NOT {holds}, TRUE) THEN {error}")
            conditions.append(holds)
        agreed = {step.result: step for step in decision.steps if isinstance(step, Agree)}
        for step in decision.steps:
            match step:
                case Define():
                    piece = self._lowering.column(step.node)
                    piece = self._guard(f"{decision.id}/{step.item}").decided(step.node, piece)
                    self._store(step.name.id, piece, titles.get(step.item, ""))
                case AtMostOne():
                    refusals.append(self._at_most_one(decision, step))
                case AtLeastOne():
                    any_holds = " OR ".join(str(self._env[name.id]) for name in step.conditions)
                    refusals.append(
                        f"WHEN NOT ({any_holds}) THEN {self._guard(decision.id).error(NOTHING)}"
                    )
                case Output():
                    title = titles.get(step.name.id, "")
                    decides = [*conditions, *(self._env[name.id] for _, name in decision.decides)]
                    piece = self._refused(self._output(decision, step), refusals, decides)
                    refusals = []
                    if step.name in agreed:
                        self._store(step.name.id, piece, title, "?")
                        piece = self._agreed(decision, agreed[step.name])
                    self._store(step.name.id, piece, title)
                case Allot():
                    guard = self._guard(f"{decision.id}/{step.item}")
                    self._env[step.name.id] = share(step, self._lowering, guard)
                case Gather():
                    guard = self._guard(f"{decision.id}/{step.item}")
                    self._env[step.name.id] = self._stages.let(self._gathered(step, guard))
                case Agree():
                    pass  # looked at with its output
                case _:
                    assert_never(step)

    def _gathered(self, step: Gather, guard: Guard) -> Piece:
        """A value of many rows: a window over those that are alike in `per`."""
        node, d, sql = step.group, self._stages.dialect, self._lowering.sql
        number = core.choice([(node.where, node.item)], core.whole(0))
        if node.op == "rank":
            number = node.item
        holds = guard.decided(node.where, sql(node.where))
        item = guard.decided(number, sql(number))
        per = [self._env[name.id] for name in step.per]
        parts = [holds, item, *per]
        over = f"PARTITION BY {', '.join(column.text for column in per)}" if per else ""

        def counted(value: str) -> str:
            return f"CASE WHEN {holds.text} THEN {value} END"

        match node.op:
            case "sum" if number == core.whole(1):
                text = f"COUNT(*) OVER ({over})"
            case "sum":
                text = f"{d.total(item.text)} OVER ({over})"
            case "rank":
                ahead, down = f"COUNT({counted('1')}) OVER", f"ORDER BY {item.text} DESC"
                alike = ", ".join([*(column.text for column in per), item.text])
                text = f"1 + {ahead} ({f'{over} {down}'.strip()}) - {ahead} (PARTITION BY {alike})"
            case "least" | "greatest":
                call = "MIN" if node.op == "least" else "MAX"
                text = f"COALESCE({call}({counted(item.text)}) OVER ({over}), 0)"
            case _:
                assert_never(node.op)
        type_ = "BIGINT" if fits(node.bounds) else d.wide
        return joined(f"CAST({text} AS {type_})", *parts)

    def _guard(self, what: str) -> Guard:
        return Guard(self._stages, what, self._who, self._suffix, self._forgiven)

    def _store(self, id_: str, piece: Piece, title: str, mark: str = "") -> None:
        self._env[id_] = self._stages.add(id_ + mark + self._suffix, piece, title)

    def _output(self, decision: Decision, step: Output) -> Piece:
        piece = self._lowering.column(step.node)
        guard = self._guard(f"{decision.id}/{step.name.id}")
        counts = step.node.kind in ("number", "date")
        return guard.whole(step.node, piece) if counts else guard.decided(step.node, piece)

    def _at_most_one(self, decision: Decision, step: AtMostOne) -> str:
        """The case of a village that meets several rules, which it names."""
        d = self._stages.dialect
        conditions = [self._env[name.id] for name in step.conditions]
        rules = {name: rule for rule, name in decision.decides}
        ones = " + ".join(f"CASE WHEN {condition} THEN 1 ELSE 0 END" for condition in conditions)
        met = ", ".join(
            f"CASE WHEN {condition} THEN {d.string(rules[name])} END"
            for condition, name in zip(conditions, step.conditions, strict=True)
        )
        error = self._guard(decision.id).error(TWICE, f"concat_ws('+', {met})")
        return f"WHEN {ones} > 1 THEN {error}"

    def _refused(self, piece: Piece, refusals: Sequence[str], conditions: Sequence[Piece]) -> Piece:
        """The piece where nothing is refused before it."""
        if not refusals:
            return piece
        return joined(_cases(refusals, piece), piece, *conditions, atom=True)

    def _agreed(self, decision: Decision, step: Agree) -> Piece:
        other = [
            core.logic("and", [holds, core.compare("!=", value, step.result)])
            for holds, value in step.cases
        ]
        result, differs = self._env[step.result.id], self._lowering.sql(core.logic("or", other))
        error = self._guard(decision.id).error(DISAGREE)
        return self._refused(result, [f"WHEN {differs.text} THEN {error}"], [differs])
