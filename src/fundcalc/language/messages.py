"""What the expression language says when something is wrong: one function an error."""

from __future__ import annotations

from collections.abc import Iterable

from fundcalc.base.diagnostics import Diagnostic, Span, error
from fundcalc.base.nearest import did_you_mean, nearest
from fundcalc.base.words import Words
from fundcalc.language.datatypes import Type, describe

_GRAMMAR = Words(
    "可以用：名称、数字、'文本'、true/false、+ - *、比较、and or not、in、a if c else b、"
    "min max abs round count sum",
    "allowed: names, numbers, 'text', true/false, + - *, comparisons, and or not, in, "
    "a if c else b, min max abs round count sum",
)


_WRONG = {
    "was never closed": Words("括号没有闭合", "this bracket is never closed"),
    "unmatched": Words("多了一个右括号", "this bracket closes nothing"),
    "does not match": Words("括号不配对", "these brackets do not match"),
    "unterminated string": Words("引号没有闭合", "this quote is never closed"),
    "leading zeros": Words("数字不能以 0 开头", "a number cannot begin with a nought"),
    "invalid decimal literal": Words("数字后面有多余的字", "letters follow a number"),
    "forgot a comma": Words("缺少逗号或运算符", "a comma or a sign is missing"),
}


def syntax(span: Span, detail: str) -> Diagnostic:
    """Text that is no expression; `detail` is how Python's parser puts it."""
    plain = Words("表达式写法有误", "not an expression")
    say = next((words for part, words in _WRONG.items() if part in detail), plain)
    return error("FC201", span, say, _GRAMMAR)


def full_width(span: Span, found: str, plain: str) -> Diagnostic:
    """A Chinese punctuation mark where a plain one is meant."""
    return error(
        "FC201",
        span,
        Words(f"表达式中有全角符号 `{found}`", f"full-width sign `{found}` in an expression"),
        Words(f"请改为半角 `{plain}`", f"write `{plain}`"),
    )


def single_equals(span: Span) -> Diagnostic:
    """`=` for `==`."""
    return error(
        "FC201",
        span,
        Words("表达式写法有误", "not an expression"),
        Words("比较是否相等要写 `==`", "equality is written `==`"),
    )


def comment(span: Span) -> Diagnostic:
    """A comment within an expression, which would hide what follows it."""
    return error(
        "FC201",
        span,
        Words("表达式中不能有注释", "a comment cannot stand in an expression"),
        Words("注释请写在 TOML 的 `#` 行", "put it on a TOML line of its own, beginning with `#`"),
    )


def empty(span: Span) -> Diagnostic:
    """No text at all."""
    return error("FC201", span, Words("表达式是空的", "the expression is empty"), _GRAMMAR)


def not_allowed(span: Span, what: str) -> Diagnostic:
    """Python, but not of the part that policies may use."""
    return error(
        "FC202",
        span,
        Words(f"政策表达式不能使用 {what}", f"{what} cannot be used in a policy"),
        _GRAMMAR,
    )


def unknown_name(
    span: Span, name: str, known: Iterable[str], titled: str | None = None
) -> Diagnostic:
    """A name that is no fact, parameter, reading or output; `titled` is the one of that title."""
    known = [titled] if titled is not None else list(known)
    hint = did_you_mean(titled or name, known)
    if not name.isascii() and nearest(titled or name, known) is None:
        hint = Words(f"文本要加引号：'{name}'", f"text stands in quotes: '{name}'")
    return error("FC203", span, Words(f"未知名称 `{name}`", f"unknown name `{name}`"), hint)


def units_differ(span: Span, left: Type, right: Type, doing: Words) -> Diagnostic:
    """Two numbers that cannot be added or compared."""
    a, b = describe(left), describe(right)
    return error(
        "FC204",
        span,
        Words(
            f"单位不一致：{doing.zh} {a.zh} 与 {b.zh}",
            f"units do not add up: {doing.en} {a.en} and {b.en}",
        ),
        Words(
            "两边必须是同一单位；数字常量随另一边的单位",
            "both sides need the same unit; a bare number takes the unit of the other side",
        ),
    )


def wrong_type(span: Span, found: Type, wanted: Words) -> Diagnostic:
    """A value of one kind where another is needed."""
    a = describe(found)
    return error(
        "FC205",
        span,
        Words(f"这里需要{wanted.zh}，得到的是{a.zh}", f"this needs {wanted.en}, but is {a.en}"),
    )


def wrong_unit(span: Span, found: Type, wanted: Type) -> Diagnostic:
    """A result in another unit than the one declared."""
    a, b = describe(found), describe(wanted)
    return error(
        "FC204",
        span,
        Words(
            f"单位不一致：声明为 {b.zh}，算出的是 {a.zh}",
            f"units do not add up: declared {b.en}, but this is {a.en}",
        ),
    )


