"""What is declared and not used, or only said; a fact that may be blank and should not."""

from __future__ import annotations

from collections.abc import Iterator

from fundcalc.analysis.bench import Bench
from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import Diagnostic
from fundcalc.language.datatypes import Date, Number
from fundcalc.language.nodes import Lookup, Scale, names, walk
from fundcalc.policy.declarations import empty_value
from fundcalc.policy.model import IDENTITY, Policy
from fundcalc.policy.plan import fact_limits, planned_expressions, sentences
from fundcalc.policy.sentences import names_in

CODE = "FC707"


def check(bench: Bench) -> Iterator[Diagnostic]:
    """Every declared name that no expression and no sentence has."""
    policy = bench.policy
    computed = computed_names(policy)
    used = computed | {
        name
        for programme in policy.programmes
        for sentence in sentences(programme)
        for name in names_in(sentence.zh) | names_in(sentence.en)
    }
    looked_up = {
        part.table
        for programme in policy.programmes
        for node in planned_expressions(programme)
        for part in walk(node)
        if isinstance(part, Lookup | Scale)
    }
    grows = [parameter.growth for parameter in policy.parameters.values()]
    looked_up |= {
        growth.table for growth in grows if growth is not None and growth.table is not None
    }
    for id_, table in policy.tables.items():
        if id_ not in looked_up:
            yield say(CODE, table.span, kind=words("checks.table"), name=id_)
    for kind, declared in (
        ("checks.parameter", policy.parameters),
        ("checks.fact", policy.facts),
        ("checks.reading", policy.readings),
    ):
        for id_, thing in declared.items():
            if id_ not in used and id_ not in IDENTITY:
                yield say(CODE, thing.span, kind=words(kind), name=id_)
            elif id_ in policy.parameters and id_ not in computed:
                yield say("FC707.said", thing.span, name=id_)
    for fact in policy.facts.values():
        low, high = fact_limits(fact)
        may_be_blank = not fact.required and fact.default == empty_value(fact.type)
        if fact.id in computed and isinstance(fact.type, Date) and may_be_blank:
            yield say("FC728", fact.span, name=fact.called)
        elif isinstance(fact.type, Number) and may_be_blank and not low <= 0 <= high:
            yield say("FC728.zero", fact.span, name=fact.called)


def computed_names(policy: Policy) -> set[str]:
    """Every name in an expression or a summary."""
    used = {id_ for must in policy.musts for id_ in must.facts}
    for programme in policy.programmes:
        nodes = [*planned_expressions(programme), *(n for _, s in programme.shares for n in s.per)]
        used.update(name.id for node in nodes for name in names(node))
    return used
