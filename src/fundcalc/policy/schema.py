"""The keys of the policy files: what each may hold and what it means, described once.

Loading, "unknown key" with its suggestion, the JSON Schema for editors and docs/reference come of these
models.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
)

from fundcalc.base.money import DIRECTIONS
from fundcalc.base.words import Words
from fundcalc.core.decision import HitPolicy
from fundcalc.language.nodes import BEFORE


class Table(BaseModel):
    """A TOML table; a key that is not listed is a mistake. Its docstring is what editors show of it."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)


def key(zh: str, en: str, *, default: Any = ..., **bounds: Any) -> Any:
    """A key, what it means in both languages, and what it is where it is left out."""
    return Field(default, title=f"{zh} · {en}", **bounds)


class WordsTable(Table):
    """中英文各一句 · One sentence in Chinese and in English."""

    zh: str = key("中文", "Chinese")
    en: str = key("英文", "English")


if TYPE_CHECKING:
    Both = Words
    Reason = Words
    Rest = Words
else:
    Both = Annotated[WordsTable, AfterValidator(lambda table: Words(table.zh, table.en))]
    Reason = Annotated[
        Both,
        BeforeValidator(
            lambda said: {"zh": said, "en": said} if isinstance(said, str) else said,
            json_schema_input_type=WordsTable | str,
        ),
    ]
    Rest = Annotated[
        Both,
        BeforeValidator(
            lambda said: {"zh": "下年", "en": said} if said == "next year" else said,
            json_schema_input_type=WordsTable | Literal["next year"],
        ),
    ]

# What TOML may have in several kinds; the loader looks closer, as it knows units and types.
_DAY = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_SCALAR = {
    "anyOf": [
        {"type": ["boolean", "number", "string"]},
        {"type": "string", "format": "date"},  # a date of TOML, to editors
    ]
}
_SCALARS = {"anyOf": [_SCALAR, {"type": "array", "items": {"type": "string"}}]}


def _by_day(schema: dict[str, Any], **more: Any) -> WithJsonSchema:
    by_day = {"patternProperties": {_DAY: schema}, "additionalProperties": False}
    return WithJsonSchema({"type": "object", **more, **by_day})


Scalar = Annotated[Any, WithJsonSchema(_SCALAR)]
Step = Annotated[Any, WithJsonSchema({"type": "number", "exclusiveMinimum": 0})]
Ends = Annotated[list[Any], WithJsonSchema({"type": "array", "minItems": 2, "maxItems": 2})]
DatedValues = Annotated[dict[str, Any], _by_day(_SCALARS, minProperties=1)]
DatedSources = Annotated[dict[str, str], _by_day({"type": "string"})]
TableRows = Annotated[
    list[dict[str, Any]],
    WithJsonSchema({"type": "array", "minItems": 1, "items": {"type": "object"}}),
]
Facts = Annotated[
    dict[str, Any],
    WithJsonSchema({
        "type": "object",
        "properties": {BEFORE: {"type": "object", "additionalProperties": _SCALAR}},
        "additionalProperties": _SCALAR,
    }),
]  # fmt: skip
Results = Annotated[
    dict[str, Any],
    WithJsonSchema({
        "type": "object",
        "additionalProperties": {  # money.work = 1 is a table within one
            "anyOf": [_SCALARS, {"type": "object", "additionalProperties": _SCALAR}]
        },
    }),
]  # fmt: skip

_ID = (
    "名称：字母、汉字、数字和下划线，整个政策中只用一次",
    "Name: letters, Chinese characters, digits, underscores; used once in a policy",
)
_TITLE = ("名称（中英文）", "Title in both languages")
_SOURCE = ("出处的 id", "Id of the source it rests on")
_QUOTE = (
    "出处原文中的一句，逐字照抄；该出处须有 text",
    "The sentence of its source, word for word; the source must have its `text`",
)
_BECAUSE = ("给村里看的理由，可写 {名称}", "The reason as a village reads it; may hold {name}")
_SHARE = ("按统筹资金分配，代替 then 或 value", "A share of a pool, in place of then or value")
_UNIT = ("单位，如 yuan/year、person", "Unit, such as yuan/year, person")
_DECIMALS = (
    "小数位数 0–6；不写时金额两位，其余整数",
    "Decimals, 0 to 6; without it two for money and none for all else",
)
_PAYER = ("资金承担主体（payers 的 id）", "Who pays it (an id of payers)")
_NOTE = ("说明", "A note")
_PAPER = (
    "列入签发表；有资金承担主体的金额总要列入",
    "Stands on the sheet to sign; an amount that somebody pays always does",
)
_DIRECTION = (
    "方向：grant 拨给的（不写即是），charge 应缴的",
    "`grant`, what a row receives, as without it; `charge`, what it has to pay",
)
_PUBLIC = (
    "列入公示表，数量也合计；只有能够相加的金额和数量可以",
    "Stands on the public notice, and a count in totals, too; for amounts and counts that add up",
)


