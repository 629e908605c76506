"""Sheets to sign: by county, by village, the readings to settle, a correction; and the public notice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import cache, cached_property, partial
from itertools import islice
from typing import Any

from fundcalc.base import dataclass
from fundcalc.base.catalogue import Field, say
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem
from fundcalc.base.money import FEN_DECIMALS, capitals, yuan
from fundcalc.base.words import Lang, Words, listing, of_rows
from fundcalc.engines.hinges import Hinge
from fundcalc.engines.result import Result
from fundcalc.explain.decision import Amount
from fundcalc.explain.words import said
from fundcalc.language.datatypes import Number, YesNo, adds_up, is_money
from fundcalc.language.nodes import Value
from fundcalc.language.units import Unit
from fundcalc.ledger.balance import unit_of
from fundcalc.ledger.differences import Correction
from fundcalc.policy.columns import titles_in, with_unit
from fundcalc.policy.model import Fact, Output, Policy, Programme, named_by
from fundcalc.policy.plan import Plan
from fundcalc.reports.columns import text
from fundcalc.reports.settings import SheetSettings, on_paper
from fundcalc.reports.summary import Summary
from fundcalc.reports.workbook.form import Col, Form, Formula, Group, fits, quoted, sheet_name
from fundcalc.reports.workbook.paper import BODY, MOST_ROWS, OTHER_ROWS, Paper, units
from fundcalc.roster.model import letters

MOST_SETTLED = 2_000
"""Rows of the readings to settle; the table of results has a mark at every village."""

_NOTICE, _SUMMARY = 12.5, (11.0, 10.0)
"""Points of the public notice, and of a summary of few counties as far as it fits onto a page."""

_FEW, _FEW_VALUES = 16, 8

_SIGNATURES = ("book.maker", "book.checker", "book.head", "book.day")
_POSTED = ("book.office", "book.phone", "book.period")

_ARRANGED = "arranged"
"""The column of what is paid in all; one of another unit than yuan has the unit behind it."""

WHOLE = "\0"
"""The key of the sum of all, which no county is called."""

TO_READ = (
    "book.sheet_live", "book.sheet_rules", "book.sheet_notes", "book.sheet_rejects",
    "book.sheet_corrections", "book.sheet_inputs", "book.sheet_parameters", "book.sheet_pools",
    "book.sheet_work", "book.sheet_data",
)  # fmt: skip
"""The sheets that nobody signs, in their order; each of their pages says so."""

SHEETS = ("book.sheet_summary", "book.sheet_sign", "book.sheet_settle", *TO_READ)
"""All sheets of a workbook, in their order."""

Counties = Mapping[str, Mapping[str, Sequence[int]]]
"""The villages by county and town."""


@dataclass
class Signing:
    """All `sheets`, and of them those of villages, `forms`. `data` says in which column an amount stands."""

    paper: Paper
    result: Result
    summary: Summary
    hinges: Sequence[Hinge]
    about: Mapping[str, Any]
    data: Mapping[str, int] = field(default_factory=dict)
    forms: list[Form] = field(default_factory=list)
    sheets: list[Form] = field(default_factory=list)

    def say(self, key: str, **values: Field) -> str:
        """Words of the catalogue in the workbook's language."""
        return self.paper.say(key, **values)

    @cached_property
    def title(self) -> str:
        """The policy's title."""
        return self.result.plan.policy.title.say(self.paper.lang)

    @property
    def _policy(self) -> Policy:
        return self.result.plan.policy

    @cached_property
    def counties(self) -> Counties:
        """The villages' positions, counties and towns in the order of first appearance."""
        (counties, names), (towns, town_names) = map(self.result.groups, ("county", "town"))
        by_county: dict[str, dict[str, list[int]]] = {}
        for index, (county, town) in enumerate(zip(counties.tolist(), towns.tolist(), strict=True)):
            by_town = by_county.setdefault(names[county], {})
            by_town.setdefault(town_names[town], []).append(index)
        return by_county

    def write(self) -> list[Diagnostic]:
        """The summary, every village, and what is to be settled first; returns warnings."""
        warnings: list[Diagnostic] = []
        by_county = self.paper.settings.by_county
        if by_county and not any(self.counties):
            none = say("FC857.none", file=self._policy.noun.file)
            warnings, by_county = [say("FC857") if self._policy.grouped else none], False
        summary = self._by_county()
        if by_county:
            self._county_sheets()
        else:
            self._villages(self.counties, self.say("book.sheet_sign"), self.columns(public=False))
        self._write_summary(summary)
        for form in self.forms:
            lines = [
                line
                for col in form.cols
                if col.id.startswith(_ARRANGED) and col.unit is not None
                for line in (
                    self._arranged(sum(col.values[index] for index in form.place), col.unit),
                    self._payers(form, col.unit),
                )
            ]
            form.foot(lines, signatures(self.paper), self.about, [form.checks()])
        self._settle()
        return warnings

    def check_cell(self, index: int) -> str:
        """Where a sheet to sign says whether a village's numbers are those stored."""
        return next(form for form in self.forms if index in form.place).check_cell(index)

    def notice(self) -> None:
        """The public notice: what villages receive, in large type, without codes, digests and payers."""
        by_county = self.paper.settings.by_county and any(self.counties)
        cols, used_names = self.columns(public=True), set[str]()
        for county in self.counties if by_county else [None]:
            counties = self.counties if county is None else {county: self.counties[county]}
            name = self.say("book.sheet_public")
            if county is not None:
                name = sheet_name(county or self.say("book.no_county"), used_names)
            form = self._form(name, cols, _NOTICE)
            form.head(self.say("book.public_title", title=self.title), self.result.plan, [])
            form.body(self._grouped(counties, county))
            form.foot([], [self.say(key) for key in _POSTED], {})

    def _form(
        self, name: str, cols: Sequence[Col], size: float, *, checked: bool = False,
        like: Form | None = None,
    ) -> Form:  # fmt: skip
        self.sheets.append(Form(self.paper, name, cols, size, checked=checked, like=like))
        return self.sheets[-1]

    # -- villages -----------------------------------------------------------------------------------

    def _county_sheets(self) -> None:
        used_names = {self.say(key).casefold() for key in SHEETS}
        cols = self.columns(public=False, county=True)
        for county, towns in self.counties.items():
            name = sheet_name(county or self.say("book.no_county"), used_names)
            self._villages({county: towns}, name, cols, county=county)

    def _villages(
        self, counties: Counties, name: str, cols: Sequence[Col], county: str | None = None
    ) -> None:
        """A sheet of these villages; `county` where they are one county's."""
        like = self.forms[0] if self.forms else None
        self.forms.append(form := self._form(name, cols, BODY, checked=True, like=like))
        key = "book.sign_title" if self._policy.money_outputs else "book.sign_title_plain"
        title = self.say(key, title=self.title)
        if county is not None:
            county_name = county or self.say("book.no_county")
            title = self.say("book.of_county", title=title, county=county_name)
        members = [i for towns in counties.values() for town in towns.values() for i in town]
        notices = self._notices(None if county is None else members)
        once = [o.title for o in self.result.plan.policy.group_outputs if o.payer]
        if once:
            notices.append(self.say("book.once_elsewhere", titles=listing(once)))
        form.head(title, self.result.plan, notices)
        form.body(self._grouped(counties, county))

    def _grouped(self, counties: Counties, only_county: str | None) -> Group:
        """Villages by county and town, with their sums; `only_county` is the county of a sheet of one."""
        parts: list[Group] = []
        for county, towns in counties.items():
            inside: list[Group] = []
            for town, members in towns.items():
                name = town or self.say("book.no_town")
                label = self.say("book.subtotal", name=name, n=len(members))
                inside.append(Group(label if town or len(towns) > 1 else None, "sub", members))
            if only_county is not None:
                parts += inside
                continue
            name = county or self.say("book.no_county")
            label = self.say("book.subtotal", name=name, n=sum(map(len, towns.values())))
            shown = label if county or len(counties) > 1 else None
            parts.append(Group(shown, "county", (), inside, county))
        n = sum(len(members) for towns in counties.values() for members in towns.values())
        label = self.say("book.total", n=n)
        return Group(label, "total", (), parts, only_county if only_county is not None else WHOLE)

    def columns(self, *, public: bool, county: bool = False) -> list[Col]:
        """The columns in their order: who, then by programme what goes in and what comes out, then in all.

        `county` says that the sheet is of one county, which stands in its title.
        """
        result, facts = self.result, self.result.plan.policy.facts
        villages = len(result.rows)
        cols = [Col("number", self.say("book.number"), range(villages), "number", summed=False)]
        named = named_by(facts)
        for id_ in dict.fromkeys((named, "county", "town", "code")):
            kept_off = (id_ == "county" and county) or (id_ == "code" != named and public)
            if id_ not in facts or kept_off:
                continue
            values = list(map(str, result.column(id_)))
            if id_ == named or any(values):
                cols.append(self._identity_column(id_, values))
        for programme, read, outputs in on_paper(self.result.plan, public=public):
            cols += [self._column(fact, programme) for fact in read]
            cols += [self._column(output, programme) for output in outputs]
        if not public or self._all_public(cols):
            cols += list(self._in_all(cols))
        carried = self.paper.settings.carried
        if carried and not public:
            amounts = [carried.get(index, 0) for index in range(villages)]
            cols.append(
                _owed(self.paper, "carried", "book.carried", amounts, unit_of(self._policy))
            )
        remarks: Mapping[int, str] = self.about.get("remarks") or {}
        if remarks and not public:
            texts = [remarks.get(index, "") for index in range(villages)]
            cols.append(Col("remarks", self.say("book.by_hand"), texts, most=30))
        return cols

    def _all_public(self, cols: Sequence[Col]) -> bool:
        """Whether the sum of what is paid is that of the amounts on the notice, and none is kept off it."""
        outputs = [o for p in self.result.plan.policy.programmes for o in p.outputs]
        paid = {o.id for o in outputs if o.payer is not None and not o.per}
        return paid == {col.id for col in cols[1:] if col.payer is not None and col.summed}

    def _identity_column(self, id_: str, values: Sequence[str]) -> Col:
        """A part of the identity; the words of a sum must fit under number and name."""
        facts = self.result.plan.policy.facts
        title = facts[id_].title.say(self.paper.lang)
        least, most = (19, 19) if id_ == named_by(facts) else (min(units(title), 14), 14)
        return Col(id_, title, values, least=least, most=most)

    def _column(self, item: Fact | Output, programme: Programme) -> Col:
        """A fact or an output. An amount by the person, or the like, stays in yuan and is not added up."""
        lang, kind, id_ = self.paper.lang, item.type, item.id
        group, values = programme.title.say(lang), self.result.column(id_)
        if not isinstance(kind, Number):
            return Col(id_, item.title.say(lang), self._in_words(item), group=group, most=26)
        money = is_money(kind) and kind.unit is not None and kind.unit.in_yuan
        title = item.title if money else with_unit(item.title, kind)
        place = self.data.get(id_)
        summed = programme.adds_up(item) if isinstance(item, Output) else adds_up(kind)
        paid = isinstance(item, Output) and is_money(kind) and summed
        return Col(
            id_, title.say(lang), values, "money" if money else "number", group,
            decimals=kind.decimals or 0, summed=summed,
            payer=item.payer if paid and isinstance(item, Output) else None, unit=kind.unit,
            stored=None if place is None else self._stored([place], money=money),
        )  # fmt: skip

    def _stored(self, places: Sequence[int], *, money: bool) -> Formula:
        """A village's cell of the data sheet, or the sum of some, in the paper's unit."""
        sheet = quoted(self.say("book.sheet_data"))
        cells = [f"{sheet}!{letters(place)}" for place in places]
        scale = "" if self.paper.in_yuan or not money else "/10000"

        def formula(index: int, _: int) -> str:
            terms = [f"{cell}{index + 2}" for cell in cells]
            return (f"SUM({','.join(terms)})" if len(terms) > 1 else terms[0]) + scale

        return formula

    def _in_words(self, item: Fact | Output) -> list[str]:
        """What was decided in words: rules by their titles."""
        lang = self.paper.lang
        called = titles_in(item.id, self.result.plan.policy)
        titles = {id_: title.say(lang) for id_, title in called.items()}
        join = "、" if lang == "zh" else ", "
        yes, no = self.say("book.yes"), self.say("book.no")

        def in_words(value: object) -> str:
            if isinstance(item.type, YesNo):
                return yes if value else no
            parts = value if isinstance(value, tuple) else (text(value, item.type),)  # type: ignore[arg-type]
            return join.join(titles.get(str(part), str(part)) for part in parts)

        return [in_words(value) for value in self.result.column(item.id)]

    def _in_all(self, cols: Sequence[Col]) -> Iterator[Col]:
        """What is to be arranged for a village in all: the sum of what is paid, a column a unit."""
        paid = [place for place, col in enumerate(cols) if col.payer is not None]
        for unit in dict.fromkeys(cols[place].unit for place in paid):
            places = [place for place in paid if cols[place].unit == unit]
            first = cols[places[0]]
            values = [
                sum(amounts)
                for amounts in zip(*(cols[place].values for place in places), strict=True)
            ]
            data = [self.data[cols[place].id] for place in places if cols[place].id in self.data]
            money = first.kind == "money"
            yield Col(
                _ARRANGED if unit is None or unit.in_yuan else f"{_ARRANGED} {unit}",
                self._of_unit(self.say("book.arranged"), first, paid, cols), values, first.kind,
                decimals=first.decimals, unit=unit,
                formula=partial(_across, [letters(place) for place in places]),
                stored=self._stored(data, money=money) if len(data) == len(places) else None,
            )  # fmt: skip

    def _of_unit(self, title: str, col: Col, paid: Sequence[int], cols: Sequence[Col]) -> str:
        """A title with the unit, unless all that is paid is in yuan as the sheet's head says."""
        if col.unit is None or (
            col.kind == "money" and len({cols[place].unit for place in paid}) == 1
        ):
            return title
        lang = self.paper.lang
        return with_unit(Words(title, title), Number(col.unit)).say(lang)

    # -- by county ----------------------------------------------------------------------------------

    def _by_county(self) -> Form:
        """One row a county: what each payer bears, or without payers what there is to add up."""
        lang, policy = self.paper.lang, self.result.plan.policy
        names = list(self.counties)
        members = [[i for town in towns.values() for i in town] for towns in self.counties.values()]
        blank = self.say("book.no_county" if any(names) else "book.of_everyone")
        fact = policy.facts.get("county")
        title = fact.title.say(lang) if fact is not None else self.say("book.scope")
        cols = [
            Col("number", self.say("book.number"), range(len(names)), "number", summed=False),
            Col(
                "county", title, [name or blank for name in names],
                least=min(units(title), 14), most=24,
            ),
            Col("villages", self.say("book.villages"), list(map(len, members)), "number"),
        ]  # fmt: skip
        village_cols = self.columns(public=False)
        places = [place for place, col in enumerate(village_cols) if col.payer is not None]
        bills: dict[tuple[str, Unit | None], list[Col]] = {}
        for payer in policy.payers:
            for col in village_cols:
                if col.payer == payer:
                    bills.setdefault((payer, col.unit), []).append(col)
        sums = [
            (self._of_unit(policy.payers[payer].say(lang), parts[0], places, village_cols), parts)
            for (payer, _), parts in bills.items()
        ]
        outputs = {o.id for p in policy.programmes for o in p.outputs}
        if sums:
            outputs = {o.id for o in policy.granted_outputs if o.payer is None}
        added = [c for c in village_cols if c.kind != "text" and c.summed and c.id in outputs]
        sums += [(c.title, [c]) for c in added]
        sums += [(c.title, [c]) for c in village_cols if c.id.startswith((_ARRANGED, "carried"))]
        groups = list(self._of_groups(names, members))
        for head, parts in sums:
            first = parts[0]
            if first.id.startswith(_ARRANGED) and groups and groups[0] not in cols:
                cols += groups
            formula = self._of_county({col.id for col in parts}, names)
            if first.id.startswith(_ARRANGED):
                same_unit = [
                    place for place, col in enumerate(cols) if col.payer and col.unit == first.unit
                ]
                formula = partial(_across, list(map(letters, same_unit)))
            values = [sum(col.values[i] for col in parts for i in inside) for inside in members]
            if first.id.startswith(_ARRANGED):
                group_amounts = [c.values for c in groups if c.payer and c.unit == first.unit]
                values = [sum(amounts) for amounts in zip(values, *group_amounts, strict=True)]
            cols.append(
                Col(
                    first.id, head, values, first.kind, decimals=first.decimals, payer=first.payer,
                    unit=first.unit, formula=formula, parts=[col.id for col in parts],
                )
            )  # fmt: skip
        if groups and groups[0] not in cols:
            cols += groups
        ids = {col.id for col in cols}
        more_units = [col for col in self._in_all(cols) if col.id not in ids]
        cols += [replace(col, stored=None) for col in more_units]  # nobody else is paid in these
        cols += self._counted(members)
        return self._form(self.say("book.sheet_summary"), cols, self._size(cols), checked=True)

    def _of_groups(self, names: Sequence[str], members: Sequence[Sequence[int]]) -> Iterator[Col]:
        """What is decided once for a group and has a total, in the county where its first row is."""
        by_county = {group.name: group.amounts for group in self.summary.groups}
        for output in self.result.plan.policy.totalled_outputs:
            kind, place = output.type, self.data.get(output.id)
            if not (output.per and (output.paper or output.payer) and isinstance(kind, Number)):
                continue
            money = is_money(kind) and kind.unit is not None and kind.unit.in_yuan
            payer = self.result.plan.policy.payers.get(output.payer or "", Words("", ""))
            title = output.title if money else with_unit(output.title, kind)
            stored: Formula | None = None
            if output.per == ("county",) and place is not None:
                of_row = self._stored([place], money=money)
                stored = lambda index, row, cell=of_row: cell(members[index][0], row)  # noqa: E731
            yield Col(
                output.id, title.say(self.paper.lang), [by_county[name][output.id] for name in names],
                "money" if money else "number", payer.say(self.paper.lang) or None,
                decimals=kind.decimals or 0,
                payer=output.payer, unit=kind.unit, stored=stored,
            )  # fmt: skip

    def _counted(self, members: Sequence[Sequence[int]]) -> Iterator[Col]:
        """Of results not added up that have few values, how many of a county's villages have which."""
        for tally in self.summary.told:
            if len(tally.values) <= _FEW_VALUES:
                group, kind = tally.output.title.say(self.paper.lang), tally.output.type
                decided = self.result.column(tally.output.id)
                for value, name, _ in tally.values:
                    villages = {i for i, cell in enumerate(decided) if text(cell, kind) == value}
                    counts = [sum(index in villages for index in inside) for inside in members]
                    title = self.say("book.villages_of", value=name)
                    yield Col(f"{tally.output.id}={value}", title, counts, "number", group)

    def _size(self, cols: Sequence[Col]) -> float:
        """The largest type in which the summary stands on one page."""
        few = len(self.counties) <= _FEW
        return next((size for size in _SUMMARY if few and fits(self.paper, cols, size)), BODY)

    def _of_county(self, ids: Container[str], names: Sequence[str]) -> Formula:
        """A county's sum on the sheet of its villages."""

        def formula(index: int, _: int) -> str:
            name = names[index]
            form = next(form for form in self.forms if name in form.sums or len(self.forms) == 1)
            return _sum(form.cells(form.sums.get(name, form.sums.get(WHOLE, 0)), ids))

        return formula

    def _write_summary(self, form: Form) -> None:
        key = "book.summary_title" if self._policy.money_outputs else "book.summary_title_plain"
        by = of_rows(Words("", " by county")) if self._policy.grouped else ""
        form.head(self.say(key, title=self.title, by=by), self.result.plan, self._notices())
        if len(self.forms) > 1:  # a county is right where all of its sheet is
            bad = self.say("book.differ")
            form.further = lambda index: f'COUNTIF({self.forms[index].checks()},"{bad}")=0'
        rows = range(len(self.counties))
        label = self.say("book.sum")
        form.body(Group(label, "total", rows, (), WHOLE))
        lines = [
            self._arranged(sum(col.values), col.unit)
            for col in form.cols
            if col.id.startswith(_ARRANGED) and col.unit is not None
        ]
        checks = [form.checks()] + [sheet.checks() for sheet in self.forms if len(self.forms) == 1]
        form.foot(lines, signatures(self.paper), self.about, checks)

    # -- words --------------------------------------------------------------------------------------

    def _notices(self, members: Sequence[int] | None = None) -> list[str]:
        """Lines under the title: what the roster's reader is to know, and what is to be settled.

        `members` are the villages of a sheet that has not all of them.
        """
        lines = [str(self.about.get("notice") or "")]
        n, villages = self.summary.hinged_decisions, self.summary.hinged_villages
        if members is not None and n:
            of_each = [self._hinged[index] for index in members]
            n, villages = sum(of_each), sum(map(bool, of_each))
        if n:
            lines.append(self.say("book.to_settle", n=n, villages=villages))
        return [line for line in lines if line]

    @cached_property
    def _hinged(self) -> Counter[int]:
        """How many decisions of each village hinge on a reading: at most one a programme."""
        owner = {o.id: p.id for p in self.result.plan.policy.programmes for o in p.outputs}
        pairs = {
            (owner[id_], index)
            for hinge in self.hinges
            for id_, changed in hinge.changes.items()
            for index in changed
        }
        return Counter(index for _, index in pairs)

    def _arranged(self, fen: int, unit: Unit) -> str:
        return _in_full(self.paper, self.say("book.arranged_all"), fen, unit)

    def _payers(self, form: Form, unit: Unit) -> str:
        """What each payer bears of a sheet's villages, in a unit."""
        policy, lang = self.result.plan.policy, self.paper.lang
        parts: list[str] = []
        for payer, title in policy.payers.items():
            cols = [col for col in form.cols if col.payer == payer and col.unit == unit]
            if cols:
                fen = sum(col.values[index] for col in cols for index in form.place)
                fields = {"name": title.say(lang), "amount": yuan(fen)}
                key, unit_field = (
                    ("book.payer", {})
                    if unit.in_yuan
                    else ("book.payer_in", {"unit": unit.said(lang)})
                )
                parts.append(self.say(key, **fields, **unit_field))
        return self.say("book.payers", list=("；" if lang == "zh" else "; ").join(parts))

    # -- what is to be settled ----------------------------------------------------------------------

    def _settle(self) -> None:
        """Every village and reading by which another reading would give it another amount."""
        policy, lang = self.result.plan.policy, self.paper.lang
        rows = list(islice(self._settled(), MOST_SETTLED + 1))
        if not rows:
            return
        too_many, rows = len(rows) > MOST_SETTLED, rows[:MOST_SETTLED]
        met = list(dict.fromkeys(hinge.reading for _, hinge, _ in rows))
        notices = [
            self.say(
                "book.settle_reading", n=number, question=policy.readings[id_].question.say(lang),
                taken=policy.readings[id_].options[self.result.plan.readings[id_]].say(lang),
            )
            for number, id_ in enumerate(met, 1)
        ]  # fmt: skip
        notices += [self.say("book.settle_more", most=MOST_SETTLED)] if too_many else []
        cols = [Col("number", self.say("book.number"), range(len(rows)), "number", summed=False)]
        for id_ in dict.fromkeys((named_by(policy.facts), "county", "code")):
            values = [str(self.result.rows[index].get(id_, "")) for index, _, _ in rows]
            if any(values):
                cols.append(replace(self._identity_column(id_, values), least=2))
        texts = {
            "book.settle_question": [str(met.index(hinge.reading) + 1) for _, hinge, _ in rows],
            "book.settle_other": [
                policy.readings[hinge.reading].options[hinge.option].say(lang)
                for _, hinge, _ in rows
            ],
            "book.settle_moved": [change for _, _, change in rows],
        }
        for key, values in texts.items():
            most = 48 if key == "book.settle_moved" else 26
            cols.append(Col(key, self.say(key), values, most=most))
        form = self._form(self.say("book.sheet_settle"), cols, BODY)
        title = self.say("book.settle_title", title=self.title)
        form.head(title, self.result.plan, notices, amounts=False)
        form.body(Group(None, "total", range(len(rows))))
        form.foot([], [], self.about)

    def _settled(self) -> Iterator[tuple[int, Hinge, str]]:
        """A village, an option not taken, and what would become of the village's amounts."""
        lang, join = self.paper.lang, Words("；", "; ").say(self.paper.lang)
        outputs = {o.id: o for p in self.result.plan.policy.programmes for o in p.outputs}

        @cache
        def moves(id_: str, old: Value, new: Value) -> str:
            output = outputs[id_]
            before, after = (said(Amount(value, output.type), lang) for value in (old, new))
            return self.say(
                "book.settle_change", what=output.title.say(lang), old=before, new=after
            )

        for hinge in self.hinges:
            changes = {id_: dict(changed) for id_, changed in hinge.changes.items()}
            for index in sorted(set().union(*changes.values())):
                row = self.result.rows[index]
                parts = [
                    moves(id_, row[id_], changed[index])
                    for id_, changed in changes.items()
                    if index in changed
                ]
                yield index, hinge, join.join(parts)


