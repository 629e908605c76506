"""From a table of a roster to facts: read each column, and say what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fundcalc.core.interval import INT64, Interval
from fundcalc.engines.sql import wrong
from fundcalc.engines.sql.dialect import Dialect
from fundcalc.engines.sql.piece import Piece
from fundcalc.language.datatypes import Date, Number, Text, YesNo
from fundcalc.language.nodes import Value
from fundcalc.policy.model import IDENTITY, Fact
from fundcalc.roster.cells import MAX_TEXT, UNSEEN

NO, YES = ("no", "n", "false", "0", "否", "无"), ("yes", "y", "true", "1", "是", "有", "√")
_PLAIN = "[+-]?(?:[0-9]+(?:[.][0-9]*)?|[.][0-9]+)"
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"


@dataclass(frozen=True, slots=True)
class Source:
    """How a roster's column is kept: `text`, or exact `int`, `yes/no` or `date`, or `ticks` and blanks.

    Figures count in 10**`power` of the fact's unit.
    """

    kind: str = "text"
    power: int = 0


class Facts:
    """The SQL of a policy's facts; facts without a source are read as text."""

    def __init__(
        self, dialect: Dialect, facts: Mapping[str, Fact], sources: Mapping[str, Source]
    ) -> None:
        self.dialect = self._d = dialect
        self.facts = facts
        self.sources = sources

    def who(self) -> str:
        """An expression that names a village in messages."""
        parts = [self._d.id(id_) for id_ in ("name", "county", "code") if id_ in self.facts]
        return f"concat_ws(', ', {', '.join(parts)})"

    def source(self, id_: str) -> Source:
        """How a fact's column is kept."""
        return self.sources.get(id_, Source())

    def raw(self, fact: Fact) -> str:
        """What the roster has: text, "" for nothing; or a value of a kind of its own, or NULL."""
        column = self._d.id(fact.id)
        if self.source(fact.id).kind not in ("text", "ticks"):
            return column
        return f"COALESCE(TRIM(CAST({column} AS {self._d.text})), '')"

    def read(self, fact: Fact) -> str:
        """Over `raw`: the value in smallest units, NULL where there is none or it cannot be read."""
        raw, source = self._d.id(raw_name(fact)), self.source(fact.id)
        if source.kind == "ticks":
            return f"{raw} <> ''"
        if isinstance(fact.type, YesNo):
            return raw if source.kind == "yes/no" else self._yes_no(raw)
        if isinstance(fact.type, Date):
            day = raw
            if source.kind != "date":
                ten = f"CASE WHEN {self._d.matches(raw, _DAY)} THEN {raw} END"
                day = f"TRY_CAST({ten} AS DATE)"
            return f"CAST({self._d.ordinal(day)} AS BIGINT)"
        decimals = fact.decimals + source.power
        if source.kind == "int":
            wide = f"{self._d.widened(raw)} * {10**decimals}" if decimals else raw
            return f"TRY_CAST({wide} AS BIGINT)"
        return self._number(raw, decimals)

    def _number(self, text: str, decimals: int) -> str:
        d = self._d
        fine = d.matches(text, self._exact(decimals))
        whole = f"REPLACE(split_part({text}, '.', 1), '+', '')"
        if decimals:
            whole += f" || rpad(split_part({text}, '.', 2), {decimals}, '0')"
        return f"CASE WHEN {fine} THEN TRY_CAST({whole} AS BIGINT) END"

    def _exact(self, decimals: int) -> str:
        if not decimals:
            return "[+-]?[0-9]+(?:[.]0*)?"
        return f"[+-]?(?:[0-9]+(?:[.][0-9]{{0,{decimals}}}0*)?|[.][0-9]{{1,{decimals}}}0*)"

    def _yes_no(self, raw: str) -> str:
        yes, no = (", ".join(map(self._d.string, words)) for words in (YES, NO))
        text = f"LOWER({raw})"
        return f"CASE WHEN {text} IN ({yes}) THEN TRUE WHEN {text} IN ({no}) THEN FALSE END"

    # -- after reading ------------------------------------------------------------------------

    def blank(self, fact: Fact) -> str:
        """Whether the roster has nothing, over the columns that were read."""
        if isinstance(fact.type, Text):
            return f"{self._d.id(fact.id)} = ''"
        raw = self._d.id(raw_name(fact))
        if self.source(fact.id).kind == "ticks":
            return "FALSE"
        return f"{raw} = ''" if self.source(fact.id).kind == "text" else f"{raw} IS NULL"

    def fault(self, fact: Fact) -> str:
        """The code of what is wrong, NULL where nothing is, over the columns that were read."""
        cases = self._wrong(fact)
        if fact.required:
            cases.insert(0, (self.blank(fact), wrong.missing))
        elif not isinstance(fact.type, Text):
            cases.insert(0, (self.blank(fact), None))
        if not cases:
            return "NULL"
        codes = [(when, f"'{make(fact, '').code}'" if make else "NULL") for when, make in cases]
        listed = " ".join(f"WHEN {when} THEN {code}" for when, code in codes)
        return f"CASE {listed} END"

    def _wrong(self, fact: Fact) -> list[tuple[str, wrong.Maker | None]]:
        d, column = self._d, self._d.id(fact.id)
        if isinstance(fact.type, Text):
            return self._wrong_text(fact, column)
        raw, text = d.id(raw_name(fact)), self.source(fact.id).kind == "text"
        if isinstance(fact.type, YesNo):
            return [(f"{column} IS NULL", wrong.no_yes_or_no)]
        cases: list[tuple[str, wrong.Maker | None]] = [(f"{column} IS NULL", wrong.no_day)]
        if isinstance(fact.type, Number):
            cases = [(f"{column} IS NULL", wrong.out_of_range)]
            if text:
                fine = self._exact(fact.decimals + self.source(fact.id).power)
                unread = f"{column} IS NULL AND NOT"
                cases.insert(0, (f"{unread} {d.matches(raw, fine)}", wrong.too_fine))
                cases.insert(0, (f"{unread} {d.matches(raw, _PLAIN)}", wrong.no_number))
            if fact.low is None or fact.low >= 0:
                cases.append((f"{column} < 0", wrong.negative))
        if fact.low is not None and fact.low != 0:
            cases.append((f"{column} < {fact.low}", wrong.out_of_range))
        if fact.high is not None:
            cases.append((f"{column} > {fact.high}", wrong.out_of_range))
        return cases

    def _wrong_text(self, fact: Fact, column: str) -> list[tuple[str, wrong.Maker | None]]:
        d = self._d
        if fact.digits:
            exponent = d.matches(column, "[0-9](?:[.][0-9]+)?[eE][+]?[0-9]{1,3}")
            digits = d.matches(column, f"[0-9]{{{fact.digits}}}")
            other = f"{column} <> '' AND NOT {digits}"
            return [(f"{other} AND {exponent}", wrong.exponent), (other, wrong.wrong_digits)]
        cases: list[tuple[str, wrong.Maker | None]] = [
            (f"LENGTH({column}) > {MAX_TEXT}", wrong.too_long),
            (d.finds(column, _escaped(UNSEEN)), wrong.unseen),
        ]
        options = fact.type.options if isinstance(fact.type, Text) else None
        if options is not None:
            listed = ", ".join(d.string(text) for text in sorted(options))
            cases.append((f"{column} <> '' AND {column} NOT IN ({listed})", wrong.no_option))
        return cases

    def value(self, fact: Fact) -> str:
        """The fact with its default in place of nothing, over the columns that were read."""
        column, default = self._d.id(fact.id), fact.default
        if isinstance(fact.type, Text):
            if isinstance(default, str) and default:
                return f"CASE WHEN {column} = '' THEN {self._d.string(default)} ELSE {column} END"
            return column
        return column if default is None else f"COALESCE({column}, {self._literal(default)})"

    def _literal(self, value: Value) -> str:
        if isinstance(value, bool):
            return "TRUE" if value else "FALSE"
        return str(value)

    def piece(self, fact: Fact) -> Piece:
        """The fact as a column with its bounds."""
        low = fact.low if fact.low is not None else INT64.low
        high = fact.high if fact.high is not None else INT64.high
        if isinstance(fact.type, Date):
            low, high = 1, 4_000_000
        return Piece(self._d.id(fact.id), bounds=Interval(low, high))

    def key(self) -> str:
        """A text that no two villages share: the code, or county, town and name without one."""
        parts = [self._d.id(id_) for id_ in ("county", "town", "name") if id_ in self.facts]
        whole = f"concat_ws({self._d.string('|')}, {', '.join(parts)})" if parts else "''"
        if "code" not in self.facts:
            return whole
        code = self._d.id("code")
        return f"CASE WHEN {code} <> '' THEN {code} ELSE {whole} END"


def raw_name(fact: Fact) -> str:
    """The column that holds what the roster has of a fact, as text."""
    return f"{fact.id}:raw"


def identity(facts: Mapping[str, Fact]) -> list[str]:
    """The identity facts, then all others, in table order."""
    return [id_ for id_ in IDENTITY if id_ in facts] + [i for i in facts if i not in IDENTITY]


def _escaped(characters: str) -> str:
    """A class of characters written with their numbers, without the surrogates that UTF-8 has not."""
    inside = characters[1:-1].replace("\ud800-\udfff", "")
    return "[" + "".join(c if c == "-" else f"\\x{{{ord(c):x}}}" for c in inside) + "]"
