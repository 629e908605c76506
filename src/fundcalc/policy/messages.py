"""What is said when a policy file is written wrong: one function an error."""

from __future__ import annotations

from collections.abc import Iterable

from fundcalc.base.diagnostics import Diagnostic, Span, error, warning
from fundcalc.base.nearest import did_you_mean
from fundcalc.base.words import Words


def unknown_key(span: Span, key: str, known: Iterable[str]) -> Diagnostic:
    """A key that the table does not have."""
    return error(
        "FC101",
        span,
        Words(f"未知的键 `{key}`", f"unknown key `{key}`"),
        did_you_mean(key, known),
    )


def missing_key(span: Span, key: str, *, both: bool = False) -> Diagnostic:
    """A key that the table must have; `both`: it is one of a text's two languages."""
    hint = Words(
        "中文 zh 和英文 en 都要写；还没有译文时可先写同样的文字",
        "write both, zh and en; the same text where there is no translation yet",
    )
    message = Words(f"缺少 `{key}`", f"`{key}` is missing")
    return error("FC102", span, message, hint if both else None)


def one_language(span: Span, text: str) -> Diagnostic:
    """A text in one language where both are wanted."""
    plain = len(text) <= 40 and '"' not in text and "\\" not in text
    shown = text if plain else "…"
    written = f'{{ zh = "{shown}", en = "…" }}'
    return error(
        "FC103",
        span,
        Words("这里要写中英文两种文字", "this must be a text in both languages"),
        Words(f"写作 {written}", f"write {written}"),
    )


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


def of_no_value(span: Span, key: str, day: str) -> Diagnostic:
    """Something said of the value of a day on which none begins."""
    return error(
        "FC920",
        span,
        Words(f"`values` 里没有 {day} 的数值", f"`values` has no value of {day}"),
        Words(
            f"{key} 的每一项对应 values 中同一日期的数值",
            f"each item of `{key}` is for the value of the same day in `values`",
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