_FROM = ("从哪一天起有效（含当天）", "First day on which it holds")
_UNTIL = ("到哪一天为止有效（含当天）", "Last day on which it holds")


class UnusedTable(Table):
    """不作规定的原文 · A passage of a source that decides nothing."""

    quote: str = key("原文中的一句，逐字照抄", "The passage, word for word")
    reason: Reason = key("为何不作为规则", "Why no rule comes of it")


class SourceTable(Table):
    """出处 · A document that something rests on."""

    title: Both = key(*_TITLE)
    publisher: str | None = key("发布机关或报刊", "Publisher", default=None)
    date: dt.date | None = key("日期", "Date", default=None)
    locator: str | None = key("页码、条款", "Page or article", default=None)
    text: str | None = key(
        "原文所在的 sources/*.txt（UTF-8 或 GB18030）",
        "sources/*.txt with its words (UTF-8 or GB18030)",
        default=None,
    )
    digest: str | None = key(
        "原文文件的校验码 sha256:…；不符即报错",
        "sha256:… of that file; another text is an error",
        default=None,
    )
    unused: list[UnusedTable] = key(
        "不作规定的句子及其理由", "Sentences that decide nothing, with the reason", default=[]
    )
    note: Both | None = key(*_NOTE, default=None)


class ReadingTable(Table):
    """解读 · A question that the source leaves open."""

    question: Both = key("来源两可的问题", "The question that the source leaves open")
    chosen: str = key("选哪一种（options 之一）", "The option taken")
    options: dict[str, Both] = key(
        "各种解读，至少两种", "The possible answers, two or more", min_length=2
    )
    source: str | None = key(*_SOURCE, default=None)
    quote: str | None = key(*_QUOTE, default=None)


class RoundTable(Table):
    """取整 · A rounding."""

    to: Step = key("取整到几的倍数", "Rounded to a multiple of this")
    direction: str = key(
        f"取整方向：{'、'.join(DIRECTIONS)}",
        f"Direction: {', '.join(DIRECTIONS[:-1])} or {DIRECTIONS[-1]}",
    )


class GrowthTable(Table):
    """增长 · Growth every year."""

    rate: str = key(
        '每次增长率，如 "3 %"，减少如 "-3 %"；或按年份查的查询表的 id',
        'Rate of a step, such as "3 %", "-3 %" of a decrease; or the id of a table of rates by year',
    )
    every: str = key(
        "周期：year，或如 3 years",
        "Period: `year`, or such as `3 years`",
        pattern="^(year|[1-9][0-9]? years)$",
    )
    after: dt.date = key(
        "从这天算起，每满一个周期增长一次", "The first step falls one period after this day"
    )
    round: RoundTable = key("增长后如何取整", "How the grown value is rounded")


class UnitTable(Table):
    """单位 · A unit of the policy's own."""

    title: Both = key(*_TITLE)
    plural: str | None = key("英文复数", "English plural", default=None)
    money: bool = key("货币，按分计", "A currency, kept with two decimals", default=False)


