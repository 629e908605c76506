"""What each key of the policy files means, in both languages, for editors; one line a key."""

from __future__ import annotations

from fundcalc.base.money import DIRECTIONS
from fundcalc.base.words import Words

_ID = Words(
    "名称：字母、汉字、数字和下划线，整个政策中只用一次",
    "Name: letters, Chinese characters, digits, underscores; used once in a policy",
)
_TITLE = Words("名称（中英文）", "Title in both languages")
_SOURCE = Words("出处的 id", "Id of the source it rests on")
_BECAUSE = Words("给村里看的理由，可写 {名称}", "The reason as a village reads it; may hold {name}")
_SHARE = Words("按资金池分配，代替 then 或 value", "A share of a pool, in place of then or value")
_UNIT = Words("单位，如 yuan/year、person", "Unit, such as yuan/year, person")
_PAYER = Words("由谁支付（payers 的 id）", "Who pays it (an id of payers)")
_NOTE = Words("说明", "A note")

FIELDS: dict[str, Words] = {
    "WordsTable.zh": Words("中文", "Chinese"),
    "WordsTable.en": Words("英文", "English"),
    "SourceTable.title": _TITLE,
    "SourceTable.publisher": Words("发布机关或报刊", "Publisher"),
    "SourceTable.date": Words("日期", "Date"),
    "SourceTable.locator": Words("页码、条款", "Page or article"),
    "SourceTable.note": _NOTE,
    "ReadingTable.question": Words("来源两可的问题", "The question that the source leaves open"),
    "ReadingTable.chosen": Words("选哪一种（options 之一）", "The option taken"),
    "ReadingTable.options": Words("各种解读，至少两种", "The possible answers, two or more"),
    "ReadingTable.source": _SOURCE,
    "RoundTable.to": Words("取整到几的倍数", "Rounded to a multiple of this"),
    "RoundTable.direction": Words(
        f"取整方向：{'、'.join(DIRECTIONS)}",
        f"Direction: {', '.join(DIRECTIONS[:-1])} or {DIRECTIONS[-1]}",
    ),
    "GrowthTable.rate": Words(
        '每年增长率，如 "3 %"；逐年减少如 "-3 %"',
        'Rate a year, such as "3 %"; "-3 %" of a decrease',
    ),
    "GrowthTable.every": Words("周期，只有 year", "Period; only `year`"),
    "GrowthTable.after": Words(
        "从这天算起，满一年增长一次", "Grows on each anniversary of this day"
    ),
    "GrowthTable.round": Words("增长后如何取整", "How the grown value is rounded"),
    "ParameterTable.title": _TITLE,
    "ParameterTable.unit": _UNIT,
    "ParameterTable.source": _SOURCE,
    "ParameterTable.values": Words(
        "数值和生效日：{ 2017-01-01 = 150_000 }，false 表示终止",
        "Value and first day: { 2017-01-01 = 150_000 }; false ends it",
    ),
    "ParameterTable.sources": Words(
        "某个数值另有出处：{ 2018-01-01 = 出处 id }",
        "Source of a single value where it is another: { 2018-01-01 = id }",
    ),
    "ParameterTable.confirmed": Words(
        "最后一次核实仍有效的日期", "Last day on which somebody checked that it still holds"
    ),
    "ParameterTable.growth": Words("正常增长机制", "Normal growth mechanism"),
    "ParameterTable.jump_ok": Words(
        "与上一个数值相差百倍以上而确属有意的，按日期写明理由",
        "Why a value is meant to be a hundred times another than the one before, by its day",
    ),
    "ParameterTable.note": _NOTE,
    "PayerTable.title": _TITLE,
    "PolicyTable.id": _ID,
    "PolicyTable.title": _TITLE,
    "PolicyTable.on": Words(
        "按哪一天的标准（--on 另有指定除外）",
        "The date whose values hold unless --on says otherwise",
    ),
    "PolicyTable.programmes": Words(
        "项目 id，各对应 rules/<id>.toml", "Ids of the programmes, each a file rules/<id>.toml"
    ),
    "PoliciesFile.policy": Words("政策本身", "The policy itself"),
    "PoliciesFile.sources": Words("出处", "Sources"),
    "PoliciesFile.readings": Words("解读", "Readings"),
    "PoliciesFile.payers": Words("由谁支付", "Payers"),
    "PoliciesFile.parameters": Words("标准（带日期的数值）", "Parameters: dated values"),
    "FactTable.title": _TITLE,
    "FactTable.aliases": Words("名册表头的其他写法", "Further headers in rosters"),
    "FactTable.near_aliases": Words(
        "不完全是这一项的表头，读取并说明", "Headers that mean not quite this; read, and said"
    ),
    "FactTable.unit": _UNIT,
    "FactTable.type": Words("类型：text、yes/no、date", "Type: text, yes/no or date"),
    "FactTable.range": Words("[最小值, 最大值]，含两端", "[least, greatest], both included"),
    "FactTable.typical": Words(
        "[低, 高]：一列的中位数在此之外就要问单位",
        "[low, high]: a column with its median outside is asked about",
    ),
    "FactTable.required": Words("名册必须填写", "A roster must have it"),
    "FactTable.default": Words("未填时取的值", "What an empty cell is taken to be"),
    "FactTable.example": Words("空白名册里的示例", "Shown in an empty roster"),
    "FactTable.digits": Words("代码位数", "Digits of a code"),
    "FactTable.options": Words("可填的文本", "The texts it may be"),
    "FactTable.outlier": Words(
        "超过本乡镇中位数几倍即存疑", "Doubtful when so many times its town's median"
    ),
    "FactTable.of_year": Words(
        "哪一年的数：before 上年、same 当年", "Of the year `before`, or of the `same` year"
    ),
    "FactTable.note": _NOTE,
    "VillageFile.facts": Words("名册一行可以写的各项", "What one roster row may say"),
    "ShareTable.pool": Words("资金池金额", "Amount of the pool"),
    "ShareTable.per": Words(
        "分组：文本事实、all 或 village", "The group: a text fact, `all` or `village`"
    ),
    "ShareTable.by": Words("按什么分配（权重）", "In proportion to this"),
    "ShareTable.at_most": Words("以此为限", "Never above this"),
    "ProgrammeTable.id": _ID,
    "ProgrammeTable.title": _TITLE,
    "ProgrammeTable.hit_policy": Words(
        "多条规则适用时如何取值（DMN）", "How the results of rules combine (DMN)"
    ),
    "ProgrammeTable.output": Words("结果的名称", "Name of the result"),
    "ProgrammeTable.output_title": Words("结果的标题", "Title of the result"),
    "ProgrammeTable.unit": _UNIT,
    "ProgrammeTable.type": Words("结果不是数字时的类型", "Type of a result that is no number"),
    "ProgrammeTable.payer": _PAYER,
    "ProgrammeTable.note": _NOTE,
    "CliffTable.reason": Words("为何允许", "Why it is meant"),
    "RuleTable.id": _ID,
    "RuleTable.title": _TITLE,
    "RuleTable.when": Words("何时适用（条件）", "When it holds"),
    "RuleTable.then": Words("适用时的结果", "What it gives"),
    "RuleTable.share": _SHARE,
    "RuleTable.source": _SOURCE,
    "RuleTable.because": _BECAUSE,
    "RuleTable.cliff_ok": Words("有意设的陡坎及其理由", "A step that is meant, with its reason"),
    "OtherwiseTable.id": _ID,
    "OtherwiseTable.title": _TITLE,
    "OtherwiseTable.value": Words("没有规则适用时的结果", "The result where no rule holds"),
    "OtherwiseTable.because": _BECAUSE,
    "OtherwiseTable.source": _SOURCE,
    "AlsoTable.id": _ID,
    "AlsoTable.title": _TITLE,
    "AlsoTable.unit": _UNIT,
    "AlsoTable.value": Words("算式", "The expression"),
    "AlsoTable.share": _SHARE,
    "AlsoTable.payer": _PAYER,
    "AlsoTable.because": _BECAUSE,
    "AlsoTable.source": _SOURCE,
    "AlsoTable.cliff_ok": Words("有意设的陡坎及其理由", "A step that is meant, with its reason"),
    "SummaryTable.id": _ID,
    "SummaryTable.title": _TITLE,
    "SummaryTable.among": Words("分母：哪些村", "Denominator: among which villages"),
    "SummaryTable.count": Words("分子：其中哪些", "Numerator: which of them"),
    "SummaryTable.round": Words("如何取整", "How it is rounded"),
    "ProgrammeFile.programme": Words("项目本身", "The programme itself"),
    "ProgrammeFile.rule": Words("规则", "The rules"),
    "ProgrammeFile.otherwise": Words("没有规则适用时", "Where no rule holds"),
    "ProgrammeFile.also": Words("由结果再算出的项", "Further outputs worked out from the result"),
    "ProgrammeFile.summary": Words("全部村的比例", "Ratios over all villages"),
    "CaseVillage.village": Words("一个村的各项", "The facts of one village"),
    "CaseVillage.expect": Words("应得的结果", "What must come out"),
    "CaseVillage.fired": Words("各项目应适用的规则", "The rules that must decide, by programme"),
    "CaseVillage.hinges_on": Words("取决于哪些解读", "The readings it hinges on"),
    "CaseTable.name": Words("案例名，一句话", "The case's name, a sentence"),
    "CaseTable.on": Words("按哪一天的标准", "The date whose values hold"),
    "CaseTable.readings": Words("改用的解读", "Readings other than those chosen"),
    "CaseTable.village": Words("一个村的各项", "The facts of one village"),
    "CaseTable.villages": Words("几个村（资金池用）", "Several villages, for a pool"),
    "CaseTable.expect": Words("应得的结果", "What must come out"),
    "CaseTable.fired": Words("各项目应适用的规则", "The rules that must decide, by programme"),
    "CaseTable.hinges_on": Words("取决于哪些解读", "The readings it hinges on"),
    "CaseTable.source": _SOURCE,
    "CaseTable.leftover": Words("资金池应剩余的金额", "What the pools must leave over"),
    "CaseFile.case": Words("案例", "The cases"),
}

