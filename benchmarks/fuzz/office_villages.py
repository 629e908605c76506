"""Villages as they are, and the dice that draw how offices write them down."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass

from benchmarks.fuzz.changes import listed

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
