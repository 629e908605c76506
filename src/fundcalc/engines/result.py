"""What a computation gives: every village's facts and outputs, the rules it met, and each pool."""

from __future__ import annotations

import unicodedata
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, overload

from fundcalc.base import dataclass
from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import Diagnostic, Span
from fundcalc.base.sharing import group_name, makers
from fundcalc.base.words import Lang, Words, same
from fundcalc.language.evaluate import evaluation, simplify
from fundcalc.language.nodes import Node, Value
from fundcalc.language.show import amount_said
from fundcalc.policy.model import IDENTITY, Programme
from fundcalc.policy.plan import Plan

if TYPE_CHECKING:  # NumPy takes long to load, and one village's explanation needs none of it
    import numpy as np
    from numpy.typing import NDArray

    from fundcalc.engines.patterns import Labels

Row = dict[str, Value]
T = TypeVar("T")
JOIN = "+"
JOIN_ZH = "；"
"""What stands between the items of a list in tables."""

JOINS: dict[Lang, str] = {"zh": JOIN_ZH, "en": "; "}
"""What stands between them where they are called by title."""

Join = Callable[[Sequence[str]], str]
"""Makes one text of a list."""

ALL = slice(None)
"""All villages."""


class Made(Sequence[T]):
    """A sequence whose items are made when they are asked for, by `one`."""

    @abstractmethod
    def one(self, at: int) -> T:
        """The item at a place from 0."""

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: int | slice) -> T | list[T]:
        places = range(len(self))[index]
        return self.one(places) if isinstance(places, int) else [self.one(at) for at in places]


class Lazy(MutableMapping[str, T]):
    """Columns by name, each made at its first use."""

    def __init__(self, names: Iterable[str], make: Callable[[str], T]) -> None:
        self._columns: dict[str, T | None] = dict.fromkeys(names)
        self._make = make

    def __getitem__(self, name: str) -> T:
        column = self._columns[name]
        if column is None:
            column = self._columns[name] = self._make(name)
        return column

    def __setitem__(self, name: str, values: T) -> None:
        self._columns[name] = values

    def __delitem__(self, name: str) -> None:
        del self._columns[name]

    def __contains__(self, name: object) -> bool:
        return name in self._columns

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)


class PoolUse(NamedTuple):
    """One group's pool, in the smallest unit of its shares: `amount` there was, `used` shared out.

    `villages` counts the group, of which `claims` share; `weights` adds up the claims' weights.
    """

    programme: str
    item: str
    per: str
    group: str
    amount: int
    villages: int
    claims: int
    weights: int
    used: int

    @property
    def leftover(self) -> int:
        """What nobody could take."""
        return self.amount - self.used


class Checked(NamedTuple):
    """Villages that two engines decided alike, and the patterns of rules among them: all there are.

    0 patterns where an older record does not say how many. Without `by_rules` the row evaluator took the
    place of the rules engine, which was not installed.
    """

    villages: int
    patterns: int
    by_rules: bool = True

    def of(self) -> Words:
        """What is said after the number of villages."""
        text = same("")
        if self.patterns:
            text = words("outcome.of_patterns", patterns=self.patterns)
        if self.villages and not self.by_rules:
            text = words("outcome.by_row_evaluator", of=text)
        return text


