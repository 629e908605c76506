"""Which decisions hinge on a reading: every other option tried, one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING

from fundcalc.base import dataclass
from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem
from fundcalc.base.words import with_handle
from fundcalc.engines.result import Changed, Result
from fundcalc.policy.plan import Plan

if TYPE_CHECKING:  # NumPy takes long to load, and what a hinge is needs none of it
    import numpy as np
    from numpy.typing import NDArray

    from fundcalc.engines.columnar import Decided
    from fundcalc.policy.model import Policy


@dataclass(slots=True)
class Hinge:
    """Another option of a reading: for each output, the villages whose value it changes.

    `undecided` says why the roster cannot be decided under it; then nothing is known of what it changes.
    """

    reading: str
    option: str
    changes: dict[str, Changed] = field(default_factory=dict)
    undecided: Diagnostic | None = None


def hinges(plan: Plan, result: Result) -> list[Hinge]:
    """Every other option of every reading and what it would change; options without effect too.

    Only the programmes that a reading can reach are computed again.
    """
    base = _base(plan, result)
    tried: list[Hinge] = []
    for id_, reading in plan.policy.readings.items():
        reached = {p.id for p in plan.programmes if id_ in p.readings}
        for option in reading.options:
            if option != plan.readings[id_]:
                hinge = Hinge(id_, option)
                try:
                    if reached:
                        other = plan.answered(id_, option)
                        hinge.changes = _changes(other, result, base, reached)
                except PolicyProblem as problem:
                    hinge.undecided = problem.diagnostics[0]
                tried.append(hinge)
    return tried


def undecided(policy: Policy, hinges: Sequence[Hinge]) -> list[Diagnostic]:
    """A note for each option under which the roster cannot be decided, though it is under the chosen ones."""
    return [
        undecided_reading(policy, hinge.reading, hinge.option, hinge.undecided)
        for hinge in hinges
        if hinge.undecided is not None
    ]


def undecided_reading(policy: Policy, reading: str, option: str, why: Diagnostic) -> Diagnostic:
    """The note of one option; where it fails in the policy is named without the line itself."""
    answer = policy.readings[reading].options[option]
    return say(
        "FC408",
        spans=[replace(span, text="") for span in why.spans],
        witness=why.witness,
        other=with_handle(answer, f"{reading}={option}"),
        why=why.message,
    )


def _base(plan: Plan, result: Result) -> Decided | None:
    """The result as the columnar engine has it; None where that engine cannot decide it."""
    from fundcalc.engines import columnar
    from fundcalc.engines.columnar import InColumns

    if isinstance(result, InColumns):
        return result.decided
    if not result.rows:
        return None
    facts = {id_: result.column(id_) for id_ in plan.policy.facts if id_ in result.rows[0]}
    try:
        return columnar.run(plan, facts)
    except columnar.Anomaly:
        return None


def _changes(
    other: Plan, result: Result, base: Decided | None, reached: set[str]
) -> dict[str, Changed]:
    import numpy as np

    from fundcalc.engines import columnar, written

    if base is not None:
        try:
            return _in_columns(other, base, reached)
        except columnar.Anomaly as anomaly:
            # the row evaluator decides it, or says why it cannot: of one village where that is enough
            if anomaly.index is not None and not any(
                other.programme(p).looks_around for p in reached
            ):
                written.run(other, [dict(result.rows[anomaly.index])], only=reached)
    again = written.run(other, [dict(row) for row in result.rows], only=reached).rows
    changes: dict[str, Changed] = {}
    for output in _outputs(other, reached):
        pairs = enumerate(zip(result.rows, again, strict=True))
        at = [index for index, (old, new) in pairs if old[output] != new[output]]
        if at:
            changes[output] = Changed(np.array(at), [again[index][output] for index in at])
    return changes


def _in_columns(other: Plan, base: Decided, reached: set[str]) -> dict[str, Changed]:
    from fundcalc.engines import columnar

    again = columnar.again(other, base, reached)
    changes: dict[str, Changed] = {}
    for output in _outputs(other, reached):
        at = columnar.differences(base, again, output)
        if len(at):
            changes[output] = Changed(at, again.some(output, at))
    return changes


def _outputs(plan: Plan, programmes: set[str]) -> list[str]:
    return [o.id for p in plan.programmes if p.id in programmes for o in p.outputs]


def hinged(hinges: Sequence[Hinge], villages: int) -> dict[str, NDArray[np.bool_]]:
    """For each reading on which some output hinges, the villages concerned."""
    import numpy as np

    marked: dict[str, NDArray[np.bool_]] = {}
    for hinge in hinges:
        for changed in hinge.changes.values():
            mask = marked.setdefault(hinge.reading, np.zeros(villages, dtype=np.bool_))
            mask[changed.at] = True
    return marked
