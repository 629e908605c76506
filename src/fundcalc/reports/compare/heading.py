"""What was compared, and the outcome in a sentence or two."""

from __future__ import annotations

from fundcalc.analysis.compare.totals import Comparison
from fundcalc.analysis.compare.versions import Version
from fundcalc.base.money import FEN_DECIMALS, divide, grouped, plain
from fundcalc.base.words import Words
from fundcalc.language.show import literal


def about(one: Comparison) -> list[Words]:
    """Each side: spelling, policy, date, what it varies, roster."""
    lines = sides(one.old.version, one.new.version)
    if one.old.roster is one.new.roster:
        roster = one.new.roster
        lines.append(
            Words(
                f"名册 {roster.file}：{len(roster):,} 个村",
                f"Roster {roster.file}: {len(roster):,} villages",
            )
        )
    else:
        old, new = one.old.roster, one.new.roster
        lines.append(
            Words(
                f"名册 原 {old.file}（{len(old):,} 个村），新 {new.file}（{len(new):,} 个村）",
                f"Rosters: old {old.file} ({len(old):,} villages), new {new.file} "
                f"({len(new):,} villages)",
            )
        )
    return lines


def sides(old: Version, new: Version) -> list[Words]:
    """Each version: spelling, policy, date and what it varies."""
    return [_side(Words("原", "Old"), old), _side(Words("新", "New"), new)]


def _side(which: Words, version: Version) -> Words:
    policy = version.policy
    varied = [f"{id_}={option}" for id_, option in version.readings.items()]
    varied += [
        f"{id_}={literal(value, policy.parameters[id_].type)}"
        for id_, value in version.values.items()
    ]
    spelt = version.label if "=" not in version.label else ""
    label = f" {spelt}" if spelt else ""
    rest = f"; {', '.join(varied)}" if varied else ""
    rest_zh = rest.replace("; ", "；")
    digest = policy.digest[: len("sha256:") + 12]
    return Words(
        f"{which.zh}{label}：{policy.title.zh}，按 {version.on} 的标准{rest_zh}（{digest}…）",
        f"{which.en}{label}: {policy.title.en}, values of {version.on}{rest} ({digest}…)",
    )


def headline(one: Comparison) -> list[Words]:
    """How much the total moves, and how many villages."""
    total = one.total
    if not one.changed:
        return [
            Words(
                f"没有差别：{total.villages:,} 个村的各项金额都相同，合计 {_yuan(total.new)} 元",
                f"No difference: all amounts of {total.villages:,} villages are the same, "
                f"{_yuan(total.new)} yuan in all",
            )
        ]
    sign = "+" if total.change > 0 else ""
    share = _percent(total.change, total.old)
    return [
        Words(
            f"合计 {_yuan(total.old)} → {_yuan(total.new)} 元，差额 {sign}{_yuan(total.change)}"
            f"（{share}）",
            f"Total {_yuan(total.old)} → {_yuan(total.new)} yuan: {sign}{_yuan(total.change)} "
            f"({share})",
        ),
        Words(
            f"{total.up:,} 个村增加，{total.down:,} 个减少，{total.same:,} 个总额不变"
            + (f"，{total.joined:,} 个新增，{total.left:,} 个减去" if total.joined or total.left else ""),
            f"{total.up:,} villages gain, {total.down:,} lose, {total.same:,} keep their total"
            + (f", {total.joined:,} joined, {total.left:,} left" if total.joined or total.left else ""),
        ),
        Words(
            f"{one.moved:,} 个村（{_percent(one.moved, total.villages, sign=False)}）有金额变动，"
            f"流动的金额 {_yuan(one.money)} 元（原总额的 {_percent(one.money, total.old, sign=False)}）",
            f"Some amount moves in {one.moved:,} villages "
            f"({_percent(one.moved, total.villages, sign=False)}); {_yuan(one.money)} yuan move "
            f"({_percent(one.money, total.old, sign=False)} of the old total)",
        ),
    ]  # fmt: skip


def _yuan(fen: int) -> str:
    return grouped(fen, FEN_DECIMALS)


def _percent(part: int, whole: int, *, sign: bool = True) -> str:
    """A share with one decimal, rounded half up."""
    if not whole:
        return "–"
    tenths = divide(part * 1000, whole, "half up")
    return f"{'+' if sign and tenths > 0 else ''}{plain(tenths, 1)} %"
