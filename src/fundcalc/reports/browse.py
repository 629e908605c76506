"""A run to be looked through: some of its villages, what they come to by payer and place, and a page of them.

What a question rests on is made once per run, as whole columns: no question goes through the villages one by
one. Amounts are what is paid, with what was set by hand in.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import field
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from fundcalc.base import dataclass
from fundcalc.base.catalogue import words
from fundcalc.base.words import Words, same
from fundcalc.engines.hinges import Hinge, hinged
from fundcalc.engines.result import Result
from fundcalc.engines.totals import COUNTY, GroupTotals, sums, tally, total
from fundcalc.explain.gather import short_name
from fundcalc.language.datatypes import Number
from fundcalc.policy.columns import rule_called
from fundcalc.policy.model import IDENTITY, Otherwise, Output, Rule, named_by
from fundcalc.reports.expressions import value_words
from fundcalc.reports.summary import Bill, Payment, payments_of

if TYPE_CHECKING:
    import polars as pl

    from fundcalc.ledger.by_hand import Change
    from fundcalc.ledger.differences import Correction

Bools = NDArray[np.bool_]
At = NDArray[np.int64]
TOWN = "town"
PAGE = 100
"""Villages, or places, on a page."""
BY_HAND, CORRECTED = "by_hand", "corrected"
"""Flags of a run's own, next to readings and assumed facts."""

Kind = Literal["reading", "assumed", "run"]


@dataclass(frozen=True)
class Wanted:
    """Which villages, in which order. A None is no condition; `county` and `town` are exact names.

    `text` is part of a name or code. `rule` is `programme.rule`; `flag` a reading, one of its answers
    (`reading=option`), `fact:assumed`, `by_hand` or `corrected`; `paid` an output or a payer by id: the
    villages for which it is not nothing. `sort` is `name`, `total` or an output, with `-` before it for
    the greatest first; else the order of the roster.
    """

    text: str = ""
    county: str | None = None
    town: str | None = None
    rule: str | None = None
    flag: str | None = None
    paid: str | None = None
    sort: str = ""

    @property
    def narrows(self) -> bool:
        """Whether any village is left out."""
        rest = (self.county, self.town, self.rule, self.flag, self.paid)
        return bool(self.text.strip()) or any(condition is not None for condition in rest)


@dataclass(frozen=True, slots=True)
class Facet:
    """What villages can be told apart by: its id, its title and of how many of those chosen it holds."""

    id: str
    title: Words
    villages: int


@dataclass(frozen=True, slots=True)
class Line:
    """A village on a page. `amounts` are in the order of `Browse.shown`; no `total` of several units.

    `told` are its grades, rates and the like, in the order of `Browse.told`.

    `hand` are the outputs set by hand or following, with what the rules gave; `due` is what a correction
    is to pay (above zero) or deduct.
    """

    index: int
    code: str
    name: str
    town: str
    county: str
    amounts: tuple[int, ...]
    total: int | None
    told: tuple[Words, ...]
    flags: tuple[tuple[Kind, Words], ...]
    hand: Mapping[str, int]
    due: int | None

    @property
    def called(self) -> str:
        """Its name, or its code where it has none."""
        return self.name or self.code

    @property
    def coded(self) -> str:
        """Its code beside its name."""
        return self.code if self.name else ""


@dataclass(frozen=True, slots=True)
class Choice:
    """The villages that were asked for, in their order, and what they come to.

    `amounts` has the sum of each amount that a row shows, in fen, and of all villages those of groups, too;
    `payments` what each payer pays.
    """

    at: At
    amounts: Mapping[str, int]
    payments: Sequence[Payment]

    @property
    def villages(self) -> int:
        """How many there are."""
        return len(self.at)

    @property
    def whole(self) -> str:
        """What all payers pay, where they pay in one unit."""
        return Bill(self.payments[0].unit, list(self.payments)).figure


