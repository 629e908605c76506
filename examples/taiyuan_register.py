"""The invented register of the example roster: 890 villages in Taiyuan's ten counties.

Real are the counties, how many villages each had in 2016, and the three names in ``NAMED``. All
other names and every code are invented, in the official form. Each choice comes from one
``random.Random``.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Village:
    """Who a village is: 12-digit code, and its name with those of its town and county."""

    code: str
    name: str
    town: str
    county: str


@dataclass(frozen=True)
class County:
    """How a county's figures are drawn; weights are relative chances of being picked."""

    name: str
    code: str
    villages: int
    town_counts: tuple[int, int, int]  # 街道, 镇, 乡
    residents: int  # median of a village
    wealth: int  # median income in yuan of a village that never was an empty shell
    empty_weight: int
    poor_weight: int
    cadres: tuple[int, int]  # fewest and most
    subsidy: tuple[int, int]  # yuan a person and year, lowest and highest


# 清徐县 and 古交市 have many cadres on low subsidies, so the supplement pool is scarce there.
COUNTIES = (
    County("小店区", "140105", 39, (2, 1, 1), 1100, 600_000, 1, 0, (3, 6), (5_000, 12_000)),
    County("迎泽区", "140106", 19, (1, 1, 0), 700, 500_000, 1, 0, (3, 5), (6_000, 12_000)),
    County("杏花岭区", "140107", 32, (1, 0, 2), 700, 500_000, 2, 0, (1, 5), (5_000, 11_000)),
    County("尖草坪区", "140108", 84, (3, 1, 2), 750, 200_000, 3, 0, (3, 6), (2_000, 8_500)),
    County("万柏林区", "140109", 42, (3, 0, 1), 750, 600_000, 2, 0, (3, 5), (5_000, 12_000)),
    County("晋源区", "140110", 81, (2, 3, 0), 800, 150_000, 3, 0, (3, 6), (3_000, 10_000)),
    County("清徐县", "140121", 188, (0, 4, 5), 750, 60_000, 5, 0, (5, 7), (0, 2_500)),
    County("阳曲县", "140122", 117, (0, 4, 4), 500, 45_000, 8, 5, (2, 6), (2_000, 7_000)),
    County("娄烦县", "140123", 142, (0, 3, 5), 450, 40_000, 9, 6, (2, 6), (1_500, 6_500)),
    County("古交市", "140181", 146, (2, 3, 6), 450, 55_000, 7, 2, (5, 7), (0, 2_000)),
)

# All names these syllables can make were compared with the lists of 2016 and 2021: none is that of
# a village of Taiyuan. The surnames in COMMON stand in real names, so they always take a position.
POSITIONS = "上下东西南北前后"
COMMON = "王张李赵刘陈杨孙郝韩"
SURNAMES = "吕方葛卫乔冯丁彭叶樊段贺邵万崔褚祁薛邢秦霍曹史孟龚梅苗左聂"
PLACES = (*"庄沟峪坪窑湾岭洼塬梁坡寨堡滩", "圪塔")
THINGS = ("青石", "白石", "黑石", "红石", "松林", "柳林", "枣林", "梨花", "石板", "石门", "槐荫")
LANDS = "湾岭坡峪塬洼咀梁滩掌"
TOWN_FIRST = "清云松泰永沙凤榆锦丰"
TOWN_SECOND = "溪川岩陵台滩塘坞埠梁"
TOWN_KINDS = (("街道", 51), ("镇", 151), ("乡", 251))  # town parts that no real town here has
NAMED = {"鹰落沟": "娄烦县", "河北": "娄烦县", "坪里": "阳曲县"}  # the report names these three


def stem(name: str) -> str:
    """A village's name without 村, 村委会 or 村民委员会 at its end."""
    return name.removesuffix("村民委员会").removesuffix("村委会").removesuffix("村")


def profile(county: str) -> County:
    """How to draw for a county; one that is not of Taiyuan borrows the profile of one that is."""
    known = {c.name: c for c in COUNTIES}
    return known.get(county) or COUNTIES[sum(map(ord, county)) % len(COUNTIES)]


def invented_name(rng: Random) -> str:
    """One name such as 上王家峪村 or 青石湾村."""
    if rng.random() < 0.12:
        return rng.choice(THINGS) + rng.choice(LANDS) + "村"
    surname = rng.choice(COMMON + SURNAMES)
    position = rng.choice(POSITIONS) if surname in COMMON or rng.random() < 0.4 else ""
    return f"{position}{surname}家{rng.choice(PLACES)}村"


def invented_register(rng: Random) -> list[Village]:
    """The 890 villages in the order of their codes."""
    town_names = [a + b for a in TOWN_FIRST for b in TOWN_SECOND]
    rng.shuffle(town_names)
    villages: list[Village] = []
    for county in COUNTIES:
        names = [name + "村" for name, home in NAMED.items() if home == county.name]
        while len(names) < county.villages:
            name = invented_name(rng)
            if name not in names:
                names.append(name)
        rng.shuffle(names)
        towns = [(f"{first + k:03d}", town_names.pop() + kind)
                 for (kind, first), count in zip(TOWN_KINDS, county.town_counts, strict=True)
                 for k in range(count)]  # fmt: skip
        homes = sorted(rng.choices(towns, k=county.villages))
        number: Counter[str] = Counter()
        for name, (part, town) in zip(names, homes, strict=True):
            number[part] += 1
            code = f"{county.code}{part}{200 + number[part]}"
            villages.append(Village(code, name, town, county.name))
    return villages