class ParameterTable(Table):
    """参数 · A dated value."""

    title: Both = key(*_TITLE)
    unit: str | None = key(*_UNIT, default=None)
    decimals: int | None = key(*_DECIMALS, default=None, ge=0, le=6)
    source: str | None = key(*_SOURCE, default=None)
    quote: str | None = key(*_QUOTE, default=None)
    values: DatedValues = key(
        "数值和生效日：{ 2017-01-01 = 150_000 }，false 表示终止",
        "Value and first day: { 2017-01-01 = 150_000 }; false ends it",
        min_length=1,
    )
    sources: DatedSources = key(
        "某个数值另有出处：{ 2018-01-01 = 出处 id }",
        "Source of a single value where it is another: { 2018-01-01 = id }",
        default={},
    )
    confirmed: dt.date | None = key(
        "最后一次核实仍有效的日期",
        "Last day on which somebody checked that it still holds",
        default=None,
    )
    growth: GrowthTable | None = key("正常增长机制", "Normal growth mechanism", default=None)
    jump_ok: dict[str, Both] = key(
        "与上一个数值相差百倍以上而确属有意的，按日期写明理由",
        "Why a value is meant to be a hundred times another than the one before, by its day",
        default={},
    )
    note: Both | None = key(*_NOTE, default=None)


class TableTable(Table):
    """查询表 · A look-up table."""

    title: Both = key(*_TITLE)
    keys: list[str] = key(
        "键：用它们的值查表，如 county；同名的名册项或结果定其类型",
        "Keys by which it is looked up, such as county; a fact or output of the name gives the type",
        min_length=1,
    )
    unit: str | None = key(*_UNIT, default=None)
    decimals: int | None = key(*_DECIMALS, default=None, ge=0, le=6)
    type: Literal["text"] | None = key(
        "值不是数字时：text", "`text` where values are", default=None
    )
    source: str | None = key(*_SOURCE, default=None)
    quote: str | None = key(*_QUOTE, default=None)
    file: str | None = key(
        "各行所在的 tables/*.csv 或 .xlsx，表头为 from、各键、value",
        "tables/*.csv or .xlsx with the rows; header: from, the keys, value",
        default=None,
    )
    rows: TableRows | None = key(
        '各行：{ from = 2017-01-01, county = "甲县", value = 21304 }',
        'Rows: { from = 2017-01-01, county = "甲县", value = 21304 }',
        default=None,
    )
    note: Both | None = key(*_NOTE, default=None)


class PayerTable(Table):
    """资金承担主体 · Who pays."""

    title: Both = key(*_TITLE)


class PapersTable(Table):
    """文表 · The papers that are signed."""

    issuer: Both | None = key("编制单位", "The office that issues them", default=None)
    document_no: str | None = key("文号", "The document's number", default=None)
    four_eyes: bool = key(
        "复核人不得是编制人本人（未设时只提示）",
        "Who reviews must not be who prepared; a warning where it is not set",
        default=False,
    )


class PolicyTable(Table):
    """政策 · The policy."""

    id: str = key(*_ID)
    title: Both = key(*_TITLE)
    on: dt.date = key(
        "按哪一天的标准（--on 另有指定除外）",
        "The date whose values hold unless --on says otherwise",
    )
    programmes: list[str] = key(
        "项目 id，各对应 rules/<id>.toml",
        "Ids of the programmes, each a file rules/<id>.toml",
    )


class AcceptTable(Table):
    """接受的检查结果 · A finding of `check` that is let stand."""

    code: str = key("代码，如 FC711", "Its code, such as FC711")
    where: str = key(
        "项目、规则（或 项目.规则）、标准、名册项、查询表，或文件",
        "A programme, rule (or programme.rule), parameter, fact, reading, table, or a file",
    )
    reason: Reason = key("为何接受", "Why it may stand")


class PoliciesFile(Table):
    """policies.toml：现行口径 · policies.toml: what is in force."""

    policy: PolicyTable = key("政策本身", "The policy itself")
    sources: dict[str, SourceTable] = key("出处", "Sources", default={})
    readings: dict[str, ReadingTable] = key("解读", "Readings", default={})
    payers: dict[str, PayerTable] = key("资金承担主体", "Payers", default={})
    units: dict[str, UnitTable] = key("自己的单位", "Units of the policy's own", default={})
    papers: PapersTable | None = key("文表", "The papers that are signed", default=None)
    tables: dict[str, TableTable] = key("查询表", "Look-up tables", default={})
    parameters: dict[str, ParameterTable] = key(
        "标准（带日期的数值）", "Parameters: dated values", default={}
    )
    accept: list[AcceptTable] = key("接受的检查结果", "Findings that are let stand", default=[])


