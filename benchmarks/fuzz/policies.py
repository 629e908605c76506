"""Policies and expressions, sound ones changed and heaps of words; what survives is planned and run."""

from __future__ import annotations

import random
import re
import string
from functools import cache
from typing import Any

from benchmarks.fuzz.changes import ROOT, by_byte, by_line, listed, policy_files

WORDS = listed("words")


def expression(rng: random.Random) -> str:
    """A sound expression with a few words changed, or a heap of words, or of letters."""
    kind = rng.randrange(4)
    if kind == 0:
        return "".join(
            rng.choice(string.printable + "收入 甲（）") for _ in range(rng.randrange(40))
        )
    if kind == 1:
        return " ".join(rng.choices(WORDS, k=rng.randrange(1, 30)))
    found = re.findall(r"\w+|\S", rng.choice(sound_expressions()))
    for _ in range(rng.randrange(1, 4)):
        at = rng.randrange(len(found))
        found[at : at + rng.randrange(2)] = rng.choices(WORDS, k=rng.randrange(3))
        found = found or ["1"]
    return " ".join(found) if kind == 2 else "(" * rng.randrange(90) + " ".join(found)


@cache
def sound_expressions() -> tuple[str, ...]:
    """The expressions of a small policy."""
    texts = [text.decode() for text in policy_files(ROOT / "tests/diagnostics/base").values()]
    return tuple(re.findall(r'(?:when|then|value) = "([^"]+)"', "\n".join(texts)))


def toml_text(text: str) -> str:
    """A text as a basic string of TOML."""
    return (
        '"'
        + "".join(c if c.isprintable() and c not in '"\\' else f"\\u{ord(c):04x}" for c in text)
        + '"'
    )


def one_expression(rng: random.Random) -> None:
    """Read an expression; what is sound, and some of what is not, is put into a policy and planned."""
    from fundcalc.base.diagnostics import render
    from fundcalc.language.datatypes import YesNo
    from fundcalc.language.parse import parse
    from fundcalc.language.syntax import Source

    text, key = expression(rng), rng.choice(["when", "then"])
    node, found = parse(Source(text), _scope(), YesNo() if key == "when" else None)
    assert node is not None or found, "refused without a word"
    for diagnostic in found[:20]:
        assert render(diagnostic, "zh") and render(diagnostic, "en")
    if node is not None or rng.randrange(20) == 0:
        _in_a_policy(key, text)


def _in_a_policy(key: str, text: str) -> None:
    from fundcalc.policy.bundle import Bundle

    content = dict(policy_files(ROOT / "tests/diagnostics/base"))
    name = "rules/floor.toml"
    replaced = f"{key} = {toml_text(text)}".encode()
    place = key.encode() + rb' = "[^"]*"'
    content[name] = re.sub(place, lambda _: replaced, content[name], count=1)
    plan_and_run(Bundle("", content))


@cache
def _scope() -> Any:
    """The names that an expression of the small policy may use."""
    from fundcalc.language.datatypes import Text
    from fundcalc.language.reader import Scope, Symbol
    from fundcalc.policy.bundle import Bundle
    from fundcalc.policy.load import read

    policy, _ = read(Bundle("", dict(policy_files(ROOT / "tests/diagnostics/base"))))
    assert policy is not None
    known = [Symbol(id_, "fact", fact.type) for id_, fact in policy.facts.items()]
    known += [Symbol(id_, "parameter", one.type) for id_, one in policy.parameters.items()]
    known += [
        Symbol(id_, "reading", Text(frozenset(one.options))) for id_, one in policy.readings.items()
    ]
    return Scope({symbol.id: symbol for symbol in known})


def one_policy(rng: random.Random) -> None:
    """Change the shipped policy's files, or a small one's, by structure or by byte, and plan them."""
    from fundcalc.policy.bundle import Bundle

    folder = ROOT if rng.randrange(4) == 0 else ROOT / "tests/diagnostics/base"
    content = dict(policy_files(folder))
    for _ in range(rng.randrange(1, 4)):
        name = rng.choice(list(content))
        content[name] = rng.choice([by_byte, by_line, by_value])(rng, content[name])
    if rng.randrange(50) == 0:
        del content[rng.choice(list(content))]
    plan_and_run(Bundle("", content))


VALUES = listed("values")


def by_value(rng: random.Random, data: bytes) -> bytes:
    """One value put in place of another."""
    found = list(re.finditer(rb"= ?([^\n]+)", data))
    if not found:
        return data
    spot = rng.choice(found)
    return data[: spot.start(1)] + rng.choice(VALUES).encode() + data[spot.end(1) :]


def plan_and_run(bundle: object) -> None:
    """Read a policy, say all that is wrong with it, or plan it and decide an empty village."""
    from fundcalc.base.diagnostics import PolicyProblem, render
    from fundcalc.policy.load import read
    from fundcalc.policy.plan import make_plan

    policy, found = read(bundle)  # type: ignore[arg-type]
    assert policy is not None or found, "refused without a word"
    for diagnostic in found[:20]:
        assert render(diagnostic, "zh") and render(diagnostic, "en")
    if policy is not None:
        try:
            plan = make_plan(policy)
        except PolicyProblem as problem:
            assert problem.diagnostics
            return
        _decide(plan)


def _decide(plan: object) -> None:
    from fundcalc.base.diagnostics import PolicyProblem
    from fundcalc.engines.calculate import calculate
    from fundcalc.language.datatypes import Text, YesNo

    facts = plan.policy.facts  # type: ignore[attr-defined]
    row = {
        id_: ["x"]
        if isinstance(f.type, Text)
        else [False]
        if isinstance(f.type, YesNo)
        else [f.low or 0]
        for id_, f in facts.items()
    }
    try:
        calculate(plan, row)  # type: ignore[arg-type]
    except PolicyProblem as problem:
        assert problem.diagnostics