TABLES: dict[str, Words] = {
    "PoliciesFile": Words("policies.toml：现行口径", "policies.toml: what is in force"),
    "ProgrammeFile": Words("rules/<项目>.toml：项目内容", "rules/<programme>.toml: what it means"),
    "VillageFile": Words("rules/village.toml：名册可以写什么", "rules/village.toml: a roster row"),
    "CaseFile": Words("rules/cases/*.toml：案例", "rules/cases/*.toml: worked examples"),
    "WordsTable": Words("中英文各一句", "One sentence in Chinese and in English"),
    "SourceTable": Words("出处", "A document that something rests on"),
    "ReadingTable": Words("解读", "A question that the source leaves open"),
    "RoundTable": Words("取整", "A rounding"),
    "GrowthTable": Words("增长", "Growth every year"),
    "ParameterTable": Words("参数", "A dated value"),
    "PayerTable": Words("付款方", "Who pays"),
    "PolicyTable": Words("政策", "The policy"),
    "FactTable": Words("名册的一项", "A fact of a village"),
    "ShareTable": Words("资金池分配", "A pool and how it is shared"),
    "ProgrammeTable": Words("项目", "A programme"),
    "CliffTable": Words("有意设的陡坎", "A step that is meant"),
    "RuleTable": Words("规则", "A rule"),
    "OtherwiseTable": Words("没有规则适用时", "Where no rule holds"),
    "AlsoTable": Words("再算出的项", "A further output"),
    "SummaryTable": Words("比例", "A ratio over villages"),
    "CaseVillage": Words("案例中的一个村", "A village of a case"),
    "CaseTable": Words("案例", "A worked example"),
}
