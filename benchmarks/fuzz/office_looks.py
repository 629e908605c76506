"""Villages as they are, and how county offices lay out a list of them.

Columns, headers, where the unit stands, how figures are written: all drawn by dice.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any

from benchmarks.fuzz.changes import ROOT, listed
from benchmarks.fuzz.writing import Cell

PLACE = ("county", "town", "name", "code")
MONEY = ("collective_income", "existing_funding", "current_subsidy")
PERSONS = ("residents", "other_cadres")
FLAGS = (
    "registered_poor",
    "weak_organisation",
    "former_empty_shell",
    "has_venue",
    "first_secretary",
)
DEFAULTS = {"existing_funding": 0, "current_subsidy": 0, **dict.fromkeys(FLAGS, False)}
DEFAULTS["has_venue"] = True
COUNTIES = ("娄烦县", "阳曲县", "清徐县", "古交市", "晋源区", "尖草坪区", "杏花岭区")


@dataclass(slots=True)
class Village:
    """One village as it is: money in fen."""

    county: str
    town: str
    name: str
    code: str
    facts: dict[str, int | bool]


class Draw:
    """Draws kinds and keeps them in mind; what may come of the case is in `verdict`."""

    def __init__(self, seed: str, skip: frozenset[str], only: frozenset[str] | None) -> None:
        self.seed, self.rng, self.skip = seed, random.Random(f"office/{seed}"), skip
        self.only = only
        self.drawn: Counter[str] = Counter()
        self.kinds: list[str] = []
        self.verdict = "sound"
        self.has = {"county", "town", "name"}

    def maybe(self, chance: float, kind: str) -> bool:
        """Whether a kind is drawn; it is kept in mind. What follows does not hang on what went before."""
        if self.only is not None:
            chance = 0.6 if kind in self.only else 0
        drawn = self.rng.random() < chance and kind not in self.skip
        if drawn:
            self.kinds.append(kind)
        self._reseed(kind)
        return drawn

    def _reseed(self, kind: str) -> None:
        self.drawn[kind] += 1
        self.rng.seed(f"{self.seed}/{kind}/{self.drawn[kind]}")

    def pick(self, chances: dict[str, float], plain: str) -> str:
        """One of several kinds; `plain` where the one that was drawn is left out."""
        if self.only is not None:
            chances = {k: 1.0 for k in chances if k == plain or k in self.only}
        kind = self.rng.choices(list(chances), list(chances.values()))[0]
        self._reseed("/".join(chances))
        if kind == plain or kind in self.skip:
            return plain
        self.kinds.append(kind)
        return kind

    def may_ask(self) -> None:
        """What was drawn may be asked about."""
        self.verdict = "either" if self.verdict == "sound" else self.verdict

    def villages(self, county: str) -> list[Village]:
        """The villages of a county by town."""
        rng = self.rng
        found: list[Village] = []
        most = 3 if "many" in self.skip else rng.choice([4, 5, 8, 8, 12, 30])
        tricky = self.maybe(0.1, "tricky names")
        for town_number in range(1 if most == 3 else rng.randrange(1, 4)):
            town = _name(rng) + rng.choice(["乡", "镇", "镇", "街道"])
            for at in range(rng.randrange(1 if most > 3 else 3, most + 1)):
                name = _name(rng) + rng.choice(listed("village ends"))
                if self.maybe(0.02, "社区"):
                    name = _name(rng) + "社区"
                if tricky and rng.random() < 0.3:
                    name = rng.choice(listed("tricky villages"))
                if _bare(name) in {_bare(v.name) for v in found}:
                    continue
                place = f"99{COUNTIES.index(county):02d}{rng.randrange(100):02d}"
                code = f"{place}{town_number + 1:02d}0{at + 1:03d}"
                found.append(Village(county, town, name, code, self.facts()))
        return found

    def facts(self) -> dict[str, int | bool]:
        """Realistic figures."""
        rng = self.rng
        income = rng.choice([rng.randrange(20, 6_000) * 100, rng.randrange(20, 900) * 100])
        if rng.random() < 0.1:
            income = 0
        found: dict[str, int | bool] = {
            "residents": rng.randrange(100, 3_401),
            "collective_income": income * 100
            + (rng.randrange(100) if rng.random() < 0.03 and income else 0),
            "other_cadres": rng.randrange(1, 7),
            "existing_funding": 0 if rng.random() < 0.15 else rng.randrange(10, 241) * 100_000,
            "current_subsidy": rng.randrange(36, 97) * 10_000,
        }
        return found | {flag: rng.random() < 0.3 for flag in FLAGS}


def _name(rng: random.Random) -> str:
    return "".join(
        rng.sample(
            "茜貂獾陂坂棚筏榆槐桐椿楸檀柘杞枣柏栗枫蒲苇荻芦蓼蘅芷菱莲藕鹤鹭雁鸢鸥隼",
            rng.choice([2, 2, 3]),
        )
    )


def _bare(name: str) -> str:
    return name.removesuffix("村")


UNITS = {0: "元", 2: "百元", 3: "千元", 4: "万元"}
TRADITIONAL = str.maketrans(
    "村县镇乡经济费补贴现员数万单总计贫软涣壳书记场为档",
    "村縣鎮鄉經濟費補貼現員數萬單總計貧軟渙殼書記場為檔",
)
MARKS = [("是", "否"), ("√", ""), ("√", "×"), ("有", "无"), ("1", "0"), ("✓", ""), ("yes", "no")]
OWN_UNITS = ("（元/人·年）", "（元）", "（元/人）")
WIDE = str.maketrans("0123456789.", "０１２３４５６７８９．")
GROUPED = ("#,##0.00", "0.00", "#,##0.######", "0.0000_ ", "_ * #,##0.00_ ;_ * -#,##0.00_ ;_ @_ ")


@dataclass(slots=True)
class Look:
    """How one list looks.

    `keys` are its columns, facts or `+` and a header that is no fact's; `powers` those of the money
    columns' units; `dress` how figures are written and `marks` how yes and no are; `header` its rows and
    `merged` their merged cells.
    """

    keys: list[str]
    labels: dict[str, str]
    powers: dict[str, int]
    dress: dict[str, str] = field(default_factory=dict)
    marks: dict[str, tuple[str, str]] = field(default_factory=dict)
    header: list[list[str]] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)


@cache
def policy() -> Any:
    """The shipped policy."""
    from fundcalc import api

    return api.load_policy(ROOT)


class Looks(Draw):
    """Draws how lists look. `bad` is a mistake of the whole list, "" where there is none."""

    scope = "one"
    writer = "xlsx"
    county_at = "column"
    unit_at = "header"
    power = 0
    bad = ""

    @property
    def merges(self) -> bool:
        """Whether the files know merged cells and number formats."""
        return self.writer in ("xlsx", "openpyxl", "xls")

    def look(self, optional: Sequence[str], villages: Sequence[Village]) -> Look:
        """Columns in some order, with their headers, units and how figures are written."""
        keys = self._keys(optional)
        look = Look(keys, {k: self._label(k) for k in keys}, dict.fromkeys(MONEY, self.power))
        if self.maybe(0.4, "extra columns"):
            for extra in self.rng.sample(listed("extra headers"), self.rng.randrange(1, 4)):
                at = 0 if extra == "序号" else self.rng.randrange(1, len(keys) + 1)
                self._extra(look, extra, at)
        if self.maybe(0.07, "traditional headers"):
            look.labels = {k: text.translate(TRADITIONAL) for k, text in look.labels.items()}
        if self.bad == "one fact twice":
            fact = self.rng.choice([k for k in keys if k in (*MONEY, "other_cadres")])
            self._extra(look, policy().facts[fact].title.zh, self.rng.randrange(len(keys) + 1))
            self.verdict = "refuse"
        own = self.unit_at in ("unit line", "unit note") and "current_subsidy" in keys
        if own and self.maybe(0.3, "subsidy has a unit of its own"):
            look.powers["current_subsidy"] = 0
            look.labels["current_subsidy"] = "现行补贴" + self.rng.choice(OWN_UNITS)
        if self.unit_at == "header":
            self._units_in_headers(look)
        self._mistakes(look, villages)
        for key in keys:
            look.dress[key] = self._dress(key, look)
        for flag in FLAGS:
            ticked = any(v.facts[flag] for v in villages)
            look.marks[flag] = self.rng.choice([pair for pair in MARKS if pair[1] or ticked])
        self._header(look)
        return look

    def _keys(self, optional: Sequence[str]) -> list[str]:
        rng = self.rng
        keys = [k for k in PLACE if k in self.has and (k != "county" or self.county_at == "column")]
        if self.maybe(0.3, "order of places"):
            rng.shuffle(keys)
        figures = ["residents", "collective_income", "other_cadres", *optional]
        if self.maybe(0.5, "order of columns"):
            rng.shuffle(figures)
        if self.unit_at == "unit in group":
            figures.sort(key=lambda k: k not in MONEY)
        if self.bad == "a column missing":
            figures.remove(rng.choice(["residents", "collective_income", "other_cadres"]))
            self.verdict = "refuse"
        return [*keys, *figures]

    def _extra(self, look: Look, label: str, at: int) -> None:
        look.dress[f"+{label}"] = "number"
        look.keys.insert(at, f"+{label}")
        look.labels[f"+{label}"] = label

    def _label(self, key: str) -> str:
        """A fact's title, an alias, or its id."""
        fact = policy().facts[key]
        if self.unit_at == "ids":
            return key
        rng, aliases = self.rng, [a for a in fact.aliases if not a.isascii()]
        label: str = fact.title.zh
        if aliases and self.maybe(0.4, "alias"):
            label = rng.choice(aliases)
        if key == "residents" and self.maybe(0.05, "near alias"):
            label = rng.choice(fact.near_aliases)
        if key in FLAGS and self.maybe(0.2, "是否 before it"):
            label = rng.choice(["是否", "是否为"]) + label
        if self.maybe(0.04, "blanks in headers"):
            label = rng.choice([" ", "\n", "　"]).join([label[:2], label[2:]]).strip()
        if self.maybe(0.03, "stars on headers"):
            label = "*" + label
        return label

    # -- units

    def _units_in_headers(self, look: Look) -> None:
        rng = self.rng
        brackets = ["（{u}）", "({u})", "[{u}]", "\n（{u}）", "（ {u} ）"]
        if self.maybe(0.15, "（单位：元） in headers"):
            brackets = ["（单位：{u}）"]
        elif self.maybe(0.06, "a year beside the unit"):
            brackets = ["（2016年，{u}）", "（{u}，2016年）", "（{u}/年）", "（2016年）（{u}）"]
        elif self.maybe(0.04, "units without brackets"):
            brackets = ["/{u}", " {u}", "_{u}", "：{u}", "-{u}"]
            self.may_ask()
        for key in (k for k in MONEY if k in look.keys):
            look.powers[key] = 2 if self.maybe(0.02, "百元") else rng.choice([0, 0, 3, 4, 4])
            unit = UNITS[look.powers[key]]
            if key == "current_subsidy" and rng.random() < 0.5:
                unit += rng.choice(["/人·年", "/人", "/(人·年)", "/人年"])
            elif unit == "万元" and rng.random() < 0.1:
                unit = "万"
            look.labels[key] += rng.choice(brackets).format(u=unit)

    def _mistakes(self, look: Look, villages: Sequence[Village]) -> None:
        """Figures in another unit than is said."""
        money = [k for k in MONEY if k in look.keys]
        if self.bad == "per month" and "current_subsidy" in money:
            look.labels["current_subsidy"] = "现行补贴" + self.rng.choice(
                ["（元/月）", "（元/人·月）"]
            )
            look.powers["current_subsidy"], self.verdict = 0, "refuse"
        if self.bad == "no unit but 万元" and any(v.facts[k] for v in villages for k in money):
            self.verdict = "refuse"
        if self.bad not in ("万元 under 元", "元 under 万元") or self.unit_at not in (
            "header",
            "unit line",
            "unit in title",
        ):
            return
        said, meant = (0, 4) if self.bad == "万元 under 元" else (4, 0)
        for key in money:
            fen = sorted(v.facts[key] for v in villages if v.facts[key])
            # Incomes below 6,000 yuan may well be as many 万元: only a person can tell.
            told = bool(fen) and (key != "collective_income" or fen[len(fen) // 2] > 600_000)
            if told and look.powers[key] == said and look.labels[key][-3:] not in OWN_UNITS:
                look.powers[key], self.verdict = meant, "refuse"
                return

    # -- figures

    def _dress(self, key: str, look: Look) -> str:
        """How a column's figures are written."""
        if key not in (*MONEY, *PERSONS) or self.writer == "parquet":
            return "number"
        if key in MONEY and self.unit_at == "unit in format":
            return self.unit_at
        ways = {"number": 10, "text": 1.5, "thousands": 1, "wide": 0.5, "nbsp": 0.5, "fixed": 1}
        if key in MONEY and look.powers[key] == 0 and self.unit_at != "no unit":
            ways["yen"] = 0.3
        if self.writer == "xlsx":
            ways["formula"] = 0.5
        if self.merges:
            ways["grouped"] = 1.0
            if key in MONEY and look.powers[key] > 2 and self.unit_at in ("header", "unit line"):
                ways["scaled by its format"] = 0.3
        way = self.pick(ways, "number")
        if way == "scaled by its format":
            self.may_ask()
        return way

    # -- headers

    def _header(self, look: Look) -> None:
        """The header rows, with merged groups over some columns and a row of units below."""
        keys, rng = look.keys, self.rng
        look.header = [[look.labels[k] for k in keys]]
        if self.writer == "parquet":
            return
        if self.unit_at == "unit in group":
            self._unit_in_group(look)
        elif "collective_income" in keys and self.maybe(0.03, "the income in two columns"):
            self._two_columns(look)
        elif self.maybe(0.2, "groups of headers"):
            first = rng.randrange(len(keys) - 2)
            last = min(first + rng.randrange(1, 4), len(keys) - 1)
            self._group(look, first, last, rng.choice(listed("groups")))
        if self.unit_at == "unit row":
            units = {**{k: UNITS[look.powers[k]] for k in MONEY}, **dict.fromkeys(PERSONS, "人")}
            look.header.append([units.get(k, "") for k in keys])

    def _unit_in_group(self, look: Look) -> None:
        unit = f"（{UNITS[self.power]}）"
        money = [at for at, key in enumerate(look.keys) if key in MONEY]
        if money and money[-1] - money[0] < len(money):
            self._group(look, money[0], money[-1], f"经费情况{unit}")
        for at in money if len(look.header) == 1 else ():
            look.header[0][at] += unit

    def _two_columns(self, look: Look) -> None:
        """The income of two years, or all of it and a part, below one title: may be asked about."""
        at, title = look.keys.index("collective_income"), look.labels["collective_income"]
        ours, other = self.rng.choice([("2016年", "2015年"), ("合计", "其中：经营性收入")])
        self._extra(look, other, at + 1 if ours == "合计" else self.rng.choice([at, at + 1]))
        look.labels["collective_income"] = ours
        look.header = [[look.labels[k] for k in look.keys]]
        first = min(look.keys.index("collective_income"), look.keys.index(f"+{other}"))
        self._group(look, first, first + 1, title)
        self.may_ask()

    def _group(self, look: Look, first: int, last: int, text: str) -> None:
        """A group's title over some columns; the others' headers reach over both rows."""
        row = look.header[0]
        upper = ["" if first <= at <= last else label for at, label in enumerate(row)]
        upper[first] = text
        lower = [label if first <= at <= last else "" for at, label in enumerate(row)]
        look.header = [upper, lower]
        if self.merges:
            if first < last:
                look.merged.append((0, first, 0, last))
            look.merged += [(0, at, 1, at) for at in range(len(row)) if not first <= at <= last]


def in_unit(value: int, key: str, look: Look) -> Decimal | int:
    """A fact's value as its column counts it."""
    if key not in MONEY:
        return value
    found = Decimal(value).scaleb(-2 - look.powers[key])
    return found.normalize() if found != found.to_integral() else Decimal(int(found))


def plain(value: object) -> str:
    """A figure as text."""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


_Written = Callable[[random.Random, Decimal | int, str], Cell]
_WAYS: dict[str, _Written] = {
    "number": lambda _r, n, _t: Cell(n),
    "formula": lambda _r, n, _t: Cell(n, "formula"),
    "text": lambda _r, _n, t: Cell(t),
    "fixed": lambda _r, n, t: Cell(t if len(t.partition(".")[2]) > 2 else f"{n:.2f}"),
    "thousands": lambda _r, n, _t: Cell(f"{n:,}"),
    "yen": lambda _r, n, _t: Cell(f"¥{n:,}"),
    "wide": lambda _r, _n, t: Cell(t.translate(WIDE)),
    "nbsp": lambda r, _n, t: Cell(r.choice(["\u00a0{}", "{}\u00a0", " {} ", "{}　"]).format(t)),
}


def figure(rng: random.Random, value: int, key: str, look: Look) -> Cell:
    """A figure as its column writes it."""
    number, way, unit = in_unit(value, key, look), look.dress[key], look.powers.get(key, 0)
    if way == "unit in format":
        return Cell(number, form=f'0.00####"{UNITS[unit]}"')
    if way == "scaled by its format":
        form = {4: "0!.0000", 3: "#,##0,"}[unit]
        return Cell(Decimal(value).scaleb(-2), form=form) if value % 100_000 == 0 else Cell(number)
    if way == "grouped":
        return Cell(number, form=rng.choice(GROUPED if key in MONEY else ["#,##0", "0", "0_ "]))
    if (way == "formula" and not number) or (way != "formula" and rng.random() < 0.2):
        way = "number"
    if way == "fixed" and key not in MONEY:
        way = "number"
    return _WAYS[way](rng, number, plain(number))
