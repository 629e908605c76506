"""What is said when a ledger cannot be used or a run cannot be kept: one function an error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fundcalc.base.diagnostics import Diagnostic, Span, error, warning
from fundcalc.base.money import FEN_DECIMALS, grouped
from fundcalc.base.words import Words


def not_a_ledger(path: str, what: Words) -> Diagnostic:
    """A file that holds something else; it is left as it is."""
    return error(
        "FC820",
        Span(path),
        Words(
            f"这不是台账：{what.zh}；文件没有动过",
            f"no ledger: {what.en}; the file was left as it is",
        ),
        Words("用 --ledger 指明台账文件", "name the ledger's file with --ledger"),
    )


def other_version(path: str, found: int, known: int) -> Diagnostic:
    """A ledger of a format that this program does not know."""
    return error(
        "FC821",
        Span(path),
        Words(
            f"台账是格式 {found}，本程序只认格式 {known}；文件没有动过",
            f"a ledger of format {found}; this program knows format {known}; the file was left as it is",
        ),
        Words("用写下它的那个版本的 fundcalc", "use the version of fundcalc that wrote it"),
    )


def locked(path: str, seconds: int) -> Diagnostic:
    """Another program keeps the ledger to itself."""
    return error(
        "FC822",
        Span(path),
        Words(
            f"台账被另一个程序占用，等了 {seconds} 秒；什么也没有记入",
            f"another program holds the ledger; waited {seconds} s; nothing was recorded",
        ),
        Words(
            "等它结束再试，或关掉打开台账的程序",
            "try again when it is done, or close what has it open",
        ),
    )


def unwritable(path: str, why: Words) -> Diagnostic:
    """The ledger, or the folder it should be in, cannot be written."""
    return error(
        "FC823",
        Span(path),
        Words(
            f"台账写不进去：{why.zh}；什么也没有记入",
            f"the ledger cannot be written: {why.en}; nothing was recorded",
        ),
        Words(
            "用 --ledger 换一个能写的地方；只想看数、不留记录，加 --no-record",
            "choose another place with --ledger; --no-record computes without keeping a record",
        ),
    )


def unreadable(path: str, why: Words) -> Diagnostic:
    """The ledger is not there, or the system will not give it."""
    return error(
        "FC824",
        Span(path),
        Words(f"台账读不出：{why.zh}", f"the ledger cannot be read: {why.en}"),
        Words("用 --ledger 指明台账文件", "name the ledger's file with --ledger"),
    )


def damaged(path: str, what: Words) -> Diagnostic:
    """Something in the ledger is not what was written."""
    return error(
        "FC825",
        Span(path),
        Words(f"台账已损坏或被改动：{what.zh}", f"the ledger is damaged or was altered: {what.en}"),
        Words(
            "取一份以前的备份；还打得开的部分，`fundcalc runs verify` 逐项说明",
            "take a copy from before; of what can still be opened, `fundcalc runs verify` says more",
        ),
    )


def no_such_run(path: str, wanted: str, ids: Sequence[str]) -> Diagnostic:
    """No run of that id; the newest are named."""
    zh = f"最近的有 {'、'.join(ids)}" if ids else "台账里还没有记录"
    en = f"the newest are {', '.join(ids)}" if ids else "there are no runs yet"
    return error(
        "FC826",
        Span(path),
        Words(f"没有记录 `{wanted}`", f"there is no run `{wanted}`"),
        Words(zh, en),
    )


def ambiguous_run(path: str, wanted: str, ids: Sequence[str]) -> Diagnostic:
    """Several runs begin like that."""
    return error(
        "FC826",
        Span(path),
        Words(f"`{wanted}` 可以是好几条记录", f"`{wanted}` may be several runs"),
        Words(f"有 {'、'.join(ids)}", f"they are {', '.join(ids)}"),
    )


# -- overrides ------------------------------------------------------------------------------------


def _override(span: Span, message: Words, hint: Words | None = None) -> Diagnostic:
    return error("FC827", span, message, hint)


def no_overrides(span: Span) -> Diagnostic:
    """A file of overrides without any."""
    return _override(span, Words("文件里没有手工调整", "the file holds no overrides"))


def override_column(span: Span, text: str, known: Mapping[str, Sequence[str]]) -> Diagnostic:
    """A header that is none, or one that comes twice."""
    return _override(
        span,
        Words(f"表头 `{text}` 不认识或重复", f"the header `{text}` is unknown, or there twice"),
        _heads(known),
    )


def override_no_column(
    span: Span, missing: Sequence[str], known: Mapping[str, Sequence[str]]
) -> Diagnostic:
    """Columns that are not there."""
    zh = "、".join(f"{known[id_][0]}（{id_}）" for id_ in missing)
    return _override(
        span, Words(f"缺少列：{zh}", f"columns are missing: {', '.join(missing)}"), _heads(known)
    )


def _heads(known: Mapping[str, Sequence[str]]) -> Words:
    zh = "、".join(names[0] for names in known.values())
    return Words(f"七列都要有：{zh}", f"all seven are needed: {', '.join(known)}")


def override_blank(span: Span, column: str, title: str) -> Diagnostic:
    """A field that must be filled in."""
    return _override(
        span,
        Words(f"`{title}`（{column}）没有填", f"`{column}` is blank"),
        Words("每项手工调整都要写明金额、理由、文件和批准人", "an override needs every field"),
    )


def override_text(span: Span, column: str, most: int) -> Diagnostic:
    """Text too long, or with characters that cannot be seen."""
    return _override(
        span,
        Words(
            f"`{column}` 超过 {most} 字或有看不见的字符",
            f"`{column}` is over {most} characters or has unprintable ones",
        ),
    )


def override_formula(span: Span, text: str) -> Diagnostic:
    """A formula that failed, or was never computed."""
    return _override(
        span,
        Words(f"公式出错：{text}", f"the formula gives an error: {text}"),
        Words("修好公式，或直接填写", "mend the formula, or write what belongs here"),
    )


def override_struck(span: Span) -> Diagnostic:
    """A row that is struck out."""
    return _override(
        span,
        Words("这一行划了删除线", "this row is struck out"),
        Words(
            "不要就删去这一行，要就去掉删除线", "delete the row, or take the line through it off"
        ),
    )


def override_amount(span: Span, text: str) -> Diagnostic:
    """An amount that is none."""
    return _override(
        span,
        Words(f"金额 `{text}` 不是金额", f"`{text}` is no amount"),
        Words(
            "写成元，最多两位小数，如 180000.00；不能为负",
            "yuan, at most two decimals, not negative: 180000.00",
        ),
    )


def override_no_village(span: Span, text: str, near: str | None) -> Diagnostic:
    """A village that the roster lacks."""
    hint = Words(f"是不是 `{near}`？", f"did you mean `{near}`?") if near else None
    return _override(
        span, Words(f"名册里没有 `{text}`", f"the roster has no village `{text}`"), hint
    )


def override_which_village(span: Span, text: str, called: Sequence[str]) -> Diagnostic:
    """A name that several villages have."""
    return _override(
        span,
        Words(f"有 {len(called)} 个村叫 `{text}`", f"{len(called)} villages are called `{text}`"),
        Words(f"写代码：{'；'.join(called)}", f"write the code: {'; '.join(called)}"),
    )


def override_no_output(span: Span, text: str, near: str | None, known: Sequence[str]) -> Diagnostic:
    """A result that the policy lacks, or one that is no amount of money."""
    zh = f"是不是 `{near}`？" if near else f"可以调整的有 {'、'.join(known)}"
    en = f"did you mean `{near}`?" if near else f"these can be set: {', '.join(known)}"
    return _override(
        span,
        Words(f"政策没有叫 `{text}` 的金额", f"the policy has no amount called `{text}`"),
        Words(zh, en),
    )


def override_twice(span: Span, village: str, output: str, first: str) -> Diagnostic:
    """One amount set twice."""
    return _override(
        span,
        Words(
            f"`{village}` 的 {output} 调整了两次，先在 {first}",
            f"{output} of `{village}` is set twice, first at {first}",
        ),
    )


def override_negative(span: Span, village: str, title: Words, output: str, fen: int) -> Diagnostic:
    """An amount that follows from an override and would be less than nothing."""
    amount = grouped(fen, FEN_DECIMALS)
    return error(
        "FC828",
        span,
        Words(
            f"这样一调，{village} 的{title.zh}（{output}）成了 {amount}",
            f"with this, {title.en} ({output}) of {village} would be {amount}",
        ),
        Words(f"改金额，或把 {output} 也调整", f"mend the amount, or set {output} as well"),
    )


def pool_exceeded(programme: Words, group: str, fen: int) -> Diagnostic:
    """More is given out of a pool, with overrides, than there is."""
    zh_group, en_group = (f"（{group}）", f" ({group})") if group else ("", "")
    amount = grouped(fen, FEN_DECIMALS)
    return warning(
        "FC829",
        None,
        Words(
            f"手工调整后，{programme.zh}的资金池{zh_group}超支 {amount} 元",
            f"with the overrides, the pool of {programme.en}{en_group} is exceeded by {amount} yuan",
        ),
    )


# -- the audit pack -------------------------------------------------------------------------------


def not_empty(folder: str) -> Diagnostic:
    """A folder that holds something already."""
    return error(
        "FC830",
        Span(folder),
        Words("不是空文件夹；什么也没有写", "it is no empty folder; nothing was written"),
        Words("换一个新文件夹", "name a new one"),
    )