class FactTable(Table):
    """名册的一项 · A fact of a village."""

    title: Both = key(*_TITLE)
    aliases: list[str] = key("名册表头的其他写法", "Further headers in rosters", default=[])
    near_aliases: list[str] = key(
        "不完全是这一项的表头，读取并说明",
        "Headers that mean not quite this; read, and said",
        default=[],
    )
    unit: str | None = key(*_UNIT, default=None)
    decimals: int | None = key(*_DECIMALS, default=None, ge=0, le=6)
    type: Literal["text", "yes/no", "date"] | None = key(
        "类型：text、yes/no、date", "Type: text, yes/no or date", default=None
    )
    range: Ends | None = key(
        "[最小值, 最大值]，含两端",
        "[least, greatest], both included",
        default=None,
        min_length=2,
        max_length=2,
    )
    typical: list[Any] | None = key(
        "[低, 高]：一列的中位数在此之外就要问单位",
        "[low, high]: a column with its median outside is asked about",
        default=None,
        min_length=2,
        max_length=2,
    )
    required: bool = key("名册必须填写", "A roster must have it", default=False)
    default: Scalar = key("未填时取的值", "What an empty cell is taken to be", default=None)
    example: Scalar = key("空白名册里的示例", "Shown in an empty roster", default=None)
    digits: int | None = key("代码位数", "Digits of a code", default=None, ge=1, le=32)
    options: list[str] | None = key("可填的文本", "The texts it may be", default=None)
    outlier: int | None = key(
        "超过本乡镇中位数几倍即请核实",
        "Doubtful when so many times its town's median",
        default=None,
        ge=2,
        le=1000000,
    )
    of_year: Literal["before", "same"] | None = key(
        "哪一年的数：before 上年、same 当年",
        "Of the year `before`, or of the `same` year",
        default=None,
    )
    note: Both | None = key(*_NOTE, default=None)


class RowMustTable(Table):
    """名册各行须符合的条件 · What must hold of a row."""

    when: str = key("须成立的条件，只用名册各项", "The condition, over facts alone")
    because: Both | None = key("为什么", "Why", default=None)


class NounTable(Table):
    """名册一行是什么 · What a row of the roster is."""

    zh: str = key("中文，如“户”", "Chinese, such as 户", min_length=1, max_length=20)
    en: str = key(
        "英文单数，如 household", "English, such as household", min_length=1, max_length=40
    )
    plural: str | None = key("英文复数", "English plural", default=None, max_length=40)


class RosterTable(Table):
    """名册的行 · The rows of the roster."""

    of: NounTable | None = key(
        "一行是什么；不写则是村", "What a row is; without it a village", default=None
    )
    counter: str | None = key(
        "量词：户、所、名；与 of 的中文相同时只说一次（3 户，3 所学校）",
        "The Chinese counter; where it is the noun itself it is said once (3 户, 3 所学校)",
        default=None,
        min_length=1,
        max_length=4,
    )
    identity: list[str] | None = key(
        "指明是哪一行的项：[代码, 名称] 或其中一项；不写则是 code、name",
        "The facts that say which row it is: [code, name], or one; without it code and name",
        default=None,
        min_length=1,
        max_length=2,
    )
    groups: list[str] | None = key(
        "所属的组，先大后小，至多两级；不写则是 county、town",
        "The groups it belongs to, the larger first, two at most; without it county and town",
        default=None,
        max_length=2,
    )


class VillageFile(Table):
    """rules/roster.toml 或 village.toml：名册可以写什么 · rules/roster.toml or village.toml: a roster row."""

    roster: RosterTable | None = key("名册的行", "The rows of the roster", default=None)
    facts: dict[str, FactTable] = key(
        "名册一行可以写的各项", "What one roster row may say", min_length=1
    )
    must: list[RowMustTable] = key("各行须符合的条件", "What must hold of every row", default=[])


