"""Hold a TOML file against its shape, turning every mismatch into a diagnostic at its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from copy import deepcopy
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import Diagnostic
from fundcalc.base.nearest import did_you_mean
from fundcalc.base.words import Words, listed
from fundcalc.policy.schema import WordsTable
from fundcalc.policy.tomlfile import TomlFile

M = TypeVar("M", bound=BaseModel)

_LANGUAGES = list(WordsTable.model_fields)
_WANTED = {
    "string_type": Words("文本", "text"),
    "bool_type": Words("true 或 false", "true or false"),
    "int_type": Words("整数", "a whole number"),
    "date_type": Words("日期，例如 2017-12-31", "a date, such as 2017-12-31"),
    "date_from_datetime_inexact": Words("不带时刻的日期", "a date without a time"),
    "list_type": Words("列表 [ … ]", "a list [ … ]"),
    "dict_type": Words("表 { … }", "a table { … }"),
    "model_type": Words("表 { … }", "a table { … }"),
    "model_attributes_type": Words("表 { … }", "a table { … }"),
    "too_short": Words("更多的项", "longer: an item is missing"),
    "too_long": Words("更少的项", "shorter: there are too many items"),
    "greater_than_equal": Words("更大的数", "a larger number"),
    "less_than_equal": Words("更小的数", "a smaller number"),
}


def validate(file: TomlFile, model: type[M]) -> tuple[M | None, list[Diagnostic]]:
    """The file's values as a model, and every place where they are not of its shape.

    Keys that are out of shape are left out, so that what is wrong elsewhere is found in the same pass;
    None where nothing can be made of the rest.
    """
    try:
        return model.model_validate(file.values), []
    except ValidationError as problem:
        errors = problem.errors(include_url=False, include_input=False)
    found = [_diagnostic(file, model, error) for error in errors]
    rest = deepcopy(file.values)
    for error in errors:
        _remove(rest, error["loc"])
    try:
        return model.model_validate(rest), found
    except ValidationError:
        return None, found


def _remove(values: Any, path: Sequence[str | int]) -> None:
    """Take a key out of its table, if the path names one that is there."""
    for key in path[:-1]:
        try:
            values = values[key]
        except (KeyError, IndexError, TypeError):
            return
    if isinstance(values, dict):
        values.pop(path[-1], None)


def _diagnostic(file: TomlFile, model: type[BaseModel], problem: Any) -> Diagnostic:
    path = tuple(problem["loc"])
    kind = problem["type"]
    if kind == "extra_forbidden":
        known = _keys(model, path[:-1])
        return say(
            "FC101",
            file.key_span(path),
            hint=did_you_mean(str(path[-1])[:80], known),
            key=str(path[-1])[:80],
        )
    if kind == "missing":
        both = _keys(model, path[:-1]) == _LANGUAGES
        return say(
            "FC102.language" if both else "FC102", file.key_span(path[:-1]), key=str(path[-1])
        )
    if kind == "literal_error":
        options = re.findall(r"'([^']*)'", problem["ctx"]["expected"])
        found = str(_value(file.values, path))[:80]
        return say("FC104", file.span(path), found=found, options=listed(options))
    if kind == "model_type" and _keys(model, path) == _LANGUAGES:
        return say(
            "FC103.one_language", file.span(path), text=_plain(str(_value(file.values, path)))
        )
    wanted = _WANTED.get(kind, Words("另一种值", "another kind of value"))
    return say("FC103", file.span(path), wanted=wanted)


def _plain(text: str) -> str:
    return text if len(text) <= 40 and '"' not in text and "\\" not in text else "…"


def _value(values: Any, path: Iterable[str | int]) -> Any:
    for key in path:
        values = values[key]
    return values


def _keys(model: type[BaseModel], path: Iterable[str | int]) -> list[str]:
    """The keys that the table at a path may have."""
    for key in path:
        if isinstance(key, int) or key not in model.model_fields:
            continue
        inner = _inner_model(model.model_fields[key].annotation)
        if inner is not None:
            model = inner
    return list(model.model_fields)


def _inner_model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((m for a in get_args(annotation) if (m := _inner_model(a))), None)
