"""Values in a reader's words, and the program's own words; all else in an explanation is the policy's."""

from __future__ import annotations

import re
from functools import cache

from fundcalc.base.words import Lang, Words, of_rows
from fundcalc.explain.decision import Amount
from fundcalc.language.datatypes import Number, YesNo
from fundcalc.language.show import literal, number_said, quantity


class _Said(dict[str, Words]):
    def __getitem__(self, key: str) -> Words:
        return of_rows(super().__getitem__(key))


P = _Said({
    "policy": Words("政策", "Policy"),
    "roster": Words("名册", "Roster"),
    "on": Words("执行标准：{on}", "values of {on}"),
    "marks": Words("✓ 成立    ✗ 不成立", "✓ holds    ✗ does not hold"),
    "readings": Words("所采用的口径", "Readings chosen"),
    "sources": Words("出处", "Sources"),
    "rules": Words("规则", "Rules"),
    "steps": Words("计算", "Arithmetic"),
    "facts": Words("依据的事实", "Facts"),
    "parameters": Words("依据的标准", "Parameters"),
    "parameters_of": Words("依据的标准（出处：{source}）", "Parameters (source: {source})"),
    "assumed": Words("名册未填，按默认值", "not in the roster: assumed"),
    "since": Words("自 {since}", "since {since}"),
    "source": Words("出处：", "Source: "),
    "undecided": Words("没有选用、按它算不出：", "Not chosen, and without a result: "),
    "hinges": Words("须明确口径", "Hinges on a reading"),
    "changes": Words("什么会改变结果", "What would change it"),
    "note": Words("说明：", "Note: "),
    "if": Words("若 {fact} 为 {to}", "if {fact} were {to}"),
    "follows": Words(
        "{facts} 每有变动，{outputs} 即随之变动", "every change of {facts} changes {outputs}"
    ),
    "and": Words("以下全部成立", "all of these"),
    "or": Words("以下至少一项成立", "at least one of these"),
    "not": Words("以下不成立", "not this"),
    "beaten": Words(
        "条件成立，但排在前面的规则已经适用",
        "Its condition holds, but a rule before it has decided",
    ),
    "counted": Words("适用规则数（{rules}）", "rules that hold ({rules})"),
    "yes": Words("是", "yes"),
    "no": Words("否", "no"),
    "nothing": Words("无", "none"),
    "blank": Words("空", "blank"),
    "everywhere": Words("全部村", "all villages"),
    "pool": Words(
        "统筹资金（{group}：{villages} 个村，其中 {claims} 个村参与分配）{amount}；本村 {share}；"
        "未用 {left}。按最大余数法取整到 {step}，余数相同的按代码先后",
        "Pool ({group}: {villages} villages, {claims} of them share) {amount}; this village "
        "{share}; left over {left}. Rounded to {step} by largest remainder, ties by village code",
    ),
    "cut": Words(
        "。取整前 {exact}……，尾数不在最大之列，舍去",
        ". Before rounding {exact}…: its remainder is not among the largest and is cut off",
    ),
    "raised": Words(
        "。取整前 {exact}……，尾数在最大之列，进 {step}",
        ". Before rounding {exact}…: its remainder is among the largest and gets {step} more",
    ),
    "by_hand": Words("手工调整", "Set by hand"),
    "by_hand_note": Words(
        "下列金额在规则算出后经批准调整，以调整后的为准；其余各节写的是规则算出的结果",
        "These amounts were set after the rules and are what is paid; all else is what the rules gave",
    ),
    "code": Words("代码", "Code"),
    "reason": Words("理由", "Reason"),
    "document": Words("文件", "Document"),
    "approver": Words("批准人", "Approved by"),
    "follows_hand": Words("随上面的调整按公式重算", "computed again from the above"),
    "correction": Words("更正", "Correction"),
    "corrects": Words("更正记录 {run}：{reason}", "Corrects run {run}: {reason}"),
    "later": Words(
        "这条记录后来由 {run} 更正：{reason}", "This run was corrected later by {run}: {reason}"
    ),
    "same_paid": Words("本村应付金额没有差别", "Nothing that is paid differs for this village"),
    "pay": Words("补拨 {amount}", "pay {amount}"),
    "deduct": Words("抵扣 {amount}", "deduct {amount}"),
    "between": Words("总额不变，资金承担主体之间调整", "nothing in all; between payers"),
    "moved": Words("{title}：{before} → {after}（{due}）", "{title}: {before} → {after} ({due})"),
    "instead_of": Words("调整为 {amount}", "by hand: {amount}"),
    "in_all": Words("合计（{unit}）：{what}", "In all ({unit}): {what}"),
    "why": Words("为什么是“{rule}”", "Why “{rule}”"),
    "why_not": Words("为什么不是“{rule}”", "Why not “{rule}”"),
    "takes": Words("要适用，须", "What it would take"),
    "instead": Words("起决定作用的规则", "What decides"),
    "other": Words("其他任何一个", "any other"),
    "now": Words("{fact} 为 {to}（现为 {now}）", "{fact} {to} (now {now})"),
    "together": Words("，并且 ", " and "),
    "no_way": Words(
        "只改三项以内的事实，找不到能使它适用的情形（可能要看口径或标准）",
        "No change of up to three facts was found that would do (readings or parameters may be in the way)",
    ),
})  # fmt: skip


