"""What is said when a policy file is wrong: one function an error."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from fundcalc.base.diagnostics import Diagnostic, Span, error, warning
from fundcalc.base.nearest import did_you_mean
from fundcalc.base.words import Words


def no_policy(where: str) -> Diagnostic:
    """No policies.toml at the given place."""
    return error(
        "FC001",
        Span(where),
        Words("找不到 policies.toml", "there is no policies.toml here"),
        Words(
            "用 --policy 指定文件夹，或用 fundcalc init 建一份",
            "name its folder with --policy, or make one with `fundcalc init`",
        ),
    )


def no_file(span: Span, name: str) -> Diagnostic:
    """A file that the policy needs is missing."""
    return error(
        "FC001",
        span,
        Words(f"找不到文件 {name}", f"file {name} is missing"),
        Words(
            "programmes 里的每个 id 对应 rules/<id>.toml",
            "each id of `programmes` is a file rules/<id>.toml",
        ),
    )


def would_overwrite(name: str) -> Diagnostic:
    """A copy that would write over a file."""
    return error(
        "FC005",
        Span(name),
        Words("文件已经存在，不覆盖", "the file is there already and is not overwritten"),
        Words("请选一个空文件夹", "choose an empty folder"),
    )


def unreadable(name: str, reason: Words) -> Diagnostic:
    """A file that the system will not give."""
    return error(
        "FC001", Span(name), Words(f"读不出文件：{reason.zh}", f"cannot be read: {reason.en}")
    )


def not_utf8(span: Span) -> Diagnostic:
    """A file in another encoding."""
    return error(
        "FC002",
        span,
        Words("文件不是 UTF-8 编码", "the file is not UTF-8"),
        Words("请在编辑器中另存为 UTF-8", "save it as UTF-8 in your editor"),
    )


def toml_syntax(span: Span, detail: str) -> Diagnostic:
    """Text that is no TOML."""
    return error("FC003", span, Words(f"不是正确的 TOML：{detail}", f"not valid TOML: {detail}"))


def toml_number(span: Span) -> Diagnostic:
    """TOML whose numbers or nesting cannot be held."""
    return error(
        "FC003",
        span,
        Words(
            "TOML 中有过大的数字或过深的嵌套", "a number is too large or a table nested too deep"
        ),
    )


def file_too_large(span: Span, size: int, most: int) -> Diagnostic:
    """A file over the limit."""
    return error(
        "FC004",
        span,
        Words(
            f"文件有 {size:,} 字节，最多 {most:,}", f"the file has {size:,} bytes; {most:,} at most"
        ),
    )


def too_nested(span: Span, most: int) -> Diagnostic:
    """Tables nested over the limit."""
    return error("FC004", span, Words(f"嵌套超过 {most} 层", f"nested over {most} levels"))


def unknown_key(span: Span, key: str, known: Iterable[str]) -> Diagnostic:
    """A key that the table does not have."""
    return error(
        "FC101",
        span,
        Words(f"未知的键 `{key}`", f"unknown key `{key}`"),
        did_you_mean(key, known),
    )


def missing_key(span: Span, key: str) -> Diagnostic:
    """A key that the table must have."""
    return error("FC102", span, Words(f"缺少 `{key}`", f"`{key}` is missing"))


def wrong_value(span: Span, wanted: Words) -> Diagnostic:
    """A value of the wrong kind."""
    return error("FC103", span, Words(f"这里要写{wanted.zh}", f"this must be {wanted.en}"))


def not_one_of(span: Span, found: str, options: Iterable[str]) -> Diagnostic:
    """A value outside a fixed list."""
    options = list(options)
    listed = ", ".join(f"`{o}`" for o in options)
    return error(
        "FC104",
        span,
        Words(f"`{found}` 不在可选值之中", f"`{found}` is not one of the choices"),
        Words(f"可选：{listed}", f"one of {listed}"),
    )


def bad_unit(span: Span, part: str, suggestion: str | None) -> Diagnostic:
    """A unit that cannot be read."""
    hint = Words(
        "例如 yuan/year、yuan/(person·year)、person",
        "such as yuan/year, yuan/(person·year), person",
    )
    if suggestion:
        hint = Words(f"是不是 `{suggestion}`？", f"did you mean `{suggestion}`?")
    return error(
        "FC105", span, Words(f"看不懂单位 `{part}`", f"cannot read the unit at `{part}`"), hint
    )


def bad_id(span: Span, name: str) -> Diagnostic:
    """An id that cannot be a name in an expression."""
    return error(
        "FC106",
        span,
        Words(f"`{name}` 不能作名称", f"`{name}` cannot be a name"),
        Words(
            "用字母、汉字、数字和下划线，不以数字开头，不用保留字",
            "letters, Chinese characters, digits and underscores; not a digit first, no reserved word",
        ),
    )


def duplicate(span: Span, name: str, other: Span) -> Diagnostic:
    """A name given twice, or two that differ only in case."""
    return Diagnostic(
        "FC107",
        "error",
        Words(f"名称 `{name}` 已经用过", f"the name `{name}` is already taken"),
        (span, other),
        Words(
            "名称在整个政策中只能用一次，大小写不区分",
            "a name is used once in a policy, whatever its case",
        ),
    )


def unknown_reference(span: Span, what: Words, name: str, known: Iterable[str]) -> Diagnostic:
    """A source or payer that is not declared."""
    return error(
        "FC108",
        span,
        Words(f"没有名为 `{name}` 的{what.zh}", f"there is no {what.en} `{name}`"),
        did_you_mean(name, known),
    )


def unknown_choice(span: Span, reading: str, option: str, options: Iterable[str]) -> Diagnostic:
    """A reading's `chosen` that is none of its options."""
    return error(
        "FC109",
        span,
        Words(
            f"解读 `{reading}` 没有选项 `{option}`", f"reading `{reading}` has no option `{option}`"
        ),
        did_you_mean(option, options),
    )


