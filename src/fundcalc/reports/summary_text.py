"""A run's summary for the terminal, within 80 columns; a wide table continues in further blocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from fundcalc.base.money import FEN_DECIMALS, grouped
from fundcalc.base.width import pad, width, wrap
from fundcalc.base.words import Lang, Words, counted
from fundcalc.language.functions import direction_words
from fundcalc.policy.plan import Plan
from fundcalc.reports.summary import PoolTotal, Ratio, Summary

COLUMNS = 80
MOST_LISTED = 200
"""Counties or pools up to which each has a line; with more, only their sums. The JSON lists them all."""

_W = {
    "county": Words("县（市、区）", "County"),
    "villages": Words("村数", "Villages"),
    "in_all": Words("{n} 个合计", "{n} in all"),
    "total": Words("合计", "Total"),
    "unit": Words("金额单位：元", "Amounts in yuan"),
    "payers": Words("按付款方", "By payer"),
    "payer": Words("付款方", "Payer"),
    "amount": Words("金额", "Amount"),
    "pools": Words("资金池", "Pools"),
    "pool": Words("范围", "Pool"),
    "used": Words("已分配", "Used"),
    "left": Words("剩余", "Left over"),
    "mean": Words("村均", "Mean a village"),
    "all": Words("全部", "all"),
    "each": Words("每村一池（{n} 个）", "{n} of one village each"),
    "rules": Words("各规则适用村数", "Villages by rule"),
    "ratios": Words("比例", "Shares"),
    "hinges": Words("取决于解读的决定", "Decisions that hinge on a reading"),
    "none": Words("没有", "none"),
    "undecided": Words(
        "没有选用的解读，按它算不出",
        "Readings that are not chosen and under which there is no result",
    ),
    "assumed": Words("名册未填、按默认值的", "Assumed, as the roster does not say"),
    "cut": Words("舍去尾数", "cut off"),
    "half up": Words("四舍五入", "half up"),
}


def as_text(summary: Summary, lang: Lang) -> str:
    """The summary as lines."""
    return "\n".join(_Writer(summary, lang).lines()) + "\n"


def heading(plan: Plan, roster: str, villages: int, checked: int, lang: Lang) -> str:
    """What was computed: policy, date, roster, readings, and how many decisions were checked twice."""
    title = plan.policy.title.say(lang)
    chosen = ", ".join(f"{id_}={option}" for id_, option in plan.readings.items())
    if lang == "zh":
        lines = [
            f"{title}，按 {plan.on} 有效的标准",
            f"名册 {roster}：{villages:,} 个村，其中 {checked:,} 个经规则引擎和求值器两次核算一致",
            f"解读：{chosen}",
        ]
    else:
        lines = [
            f"{title}, values of {plan.on}",
            f"Roster {roster}: {villages:,} villages, {checked:,} decided alike by both engines",
            f"Readings: {chosen}",
        ]
    wrapped = [part for line in lines for part in wrap(line, COLUMNS)]
    return "\n".join([*wrapped, plan.policy.digest, "", ""])


def recorded(id_: str, head: str, lang: Lang) -> str:
    """Under which id a run was recorded, and the digest to keep on paper."""
    said = f"已记入台账：{id_}" if lang == "zh" else f"Recorded as run {id_}"
    return f"\n{said}\n{head}\n"


class _Writer:
    def __init__(self, summary: Summary, lang: Lang) -> None:
        self._summary = summary
        self._lang = lang

    def _w(self, key: str, **values: object) -> str:
        text = _W[key].say(self._lang)
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", f"{value}")
        return text

    def lines(self) -> Iterator[str]:
        """All blocks."""
        yield from self._counties()
        yield from self._payers()
        yield from self._pools()
        yield from self._rules()
        yield from self._ratios()
        yield from self._doubts()

    def _counties(self) -> Iterator[str]:
        one = self._summary
        head = [self._w("county"), self._w("villages")]
        head += [o.title.say(self._lang) for o in one.outputs]
        rows = [
            [g.name, f"{g.villages:,}", *(_money(g.amounts[o.id]) for o in one.outputs)]
            for g in [*one.groups, one.total]
        ]
        rows[-1][0] = self._w("total")
        if len(one.groups) == 1 or len(one.groups) > MOST_LISTED:
            rows = rows[-1:]
        if len(one.groups) > MOST_LISTED:
            rows[0][0] = self._w("in_all", n=f"{len(one.groups):,}")
        yield self._w("unit")
        yield from table(head, rows, total=True)

    def _payers(self) -> Iterator[str]:
        if self._summary.payers:
            rows = [[title.say(self._lang), _money(sum_)] for title, sum_ in self._summary.payers]
            rows.append([self._w("total"), _money(sum(s for _, s in self._summary.payers))])
            yield ""
            yield from table([self._w("payers"), self._w("amount")], rows, total=True)

    def _pools(self) -> Iterator[str]:
        if not self._summary.pools:
            return
        by_title: dict[str, list[PoolTotal]] = {}
        for pool in self._summary.pools:
            by_title.setdefault(pool.programme.say(self._lang), []).append(pool)
        for title, pools in by_title.items():
            if len(pools) > MOST_LISTED:
                yield from self._pool_table(title, [self._all_pools(pools)])
            else:
                yield from self._pool_table(title, [self._pool(pool) for pool in pools])

    def _all_pools(self, pools: list[PoolTotal]) -> list[str]:
        amount, used = sum(p.amount for p in pools), sum(p.used for p in pools)
        name = self._w("in_all", n=f"{len(pools):,}")
        return [name, _money(amount), _money(used), _money(amount - used), "–"]

    def _pool_table(self, title: str, rows: list[list[str]]) -> Iterator[str]:
        if rows:
            yield ""
            keys = ("amount", "used", "left", "mean")
            heading = f"{self._w('pools')}：{title}" if self._lang == "zh" else f"Pools: {title}"
            yield heading
            yield from table([self._w("pool"), *(self._w(key) for key in keys)], rows)

    def _pool(self, pool: PoolTotal) -> list[str]:
        name = pool.group if pool.group is not None else self._w("all")
        if pool.pools > 1:
            name = self._w("each", n=pool.pools)
        amounts = (pool.amount, pool.used, pool.amount - pool.used, pool.mean)
        return [name, *(_money(amount) for amount in amounts)]

    def _rules(self) -> Iterator[str]:
        yield ""
        yield self._w("rules")
        for title, rows in self._summary.rules:
            parts = [f"{id_} {count:,}" for id_, _, count in rows]
            text = f"{title.say(self._lang)}: " + ", ".join(parts)
            lines = wrap(text, COLUMNS - 4)
            yield f"  {lines[0]}"
            yield from (f"    {line}" for line in lines[1:])

    def _ratios(self) -> Iterator[str]:
        ratios = [ratio for ratio in self._summary.ratios if ratio.percent is not None]
        if ratios:
            yield ""
            yield self._w("ratios")
            for ratio in ratios:
                yield f"  {pad(ratio.title.say(self._lang), 50)} {self._ratio(ratio)}"

    def _ratio(self, ratio: Ratio) -> str:
        short = {"down": _W["cut"], "half up": _W["half up"]}
        how = short.get(ratio.rounding, direction_words(ratio.rounding)).say(self._lang)
        return f"{ratio.percent} % = {ratio.count:,}/{ratio.among:,} ({how})"

    def _doubts(self) -> Iterator[str]:
        one = self._summary
        yield ""
        decisions, villages = one.hinged_decisions, one.hinged_villages
        hinged = Words(
            f"{decisions:,} 项决定，涉及 {villages:,} 个村",
            f"{counted(decisions, 'decision')} in {counted(villages, 'village')}",
        )
        said = hinged.say(self._lang) if one.hinges else self._w("none")
        yield f"{self._w('hinges')}: {said}"
        for id_, question, count in one.hinges:
            those = Words(f"{count:,} 个村", counted(count, "village"))
            yield f"  {pad(id_, 28)} {those.say(self._lang)}"
            yield from (f"    {line}" for line in wrap(question.say(self._lang), COLUMNS - 4))
        if one.undecided:
            yield from wrap(self._w("undecided"), COLUMNS)
        for reading, option, why in one.undecided:
            lines = wrap(f"{reading} = {option}: {why.say(self._lang)}", COLUMNS - 4)
            yield f"  {lines[0]}"
            yield from (f"    {line}" for line in lines[1:])
        listed = [f"{title.say(self._lang)} {count:,}" for _, title, count in one.assumed]
        text = f"{self._w('assumed')}: {', '.join(listed) or self._w('none')}"
        yield from wrap(text, COLUMNS)


def _money(fen: int) -> str:
    return grouped(fen, FEN_DECIMALS)


def table(
    head: Sequence[str], rows: Sequence[Sequence[str]], *, total: bool = False, first: int = 1
) -> Iterator[str]:
    """A plain table within 80 columns; columns that do not fit follow in a further block.

    The first column is flush left and heads every block; numbers are flush right. `total` sets the last
    row apart.
    """
    everything = [head, *rows]
    widths = [max(width(row[i]) for row in everything) for i in range(len(head))]
    for block in _blocks(widths, first):
        if block != _blocks(widths, first)[0]:
            yield ""
        shown = [*range(first), *block]
        yield _line(head, widths, shown, first)
        rule = "  ".join("-" * widths[i] for i in shown)
        yield rule
        for number, row in enumerate(rows):
            if total and number == len(rows) - 1 and len(rows) > 1:
                yield rule
            yield _line(row, widths, shown, first)


def _blocks(widths: Sequence[int], first: int) -> list[list[int]]:
    room = COLUMNS - sum(widths[:first]) - 2 * (first - 1)
    blocks: list[list[int]] = [[]]
    left = room
    for index in range(first, len(widths)):
        need = widths[index] + 2
        if need > left and blocks[-1]:
            blocks.append([])
            left = room
        blocks[-1].append(index)
        left -= need
    return blocks


def _line(row: Sequence[str], widths: Sequence[int], shown: Iterable[int], first: int) -> str:
    return "  ".join(pad(row[i], widths[i], right=i >= first) for i in shown).rstrip()