_SIGNS = {"<": "<", "<=": "≤", ">": ">", ">=": "≥", "==": "=", "!=": "≠"}


def say(key: str, lang: Lang, **fields: str) -> str:
    """One of the program's own sentences with its fields in."""
    return P[key].say(lang).format(**fields)


def said(amount: Amount, lang: Lang) -> str:
    """A value for a reader: 120,000.00 元/年, 1,200 people, 是."""
    kind, value = amount.type, amount.value
    if amount.called is not None:
        return amount.called.say(lang)
    if isinstance(kind, YesNo):
        return P["yes" if value else "no"].say(lang)
    if isinstance(kind, Number) and isinstance(value, int):
        return quantity(value, kind, lang)
    if isinstance(value, tuple):
        return ("、" if lang == "zh" else ", ").join(value) or P["nothing"].say(lang)
    return literal(value, kind) or P["blank"].say(lang)


def figure(amount: Amount, lang: Lang) -> str:
    """A value within arithmetic: 120,000.00 without a unit."""
    if isinstance(amount.type, Number) and isinstance(amount.value, int):
        return number_said(amount.value, amount.type)
    return said(amount, lang)


def brief(amount: Amount, lang: Lang) -> str:
    """A value in few words: 120,000 yuan is 120,000, and 50,000.01 itself."""
    return figure(amount, lang).removesuffix(".00") if amount.called is None else said(amount, lang)


def in_full(amount: Amount, lang: Lang) -> str:
    """A value alone in a sentence: 120,000 yuan is 120,000 元 and 120,000, all else has its unit."""
    kind = amount.type
    if isinstance(kind, Number) and kind.unit is not None and kind.unit.counts_yuan:
        return f"{brief(amount, lang)} 元" if lang == "zh" else brief(amount, lang)
    return said(amount, lang)


def both(amount: Amount) -> Words:
    """A value in both languages."""
    return Words(said(amount, "zh"), said(amount, "en"))


def bare(amount: Amount) -> str:
    """A value for machines: 120000.00, true, text, a+b."""
    return literal(amount.value, amount.type)


def sign(operator: str) -> str:
    """The sign of a comparison as a reader writes it: ≤ for <=."""
    return _SIGNS.get(operator, operator)


def required(title: Words, wanted: bool) -> Words:
    """What must be the case for a question by its title: 无活动场所, no venue."""
    return _forms(title)[not wanted]


def now(title: Words, holds: bool) -> Words:
    """What is the case, after that: 有, has one."""
    return _forms(title)[3 - holds]


def answered(title: Words, holds: bool) -> Words:
    """What is the case, by itself: 有活动场所, has a venue."""
    return _forms(title)[5 - holds]


_LEADS = {"有": "无", "无": "有", "已": "未", "未": "已"}
_HAS = re.compile(r"(?i)ha(?:s|ve) (an?) (.+)")


@cache
def _forms(title: Words) -> tuple[Words, ...]:
    """What a question asks and its contrary, in each of the three ways above."""
    zh, en = title.zh.removeprefix("是否"), title.en
    lead, has = zh[:1], _HAS.fullmatch(en)
    if zh.startswith("有无"):
        zh, lead = zh[0] + zh[2:], "有"
    if lead in _LEADS:
        contrary = _LEADS[lead] + zh[1:]
        present = (lead, _LEADS[lead]) if lead in "有无" else (zh, contrary)
        chinese = (zh, contrary, *present, zh, contrary)
    else:
        chinese = (f"是{zh}", f"不是{zh}", "是", "不是", f"是{zh}", f"不是{zh}")
    if has:
        yes, no = f"{has[1]} {has[2]}", f"no {has[2]}"
        english = (yes, no, "has one", "has none", f"has {yes}", f"has {no}")
    else:
        yes, no = f"“{en}”", f"not “{en}”"
        english = (yes, no, "is", "is not", yes, no)
    return tuple(map(Words, chinese, english))
