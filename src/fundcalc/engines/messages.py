"""What is said when a computation cannot be finished: one function an error."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from fundcalc.base.diagnostics import Diagnostic, Span, error
from fundcalc.base.money import grouped
from fundcalc.base.words import Words
from fundcalc.language.show import literal
from fundcalc.policy.model import Fact
from fundcalc.policy.plan import fact_limits


def matched_twice(
    span: Span, programme: str, rules: Iterable[str], village: str, witness: dict[str, object]
) -> Diagnostic:
    """`unique`, and a village that meets several rules."""
    listed = ", ".join(f"`{rule}`" for rule in rules)
    return Diagnostic(
        "FC401",
        "error",
        Words(
            f"项目 `{programme}` 只许一条规则适用，而 {village} 同时满足 {listed}",
            f"`{programme}` allows one rule, but {village} meets {listed}",
        ),
        (span,),
        Words(
            "让条件互不重叠，或改用 first / collect",
            "make the conditions exclude each other, or use `first` or `collect`",
        ),
        witness,
    )


def any_disagree(span: Span, programme: str, rules: Iterable[str], village: str) -> Diagnostic:
    """`any`, and rules that decide differently."""
    listed = ", ".join(f"`{rule}`" for rule in rules)
    return error(
        "FC402",
        span,
        Words(
            f"项目 `{programme}` 的 {listed} 对 {village} 给出不同结果",
            f"in `{programme}`, {listed} decide differently for {village}",
        ),
        Words('hit_policy = "any" 要求结果相同', 'hit_policy = "any" needs equal results'),
    )


def nothing_holds(span: Span, programme: str, village: str) -> Diagnostic:
    """No rule and no `otherwise`."""
    return error(
        "FC403",
        span,
        Words(
            f"项目 `{programme}` 没有规则适用于 {village}",
            f"no rule of `{programme}` applies to {village}",
        ),
        Words("写上 [otherwise]", "add [otherwise]"),
    )


def out_of_range(span: Span, output: str, village: str) -> Diagnostic:
    """An amount that cannot be held in 64 bits."""
    return error(
        "FC404",
        span,
        Words(
            f"{village} 的 `{output}` 超出可计算范围（64 位整数，以分计）",
            f"`{output}` of {village} is beyond what is computed (64 bits, in fen)",
        ),
    )


def beyond_parquet(column: str, number: str, where: str) -> Diagnostic:
    """An amount that a column of a parquet file does not hold."""
    zh, en = (f"{where}的 {number}", f"{number} of {where}") if where else (number, number)
    return error(
        "FC855",
        None,
        Words(
            f"`{column}` 列中，{zh} 写不进 .parquet：金额列是 decimal(18, 2)，最多 16 位整数",
            f"`{column}`: {en} does not fit into a .parquet, whose amounts are decimal(18, 2)",
        ),
        Words(
            "改写 .csv 或 .json，数字分毫不差；先核对单位是否正确",
            "write .csv or .json, which are exact; and see whether the unit is right",
        ),
    )


def undecided_reading(reading: str, option: str, why: Diagnostic) -> Diagnostic:
    """A reading that is not chosen, and under which the roster cannot be decided."""
    return Diagnostic(
        "FC408",
        "warning",
        Words(
            f"另一种解读 {reading} = {option} 下算不出：{why.message.zh}",
            f"under the other reading {reading} = {option} there is no result: {why.message.en}",
        ),
        tuple(replace(span, text="") for span in why.spans),
        Words(
            "所选解读的结果不受影响；改选这种解读之前，先改好政策（fundcalc check 会指出）",
            "the results stand, as it is not chosen; before it is, mend the policy (see fundcalc check)",
        ),
        why.witness,
    )


def fact_out_of_range(fact: Fact, value: int, village: str) -> Diagnostic:
    """A value that no roster may have, handed over as if it were read from one."""
    within = fact_limits(fact)
    low, high = literal(within.low, fact.type), literal(within.high, fact.type)
    shown = literal(value, fact.type)
    return error(
        "FC846",
        fact.span,
        Words(
            f"{village} 的{fact.title.zh}为 {shown}，超出 {low} 至 {high}",
            f"{fact.title.en} of {village} is {shown}, outside {low} to {high}",
        ),
        Words(
            "核对数值，或改该事实的 range", "see whether it is right, or change the fact's `range`"
        ),
    )


def negative_share(span: Span, what: Words, value: int, where: str) -> Diagnostic:
    """A pool, weight or cap below zero."""
    shown = grouped(value, 2)
    return error(
        "FC405",
        span,
        Words(
            f"{where} 的{what.zh}为负数（{shown}）",
            f"the {what.en} of {where} is negative ({shown})",
        ),
        Words("用 max(…, 0) 写明下限", "write max(…, 0)"),
    )


def division_by_zero(span: Span, where: str) -> Diagnostic:
    """A rounding that divides by zero."""
    return error("FC406", span, Words(f"{where}：除数为零", f"{where}: division by zero"))


def engine_limit(span: Span, programme: str, detail: str) -> Diagnostic:
    """A programme that the rules engine cannot hold."""
    return error(
        "FC501",
        span,
        Words(
            f"项目 `{programme}` 超出规则引擎的限度：{detail}",
            f"`{programme}` is beyond the rules engine's limits: {detail}",
        ),
        Words("把它拆成几个项目", "split it into several programmes"),
    )


def engine_fault(village: str, detail: str) -> Diagnostic:
    """The rules engine did not do what it must: a fault of this program."""
    return error(
        "FC598",
        None,
        Words(
            f"内部错误：规则引擎在 {village} 处出错：{detail}",
            f"internal error: the rules engine failed on {village}: {detail}",
        ),
        Words("没有写出任何结果；请报告此错误", "nothing was written; please report this"),
    )


def results_differ(span: Span, programme: str, village: str, one: str, other: str) -> Diagnostic:
    """Two engines give a village different results: a fault of this program."""
    return error(
        "FC597",
        span,
        Words(
            f"内部错误：{village} 的 `{programme}`，规则引擎得 {one}，列式引擎得 {other}",
            f"internal error: `{programme}` for {village}: rules engine {one}, columnar {other}",
        ),
        Words("没有写出任何结果；请报告此错误", "nothing was written; please report this"),
    )


def engines_disagree(span: Span, programme: str, rules: Iterable[str], village: str) -> Diagnostic:
    """The rules engine and the evaluator decide differently: a fault of this program."""
    listed = ", ".join(f"`{rule}`" for rule in rules)
    return error(
        "FC599",
        span,
        Words(
            f"内部错误：规则引擎与求值器对 {village} 的 `{programme}` 判断不一：{listed}",
            f"internal error: rules engine and evaluator disagree on {listed} of `{programme}` for {village}",
        ),
        Words("没有写出任何结果；请报告此错误", "nothing was written; please report this"),
    )
