"""Commands whose plain options are taken as they are, so that an answer comes at once.

Typer loads pydantic to turn options into values, which takes longer than explaining a village. Text,
paths and choices need none of it. Whatever is not plain, and every mistake, is left to Typer.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from fundcalc_cli.typer_words import Command, Group


class QuickCommand(Command):
    """A command of Typer with plain options."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Give plain parameters a way to their values before Typer looks for one."""
        _prepare(self.get_params(ctx))
        return super().parse_args(ctx, args)


class QuickGroup(Group):
    """The same for the options before the command."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Give plain parameters a way to their values before Typer looks for one."""
        _prepare(self.get_params(ctx))
        return super().parse_args(ctx, args)


def _prepare(params: Iterable[Any]) -> None:
    for param in params:
        known = getattr(param, "type_descriptor", None)
        if known is not None and hasattr(param, "_runtime_param"):
            param._runtime_param = _Plain(param, known.annotation)  # noqa: SLF001


class _Plain:
    """Takes text, paths and choices as they are; asks Typer for all else."""

    def __init__(self, param: Any, annotation: Any) -> None:
        self._param = param
        self._kind = _bare(annotation)

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """The option's value."""
        many = param.multiple or param.nargs == -1
        if value is None:
            return () if many else None
        plain = [_plain(self._kind, one) for one in (value if many else [value])]
        if None in plain:
            self._param._runtime_param = None  # noqa: SLF001
            return self._param.get_runtime_param().coerce(value, param=param, ctx=ctx)
        return plain if many else plain[0]


def _bare(annotation: Any) -> Any:
    """What an option holds, without `None` and without the list around it."""
    if get_origin(annotation) in (Union, UnionType):
        annotation = next(one for one in get_args(annotation) if one is not NoneType)
    return get_args(annotation)[0] if get_origin(annotation) is list else annotation


def _plain(kind: Any, value: Any) -> Any:
    """The value of a plain kind; None where Typer should see to it."""
    if kind is bool or kind is str:
        return value if isinstance(value, kind) else None
    if kind is Path:
        return Path(value) if isinstance(value, str | Path) else None
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next((one for one in kind if value in (one, one.value)), None)
    return None