@dataclass
class Result:
    """Rows hold facts and outputs by name, in roster order; `fired` has a tuple of rules a village.

    `checked` counts the villages that two engines decided alike, `patterns` the different patterns of rules
    that decided among them, which are all that there are; `once` names what many rows decide that one engine
    alone worked out; without `by_rules` the row evaluator took the place of the rules engine. Reports take
    whole columns: here they are gathered from the rows.
    """

    plan: Plan
    rows: Sequence[Row]
    fired: Mapping[str, Sequence[tuple[str, ...]]]
    pools: list[PoolUse] = field(default_factory=list)
    checked: int = 0
    patterns: int = 0
    once: tuple[str, ...] = ()
    by_rules: bool = True

    @property
    def double(self) -> Checked:
        """How many villages and patterns of rules two engines decided alike."""
        return Checked(self.checked, self.patterns, self.by_rules)

    def column(self, name: str) -> list[Value]:
        """All villages' values of a fact or an output."""
        return [row[name] for row in self.rows]

    def some(self, name: str, at: slice) -> Sequence[Value]:
        """Some villages' values of a fact or an output."""
        return [row[name] for row in self.rows[at]]

    def at(self, name: str, places: NDArray[np.int64]) -> Sequence[Value]:
        """The values of a fact or an output of the villages at some places."""
        return [self.rows[place][name] for place in places.tolist()]

    def numbers(self, name: str, at: slice = ALL) -> NDArray[np.int64]:
        """The villages' values of a number, in its smallest unit."""
        import numpy as np

        return np.array(self.some(name, at), dtype=np.int64)

    def groups(self, name: str) -> tuple[NDArray[np.int64], tuple[str, ...]]:
        """Each village's place in the list of a text's values, which stand in order of appearance."""
        import numpy as np

        place: dict[str, int] = {}
        codes = [place.setdefault(str(row.get(name, "")), len(place)) for row in self.rows]
        return np.array(codes, dtype=np.int64), tuple(place)

    def held(self, programme: str) -> list[tuple[str, NDArray[np.bool_]]]:
        """The rules of a programme, each with the villages that it decided."""
        import numpy as np

        fired = self.fired[programme]
        return [
            (rule.id, np.array([rule.id in ids for ids in fired], dtype=np.bool_))
            for rule in self.plan.programme(programme).rules
        ]

    def as_read(self, name: str) -> Sequence[Value] | None:
        """A text fact as the roster has it, where it came as a series; None elsewhere."""
        return None

    def labels(self, name: str, at: slice = ALL, join: Join = JOIN.join) -> Labels:
        """A text, or a list of texts joined by `+` or otherwise, by village."""
        import numpy as np

        place: dict[str, int] = {}
        values = self.some(name, at)
        texts = [v if isinstance(v, str) else join(v) for v in values]  # type: ignore[arg-type]
        codes = [place.setdefault(text, len(place)) for text in texts]
        return np.array(codes, dtype=np.int64), tuple(place)

    def rules_met(self, programme: str, at: slice = ALL) -> Labels:
        """Ids of the rules that decided, joined by `+`, or the `otherwise` id, by village."""
        from fundcalc.engines.patterns import labels

        otherwise = self.plan.policy.programme(programme).otherwise
        fallback = otherwise.id if otherwise is not None else ""
        masks = [(id_, mask[at]) for id_, mask in self.held(programme)]
        return labels(masks, len(range(len(self.rows))[at]), lambda ids: JOIN.join(ids) or fallback)

    def truth(self, node: Node) -> NDArray[np.bool_]:
        """The villages for which a condition holds."""
        import numpy as np

        holds = evaluation(simplify(node, self.plan.constants))
        return np.array([bool(holds(row)) for row in self.rows], dtype=np.bool_)

    def number(self, index: int, name: str) -> int:
        """A number of a village in its smallest unit."""
        value = self.rows[index][name]
        assert isinstance(value, int)
        return value

    def pool_of(self, programme: str, item: str, index: int) -> PoolUse | None:
        """The pool in which a village's rule or output shares."""
        row = self.rows[index]
        for pool in self.pools:
            matches = (pool.programme, pool.item) == (programme, item)
            if matches and group_of(row, pool.per, index) == pool.group:
                return pool
        return None


class Changed(Mapping[int, Value]):
    """The villages (by position, in order) whose value changes, each with its new value.

    Many villages may change, so both are kept as arrays where they can be.
    """

    def __init__(
        self, at: NDArray[np.integer[Any]], values: Sequence[Value] | NDArray[Any]
    ) -> None:
        self.at = at.astype("uint32")  # half the room, and no roster has 2**32 villages
        self.new_values = values

    def __len__(self) -> int:
        return len(self.at)

    def __iter__(self) -> Iterator[int]:
        return iter(self.at.tolist())

    def pairs(self) -> Iterator[tuple[int, Value]]:
        """Each village with its new value, in order; much faster than one by one."""
        values: Any = self.new_values
        return zip(self, values_of(values), strict=True)

    def sum(self) -> int:
        """All new values together; they are numbers."""
        values = self.new_values
        return sum(values if isinstance(values, Sequence) else values.tolist())

    def some(self, places: NDArray[np.integer[Any]]) -> Changed:
        """Only the villages at some places of these."""
        values: Any = self.new_values
        lists = isinstance(values, Sequence)
        return Changed(
            self.at[places], [values[n] for n in places.tolist()] if lists else values[places]
        )

    def __getitem__(self, index: int) -> Value:
        import numpy as np

        place = int(np.searchsorted(self.at, index))
        if place == len(self.at) or self.at[place] != index:
            raise KeyError(index)
        value = self.new_values[place]
        return value.item() if isinstance(value, np.generic) else value