def then_or_share(span: Span, id_: str, key: str) -> Diagnostic:
    """A rule that decides twice, or an output without value."""
    return error(
        "FC110",
        span,
        Words(
            f"`{id_}` 要写 `{key}` 或 `share`，只写其一", f"`{id_}` needs either `{key}` or `share`"
        ),
    )


def missing_otherwise(
    span: Span, programme: str, witness: Mapping[str, object] | None
) -> Diagnostic:
    """A programme that can miss a village and does not say what then."""
    return Diagnostic(
        "FC111",
        "error",
        Words(
            f"项目 `{programme}` 可能没有规则适用，却没有写 [otherwise]",
            f"no rule of `{programme}` may apply, and there is no [otherwise]",
        ),
        (span,),
        Words(
            "用 [otherwise] 写明没有规则适用时的结果和理由",
            "say in [otherwise] what then holds, and why",
        ),
        witness,
    )


def other_id(span: Span, found: str, wanted: str) -> Diagnostic:
    """A programme file whose id is not its name."""
    return error(
        "FC112",
        span,
        Words(
            f"id 是 `{found}`，而文件名是 {wanted}.toml",
            f"the id is `{found}`, but the file is {wanted}.toml",
        ),
    )


def template_field(span: Span, field: str, known: Iterable[str]) -> Diagnostic:
    """A `{name}` in a sentence that stands for nothing."""
    return error(
        "FC113",
        span,
        Words(
            f"句中的 `{{{field}}}` 没有对应的名称",
            f"`{{{field}}}` in the sentence stands for nothing",
        ),
        did_you_mean(field, known),
    )


def template_syntax(span: Span) -> Diagnostic:
    """A sentence with a broken or forbidden placeholder."""
    return error(
        "FC113",
        span,
        Words("句中的花括号只能写名称", "braces in a sentence may hold a name only"),
        Words(
            "例如 {fact}；要显示花括号请写两次",
            "such as {fact}; double a brace to show one",
        ),
    )


def bad_day(span: Span, text: str) -> Diagnostic:
    """A key of `values` that is no date."""
    return error(
        "FC114",
        span,
        Words(f"`{text}` 不是日期", f"`{text}` is not a date"),
        Words("写作 2017-01-01 = 1_234", "written 2017-01-01 = 1_234"),
    )


def bad_amount(span: Span, wanted: Words) -> Diagnostic:
    """A parameter's or range's value that does not go with its unit."""
    return error("FC115", span, Words(f"这个值应为{wanted.zh}", f"this value must be {wanted.en}"))


def bad_growth(span: Span, wanted: Words) -> Diagnostic:
    """A growth rule that cannot be read."""
    return error("FC116", span, wanted)


def text_collects(span: Span, hit_policy: str, wanted: Words) -> Diagnostic:
    """A hit policy that does not go with the kind of output."""
    return error(
        "FC117",
        span,
        Words(f"`{hit_policy}` 的结果应为{wanted.zh}", f"`{hit_policy}` gives {wanted.en}"),
    )


def bad_group(span: Span, found: str) -> Diagnostic:
    """A `per` that is no text fact."""
    return error(
        "FC118",
        span,
        Words(
            "`per` 要是一个文本事实、`all` 或 `village`",
            "`per` must be a text fact, `all` or `village`",
        ),
        Words(
            f'例如 per = "county"；现在是 `{found}`', f'such as per = "county"; this is `{found}`'
        ),
    )


def no_source(span: Span, what: str) -> Diagnostic:
    """A rule or parameter that rests on nothing."""
    return warning(
        "FC119",
        span,
        Words(f"`{what}` 没有写出处", f"`{what}` names no source"),
        Words('加上 source = "…"', 'add source = "…"'),
    )


