"""What the language and the policies can say, from its definition: a new member must be met at once."""

from __future__ import annotations

from typing import Literal, get_args, get_origin, get_type_hints

from fundcalc.base.money import Direction
from fundcalc.core.decision import HitPolicy
from fundcalc.language.nodes import Aggregate, Comparison, Node, walk
from fundcalc.policy.model import Policy
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


CONSTRUCTS = (
    {kind.__name__ for kind in get_args(Node)}
    | {
        f"{kind.__name__} {word}"
        for kind in get_args(Node)
        for words in _choices(kind).values()
        for word in words
    }
    | set(HIT_POLICIES)
    | {"before"}
) - {"Name group", "Name group or none"}  # which a plan makes
"""Every node, with every word that it may hold, every hit policy, and what there was last time."""


def constructs(policy: Policy) -> set[str]:
    """The constructs that a policy uses."""
    used = {"before" for fact in policy.facts.values() if fact.of_before}
    for programme in policy.programmes:
        used.add(programme.hit_policy)
        groups = [node for _, share in programme.shares for node in share.per]
        for node in (n for e in (*planned_expressions(programme), *groups) for n in walk(e)):
            kind = type(node)
            used.add(kind.__name__)
            used |= {f"{kind.__name__} {getattr(node, name)}" for name in _choices(kind)}
    return used