def bare_quotient(span: Span) -> Diagnostic:
    """`/` outside `round`."""
    return error(
        "FC207",
        span,
        Words("除法只能写在 round(…) 里", "`/` is only allowed inside `round(…)`"),
        Words(
            "例如 round(a / b, 0.01, 'half up')：写明取整到多少、朝哪个方向",
            "such as round(a / b, 0.01, 'half up'): say to what and in which direction",
        ),
    )


def quotient_here(span: Span) -> Diagnostic:
    """An unrounded quotient inside min, max, abs, a comparison or a choice."""
    return error(
        "FC207",
        span,
        Words("未取整的商只能再加减乘除", "an unrounded quotient can only be added or multiplied"),
        Words("先用 round(…) 取整", "round it first"),
    )


def too_fine(span: Span, decimals: int, kept: int) -> Diagnostic:
    """A result with more decimals than its unit keeps, such as parts of a fen."""
    return error(
        "FC208",
        span,
        Words(
            f"结果有 {decimals} 位小数，而这里只保留 {kept} 位",
            f"the result has {decimals} decimals, but {kept} are kept here",
        ),
        Words(
            "用 round(…, 0.01, 'half up') 写明如何取整",
            "say how it is rounded: round(…, 0.01, 'half up')",
        ),
    )


def aggregate_here(span: Span, name: str) -> Diagnostic:
    """`count` or `sum` outside a pool."""
    return error(
        "FC209",
        span,
        Words(f"`{name}` 只能用在 share 的 pool 里", f"`{name}` belongs in the `pool` of a share"),
    )


def nested_aggregate(span: Span) -> Diagnostic:
    """`count` or `sum` inside another one."""
    return error(
        "FC209",
        span,
        Words("count 和 sum 不能互相嵌套", "count and sum cannot stand inside one another"),
    )


def whose_fact(span: Span, name: str) -> Diagnostic:
    """A fact of one village in an amount that belongs to the whole group."""
    return error(
        "FC209",
        span,
        Words(
            f"`{name}` 逐村不同，而资金池按组计算",
            f"`{name}` differs from village to village, but a pool is one amount a group",
        ),
        Words(f"例如 sum({name})", f"such as sum({name})"),
    )


def arguments(span: Span, usage: str) -> Diagnostic:
    """A function called in another way than it takes."""
    return error(
        "FC210",
        span,
        Words("函数的参数不对", "wrong arguments"),
        Words(f"写法：{usage}", f"written {usage}"),
    )


def too_long(span: Span, length: int, most: int) -> Diagnostic:
    """Text over the limit."""
    return error(
        "FC211",
        span,
        Words(
            f"表达式有 {length:,} 个字符，最多 {most:,} 个",
            f"the expression has {length:,} characters; {most:,} at most",
        ),
        Words("请拆成几条规则或 also", "split it into several rules or `also` outputs"),
    )


def too_deep(span: Span, most: int) -> Diagnostic:
    """Nested over the limit."""
    return error(
        "FC211",
        span,
        Words(f"表达式嵌套超过 {most} 层", f"the expression is nested over {most} levels"),
        Words("请拆成几条规则或 also", "split it into several rules or `also` outputs"),
    )


def too_large(span: Span) -> Diagnostic:
    """A number that no amount can reach."""
    return error(
        "FC212",
        span,
        Words(
            "数字超出可计算范围（64 位整数，金额以分计）",
            "the number is beyond what is computed (64 bits, money in fen)",
        ),
    )


def bad_number(span: Span) -> Diagnostic:
    """1e5, 0x10, 1j."""
    return error(
        "FC201",
        span,
        Words("数字只能写成十进制", "numbers are written in plain decimals"),
        Words("例如 1_234 或 0.05", "such as 1_234 or 0.05"),
    )


def impossible_text(span: Span, text: str, options: Iterable[str]) -> Diagnostic:
    """Text compared with something that can never have that value."""
    return error(
        "FC213",
        span,
        Words(f"`{text}` 不是可能的取值", f"`{text}` is not a possible value"),
        did_you_mean(text, options),
    )


def bad_date(span: Span, text: str) -> Diagnostic:
    """Text compared with a date that is no date."""
    return error(
        "FC213",
        span,
        Words(f"`{text}` 不是日期", f"`{text}` is not a date"),
        Words("写作 '2017-12-31'", "written '2017-12-31'"),
    )


def bad_direction(span: Span, directions: Iterable[str]) -> Diagnostic:
    """A rounding without a known name."""
    listed = ", ".join(f"'{d}'" for d in directions)
    return error(
        "FC214",
        span,
        Words("未知的取整方式", "no such rounding"),
        Words(f"可用：{listed}", f"one of {listed}"),
    )


def bad_step(span: Span) -> Diagnostic:
    """A rounding to zero, to a negative number or to something computed."""
    return error(
        "FC214",
        span,
        Words("取整单位要是一个大于 0 的数字", "the step of a rounding is a number above 0"),
        Words("例如 0.01（到分）或 1_000", "such as 0.01 (to the fen) or 1_000"),
    )