def signatures(paper: Paper) -> list[str]:
    """The lines to sign, with the names that are known: a reviewer once the review is recorded."""
    settings = paper.settings
    reviewed_at = settings.reviewed_at or ""
    checked = f"{settings.reviewed_by or ''}  {reviewed_at[:10]}".strip() if reviewed_at else ""
    known = {"book.maker": settings.prepared_by or "", "book.checker": checked}
    space = " " if paper.lang == "en" else ""
    return [paper.say(key) + space + known.get(key, "") for key in _SIGNATURES]


def _sum(cells: Sequence[str]) -> str:
    return f"SUM({','.join(cells)})"


def _across(columns: Sequence[str], index: int, row: int) -> str:
    return _sum([f"{column}{row + 1}" for column in columns])


def _in_full(paper: Paper, what: str, fen: int, unit: Unit) -> str:
    """A sum in a unit: in capitals, which are for yuan alone, and in figures."""
    name, amount = unit.said(paper.lang), yuan(fen)
    if not unit.counts_yuan:
        return paper.say("book.in_all", what=what, amount=amount, unit=name)
    text_ = capitals(fen)
    if unit.in_yuan:
        return paper.say("book.capitals", what=what, text=text_, amount=amount)
    return paper.say("book.capitals_of", what=what, text=text_, amount=amount, unit=name)


