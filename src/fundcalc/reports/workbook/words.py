"""What the workbook's sheets say that no policy says."""

from __future__ import annotations

from fundcalc.base.words import Words

SHEETS = {
    "sign": Words("签发表", "To sign"),
    "public": Words("公示表", "Public notice"),
    "live": Words("公式核对", "Formulas"),
    "inputs": Words("输入", "Inputs"),
    "parameters": Words("标准", "Parameters"),
    "pools": Words("资金池", "Pools"),
    "work": Words("计算", "Workings"),
    "rules": Words("规则", "Rules"),
    "notes": Words("说明", "Notes"),
    "rejects": Words("退回", "Rejects"),
    "data": Words("数据", "Data"),
}

W = {
    "sign_title": Words("{title}资金测算表", "{title}: amounts by village"),
    "public_title": Words("{title}公示", "{title}: public notice"),
    "on": Words("标准日期：{on}", "Values of {on}"),
    "unit_yuan": Words("单位：元", "Amounts in yuan"),
    "unit_wan": Words("单位：万元", "Amounts in 10,000 yuan"),
    "number": Words("序号", "No."),
    "by_hand": Words("手工调整", "Set by hand"),
    "arranged": Words("应安排合计", "To be arranged"),
    "subtotal": Words("{name} 小计（{n} 个村）", "{name}: subtotal ({n} villages)"),
    "no_town": Words("（未填乡镇）", "(no town)"),
    "total": Words("合计（{n} 个村）", "Total ({n} villages)"),
    "capitals": Words("应安排合计（大写）：{text}", "To be arranged, in capitals: {text}"),
    "small": Words("（小写）¥{amount} 元", "¥{amount}"),
    "payers": Words("其中：{list}", "Of which: {list}"),
    "payer": Words("{name} {amount} 元", "{name} {amount} yuan"),
    "maker": Words("制表人：", "Prepared by:"),
    "checker": Words("审核人：", "Checked by:"),
    "head": Words("负责人：", "Approved by:"),
    "day": Words("日期：      年    月    日", "Date:"),
    "office": Words("公示单位（盖章）：", "Office (seal):"),
    "period": Words("公示时间：    年  月  日至    年  月  日", "Posted from:            to:"),
    "phone": Words("监督电话：", "Telephone:"),
    "policy": Words("政策 {value}", "policy {value}"),
    "ledger": Words("台账 {value}", "ledger {value}"),
    "run": Words("运行 {value}", "run {value}"),
    "page": Words("第 &P 页，共 &N 页", "page &P of &N"),
    "yes": Words("是", "yes"),
    "no": Words("否", "no"),
    "none": Words("无", "none"),
    "rule": Words("规则", "rule"),
    "why": Words("理由", "why"),
    # formulas, inputs, parameters
    "check": Words("核对", "Check"),
    "agree": Words("一致", "agree"),
    "differ": Words("不一致", "differs"),
    "differing": Words(
        "{n} 个村，与存档结果不一致的村数：", "{n} villages; differing from the stored results: "
    ),
    "sum": Words("合计", "Total"),
    "in_yuan": Words("（元）", " (yuan)"),
    "kind": Words("分组依据", "Grouped by"),
    "order": Words("次序（余数相等时在前者先得）", "Place among equals (by code)"),
    "inputs_note": Words(
        "绿色标签的表可以改动：改一个数，“公式核对”表立即重算。斜体是名册未填、按默认值计算的",
        "Sheets with a green tab may be changed: change a number, and the sheet of formulas follows. "
        "Italics: not in the roster, assumed",
    ),
    "parameters_note": Words(
        "{on} 有效的标准与解读。绿底的格可以改动，公式随之重算；改动不影响政策文件和存档结果",
        "Parameters and readings of {on}. Green cells may be changed and the formulas follow; policy files "
        "and stored results stay as they are",
    ),
    "work_note": Words(
        "“公式核对”表用到的中间步骤，金额以分计；不要改动",
        "Steps behind the sheet of formulas, amounts in fen; do not change",
    ),
    "pools_note": Words(
        "各组的资金池，金额以分计；不要改动。空行留给改动输入后新出现的组",
        "Pools by group, amounts in fen; do not change. Blank rows are for groups new to the inputs",
    ),
    "parameter_id": Words("代号", "Id"),
    "parameter": Words("标准", "Parameter"),
    "items": Words("名单", "Items"),
    "unit": Words("单位", "Unit"),
    "since": Words("生效日", "Since"),
    "source": Words("出处", "Source"),
    "counted": Words("折合最小单位", "In smallest units"),
    "options": Words("选项", "Options"),
    "not_in_force": Words("未生效", "not in force"),
    "text_kept": Words("文本", "Text"),
    "choose": Words("请从列表中选", "Choose from the list"),
    "range": Words("请填 {low} 至 {high} 之间的数", "Enter a number from {low} to {high}"),
    # notes
    "basis": Words("依据", "What the figures rest on"),
    "title": Words("政策", "Policy"),
    "policy_id": Words("政策代号", "Policy id"),
    "day_in_force": Words("标准日期", "Values of"),
    "policy_digest": Words("政策文件摘要", "Digest of the policy files"),
    "plan_digest": Words("口径摘要（政策、日期、解读）", "Digest of policy, date and readings"),
    "roster": Words("名册", "Roster"),
    "roster_digest": Words("名册文件摘要", "Digest of the roster file"),
    "villages": Words("村数", "Villages"),
    "checked": Words("两次核算一致的村数", "Villages computed twice and alike"),
    "run_id": Words("运行编号", "Run"),
    "ledger_head": Words("台账末端摘要", "Digest of the ledger's end"),
    "readings": Words(
        "解读：来源两可之处所选", "Readings: what was taken where the source leaves it open"
    ),
    "reading": Words("代号", "Reading"),
    "question": Words("问题", "Question"),
    "chosen": Words("所选", "Taken"),
    "others": Words("其他选项", "Other options"),
    "moved": Words("影响村数", "Villages moved"),
    "assumptions": Words("名册未填、按默认值计算的", "Assumed, as the roster does not say"),
    "fact": Words("项目", "Fact"),
    "assumed_as": Words("默认值", "Assumed as"),
    "cells": Words("村数", "Villages"),
    "pools": Words("资金池（元）", "Pools (yuan)"),
    "programme": Words("项目", "Programme"),
    "pool_group": Words("范围", "Pool"),
    "pool_amount": Words("总额", "Amount"),
    "used": Words("已分配", "Used"),
    "leftover": Words("剩余", "Left over"),
    "mean": Words("村均", "Mean a village"),
    "claims": Words("分得村数", "Claims"),
    "each_village": Words("每村一池（{n} 个）", "{n} of one village each"),
    "everyone": Words("全部", "all"),
    "programme_notes": Words("项目说明", "Notes on programmes"),
    "note": Words("说明", "Note"),
    "sources": Words("出处", "Sources"),
    "shares": Words("比例", "Shares"),
    "share": Words("指标", "Share"),
    "share_value": Words("比例", "Value"),
    "share_of": Words("村数", "Villages"),
    "about_formulas": Words("公式核对", "Formulas"),
    "how_formulas": Words(
        "“公式核对”表的每个结果由“输入”“标准”两表的公式算出，右端一列与“数据”表的存档结果比较，"
        "写明“一致”或“不一致”。金额以元显示，公式先化为整分（乘 100 取整）再计算，因此没有小数误差。"
        "更改输入或标准后，不一致的村即结果有变的村。",
        "Every result on the sheet of formulas follows from the sheets of inputs and parameters; its last "
        "column compares it with the stored result on the data sheet. Amounts show in yuan and are "
        "computed in whole fen, so no fraction is lost. After a change of inputs or parameters, the rows "
        "that differ are the villages whose result has changed.",
    ),
    "flagged": Words("取决于解读或默认值的村", "Villages that hinge on a reading or an assumption"),
    "village": Words("村", "Village"),
    "hinges_on": Words("取决于解读", "Hinges on"),
    "assumes": Words("按默认值", "Assumes"),
    # rejects
    "severity": Words("轻重", "Severity"),
    "error": Words("错误", "error"),
    "warning": Words("存疑", "doubtful"),
    "place_sheet": Words("工作表", "Sheet"),
    "place_cell": Words("单元格", "Cell"),
    "place_row": Words("行", "Row"),
    "column": Words("表头", "Column"),
    "value": Words("值", "Value"),
    "mend": Words("改法", "How to mend"),
}

