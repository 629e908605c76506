"""How a function becomes a command: bundles of options, plain values, and Typer's own words in Chinese.

A parameter whose type is a dataclass is a bundle: Typer sees its fields as options, in their order, and
the function gets them together. Text, paths and choices are taken as they are, since Typer loads pydantic to
turn them into values, which takes longer than explaining a village; whatever is not plain, and every
mistake, is left to Typer. A help page is in the language in which the program was started, as its texts are;
a sentence of Typer's that is not known here stays English.
"""

from __future__ import annotations

import inspect
import io
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from shutil import get_terminal_size
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin, get_type_hints

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from fundcalc import api
from fundcalc.base.catalogue import words
from fundcalc.base.width import laid_out
from fundcalc.base.words import Lang
from fundcalc_cli.console import lang, tell

if TYPE_CHECKING:
    from typer.core import TyperCommand as _Base
else:
    _Base = object

# -- options and bundles of them --------------------------------------------------------------------


def option(default: Any, names: str, zh: str, en: str, **more: Any) -> Any:
    """The default of a parameter that is an option: `names` as in `-o --output`, and its help."""
    return typer.Option(default, *names.split(), help=tell(zh, en), **more)


def argument(default: Any, metavar: str, zh: str, en: str) -> Any:
    """The default of a parameter that is an argument; `...` where it must be given."""
    return typer.Argument(default, metavar=metavar, help=tell(zh, en))


def command(
    app: typer.Typer, name: str, zh: str, en: str
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a function a command of `app`; its parameters that are bundles become their options."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        app.command(name, cls=Command, help=tell(zh, en))(_spread(function))
        return function

    return register


def group(zh: str, en: str, **more: Any) -> typer.Typer:
    """A command that has commands; `--lang` may stand before these, too."""
    made = typer.Typer(cls=Group, help=tell(zh, en), rich_markup_mode=None, **more)

    @made.callback()
    def language(
        lang: Lang | None = option(None, "--lang", "输出语言", "Language of the output"),
    ) -> None:
        """`console.lang` finds it wherever it stands."""

    return made


def _spread(function: Callable[..., None]) -> Callable[..., None]:
    bundles: dict[str, Any] = {}
    parameters: list[inspect.Parameter] = []
    for name, parameter in inspect.signature(function, eval_str=True).parameters.items():
        if is_dataclass(parameter.annotation):
            bundles[name] = parameter.annotation
            parameters += _options(bundles[name])
        else:
            parameters.append(parameter)

    def spread(**values: Any) -> None:
        for name, kind in bundles.items():
            values[name] = kind(**{o.name: values.pop(o.name) for o in _options(kind)})
        function(**values)

    spread.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    spread.__doc__, spread.__annotations__ = function.__doc__, {}
    return spread


@cache
def _options(bundle: Any) -> list[inspect.Parameter]:
    hints = get_type_hints(bundle)
    only = inspect.Parameter.KEYWORD_ONLY
    return [
        inspect.Parameter(field.name, only, default=field.default, annotation=hints[field.name])
        for field in fields(bundle)
    ]


# -- plain values -----------------------------------------------------------------------------------

_OTHER = object()


def _plain(param: Any, value: Any) -> Any:
    """The value of a parameter of a plain kind; `_OTHER` where Typer should see to it."""
    many = param.multiple or param.nargs == -1
    if value is None:
        taken: Any = () if many else None
    else:
        kind = _kind(param.type_descriptor.annotation)
        items = [_as(kind, item) for item in (value if many else [value])]
        taken = _OTHER if _OTHER in items else items if many else items[0]
    return _OTHER if param.required and param.value_is_missing(taken) else taken


def _kind(annotation: Any) -> Any:
    """What an option holds, without `None` and without the list around it."""
    if get_origin(annotation) in (Union, UnionType):
        annotation = next(kind for kind in get_args(annotation) if kind is not NoneType)
    return get_args(annotation)[0] if get_origin(annotation) is list else annotation


def _as(kind: Any, value: Any) -> Any:
    if kind is bool or kind is str:
        return value if isinstance(value, kind) else _OTHER
    if kind is Path:
        read = api.place if {":", "?"} & {*str(value)} else Path  # a table, or a file
        return read(str(value)) if isinstance(value, str | Path) else _OTHER
    return value if get_origin(kind) is Literal and value in get_args(kind) else _OTHER


class _Option(TyperOption):
    def process_value(self, ctx: Any, value: Any) -> Any:
        taken = _plain(self, value)
        if taken is _OTHER:
            return super().process_value(ctx, value)
        return taken if self.callback is None else self.callback(ctx, self, taken)


class _Argument(TyperArgument):
    def process_value(self, ctx: Any, value: Any) -> Any:
        taken = _plain(self, value)
        return super().process_value(ctx, value) if taken is _OTHER else taken


def _take_plainly(params: Iterable[Any]) -> None:
    plain: dict[type, type] = {TyperOption: _Option, TyperArgument: _Argument}
    for param in params:
        param.__class__ = plain.get(type(param), type(param))


class _InWords(_Base):
    """A command that takes plain values as they are, and whose help page is in one language."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """The values of its parameters; of two, but for a language, none is taken in silence."""
        _take_plainly(self.get_params(ctx))
        given: list[Any] = self.make_parser(ctx).parse_args(args=[*args])[2]
        for one in given:
            if given.count(one) > 1 and not (one.multiple or one.is_flag or one.name == "lang"):
                raise typer.BadParameter(words("cli.given_twice").say(lang()), ctx=ctx, param=one)
        return super().parse_args(ctx, args)

    def get_help(self, ctx: Any) -> str:
        """The whole page, laid out here: Typer counts a wide character as one column."""
        ctx.terminal_width, columns = 10_000, max(min(get_terminal_size().columns, 80), 50)
        return laid_out(_said(super().get_help(ctx), "help"), columns)


class Command(_InWords, TyperCommand):
    """A command with words of its own."""


class Group(_InWords, TyperGroup):
    """The same for commands that have commands."""


# -- Typer's own words in Chinese -------------------------------------------------------------------


@cache
def _known() -> dict[str, list[tuple[str, str]]]:
    import tomli

    return tomli.loads(Path(__file__).with_name("typer_zh.toml").read_text(encoding="utf-8"))


def show_mistake(problem: typer.TyperException) -> None:
    """A mistake in the command line, to stderr."""
    said = _Said()
    show = getattr(problem, "show", None)
    if show is None:
        said.write(f"Error: {problem.format_message()}\n")
    else:
        show(file=said)
    text = said.getvalue().replace(": Value error, ", ": ")
    print(_said(text, "help", "mistakes"), end="", file=sys.stderr)


class _Said(io.StringIO):
    """Text in which Typer leaves what looks like a command to a terminal; the way out shows it."""

    def isatty(self) -> bool:
        """It is taken for a terminal."""
        return True


def _said(text: str, *kinds: str) -> str:
    if lang() == "en":
        return text
    for known, own in (pair for kind in kinds for pair in _known()[kind]):
        text = re.sub(known, own, text, flags=re.MULTILINE)
    return text
