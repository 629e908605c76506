"""The program's own words in a letter; all else comes from the policy."""

from __future__ import annotations

from fundcalc.base.words import Words

L = {
    "title": Words("计算说明", "How the amounts were worked out"),
    "on": Words("标准日期", "Values of"),
    "run": Words("运行编号", "Run"),
    "unrecorded": Words("未记入台账", "not recorded"),
    "results": Words("结果", "Results"),
    "item": Words("项目", "Item"),
    "amount": Words("结果", "Result"),
    "capitals": Words("大写", "In Chinese capitals"),
    "payer": Words("支付方", "Paid by"),
    "total": Words("各支付方合计", "All payers"),
    "facts": Words("依据的事实（右为名册单元格）", "Facts, each with its cell in the roster"),
    "assumed": Words("默认值", "assumed"),
    "why": Words(
        "规则与计算（√ 符合；× 不符合，只列不成立的条件）",
        "Rules and arithmetic (√: holds; ×: does not, with the comparisons that fail)",
    ),
    "met": Words("√", "√"),
    "unmet": Words("×", "×"),
    "brief": Words(
        "篇幅所限，只列起作用的规则；其余见：fundcalc explain {code} --run {run}",
        "For want of room only the rules that decide are shown; for all: fundcalc explain {code} --run {run}",
    ),
    "hinges": Words("取决于解读", "Hinges on a reading"),
    "sources": Words("出处与标准", "Sources"),
    "prepared_by": Words("制表", "Prepared by"),
    "reviewed_by": Words("复核", "Reviewed by"),
    "date": Words("日期", "Date"),
    "policy_digest": Words("政策摘要", "Policy digest"),
    "roster_digest": Words("名册摘要", "Roster digest"),
    "head": Words("台账摘要", "Head digest"),
}