# -- of a correction ----------------------------------------------------------------------------------

_REMARKS = {"gone": "book.due_gone", "new": "book.due_new"}


def due_book(
    correction: Correction, plan: Plan, about: Mapping[str, Any], lang: Lang,
    settings: SheetSettings,
) -> Form:  # fmt: skip
    """The only sheet of its workbook; `about` may hold `run` and `head` for the footer.

    The same input gives the same bytes.
    Raises PolicyProblem for more rows than a sheet has.
    """
    lines = [(v, id_, *amounts) for v in correction.villages for id_, amounts in v.amounts.items()]
    counties: dict[str, list[int]] = {}
    for place, (village, *_) in enumerate(lines):
        counties.setdefault(village.county, []).append(place)
    if len(lines) + len(counties) + OTHER_ROWS > MOST_ROWS:
        raise PolicyProblem([say("FC853", villages=len(correction.villages), most=MOST_ROWS)])
    paper = Paper(plan, len(lines), lang, settings)
    payers = {id_: title.say(lang) for id_, title in correction.payers.items()}
    coded = all(v.code for v, *_ in lines)
    who = f"book.due_{named_by(plan.policy.facts)}"
    texts = {
        "book.due_name": [v.name for v, *_ in lines],
        "book.due_county": [v.county for v, *_ in lines],
        "book.due_town": [] if coded else [v.town for v, *_ in lines],
        "book.due_code": [v.code for v, *_ in lines],
        "book.due_item": [correction.outputs[id_][0].say(lang) for _, id_, *_ in lines],
        "book.due_payer": [
            payers.get(correction.outputs[id_][1], correction.outputs[id_][1])
            for _, id_, *_ in lines
        ],
    }
    amounts = {
        "book.due_before": [before for *_, before, _ in lines],
        "book.due_after": [after for *_, after in lines],
        "book.due_pay": [max(after - before, 0) for *_, before, after in lines],
        "book.due_deduct": [max(before - after, 0) for *_, before, after in lines],
    }
    remarks = [paper.say(_REMARKS[v.presence]) if v.presence in _REMARKS else "" for v, *_ in lines]
    cols = [Col("number", paper.say("book.number"), range(len(lines)), "number", summed=False)]
    for key, values in sorted(texts.items(), key=lambda text: text[0] != who):
        if key == who or any(values):
            fact = plan.policy.facts.get(key.removeprefix("book.due_"))
            title = fact.title.say(lang) if fact is not None and fact.written else paper.say(key)
            least, most = (15, 18) if key == who else (2, 12)
            cols.append(Col(key, title, values, least=least, most=most))
    unit = unit_of(plan.policy)
    cols += [_owed(paper, key, key, values, unit) for key, values in amounts.items()]
    if any(remarks):
        cols.append(Col("remark", paper.say("book.due_remark"), remarks, most=10))
    form = Form(paper, paper.say("book.due_sheet"), cols, checked=True)
    title = paper.say("book.due_title", title=plan.policy.title.say(lang))
    corrects = paper.say("book.due_corrects", run=correction.corrects, reason=correction.reason)
    form.head(title, plan, [corrects])
    parts = [
        Group(
            paper.say("book.due_county_sum", name=county or paper.say("book.no_county"), n=len(rows))
            if len(counties) > 1 else None, "county", rows,
        )
        for county, rows in counties.items()
    ]  # fmt: skip
    form.body(Group(paper.say("book.due_sum_of", n=len(lines)), "total", (), parts, WHOLE))
    form.foot(_below(paper, correction, payers, unit), signatures(paper), about, [form.checks()])
    return form


def _owed(paper: Paper, id_: str, key: str, fen: Sequence[int], unit: Unit) -> Col:
    """A column of amounts; one of another unit than the paper's says so."""
    title = paper.say(key)
    if unit.in_yuan:
        return Col(id_, title, fen, "money")
    title = with_unit(Words(title, title), Number(unit)).say(paper.lang)
    return Col(id_, title, fen, "number", decimals=FEN_DECIMALS, unit=unit)


def _below(
    paper: Paper, correction: Correction, payers: Mapping[str, str], unit: Unit
) -> list[str]:
    """Both sums, in capitals where they are yuan, and what each payer pays and takes back."""
    total, said_unit = correction.total(), unit.said(paper.lang)
    lines = [
        _in_full(paper, paper.say("book.due_pay_all"), total.pay, unit),
        _in_full(paper, paper.say("book.due_deduct_all"), total.deduct, unit),
    ]
    for payer, sums in correction.by_payer().items():
        name = payers.get(payer, payer)
        lines.append(
            paper.say(
                "book.due_of_payer", name=name, pay=yuan(sums.pay), deduct=yuan(sums.deduct),
                net=yuan(sums.net), unit=said_unit,
            )
        )  # fmt: skip
    return lines
