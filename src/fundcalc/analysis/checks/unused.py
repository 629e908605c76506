"""A parameter, fact or reading that nothing uses."""

from __future__ import annotations

from collections.abc import Iterator

from fundcalc.analysis.bench import Bench
from fundcalc.base.diagnostics import Diagnostic, Span, warning
from fundcalc.base.words import Words
from fundcalc.language.nodes import names
from fundcalc.policy.model import IDENTITY, Policy
from fundcalc.policy.plan import sentences
from fundcalc.policy.planning import expressions
from fundcalc.policy.templates import names_in

CODE = "FC707"
_KINDS = {
    "parameter": Words("参数", "parameter"),
    "fact": Words("事实", "fact"),
    "reading": Words("解读", "reading"),
}


def check(bench: Bench) -> Iterator[Diagnostic]:
    """Every declared name that no expression and no sentence has."""
    policy = bench.policy
    used = used_names(policy)
    for kind, declared in (
        ("parameter", policy.parameters),
        ("fact", policy.facts),
        ("reading", policy.readings),
    ):
        for id_, one in declared.items():
            if id_ not in used and id_ not in IDENTITY:
                yield _finding(kind, id_, one.span)


def _finding(kind: str, id_: str, span: Span) -> Diagnostic:
    called = _KINDS[kind]
    return warning(
        CODE,
        span,
        Words(f"没有任何地方用到{called.zh} `{id_}`", f"nothing uses {called.en} `{id_}`"),
        Words("用上它，或删去", "use it, or take it out"),
    )


def used_names(policy: Policy) -> set[str]:
    """Every name in an expression, a summary or a sentence."""
    used: set[str] = set()
    for programme in policy.programmes:
        nodes = [*expressions(programme)]
        nodes += [node for s in programme.summaries for node in (s.among, s.count)]
        used.update(name.id for node in nodes for name in names(node))
        for words in sentences(programme):
            used |= names_in(words.zh) | names_in(words.en)
    return used