@dataclass
class Browse:
    """One run's result, made ready to be asked."""

    result: Result
    hinges: Sequence[Hinge]
    assumed: Mapping[str, Sequence[bool]]
    changes: Sequence[Change] = ()
    correction: Correction | None = None
    _numbers: dict[str, NDArray[np.int64]] = field(default_factory=dict)
    _orders: dict[str, At] = field(default_factory=dict)

    # -- what there is ------------------------------------------------------------------------------

    @property
    def villages(self) -> int:
        """How many there are."""
        return len(self.result.rows)

    @cached_property
    def shown(self) -> list[Output]:
        """The amounts that a row shows: those that somebody pays, or all results; and counts."""
        return self.result.plan.policy.granted_outputs

    @cached_property
    def once(self) -> list[Output]:
        """The amounts that are decided once for a group, which all villages together have with them."""
        return [o for o in self.result.plan.policy.totalled_outputs if o.per]

    @cached_property
    def told(self) -> list[Output]:
        """The results that a row shows and nothing adds up, such as grades and rates."""
        return self.result.plan.policy.told_outputs

    @cached_property
    def units(self) -> dict[str, Words]:
        """The unit of each amount that a row or a group shows."""
        kinds = {output.id: output.type for output in (*self.shown, *self.once)}
        return {
            id_: Words(kind.unit.said("zh"), kind.unit.said("en"))
            for id_, kind in kinds.items()
            if isinstance(kind, Number) and kind.unit is not None
        }

    @property
    def one_unit(self) -> bool:
        """Whether the amounts of a row can be added up."""
        return self.alike(self.shown)

    def alike(self, outputs: Sequence[Output]) -> bool:
        """Whether some amounts can be added up: what villages get and what they pay stand apart."""
        return len({(self.units[o.id], o.charge) for o in outputs if o.id in self.units}) <= 1

    @property
    def placed(self) -> bool:
        """Whether any village has a county or a town."""
        return any(self.counties[1]) or any(self.towns[1])

    @cached_property
    def counties(self) -> tuple[At, tuple[str, ...]]:
        """Each village's county."""
        return self.result.groups(COUNTY)

    @cached_property
    def towns(self) -> tuple[At, tuple[str, ...]]:
        """Each village's town; several counties may have one of a name."""
        return self.result.groups(TOWN)

    @cached_property
    def rules(self) -> dict[str, tuple[Words, Facet, Bools]]:
        """Every rule as `programme.rule`, with its programme's title and its villages; `otherwise` too."""
        by_id: dict[str, tuple[Words, Facet, Bools]] = {}
        for programme in self.result.plan.policy.listed_programmes:
            masks = self.result.held(programme.id)
            none = np.ones(self.villages, dtype=np.bool_)
            for _, mask in masks:
                none &= ~mask
            rules: list[tuple[Rule | Otherwise, Bools]] = [
                (rule, mask) for rule, (_, mask) in zip(programme.rules, masks, strict=True)
            ]
            if programme.otherwise is not None:
                rules.append((programme.otherwise, none))
            for rule, mask in rules:
                id_ = f"{programme.id}.{rule.id}"
                facet = Facet(id_, rule_called(rule), int(mask.sum()))
                by_id[id_] = programme.title, facet, mask
        return by_id

    @cached_property
    def flags(self) -> dict[str, tuple[Kind, Words, Bools]]:
        """Readings that decisions hinge on, facts assumed, amounts set by hand, what a correction changes."""
        policy = self.result.plan.policy
        by_id: dict[str, tuple[Kind, Words, Bools]] = {}
        for id_, mask in hinged(self.hinges, self.villages).items():
            by_id[id_] = "reading", policy.readings[id_].question, mask
        for id_, flagged in self.assumed.items():
            mask = np.asarray(flagged, dtype=np.bool_)
            if mask.any():
                title = words("browse.assumed", fact=policy.facts[id_].title)
                by_id[f"{id_}:assumed"] = "assumed", title, mask
        of_run = (
            (BY_HAND, words("browse.by_hand"), self._by_hand),
            (CORRECTED, words("browse.corrected"), self._due),
        )
        for flag, title, indices in of_run:
            if indices:
                mask = np.zeros(self.villages, dtype=np.bool_)
                mask[list(indices)] = True
                by_id[flag] = "run", title, mask
        return by_id

    @cached_property
    def blanks(self) -> list[tuple[str, Words, int]]:
        """Facts that the roster lacks and a default stands for: flag, title, villages; of part of them first.

        Where most villages have a fact and some lack it, a sheet may have lost a column.
        """
        facts = self.result.plan.policy.facts
        blanks = [
            (f"{id_}:assumed", facts[id_].title, int(np.count_nonzero(flagged)))
            for id_, flagged in self.assumed.items()
        ]
        return sorted(
            (blank for blank in blanks if blank[2]), key=lambda blank: blank[2] == self.villages
        )

    def flag_title(self, flag: str) -> Words:
        """What a reader calls a flag, or the answer to a reading that it names."""
        if flag in self.flags:
            return self.flags[flag][1]
        reading, _, option = flag.partition("=")
        question = self.result.plan.policy.readings.get(reading)
        return question.options[option] if question and option in question.options else same(flag)

    def paid_title(self, id_: str) -> Words:
        """What a reader calls a payer, or an amount."""
        policy = self.result.plan.policy
        outputs = {output.id: output.title for output in (*policy.money_outputs, *self.shown)}
        return policy.payers.get(id_) or outputs.get(id_) or same(id_)

    @cached_property
    def hinged(self) -> int:
        """How many villages hang on the answer to some reading."""
        masks = [mask for kind, _, mask in self.flags.values() if kind == "reading"]
        return int(np.count_nonzero(np.any(masks, axis=0))) if masks else 0

    @cached_property
    def _by_hand(self) -> dict[int, dict[str, int]]:
        """What the rules gave, where what is paid was set by hand or follows."""
        by_village: dict[int, dict[str, int]] = {}
        for change in self.changes:
            if isinstance(change.before, int):
                by_village.setdefault(change.index, {})[change.output] = change.before
        return by_village

    @cached_property
    def _due(self) -> dict[int, int]:
        """What a correction changes, by village."""
        from fundcalc.ledger.differences import key

        if self.correction is None or not self.correction.villages:
            return {}
        nets = {key(v.code, v.name, v.town, v.county): v.net for v in self.correction.villages}
        keys = (key(*identity) for identity in zip(*map(self._texts, IDENTITY), strict=True))
        return {index: nets[key_] for index, key_ in enumerate(keys) if key_ in nets}

    def _texts(self, part: str) -> list[str]:
        if part not in self._known:
            return [""] * self.villages
        return [str(value) for value in self.result.column(part)]

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.result.rows[0]) if self.villages else frozenset()

    def numbers(self, output: str) -> NDArray[np.int64]:
        """An amount for every village."""
        if output not in self._numbers:
            self._numbers[output] = self.result.numbers(output)
        return self._numbers[output]

    # -- which villages -----------------------------------------------------------------------------

    def choose(self, wanted: Wanted) -> Choice:
        """The villages that are wanted, sorted, and what they come to."""
        if not wanted.narrows:
            at = np.arange(self.villages) if not wanted.sort else self._order(wanted.sort)
            return Choice(at, *self._in_all)
        mask = self._mask(wanted)
        if wanted.sort:
            order = self._order(wanted.sort)
            at = order[mask[order]]
        else:
            at = np.flatnonzero(mask)
        return Choice(at, *self._adds_up(np.flatnonzero(mask)))

    def _mask(self, wanted: Wanted) -> Bools:
        mask = np.ones(self.villages, dtype=np.bool_)
        for name, groups in ((wanted.county, self.counties), (wanted.town, self.towns)):
            if name is not None:
                codes, table = groups
                mask &= codes == table.index(name) if name in table else False
        if wanted.rule is not None:
            mask &= self.rules[wanted.rule][2] if wanted.rule in self.rules else False
        if wanted.flag is not None:
            mask &= self._flagged(wanted.flag)
        if wanted.paid is not None:
            outputs = {o.id: o for o in (*self.result.plan.policy.money_outputs, *self.shown)}
            paid = [
                self.numbers(o.id) != 0 for o in outputs.values() if wanted.paid in (o.id, o.payer)
            ]
            mask &= np.any(paid, axis=0) if paid else False
        if wanted.text.strip():
            mask &= self._matching(wanted.text)
        return mask

    def _flagged(self, flag: str) -> Bools | bool:
        """The villages with a flag; of `reading=option`, those for which that answer changes anything."""
        if flag in self.flags:
            return self.flags[flag][2]
        reading, equals, option = flag.partition("=")
        flagged = np.zeros(self.villages, dtype=np.bool_)
        for hinge in self.hinges:
            if equals and (hinge.reading, hinge.option) == (reading, option):
                for changed in hinge.changes.values():
                    flagged[changed.at] = True
        return flagged

    def _matching(self, text: str) -> Bools:
        """The villages whose name or code has the text in it; 村 and 村委会 at its end count for nothing."""
        folded = unicodedata.normalize("NFKC", text).strip().casefold()
        matching = np.zeros(self.villages, dtype=np.bool_)
        for part, sought in (("name", short_name(text)), ("code", folded)):
            if part in self._known:
                matching |= self._folded[part].str.contains(sought, literal=True).to_numpy()
        return matching

    @cached_property
    def _folded(self) -> dict[str, pl.Series]:
        import polars as pl

        folded: dict[str, pl.Series] = {}
        for part in ("name", "code"):
            if part in self._known:
                as_read = self.result.as_read(part)
                texts = as_read if as_read is not None else self._texts(part)
                series = pl.Series(part, texts, dtype=pl.String)
                folded[part] = series.str.normalize("NFKC").str.to_lowercase()
        return folded

    def _order(self, sort: str) -> At:
        """All villages in an order; equal ones as in the roster."""
        if sort not in self._orders:
            if len(self._orders) > 5:
                self._orders.clear()
            self._orders[sort] = self._sorted(sort.removeprefix("-"), down=sort.startswith("-"))
        return self._orders[sort]

    def _sorted(self, by: str, *, down: bool) -> At:
        named = named_by(self.result.plan.policy.facts)
        if by == "name" and named in self._known:
            return self._folded[named].arg_sort(descending=down).to_numpy().astype(np.int64)
        if by == "total":
            keys = self._totals
        elif any(
            by == output.id for output in (*self.result.plan.policy.money_outputs, *self.shown)
        ):
            keys = self.numbers(by)
        else:
            return np.arange(self.villages)
        return np.argsort(-keys if down else keys, kind="stable")

    @cached_property
    def _totals(self) -> NDArray[np.int64]:
        """What each village gets of all that is shown; as Python's integers where 64 bits may not do."""
        columns = [self.numbers(output.id) for output in self.shown]
        most = sum(max(abs(int(c.min())), abs(int(c.max()))) for c in columns if len(c))
        if most > 2**62:
            columns = [column.astype(object) for column in columns]
        return sum(columns[1:], start=columns[0]) if columns else np.zeros(self.villages, np.int64)

    # -- what they come to --------------------------------------------------------------------------

    @cached_property
    def _in_all(self) -> tuple[Mapping[str, int], Sequence[Payment]]:
        return self._adds_up(None)

    def _adds_up(self, at: At | None) -> tuple[Mapping[str, int], Sequence[Payment]]:
        policy = self.result.plan.policy
        amounts = {id_: int(column[0]) for id_, column in self._sums(at, None, 1).items()}
        paid = self.shown
        if at is None:  # what is decided once for a group belongs to all of its villages together
            amounts |= {output.id: sums(self.result, output.id)[0] for output in self.once}
            paid = [*paid, *self.once]
        return amounts, list(payments_of(policy, paid, GroupTotals("", 0, amounts)))

    def _sums(self, at: At | None, group: At | None, groups: int) -> dict[str, NDArray[Any]]:
        """The sums of every amount that is shown, or paid, over some villages, by group."""
        totals = {}
        for output in self.shown:
            values = self.numbers(output.id)
            chosen = values if at is None else values[at]
            totals[output.id] = total(chosen, group if group is not None else chosen, groups)
        return totals

    def places(self, wanted: Wanted, choice: Choice) -> list[GroupTotals]:
        """What the villages chosen come to by county, or by town once a county is chosen; in roster order."""
        if wanted.county is not None and wanted.town is not None:
            return []
        if not wanted.narrows:
            return self._by_county
        return self._places(self.towns if wanted.county is not None else self.counties, choice.at)

    @cached_property
    def _by_county(self) -> list[GroupTotals]:
        return self._places(self.counties, None)

    def towns_of(self, county: str | None) -> list[str]:
        """The towns of a county; none of no county."""
        if county is None:
            return []
        codes, names = self.towns
        return [names[n] for n in np.unique(codes[self._mask(Wanted(county=county))]).tolist()]

    def _places(self, groups: tuple[At, tuple[str, ...]], at: At | None) -> list[GroupTotals]:
        codes, names = groups
        chosen = codes if at is None else codes[at]
        villages = tally(chosen, len(names))
        present = np.flatnonzero(villages)
        columns = self._sums(at, chosen, len(names))
        amounts = {id_: column[present].tolist() for id_, column in columns.items()}
        for output in self.once if at is None else ():
            by_group = sums(self.result, output.id, None, codes, len(names))
            amounts[output.id] = [by_group[n] for n in present.tolist()]
        return [
            GroupTotals(names[n], int(villages[n]), {id_: fens[k] for id_, fens in amounts.items()})
            for k, n in enumerate(present.tolist())
        ]

    def facets(
        self, wanted: Wanted, choice: Choice
    ) -> tuple[dict[Words, list[Facet]], list[Facet]]:
        """Rules by programme, and flags, each with how many of the villages chosen it holds for."""
        mask: Bools | None = None
        if wanted.narrows:
            mask = np.zeros(self.villages, dtype=np.bool_)
            mask[choice.at] = True

        def count(members: Bools) -> int:
            return int(np.count_nonzero(members if mask is None else members & mask))

        rules: dict[Words, list[Facet]] = {}
        for programme, facet, members in self.rules.values():
            villages = facet.villages if mask is None else count(members)
            rules.setdefault(programme, []).append(Facet(facet.id, facet.title, villages))
        flags = [
            Facet(id_, title, count(members)) for id_, (_, title, members) in self.flags.items()
        ]
        return rules, flags

    # -- rows ---------------------------------------------------------------------------------------

    def page(self, choice: Choice, number: int) -> list[Line]:
        """The villages of a page, from 1."""
        return [
            self.line(index) for index in choice.at[(number - 1) * PAGE : number * PAGE].tolist()
        ]

    def line(self, index: int) -> Line:
        """One village."""
        row, policy = self.result.rows[index], self.result.plan.policy
        amounts = tuple(int(self.numbers(output.id)[index]) for output in self.shown)
        flags = tuple((kind, title) for kind, title, mask in self.flags.values() if mask[index])
        code, name, town, county = (str(row.get(part, "")) for part in IDENTITY)
        return Line(
            index, code, name, town, county, amounts,
            sum(amounts) if amounts and self.one_unit else None,
            tuple(value_words(policy, output, self.result.column(output.id)[index]) for output in self.told),
            flags, self._by_hand.get(index, {}), self._due.get(index),
        )  # fmt: skip

    # -- one village --------------------------------------------------------------------------------

    @cached_property
    def codes_tell(self) -> bool:
        """Whether every village has a code of its own."""
        if "code" not in self._known:
            return False
        codes = self._folded["code"]
        return bool(codes.n_unique() == self.villages and (codes != "").all())

    def of_code(self, code: str) -> list[int]:
        """The villages that have a code."""
        if "code" not in self._known:
            return []
        folded = unicodedata.normalize("NFKC", code).strip().casefold()
        indices: list[int] = (self._folded["code"] == folded).arg_true().to_list()
        return indices

    def mark(self, index: int) -> str:
        """What tells whether a village still stands at its place: a digest of what it is called."""
        row = self.result.rows[index]
        return called(row)


def called(row: Mapping[str, object]) -> str:
    """A few signs of a digest of code, name, town and county."""
    identity = "\0".join(str(row.get(part, "")) for part in IDENTITY)
    return sha256(identity.encode()).hexdigest()[:10]