def source_of_nothing(span: Span, day: str) -> Diagnostic:
    """A source for a value that is not there."""
    return error(
        "FC920",
        span,
        Words(f"`values` 里没有 {day} 的数值", f"`values` has no value of {day}"),
        Words(
            "sources 的每一项对应 values 中同一日期的数值",
            "each item of `sources` is for the value of the same day in `values`",
        ),
    )


def title_clash(span: Span, title: str, other: str) -> Diagnostic:
    """Two facts that a roster's header could mean."""
    return error(
        "FC120",
        span,
        Words(
            f"表头 `{title}` 也属于 `{other}`", f"the header `{title}` also belongs to `{other}`"
        ),
        Words("表头必须只指一个事实", "a header must mean one fact"),
    )


def no_name(span: Span) -> Diagnostic:
    """A village without a name."""
    return error(
        "FC121",
        span,
        Words("facts 里至少要有 `name` 或 `code`", "the facts need `name` or `code`"),
        Words("否则说不清是哪个村", "otherwise no village could be named"),
    )


def circle(spans: Iterable[Span], path: Iterable[str]) -> Diagnostic:
    """Programmes that need each other's results."""
    shown = " → ".join(path)
    return Diagnostic(
        "FC206",
        "error",
        Words(f"循环引用：{shown}", f"a circle: {shown}"),
        tuple(spans),
        Words("每个结果只能由前面的结果算出", "a result can only rest on earlier ones"),
    )


def not_in_force(span: Span, name: str, on: date, first: date) -> Diagnostic:
    """A date before a parameter's first value."""
    return error(
        "FC301",
        span,
        Words(
            f"参数 `{name}` 在 {on} 还没有值，最早自 {first} 起",
            f"parameter `{name}` has no value on {on}; its first is from {first}",
        ),
        Words(
            "改用 --on 的日期，或在 values 里补上那时的值",
            "choose another --on, or add the value of that time",
        ),
    )


def ended(span: Span, name: str, on: date, since: date) -> Diagnostic:
    """A date after a parameter's end."""
    return error(
        "FC302",
        span,
        Words(
            f"参数 `{name}` 自 {since} 起已废止，{on} 没有值",
            f"parameter `{name}` ended on {since}; it has no value on {on}",
        ),
    )


def unknown_reading(name: str, known: Iterable[str]) -> Diagnostic:
    """--reading with a name that the policy does not have."""
    return error(
        "FC303",
        Span(f"--reading {name}"),
        Words(f"政策没有解读 `{name}`", f"the policy has no reading `{name}`"),
        did_you_mean(name, known),
    )


def unknown_option(name: str, option: str, options: Iterable[str]) -> Diagnostic:
    """--reading with an option that the reading does not have."""
    options = list(options)
    listed = ", ".join(f"`{o}`" for o in options)
    return error(
        "FC304",
        Span(f"--reading {name}={option}"),
        Words(f"解读 `{name}` 没有选项 `{option}`", f"reading `{name}` has no option `{option}`"),
        Words(f"可选：{listed}", f"one of {listed}"),
    )


def growth_too_large(span: Span, name: str, on: date) -> Diagnostic:
    """Growth that leaves what can be computed."""
    return error(
        "FC305",
        span,
        Words(
            f"参数 `{name}` 增长到 {on} 已超出可计算范围",
            f"parameter `{name}` has outgrown what is computed by {on}",
        ),
    )


def unknown_expectation(span: Span, name: str, known: Iterable[str]) -> Diagnostic:
    """A case that names a fact, output, programme or rule that does not exist."""
    return error(
        "FC802",
        span,
        Words(f"案例中的 `{name}` 不存在", f"there is no `{name}`"),
        did_you_mean(name, known),
    )


def case_lacks(span: Span, case: str, fact: str) -> Diagnostic:
    """A case without a fact that every roster row has."""
    return error(
        "FC803",
        span,
        Words(f"案例“{case}”缺少 `{fact}`", f"case “{case}” lacks `{fact}`"),
        Words("必填的事实在案例里也要写", "a required fact is required in cases too"),
    )


def case_shape(span: Span, case: str) -> Diagnostic:
    """A case with neither or both of `village` and `villages`."""
    return error(
        "FC804",
        span,
        Words(
            f"案例“{case}”要写 village 或 villages，只写其一",
            f"case “{case}” needs either `village` or `villages`",
        ),
    )


def case_failed(span: Span, case: str, what: str, wanted: str, found: str) -> Diagnostic:
    """A worked example that does not come out."""
    return error(
        "FC801",
        span,
        Words(
            f"案例“{case}”：{what} 应为 {wanted}，算出 {found}",
            f"case “{case}”: {what} should be {wanted}, but is {found}",
        ),
    )


def bad_case_table(span: Span, detail: str) -> Diagnostic:
    """A table of cases that cannot be read."""
    return error(
        "FC805",
        span,
        Words(f"读不出案例表：{detail}", f"the table of cases cannot be read: {detail}"),
        Words("请另存为 .xlsx 或 UTF-8 的 .csv", "save it as .xlsx, or as .csv in UTF-8"),
    )
