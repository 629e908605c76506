"""The front door: load a policy, read a roster, calculate, explain, write. The CLI uses nothing else.

`__init__.pyi` next to this file names all there is and where it comes from; type checkers and editors read
it, and so does Python here: a name is imported when it is first asked for, so that help and errors come
at once.
"""

from __future__ import annotations

from functools import cache, wraps
from importlib import import_module, resources
from types import FunctionType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from fundcalc.base.words import Noun


@cache
def sources() -> dict[str, tuple[str, str]]:
    """Where each public name comes from: a module and the name that it has there."""
    import ast

    stub = resources.files(__name__).joinpath("__init__.pyi").read_text(encoding="utf-8")
    imported: dict[str, tuple[str, str]] = {}
    public: dict[str, tuple[str, str]] = {}
    for node in ast.parse(stub).body:
        match node:
            case ast.ImportFrom(module=str(module), names=[ast.alias(name=there, asname=here)]):
                imported[here or there] = module, there
                if here == there:
                    public[there] = module, there
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Name(id=here)):
                public[name] = imported[here]
    return public


def _spoken(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, which speaks of the rows of the policy that it is given, whichever was loaded last."""

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        from fundcalc.base.words import speak_of

        noun = next(
            (n for argument in (*args, *kwargs.values()) if (n := _noun(argument)) is not None),
            None,
        )
        if noun is not None:
            speak_of(noun)
        return function(*args, **kwargs)

    return call


def _noun(value: object) -> Noun | None:
    """What the rows are called of a policy, or of what has one: a plan, a run, a comparison."""
    from fundcalc.base.words import Noun

    for name in ("noun", "policy", "plan", "new"):
        inner = getattr(value, name, None)
        if isinstance(inner, Noun):
            return inner
        if inner is not None and not callable(inner) and (noun := _noun(inner)) is not None:
            return noun
    return None


def __getattr__(name: str) -> object:
    """A name that is asked for the first time."""
    if name == "__all__":
        return __dir__()
    if name not in sources():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, there = sources()[name]
    value: object = getattr(import_module(module), there)
    value = _spoken(value) if isinstance(value, FunctionType) else value
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(sources())