class WholeMustTable(Table):
    """全部村合起来须符合的条件 · What must hold of all villages together."""

    when: str = key(
        "须成立的条件，用 sum(…)、count() 和参数",
        "The condition, over sum(…), count() and parameters",
    )
    per: Literal["all"] = key("范围：all 即全部村", "Over what: `all` villages")
    because: Both | None = key("为什么", "Why", default=None)


class ShareTable(Table):
    """统筹资金分配 · A pool and how it is shared."""

    pool: str = key("统筹资金总额", "Amount of the pool")
    per: str | list[str] = key(
        "分组：文本事实（可列出几个）、all 或 village",
        "The group: a text fact, a list of them, `all` or `village`",
    )
    by: str = key("按什么分配（权重）", "In proportion to this")
    at_most: str | None = key("以此为限", "Never above this", default=None)
    at_least: str | None = key("不低于此数", "Never below this", default=None)
    rest_to: Rest | None = key("分不完的去向", "Where what is left goes", default=None)
    from_: dt.date | None = key(*_FROM, default=None, alias="from")
    until: dt.date | None = key(*_UNTIL, default=None)


class ProgrammeTable(Table):
    """项目 · A programme."""

    id: str = key(*_ID)
    title: Both = key(*_TITLE)
    hit_policy: HitPolicy = key(
        "多条规则适用时如何取值（DMN）", "How the results of rules combine (DMN)"
    )
    output: str = key("结果的名称", "Name of the result")
    output_title: Both | None = key("结果的标题", "Title of the result", default=None)
    unit: str | None = key(*_UNIT, default=None)
    decimals: int | None = key(*_DECIMALS, default=None, ge=0, le=6)
    type: Literal["text", "yes/no", "date"] | None = key(
        "结果不是数字时的类型", "Type of a result that is no number", default=None
    )
    payer: str | None = key(*_PAYER, default=None)
    direction: Literal["grant", "charge"] = key(*_DIRECTION, default="grant")
    paper: bool = key(*_PAPER, default=True)
    public: bool = key(*_PUBLIC, default=False)
    rules_from: str | None = key(
        "规则所在的决策表 tables/*.csv 或 .xlsx，代替 [[rule]]",
        "The decision table with its rules, tables/*.csv or .xlsx, in place of [[rule]]",
        default=None,
    )
    amounts_per_rule: bool = key(
        "每条规则的金额各列一栏（项目.规则），只用于 collect sum",
        "A column for the amount of each rule (programme.rule); for `collect sum`",
        default=False,
    )
    per: str | list[str] | None = key(
        "按组决定，每组一次：名册中的文本（可列出几个）；不写则逐行决定",
        "Decides once for each group: a text of the roster, or a list of them; without it for each row",
        default=None,
    )
    note: Both | None = key(*_NOTE, default=None)
    from_: dt.date | None = key(*_FROM, default=None, alias="from")
    until: dt.date | None = key(*_UNTIL, default=None)


class CliffTable(Table):
    """有意设的陡坎 · A step that is meant."""

    reason: Both = key("为何允许", "Why it is meant")


class RuleTable(Table):
    """规则 · A rule."""

    id: str = key(*_ID)
    title: Both | None = key(*_TITLE, default=None)
    when: str = key("何时适用（条件）", "When it holds")
    then: Scalar = key("适用时的结果", "What it gives", default=None)
    share: ShareTable | None = key(*_SHARE, default=None)
    source: str | None = key(*_SOURCE, default=None)
    quote: str | None = key(*_QUOTE, default=None)
    because: Both | None = key(*_BECAUSE, default=None)
    cliff_ok: CliffTable | None = key(
        "有意设的陡坎及其理由", "A step that is meant, with its reason", default=None
    )
    from_: dt.date | None = key(*_FROM, default=None, alias="from")
    until: dt.date | None = key(*_UNTIL, default=None)


class OtherwiseTable(Table):
    """没有规则适用时 · Where no rule holds."""

    id: str = key(*_ID)
    title: Both | None = key(*_TITLE, default=None)
    value: Scalar = key("没有规则适用时的结果", "The result where no rule holds", default=None)
    because: Both | None = key(*_BECAUSE, default=None)
    source: str | None = key(*_SOURCE, default=None)
    from_: dt.date | None = key(*_FROM, default=None, alias="from")
    until: dt.date | None = key(*_UNTIL, default=None)
    quote: str | None = key(*_QUOTE, default=None)


