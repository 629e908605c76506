"""`fundcalc rule`: what a diagnostic code means, with a bad and a good example."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Optional

import typer

from fundcalc_cli.options import Language
from fundcalc_cli.output import choose_lang, print_json, say, tell

HELP = tell(
    "说明一个诊断代码：含义、原因、错误与正确的示例；不写代码则列出全部",
    "What a diagnostic code means, with a bad and a good example; without a code, all of them",
)


class PageFormat(StrEnum):
    """`--format` of pages."""

    text = "text"
    json = "json"
    markdown = "markdown"


def rule(
    code: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(metavar="CODE", help=tell("诊断代码，如 FC203", "The code, such as FC203")),
    ] = None,
    lang: Language = None,
    format_: Annotated[
        PageFormat,
        typer.Option(
            "--format",
            help=tell("文本、JSON 或全部代码的 Markdown", "Text, JSON, or Markdown of all codes"),
        ),
    ] = PageFormat.text,
) -> None:
    """Show a page, or list all; exits 2 where there is no such code."""
    from fundcalc import api

    chosen = choose_lang(lang)
    if format_ is PageFormat.markdown:
        print(api.pages_markdown(), end="")
        return
    if code is None:
        _list(format_)
        return
    page = api.find_page(code)
    if page is None:
        say(f"没有诊断代码 `{code[:40]}`", f"there is no diagnostic code `{code[:40]}`")
        near = api.pages_near(code)
        if near:
            say("是不是：", "did you mean:")
        for one in near:
            say(f"  {one.code}  {one.title.zh}", f"  {one.code}  {one.title.en}")
        raise typer.Exit(2)
    if format_ is PageFormat.json:
        print_json(api.page_json(page, chosen))
    else:
        print(api.page_text(page, chosen))


def _list(format_: PageFormat) -> None:
    from fundcalc import api
    from fundcalc_cli.output import lang

    if format_ is PageFormat.json:
        data = [api.page_json(page, lang()) for page in api.pages()]
        print_json(data)
        return
    for page in api.pages():
        print(f"{page.code}  {page.title.say(lang())}")
