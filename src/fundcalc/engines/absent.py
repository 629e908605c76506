"""Names that a policy singles out, such as counties, and that a roster lacks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from fundcalc.base.diagnostics import Diagnostic, warning
from fundcalc.base.words import Words
from fundcalc.engines.result import values_of
from fundcalc.language.nodes import Const, Contains, Name, Value, walk
from fundcalc.language.simplify import simplify
from fundcalc.policy.plan import Plan, planned_expressions


def absent_names(plan: Plan, columns: Mapping[str, Sequence[Value]]) -> list[Diagnostic]:
    """A warning for each listed name that no village of the roster has: misspelt, or left out."""
    found: dict[tuple[str, str], Diagnostic] = {}
    present: dict[str, set[Value]] = {}
    for fact, list_, name in _listed(plan):
        if fact not in present:
            values = columns.get(fact, ())
            distinct = getattr(values, "unique", None)  # a series need not be gone through
            present[fact] = set(values_of(distinct() if distinct else values))
        if name not in present[fact] and (fact, name) not in found:
            title = plan.policy.facts[fact].title
            parameter = plan.policy.parameters.get(list_)
            found[fact, name] = warning(
                "FC407",
                parameter.span if parameter else None,
                Words(
                    f"政策点名的{title.zh} `{name}` 在名册中一个村也没有",
                    f"the policy names {title.en} `{name}`, but the roster has no village of it",
                ),
                Words(
                    "核对名册是否缺少，或名称写法不同",
                    "is it missing from the roster, or written otherwise?",
                ),
            )
    return list(found.values())


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