def group_of(row: Row, per: str, index: int) -> str:
    """The name of a village's group."""
    if per == "all":
        return ""
    return str(index) if per == "village" else group_name([str(row[id_]) for id_ in makers(per)])


def label(row: Mapping[str, Value]) -> str:
    """The village as messages name it: name, county and code as far as known."""
    name = str(row.get("name") or row.get("code") or "")
    inside = [str(row[part]) for part in ("county", "code") if row.get(part)]
    inside = [part for part in inside if part != name]
    return f"{name} ({', '.join(inside)})" if inside else name


def described(row: Mapping[str, Value]) -> str:
    """Code, name, town and county of a village as far as known: no other has them, and `meant` takes them."""
    return "  ".join(str(row[part]) for part in IDENTITY if row.get(part))


def meant(columns: Mapping[str, Sequence[Value]], wanted: str) -> list[int]:
    """Positions of the villages whose name a text has with nothing but their town, county or code beside it.

    In any order, with whatever signs between: `东村 (甲县)`, `甲县乙镇东村`.
    """
    wanted, hits = _folded(wanted), list[int]()
    for index, name in enumerate(map(str, values_of(columns.get("name", ())))):
        if name and _folded(name) in wanted:
            texts = (str(columns[part][index]) for part in IDENTITY if part in columns)
            rest = wanted
            for text in sorted(map(_folded, texts), key=len, reverse=True):
                rest = rest.replace(text, " ", 1) if text else rest
            if not any(map(str.isalnum, rest)):
                hits.append(index)
    return hits


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()


def tie_order(rows: Sequence[Mapping[str, Value]]) -> list[int]:
    """Positions of the villages by code, or by county, town and name where codes are absent."""

    def key(index: int) -> tuple[str, ...]:
        row = rows[index]
        rest = ("county", "town", "name")
        return (str(row.get("code", "")), *(str(row.get(part, "")) for part in rest))

    return sorted(range(len(rows)), key=key)


def rows_of(columns: Mapping[str, Sequence[Value]]) -> list[Row]:
    """Columns of equal length as one dict a village."""
    ids, plain = list(columns), [values_of(column) for column in columns.values()]
    return [dict(zip(ids, values, strict=True)) for values in zip(*plain, strict=True)]


def values_of(column: Sequence[Value]) -> Sequence[Value]:
    """A column's values as Python's own; arrays and series have their own kinds."""
    to_list = getattr(column, "tolist", None) or getattr(column, "to_list", None)
    return to_list() if to_list is not None else column


def identity(columns: Mapping[str, object]) -> list[str]:
    """The identity facts that there are, in table order."""
    return [part for part in IDENTITY if part in columns]


def below_floors(
    programme: Programme, item: str, span: Span, group: str, pool: int, floors: int
) -> Diagnostic:
    """A pool that does not come to what its claims must get at least; no group where it is of all."""
    where = words("checks.in_group", group=group) if group else words("checks.of_all")
    kind = programme.shared(item)
    shown, least, short = (amount_said(n, kind) for n in (pool, floors, floors - pool))
    return say("FC414", span, item=item, where=where, pool=shown, floors=least, short=short)


def ends_cross(
    programme: Programme, item: str, span: Span, where: str, floor: int, cap: int
) -> Diagnostic:
    """A village whose floor is above its cap."""
    kind = programme.shared(item)
    return say(
        "FC411", span, where=where, least=amount_said(floor, kind), most=amount_said(cap, kind)
    )
