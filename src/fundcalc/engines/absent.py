"""Names that a policy singles out, such as counties, and that a roster lacks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from fundcalc.base.diagnostics import Diagnostic, Span, warning
from fundcalc.base.nearest import alike
from fundcalc.base.words import Words
from fundcalc.engines.result import values_of
from fundcalc.language.evaluate import simplify
from fundcalc.language.nodes import Const, Contains, Name, Value, walk
from fundcalc.policy.plan import Plan, planned_expressions

_SHOWN = 8
"""Names of a list that are said one by one."""


def absent_names(plan: Plan, columns: Mapping[str, Sequence[Value]]) -> list[Diagnostic]:
    """What to look at where no village has a listed name.

    A name that the roster may write otherwise is a warning of its own. The others of a list are one
    warning: a part of the whole, such as one township, lacks them rightly.
    """
    present: dict[str, set[Value]] = {}
    seen: set[tuple[str, str]] = set()
    lacking: dict[tuple[str, str], list[str]] = {}
    found: list[Diagnostic] = []
    for fact, list_, name in _listed(plan):
        if fact not in present:
            values = columns.get(fact, ())
            distinct = getattr(values, "unique", None)  # a series need not be gone through
            present[fact] = set(values_of(distinct() if distinct else values))
        if name in present[fact] or (fact, name) in seen:
            continue
        seen.add((fact, name))
        others = sorted(one for one in present[fact] if isinstance(one, str) and alike(one, name))
        if others:
            found.append(_otherwise(plan, fact, list_, name, others[0]))
        else:
            lacking.setdefault((fact, list_), []).append(name)
    return found + [_part(plan, *where, names) for where, names in lacking.items()]


def _otherwise(plan: Plan, fact: str, list_: str, name: str, other: str) -> Diagnostic:
    """The roster has a name like the listed one, and so its villages are taken for others."""
    title = plan.policy.facts[fact].title
    return warning(
        "FC407",
        _place(plan, list_),
        Words(
            f"政策点名的{title.zh} `{name}` 在名册中一个村也没有，名册里有 `{other}`",
            f"the policy names {title.en} `{name}`; the roster has no village of it, but `{other}`",
        ),
        Words(
            f"若是同一个，把名册改成 `{name}` 再算：现在这些村没有按点名的算",
            f"if they are one, write `{name}` in the roster: these villages were not taken for it",
        ),
    )


def _part(plan: Plan, fact: str, list_: str, names: Sequence[str]) -> Diagnostic:
    """The roster has nothing like the listed names; said without alarm, as most often it is right."""
    title = plan.policy.facts[fact].title
    some = [f"`{name}`" for name in names[:_SHOWN]]
    more = len(names) - len(some)
    zh, en = "、".join(some), ", ".join(some)
    pools = any(programme.has_pool for programme in plan.programmes)
    return warning(
        "FC407",
        _place(plan, list_),
        Words(
            f"名册里没有政策点名的{title.zh} {zh}" + (f" 等 {len(names)} 个" if more else ""),
            f"no village of {en}{f' and {more} more' if more else ''}, "
            f"which the policy names ({title.en})",
        ),
        Words(
            "只算一部分村（如一个乡）时，这是正常的"
            + ("，只是资金池仅在这些村之间分" if pools else "")
            + "；要算全部时，请核对是否漏了",
            "as it should be for a part, such as one township"
            + (", whose villages then share the pools alone" if pools else "")
            + "; for the whole, see what was left out",
        ),
    )


def _place(plan: Plan, list_: str) -> Span | None:
    """Where the list stands, without its line: the roster's reader has no need of TOML."""
    parameter = plan.policy.parameters.get(list_)
    return replace(parameter.span, text="") if parameter else None


def _listed(plan: Plan) -> Iterator[tuple[str, str, str]]:
    """Fact, parameter and each name of `fact in parameter`."""
    for programme in plan.programmes:
        for node in planned_expressions(programme):
            for part in walk(node):
                if isinstance(part, Contains) and isinstance(part.item, Name):
                    if part.item.id not in plan.policy.facts:
                        continue
                    container = part.container
                    list_ = container.id if isinstance(container, Name) else ""
                    for name in _names(plan, container):
                        yield part.item.id, list_, name


def _names(plan: Plan, container: object) -> list[str]:
    if isinstance(container, Name):
        container = simplify(container, plan.constants)
    if isinstance(container, Const) and isinstance(container.value, tuple):
        return list(container.value)
    if isinstance(container, tuple):
        return [str(choice.value) for choice in container]
    return []
