"""What the language and the policies can say, from its definition: a new member must be met at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal, get_args, get_origin, get_type_hints

from fundcalc.base.money import Direction
from fundcalc.base.words import VILLAGES
from fundcalc.core.decision import HitPolicy
from fundcalc.language.datatypes import Number, is_money
from fundcalc.language.nodes import Aggregate, Comparison, Node, walk
from fundcalc.language.units import KNOWN
from fundcalc.policy.model import ALWAYS, ANY_DAY, Policy, Programme
from fundcalc.policy.plan import planned_expressions

DIRECTIONS: tuple[Direction, ...] = get_args(Direction)
COMPARISONS: tuple[Comparison, ...] = get_args(Comparison)
HIT_POLICIES: tuple[HitPolicy, ...] = get_args(HitPolicy)
AMOUNTS = tuple(one for one in HIT_POLICIES if one not in ("collect", "collect count"))
"""The hit policies whose result may be an amount."""


def _choices(kind: type) -> dict[str, tuple[str, ...]]:
    """The fields of a node that hold one of a few words; a mean is rounded as `Round` is."""
    hints = get_type_hints(kind).items()
    words = {name: get_args(hint) for name, hint in hints if get_origin(hint) is Literal}
    return {name: some for name, some in words.items() if (kind, name) != (Aggregate, "direction")}


FEATURES = frozenset({
    "before", "a must of a row", "a must of the whole", "growth at a rate", "growth by a table",
    "once for a group", "once for a group of two facts", "a charge", "an amount a rule", "a share at least",
    "a share at most", "what is left named", "a rule with days", "an otherwise with days",
    "a share with days", "a programme with days", "a table from a file", "a table with days",
    "a table of several keys", "a table of bands", "a decision table", "a decision table with days",
    "a unit of its own", "decimals", "a noun of its own", "gives Number", "gives Text", "gives Texts",
    "gives YesNo", "gives Date",
})  # fmt: skip
"""What a policy may have beside the nodes of its expressions; the table of the language, row by row."""

EXPRESSIONS = (
    {kind.__name__ for kind in get_args(Node)}
    | {
        f"{kind.__name__} {word}"
        for kind in get_args(Node)
        for words in _choices(kind).values()
        for word in words
    }
    | set(HIT_POLICIES)
) - {"Name group", "Name group or none"}  # which a plan makes
"""Every node, with every word that it may hold, and every hit policy."""

CONSTRUCTS = EXPRESSIONS | FEATURES


def constructs(policy: Policy) -> set[str]:
    """The constructs that a policy uses."""
    used = {name for name, there in _features(policy) if there}
    for programme in policy.programmes:
        used.add(programme.hit_policy)
        used |= {f"gives {type(one.type).__name__}" for one in programme.outputs}
        groups = [node for _, share in programme.shares for node in share.per]
        for node in (n for e in (*planned_expressions(programme), *groups) for n in walk(e)):
            kind = type(node)
            used.add(kind.__name__)
            used |= {f"{kind.__name__} {getattr(node, name)}" for name in _choices(kind)}
    return used


def _features(policy: Policy) -> Iterator[tuple[str, bool]]:
    """Each of FEATURES, perhaps several times, and whether the policy has it."""
    yield "before", any(fact.of_before for fact in policy.facts.values())
    yield "a must of a row", bool(policy.musts)
    yield "a noun of its own", replace(policy.noun, file=VILLAGES.file) != VILLAGES
    for parameter in policy.parameters.values():
        if parameter.growth is not None:
            yield f"growth {'at a rate' if parameter.growth.table is None else 'by a table'}", True
    for table in policy.tables.values():
        yield "a table from a file", "tables/" in table.rows[0].span.file
        yield "a table with days", any(row.since != ALWAYS for row in table.rows)
        yield "a table of several keys", len(table.keys) > 1
        yield "a table of bands", any(isinstance(key.type, Number) for key in table.keys)
    for fact in policy.facts.values():
        if isinstance(fact.type, Number) and fact.type.unit is not None:
            own = [base for base, _ in fact.type.unit.powers if base not in KNOWN]
            yield "a unit of its own", bool(own)
            yield "decimals", bool(fact.type.decimals) and not is_money(fact.type)
    for one in policy.programmes:
        yield from _of_programme(one)


def _of_programme(one: Programme) -> Iterator[tuple[str, bool]]:
    yield "a must of the whole", bool(one.musts)
    yield "once for a group", bool(one.per)
    yield "once for a group of two facts", len(one.per) > 1
    yield "a charge", any(output.charge for output in one.outputs)
    yield "an amount a rule", any(output.of_rule for output in one.outputs)
    yield "a programme with days", one.period != ANY_DAY
    yield "an otherwise with days", one.otherwise is not None and one.otherwise.period != ANY_DAY
    for rule in one.rules:
        tabled = "tables/" in rule.span.file
        yield "a decision table", tabled
        dated = rule.share is None and rule.period != ANY_DAY
        yield f"a {'decision table' if tabled else 'rule'} with days", dated
    for _, share in one.shares:
        yield "a share at least", share.at_least is not None
        yield "a share at most", share.at_most is not None
        yield "what is left named", share.rest_to is not None
        yield "a share with days", share.period != ANY_DAY