DUE = {
    "sheet": Words("补发扣回表", "To pay or deduct"),
    "title": Words("{title}补发扣回表", "{title}: to pay or to deduct"),
    "corrects": Words("更正记录 {run}：{reason}", "Corrects run {run}: {reason}"),
    "county": Words("县（市、区）", "County"),
    "town": Words("乡镇", "Town"),
    "name": Words("村名", "Village"),
    "code": Words("代码", "Code"),
    "item": Words("项目", "Item"),
    "payer": Words("付款方", "Payer"),
    "before": Words("原金额", "Before"),
    "after": Words("更正后金额", "After"),
    "pay": Words("补发", "To pay"),
    "deduct": Words("扣回", "To deduct"),
    "remark": Words("备注", "Remark"),
    "both": Words("", ""),
    "gone": Words("不在新名册", "not in the new roster"),
    "new": Words("新增", "new"),
    "county_sum": Words("{name} 小计（{n} 笔）", "{name}: subtotal ({n})"),
    "sum_of": Words("合计（{n} 笔）", "Total ({n})"),
    "pay_capitals": Words(
        "补发合计（大写）：{text}（小写）¥{amount} 元", "To pay, in capitals: {text} ¥{amount}"
    ),
    "deduct_capitals": Words(
        "扣回合计（大写）：{text}（小写）¥{amount} 元", "To deduct, in capitals: {text} ¥{amount}"
    ),
    "of_payer": Words(
        "其中 {name}：补发 {pay} 元，扣回 {deduct} 元，净额 {net} 元",
        "Of which {name}: to pay {pay} yuan, to deduct {deduct} yuan, net {net} yuan",
    ),
}
"""The sheet of a correction."""