class AlsoTable(Table):
    """再算出的项 · A further output."""

    id: str = key(*_ID)
    title: Both | None = key(*_TITLE, default=None)
    unit: str | None = key(*_UNIT, default=None)
    decimals: int | None = key(*_DECIMALS, default=None, ge=0, le=6)
    type: Literal["date"] | None = key("日期写 date", "`date` where it is a day", default=None)
    value: Scalar = key("算式", "The expression", default=None)
    share: ShareTable | None = key(*_SHARE, default=None)
    payer: str | None = key(*_PAYER, default=None)
    direction: Literal["grant", "charge"] = key(*_DIRECTION, default="grant")
    paper: bool = key(*_PAPER, default=True)
    public: bool = key(*_PUBLIC, default=False)
    because: Both | None = key(*_BECAUSE, default=None)
    source: str | None = key(*_SOURCE, default=None)
    quote: str | None = key(*_QUOTE, default=None)
    cliff_ok: CliffTable | None = key(
        "有意设的陡坎及其理由", "A step that is meant, with its reason", default=None
    )


class SummaryTable(Table):
    """比例 · A ratio over villages."""

    id: str = key(*_ID)
    title: Both = key(*_TITLE)
    among: str = key("分母：哪些村", "Denominator: among which villages")
    count: str = key("分子：其中哪些", "Numerator: which of them")
    round: RoundTable = key("如何取整", "How it is rounded")


class ProgrammeFile(Table):
    """rules/<项目>.toml：项目内容 · rules/<programme>.toml: what it means."""

    programme: ProgrammeTable = key("项目本身", "The programme itself")
    rule: list[RuleTable] = key("规则", "The rules", default=[], min_length=1)
    otherwise: OtherwiseTable | None = key("没有规则适用时", "Where no rule holds", default=None)
    also: list[AlsoTable] = key(
        "由结果再算出的项", "Further outputs worked out from the result", default=[]
    )
    summary: list[SummaryTable] = key("全部村的比例", "Ratios over all villages", default=[])
    must: list[WholeMustTable] = key(
        "全部村合起来须符合的条件", "What must hold of all villages together", default=[]
    )

    @property
    def payers(self) -> list[tuple[tuple[str | int, ...], str]]:
        """Who pays, or is paid by, an output, and where that stands."""
        found: list[tuple[tuple[str | int, ...], str | None]] = [
            (("programme",), self.programme.payer),
            *((("also", at), entry.payer) for at, entry in enumerate(self.also)),
        ]
        return [(path, payer) for path, payer in found if payer is not None]


class CaseVillage(Table):
    """案例中的一个村 · A village of a case."""

    village: Facts = key("一个村的各项", "The facts of one village")
    expect: Results = key("应得的结果", "What must come out", default={})
    fired: dict[str, list[str]] = key(
        "各项目应适用的规则", "The rules that must decide, by programme", default={}
    )
    hinges_on: list[str] | None = key("取决于哪些解读", "The readings it hinges on", default=None)


class CaseTable(Table):
    """案例 · A worked example."""

    name: str = key("案例名，一句话", "The case's name, a sentence")
    on: dt.date | None = key("按哪一天的标准", "The date whose values hold", default=None)
    readings: dict[str, str] = key("改用的解读", "Readings other than those chosen", default={})
    village: Facts | None = key("一个村的各项", "The facts of one village", default=None)
    villages: list[CaseVillage] = key(
        "几个村（统筹资金用）", "Several villages, for a pool", default=[]
    )
    expect: Results = key("应得的结果", "What must come out", default={})
    fired: dict[str, list[str]] = key(
        "各项目应适用的规则", "The rules that must decide, by programme", default={}
    )
    hinges_on: list[str] | None = key("取决于哪些解读", "The readings it hinges on", default=None)
    source: str | None = key(*_SOURCE, default=None)
    leftover: Results = key("统筹资金应剩余的金额", "What the pools must leave over", default={})


class CaseFile(Table):
    """rules/cases/*.toml：案例 · rules/cases/*.toml: worked examples."""

    case: list[CaseTable] = key("案例", "The cases", min_length=1)
