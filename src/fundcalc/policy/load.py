"""Policy files to a checked Policy, with every mistake in all of them at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, Span, errors, in_order
from fundcalc.base.money import FEN_DECIMALS
from fundcalc.base.words import VILLAGES, Words, listing, same, speak_of
from fundcalc.language.datatypes import (
    Date,
    Number,
    Text,
    Texts,
    Type,
    Unknown,
    YesNo,
    adds_up,
    is_money,
)
from fundcalc.language.nodes import BEFORE, Aggregate, Choice, Const, Name, Node, names, walk
from fundcalc.language.parse import parse
from fundcalc.language.reader import Scope, Symbol
from fundcalc.language.syntax import Source
from fundcalc.language.units import PLAIN
from fundcalc.policy import bundle as bundles
from fundcalc.policy import schema, values
from fundcalc.policy.bundle import CATALOGUE, ROSTER_FILE, RULES, VILLAGE_FILE, Bundle
from fundcalc.policy.columns import looked_back
from fundcalc.policy.decision_table import Tabled, with_rules
from fundcalc.policy.declarations import (
    Catalogue,
    Facts,
    FileReader,
    Names,
    Use,
    bad_id,
    before_fact,
    order,
)
from fundcalc.policy.model import (
    ALL,
    ANY_DAY,
    VILLAGE,
    Fact,
    Must,
    Otherwise,
    Output,
    Papers,
    Policy,
    Programme,
    Rule,
    Share,
    Summary,
)
from fundcalc.policy.plan import planned_expressions, sentences
from fundcalc.policy.sentences import by_ids, check_template, names_in
from fundcalc.policy.tables import Tables
from fundcalc.policy.tomlfile import KeyPath, TomlFile, outputs_in, read_toml, validate

M = TypeVar("M", bound=BaseModel)


def load_policy(path: Path | None = None) -> Policy:
    """The policy at a path, else ./policies.toml, else the shipped one.

    A path is a folder with policies.toml, or that file. Raises PolicyProblem with every error.
    """
    return load(path)[0]


def load(
    path: Path | Bundle | None = None, finer: Mapping[str, int] | None = None
) -> tuple[Policy, list[Diagnostic]]:
    """As `load_policy`, with what is doubtful in the policy.

    `finer` gives open parameters more decimals than their values have, to try a value that needs them.
    """
    bundle = bundles.find(path)
    policy, diagnostics = read(bundle, finer)
    if policy is None:
        raise PolicyProblem(diagnostics)
    fine = {Span(bundle.show(accept.where)) for accept in policy.accepted if accept.code == "FC143"}
    return policy, [d for d in diagnostics if d.code != "FC143" or d.where not in fine]


def read(
    bundle: Bundle, finer: Mapping[str, int] | None = None
) -> tuple[Policy | None, list[Diagnostic]]:
    """The checked policy of a bundle, or None, and everything wrong or doubtful in order."""
    loader = _Loader(bundle, finer or {})
    policy = loader.load()
    diagnostics = in_order(loader.problems)
    return (None if errors(diagnostics) else policy), diagnostics


class _Loader:
    def __init__(self, bundle: Bundle, finer: Mapping[str, int]) -> None:
        self._bundle, self._finer = bundle, finer
        self.problems: list[Diagnostic] = []
        self._names = Names()
        self._broken: list[TomlFile] = []

    def load(self) -> Policy | None:
        catalogue = self._file(CATALOGUE, schema.PoliciesFile, None)
        span = catalogue[0].key_span(("policy", "programmes")) if catalogue else None
        if catalogue is not None and not catalogue[1].policy.programmes:
            self.problems.append(
                say("FC103.no_programme", catalogue[0].span(("policy", "programmes")))
            )
        listed_ids = catalogue[1].policy.programmes if catalogue else []
        name = self._roster_file(listed_ids)
        village = self._file(name, schema.VillageFile, span) if name else None
        if catalogue is None or village is None:
            self._shapes_only(catalogue)
            return None
        self._unlisted(listed_ids)
        declared = Catalogue(catalogue[0], self._names, catalogue[1], self._finer)
        declared.units()
        sources, payers = declared.sources(self._bundle), declared.payers()
        readings, parameters = declared.readings(), declared.parameters()
        listed = Facts(village[0], self._names)
        facts = self._names.facts = listed.facts(village[1])
        noun = listed.noun(village[1], facts)
        speak_of(noun)
        readers = self._readers(*catalogue)
        for reader in readers:
            reader.declare()
        musts = listed.musts(village[1], facts)
        for broken in self._broken:
            self._declare_roughly(broken)
        self._names.look_back()
        table_reader = Tables(catalogue[0], self._names, catalogue[1], self._bundle)
        tables = table_reader.tables()
        declared.rates(parameters, tables)
        read = [reader.read() for reader in readers]
        table = catalogue[1]
        if len(readers) + len(self._broken) < len(table.policy.programmes):
            self._forget_unknown(readers)
        owner = {o.id: p.id for p in read if p is not None for o in p.outputs}
        for part in (declared, listed, table_reader, *readers):
            self.problems += part.problems
        programmes = [p for p in read if p is not None]
        nodes = [node for programme in programmes for node in planned_expressions(programme)]
        self.problems += values.never_met(parameters, nodes, table, catalogue[0].span)
        if errors(self.problems) or len(programmes) != len(table.policy.programmes):
            return None
        paying = {payer for reader in readers for payer in reader.paying}
        self.problems += values.unused_payers(paying, payers, catalogue[0].key_span)
        ordered, circles = order([(reader.id, reader.uses) for reader in readers], owner)
        self.problems += circles
        by_id = {p.id: p for p in programmes}
        before: dict[str, Fact] = {}
        for id_, symbol_and_now in self._looked_back(facts, programmes, nodes):
            before[id_] = before_fact(*symbol_and_now, [*facts.values(), *before.values()])
        policy = Policy(
            table.policy.id, table.policy.title, table.policy.on, sources, readings, payers,
            parameters, {**facts, **before}, tuple(by_id[id_] for id_ in ordered), self._bundle.digest,
            tuple(table.policy.programmes), self._bundle.content, Papers(**dict(table.papers or {})),
            tables=tables, accepted=declared.accepted(), musts=musts, noun=noun,
        )  # fmt: skip
        policy = replace(policy, noun=replace(noun, money=policy.has_money))
        speak_of(policy.noun)
        return policy if errors(self.problems) or not before else looked_back(policy, [*before])

    def _looked_back(
        self, facts: Mapping[str, Fact], programmes: Sequence[Programme], nodes: Sequence[Node]
    ) -> Iterator[tuple[str, tuple[Symbol, Fact | Output]]]:
        """What the programmes use of the run before: its name, and the fact or output as it is now."""
        now: dict[str, Fact | Output] = {**facts}
        now |= {output.id: output for programme in programmes for output in programme.outputs}
        symbols = {symbol.id: symbol for symbol in self._names.symbols.values()}
        nodes = [
            *nodes,
            *(n for programme in programmes for _, s in programme.shares for n in s.per),
        ]
        used = {name.id: None for node in nodes for name in names(node)}
        said = [w for programme in programmes for w in sentences(programme)]
        used |= dict.fromkeys(sorted(n for w in said for n in names_in(w.zh) | names_in(w.en)))
        for id_ in used:
            head, _, name = id_.partition(".")
            if head == BEFORE and name in now:
                yield id_, (symbols[id_], now[name])

    def _roster_file(self, programmes: Sequence[str]) -> str | None:
        """The file that declares what a roster says; None, noted, where there are two."""
        new, old = f"{RULES}/{ROSTER_FILE}.toml", f"{RULES}/{VILLAGE_FILE}.toml"
        if new not in self._bundle.content or ROSTER_FILE in programmes:
            speak_of(VILLAGES)
            return old
        speak_of(replace(VILLAGES, file=f"{ROSTER_FILE}.toml"))
        if old in self._bundle.content and VILLAGE_FILE not in programmes:
            spans = [Span(self._bundle.show(old))]
            span = Span(self._bundle.show(new))
            self.problems.append(say("FC128", span, spans=spans, new=new, old=old))
            return None
        return new

    def _declare_roughly(self, file: TomlFile) -> None:
        """Take the names that a file out of shape declares, so that others may use them."""
        for id_, path in outputs_in(file):
            problem = self._names.take(Symbol(id_, "output", Unknown()), file.span(path))
            self.problems += [problem] if problem else []

    def _unlisted(self, programmes: Sequence[str]) -> None:
        """Warn of files in rules/ that are no programme; the names that they would declare are noted."""
        for name in self._beside(programmes):
            label = self._bundle.show(name)
            self.problems.append(say("FC143", Span(label), name=name, id=Path(name).stem))
            file = read_toml(label, self._bundle.content[name])
            outputs = () if isinstance(file, Diagnostic) else outputs_in(file)
            self._names.unlisted |= {id_: name for id_, _ in outputs}

    def _forget_unknown(self, readers: list[ProgrammeReader]) -> None:
        """Names may be unknown only because the file that declares them could not be read."""
        for reader in readers:
            reader.problems = [d for d in reader.problems if d.code not in ("FC113", "FC203")]

    def _file(self, name: str, model: type[M], needed_by: Span | None) -> tuple[TomlFile, M] | None:
        label = self._bundle.show(name)
        data = self._bundle.content.get(name)
        if data is None:
            self.problems.append(say("FC001.no_file", needed_by or Span(label), name=name))
            return None
        file = read_toml(label, data)
        if isinstance(file, Diagnostic):
            self.problems.append(file)
            return None
        table, problems = validate(file, model)
        self.problems += problems
        if table is None and model is schema.ProgrammeFile:
            self._broken.append(file)
        return None if table is None else (file, table)

    def _readers(self, file: TomlFile, table: schema.PoliciesFile) -> list[ProgrammeReader]:
        readers: list[ProgrammeReader] = []
        for index, id_ in enumerate(table.policy.programmes):
            span = file.span(("policy", "programmes", index))
            if id_ in table.policy.programmes[:index]:
                first = file.span(("policy", "programmes", table.policy.programmes.index(id_)))
                self.problems.append(say("FC107", span, spans=(first,), name=id_))
                continue
            programme = self._programme(id_, span)
            if programme is not None:
                readers.append(ProgrammeReader(programme[0], self._names, programme[1], table))
        return readers

    def _programme(self, id_: str, span: Span) -> tuple[TomlFile, schema.ProgrammeFile] | None:
        if not id_.isidentifier():
            self.problems.append(say("FC106", span, name=id_[:80]))
            return None
        read = self._file(f"{RULES}/{id_}.toml", schema.ProgrammeFile, span)
        if read is not None and read[1].programme.id != id_:
            where = read[0].span(("programme", "id"))
            self.problems.append(say("FC112", where, found=read[1].programme.id[:80], wanted=id_))
            return None
        if read is None:
            return None
        file, problems = with_rules(*read, self._bundle)
        self.problems += problems
        if file is None:
            self._broken.append(read[0])
            return None
        return file, read[1]

    def _shapes_only(self, catalogue: tuple[TomlFile, schema.PoliciesFile] | None) -> None:
        """Where the declarations are broken, at least say what else is out of shape."""
        if catalogue is not None:
            self._readers(*catalogue)
            return
        for name in self._beside(()):
            self._file(name, schema.ProgrammeFile, None)

    def _beside(self, programmes: Iterable[str]) -> list[str]:
        """The files in rules/ beside those of programmes and what a roster says."""
        known = {f"{RULES}/{id_}.toml" for id_ in (*programmes, ROSTER_FILE, VILLAGE_FILE)}
        return [
            name
            for name in self._bundle.content
            if Path(name).parent == Path(RULES) and name not in known
        ]


_WORD = re.compile(r"\w+")
_TEXT_POLICIES = ("unique", "first", "any", "collect")
_RATIO = Number(PLAIN, 6)


class ProgrammeReader(FileReader):
    """Reads one programme file. `declare` first for all programmes, then `read` for each."""

    def __init__(
        self, file: TomlFile, names_: Names, table: schema.ProgrammeFile,
        catalogue: schema.PoliciesFile,
    ) -> None:  # fmt: skip
        super().__init__(file, names_)
        self.id = table.programme.id
        self.uses: list[Use] = []
        self._table, self.paying = table, {payer for _, payer in table.payers}
        self._catalogue = catalogue
        self._types: dict[str, Type] = {}
        self._earlier: frozenset[str] = frozenset()
        self._period, self._per = ANY_DAY, tuple[str, ...]()
        self._scope = Scope(names_.symbols, names_.units, names_.tables, unlisted=names_.unlisted)

    # -- names and types of outputs ------------------------------------------------------------

    def declare(self) -> None:
        """Register the programme's outputs as names."""
        head = self._table.programme
        if head.per is not None:
            self._of_groups(head.per)
        self._declare(head.output, self._result_type(), ("programme",), "output", head)
        for index, entry in enumerate(self._table.also):
            place: KeyPath = ("also", index)
            kind = Date() if entry.type else self._amount(place, entry.unit, entry.decimals)
            self._declare(entry.id, kind, place, "id", entry)
        self._references()

    def _declare(
        self, id_: str, kind: Type, path: KeyPath, key: str,
        entry: schema.ProgrammeTable | schema.AlsoTable,
    ) -> None:  # fmt: skip
        self._types[id_] = kind
        self.take(Symbol(id_, "output", kind), self.file.span((*path, key)))
        if entry.public and not isinstance(kind, Unknown) and not adds_up(kind):
            self.say("FC122", (*path, "public"), name=id_)
        if entry.direction == "charge" and not isinstance(kind, Number | Unknown):
            self.say("FC125", (*path, "direction"), name=id_)
        if self._per:
            self.names.once[id_] = frozenset(self._per)
            if entry.public:
                self.say("FC135.public", (*path, "public"), name=id_)

    def _of_groups(self, names: str | list[str]) -> None:
        """Take the facts whose groups the programme decides for, each group once."""
        listed, known = names if isinstance(names, list) else [names], self._scope.symbols
        facts = [known[name] for name in dict.fromkeys(listed) if name in known]
        self._per = tuple(f.id for f in facts if f.kind == "fact" and isinstance(f.type, Text))
        if not listed or len(self._per) < len(listed):
            self.say("FC135", ("programme", "per"), found=", ".join(listed)[:80])
        if self._table.summary:
            self.say("FC135.summary", ("summary", 0, "id"))

    def _group_scope(self) -> Scope:
        """The names that stand for one group: its facts, and what is decided for it or a larger one."""
        once, per = self.names.once, frozenset(self._per)
        grouped = {*self._per, *(id_ for id_, facts in once.items() if facts <= per)}
        called = ((id_, self.names.facts[id_].called) for id_ in self._per)
        each = tuple(Name(Text(), (0, 0), id_, "fact", name) for id_, name in called)
        return replace(
            self._scope, each=each, grouped=frozenset(grouped if per else ()), once=frozenset(once)
        )

    def _result_type(self) -> Type:
        head = self._table.programme
        path: KeyPath = ("programme",)
        policy = head.hit_policy
        if policy == "collect count":
            return Number(PLAIN, 0)
        if policy == "collect":
            if head.unit is not None or head.type in ("yes/no", "date"):
                instead = words("policy.list_of_text")
                self.say("FC117", (*path, "hit_policy"), hit_policy=policy, wanted=instead)
            return Texts(self._ids())
        if head.type is not None:
            if policy not in _TEXT_POLICIES:
                instead = words("policy.a_number")
                self.say("FC117", (*path, "type"), hit_policy=policy, wanted=instead)
            if head.type == "date":
                return Date()
            return YesNo() if head.type == "yes/no" else Text(self._ids())
        if head.unit is None:
            self.say("FC102", self.file.key_span(path), key="unit")
            return Unknown()
        return self._amount(path, head.unit, head.decimals)

    def _amount(self, path: KeyPath, unit: str | None, decimals: int | None) -> Type:
        """A number's type; what is money is kept in whole fen."""
        kind = self.number(path, unit, decimals)
        if is_money(kind) and decimals not in (None, FEN_DECIMALS):
            self.say("FC123", (*path, "decimals"))
        return kind

    def _ids(self) -> frozenset[str] | None:
        """The only values a programme of text can give: the ids of its rules, unless it writes others."""
        table = self._table
        if any(rule.then is not None for rule in table.rule):
            return None
        if table.otherwise is not None and isinstance(table.otherwise.value, str):
            return None
        gap = {table.otherwise.id} if table.otherwise else set()
        return frozenset({rule.id for rule in table.rule} | gap)

    def _references(self) -> None:
        """Note sources and payers that are not declared, and rules without a source."""
        table, known = self._table, self._catalogue
        for index, rule in enumerate(table.rule):
            self.reference(("rule", index), rule.source, known.sources, rule.id)
            self.quoted(("rule", index), rule.source, rule.quote)
        parts: list[tuple[KeyPath, schema.OtherwiseTable | schema.AlsoTable]] = [
            (("also", index), entry) for index, entry in enumerate(table.also)
        ]
        if table.otherwise is not None:
            parts.append((("otherwise",), table.otherwise))
        for path, entry in parts:
            if entry.source is not None:
                self.reference(path, entry.source, known.sources, entry.id)
            self.quoted(path, entry.source, entry.quote)
        for path, payer in table.payers:
            self.declared((*path, "payer"), payer, known.payers, "policy.payer")

    # -- expressions ----------------------------------------------------------------------------

    def read(self) -> Programme | None:
        """The checked programme, or None where an expression is wrong."""
        table, head = self._table, self._table.programme
        kind = self._types[head.output]
        self._scope = self._group_scope()
        self._period = self.period(("programme",), head)
        if isinstance(self.file, Tabled):
            self.problems += self.file.unknown(self._scope.symbols)
        rules = [self._rule(index, entry, kind) for index, entry in enumerate(table.rule)]
        otherwise = self._otherwise(kind)
        also = [self._also(index, entry) for index, entry in enumerate(table.also)]
        summaries = [self._summary(index, entry) for index, entry in enumerate(table.summary)]
        musts = [self._must(index, entry) for index, entry in enumerate(table.must)]
        also += self._per_rule(rules, kind)
        self._check_ids()
        if any(part is None for part in (*rules, *also, *summaries, *musts)):
            return None
        if table.otherwise is not None and otherwise is None:
            return None
        span = self.file.span(("programme", "output"))
        said, payer = self._said(head.output_title or head.title, head)
        return Programme(
            self.id, head.title, head.hit_policy,
            Output(
                head.output, said, kind, payer, None, None, None, None, span,
                paper=head.paper, public=head.public, charge=head.direction == "charge",
                per=self._per,
            ),
            tuple(r for r in rules if r), otherwise, tuple(a for a in also if a),
            tuple(s for s in summaries if s), head.note, self.file.key_span(("programme",)),
            period=self._period, musts=tuple(m for m in musts if m),
        )  # fmt: skip

    def _check_ids(self) -> None:
        seen: dict[str, Span] = {}
        ids: list[tuple[str, KeyPath]] = [
            (r.id, ("rule", i)) for i, r in enumerate(self._table.rule)
        ]
        if self._table.otherwise:
            ids.append((self._table.otherwise.id, ("otherwise",)))
        for id_, path in ids:
            span = self.file.span((*path, "id"))
            problem = bad_id(id_, span)
            if problem:
                self.problems.append(problem)
            elif seen.setdefault(id_, span) is not span:
                self.problems.append(say("FC107", span, spans=[seen[id_]], name=id_))

    def _rule(self, index: int, entry: schema.RuleTable, result: Type) -> Rule | None:
        path: KeyPath = ("rule", index)
        condition, then_text = self.file.source((*path, "when"), entry.when), entry.then
        if isinstance(self.file, Tabled):
            condition, problems = self.file.condition(index, self._scope.symbols)
            then_text = self.file.value(index, result, self._scope.symbols)
            formulas = self.file.formulas(index)
            self.problems += [*problems, *formulas]
            if formulas:
                return None
        when = self._parsed(condition, YesNo(), self._scope)
        then, share = self._decides(path, entry.id, then_text, entry.share, "then", result)
        because = self._sentence((*path, "because"), entry.because)
        period = self.period(path, entry, self._period)
        if when is None or (then is None and share is None):
            return None
        return Rule(
            entry.id, entry.title, when, then, share, entry.source, because,
            self.file.span((*path, "id")), entry.cliff_ok.reason if entry.cliff_ok else None,
            condition.locate,
            period if share is None else period.within(share.period), entry.quote,
        )  # fmt: skip

    def _decides(
        self, path: KeyPath, id_: str, value: object, share: schema.ShareTable | None, key: str,
        kind: Type,
    ) -> tuple[Node | None, Share | None]:  # fmt: skip
        """The expression, or the share, that a rule or a further output decides; exactly one."""
        if value is None and share is None and key == "then":
            implied = self._implied(id_, kind)
            if implied is not None:
                return implied, None
        if value is None and isinstance(self.file, Tabled) and key == "then":
            self.say("FC132.blank", (*path, key))
            return None, None
        if (value is None) == (share is None):
            self.say("FC110", self.file.key_span(path), id=id_, key=key)
            return None, None
        if share is not None and self._per:
            self.say("FC135.share", (*path, "share"))
            return None, None
        if share is not None:
            return None, self._share((*path, "share"), share, kind)
        item = Text() if isinstance(kind, Texts) else kind
        return self._expression((*path, key), value, item), None

    def _implied(self, id_: str, kind: Type) -> Node | None:
        """A rule without `then` decides its own id, or counts as one."""
        if isinstance(kind, Text | Texts):
            return Const(Text(), (0, 0), id_)
        if self._table.programme.hit_policy == "collect count":
            return Const(Number(PLAIN, 0), (0, 0), 1)
        return None

    def _otherwise(self, kind: Type) -> Otherwise | None:
        entry = self._table.otherwise
        if entry is None:
            return None
        path: KeyPath = ("otherwise",)
        because = self._sentence((*path, "because"), entry.because)
        value: Node | None = None
        if entry.value is not None:
            value = self._expression((*path, "value"), entry.value, kind)
        elif isinstance(kind, Texts):
            value = Const(kind, (0, 0), ())
        elif self._table.programme.hit_policy == "collect count":
            value = Const(kind, (0, 0), 0)
        elif isinstance(kind, Text):
            value = Const(Text(), (0, 0), entry.id)
        else:
            self.say("FC102", self.file.key_span(path), key="value")
        if value is None:
            return None
        span = self.file.span((*path, "id"))
        period = self.period(path, entry, self._period)
        return Otherwise(
            entry.id, entry.title, value, because, entry.source, span, period, entry.quote
        )

    def _also(self, index: int, entry: schema.AlsoTable) -> Output | None:
        path: KeyPath = ("also", index)
        kind = self._types[entry.id]
        before = (a.id for a in self._table.also[:index])
        self._earlier = frozenset([self._table.programme.output, *before])
        value, share = self._decides(path, entry.id, entry.value, entry.share, "value", kind)
        self._earlier = frozenset()
        because = self._sentence((*path, "because"), entry.because)
        if value is None and share is None:
            return None
        title, payer = self._said(entry.title or same(entry.id), entry)
        return Output(
            entry.id, title, kind, payer, value, share, because, entry.source,
            self.file.span((*path, "id")), entry.cliff_ok.reason if entry.cliff_ok else None,
            entry.paper, entry.public, entry.quote, charge=entry.direction == "charge",
            per=self._per,
        )  # fmt: skip

    def _said(
        self, title: Words, entry: schema.ProgrammeTable | schema.AlsoTable
    ) -> tuple[Words, str | None]:
        """An output's title and payer: of a charge also that it is to be paid, of a group for which one."""
        if self._per:
            called = listing([self.names.facts[id_].title for id_ in self._per])
            title = words("policy.once_for", title=title, groups=called)
        if entry.direction != "charge":
            return title, entry.payer
        payer = self._catalogue.payers.get(entry.payer or "")
        if payer is not None:
            return words("policy.to_pay_by", title=title, payer=payer.title), None
        to_pay = words("policy.to_pay", title=title)
        zh = title.zh if "应缴" in title.zh else to_pay.zh
        return Words(zh, title.en if "to pay" in title.en.casefold() else to_pay.en), None

    def _must(self, index: int, entry: schema.WholeMustTable) -> Must | None:
        path: KeyPath = ("must", index, "when")
        uses = len(self.uses)
        scope = replace(self._scope, pool=True, each=(), grouped=frozenset())
        when = self._expression(path, entry.when, YesNo(), scope)
        del self.uses[uses:]  # as a summary it comes after all outputs
        if when is not None and not any(isinstance(part, Aggregate) for part in walk(when)):
            self.say("FC202.no_rows", path)
        return None if when is None else Must(when, entry.because, self.file.span(path))

    def _per_rule(self, rules: Sequence[Rule | None], kind: Type) -> Iterator[Output]:
        """A further output for what each rule gives of a sum, where the programme asks for it."""
        head = self._table.programme
        if not head.amounts_per_rule:
            return
        if head.hit_policy != "collect sum" or any(r.share is not None for r in rules if r):
            self.say("FC124", ("programme", "amounts_per_rule"), hit_policy=head.hit_policy)
            return
        for rule in filter(None, rules):
            assert rule.then is not None
            name, none = rule.title or same(rule.id), Const(kind, (0, 0), 0)
            title = Words(f"{head.title.zh}：{name.zh}", f"{head.title.en}: {name.en}")
            yield Output(
                f"{self.id}.{rule.id}", self._said(title, head)[0], kind, None,
                Choice(kind, (0, 0), rule.when, rule.then, none), None, rule.because,
                rule.source, rule.span, paper=head.paper, public=head.public, of_rule=rule.id,
                charge=head.direction == "charge", per=self._per,
            )  # fmt: skip

    def _summary(self, index: int, entry: schema.SummaryTable) -> Summary | None:
        path: KeyPath = ("summary", index)
        uses = len(self.uses)
        scope = replace(self._scope, rows=False, each=())
        among = self._expression((*path, "among"), entry.among, YesNo(), scope)
        count = self._expression((*path, "count"), entry.count, YesNo(), scope)
        del self.uses[uses:]  # a summary may look at any output: it comes after all of them
        rounding = self.rounding((*path, "round"), entry.round, _RATIO)
        if among is None or count is None or rounding is None:
            return None
        return Summary(entry.id, entry.title, among, count, rounding[0], 6, rounding[1])

    def _share(self, path: KeyPath, entry: schema.ShareTable, kind: Type) -> Share | None:
        per = self._group((*path, "per"), entry.per)
        grouped = frozenset(name.id for name in per or () if isinstance(name, Name))
        group = replace(self._scope, pool=True, grouped=grouped)
        pool = self._expression((*path, "pool"), entry.pool, kind, group)
        by = self._expression((*path, "by"), entry.by, None)
        if by is not None and not isinstance(by.type, Number | Unknown):
            self.say("FC103", (*path, "by"), wanted=words("policy.a_number"))
        ends: list[Node | None] = []
        for key, text in (("at_most", entry.at_most), ("at_least", entry.at_least)):
            ends.append(None if text is None else self._expression((*path, key), text, kind))
            if text is not None and ends[-1] is None:
                return None
        if pool is None or by is None or per is None:
            return None
        span, period = self.file.span((*path, "pool")), self.period(path, entry, self._period)
        return Share(pool, per, by, ends[0], span, ends[1], entry.rest_to, period)

    def _group(self, path: KeyPath, per: str | list[str]) -> tuple[Node, ...] | None:
        """The facts that group villages; a choice between single ones may depend on readings."""
        if isinstance(per, list):
            parts: list[Node] = []
            for at, text in enumerate(per):
                part = self._group((*path, at), text)
                if part is None:
                    return None
                if text not in self._scope.symbols or text in per[:at]:
                    self.say("FC118.list", (*path, at), found=text[:80])
                    return None
                parts += part
            if not parts:
                self.say("FC118.list", path, found="")
            return tuple(parts) or None
        extra = {name: Symbol(name, "fact", Text()) for name in (ALL, VILLAGE)}
        scope = replace(self._scope, symbols={**self._scope.symbols, **extra})
        node = self._expression(path, per, Text(), scope)
        if node is not None and not _is_group(node):
            self.say("FC118", path, found=per[:80])
            return None
        return None if node is None else (node,)

    def _expression(
        self, path: KeyPath, raw: object, kind: Type | None, scope: Scope | None = None
    ) -> Node | None:
        text = values.expression(raw)
        if text is None:
            self.say("FC103", path, wanted=words("policy.an_expression"))
            return None
        return self._parsed(self.file.source(path, text), kind, scope or self._scope)

    def _parsed(self, source: Source, kind: Type | None, scope: Scope) -> Node | None:
        node, problems = parse(source, scope, kind)
        if self.names.refused & set(_WORD.findall(source.text)):
            problems = []  # what is wrong with the name is said where it is declared
        self.problems += problems
        if node is not None:
            for name in names(node):
                if name.kind == "output" and name.id not in self._earlier:
                    self.uses.append(Use(name.id, source.locate(*name.at)))
        return node

    def _sentence(self, path: KeyPath, sentence: Words | None) -> Words | None:
        known = self._scope.symbols
        if sentence is not None:
            self.problems += check_template(sentence.zh, self.file.span((*path, "zh")), known)
            self.problems += check_template(sentence.en, self.file.span((*path, "en")), known)
            sentence = by_ids(sentence, {name: symbol.id for name, symbol in known.items()})
        return sentence


def _is_group(node: Node) -> bool:
    if isinstance(node, Choice):
        fixed = all(name.kind in ("reading", "parameter") for name in names(node.condition))
        return fixed and _is_group(node.yes) and _is_group(node.no)
    return isinstance(node, Name) and node.kind == "fact" and isinstance(node.type, Text)
