"""A change of a policy tried before it is saved: what `check`, the cases and the bill say of it.

Nothing is written. Both policies are taken on one day: the day from which the value holds, or the day asked
for where that is later; a change from a later day shows nothing on the policy's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from fundcalc.analysis.cases import Outcome, policy_and_cases
from fundcalc.analysis.check import all_checks, check
from fundcalc.analysis.compare import Comparison, compare_read
from fundcalc.analysis.sides import Version
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, in_order
from fundcalc.policy.bundle import Bundle
from fundcalc.policy.edit import Edit
from fundcalc.policy.load import load
from fundcalc.policy.model import Policy
from fundcalc.policy.variation import parameter_value, plan_with
from fundcalc.roster.model import Roster

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Trial:
    """What a change does, on `day`.

    `new` are findings that the policy as it is does not have, `known` those that it has as well, and `gone`
    those that it alone has. `broken_cases` says why cases could not be run, `no_bill` why there is no
    `comparison`; there is neither where no roster was given. `spelt` is what `compare` calls both sides,
    empty where it could not say the new one.
    """

    edit: Edit
    day: date
    policy: Policy
    new: tuple[Diagnostic, ...]
    known: tuple[Diagnostic, ...]
    gone: tuple[Diagnostic, ...]
    outcomes: tuple[Outcome, ...]
    broken_cases: tuple[Diagnostic, ...]
    comparison: Comparison | None
    no_bill: tuple[Diagnostic, ...]
    spelt: tuple[str, ...]


def trial_steps(roster: Roster | None) -> int:
    """How many steps a trial tells its progress."""
    return 2 * len(all_checks()) + 1 + 2 * (len(roster) if roster is not None else 0)


def try_edit(
    edit: Edit,
    on: date | None = None,
    readings: Mapping[str, str] | None = None,
    roster: Roster | None = None,
    progress: Progress | None = None,
) -> Trial:
    """Check a change, run the policy's cases and put the bill of a roster beside the present one.

    `roster` is read with the policy as it is; the facts are the same. Raises PolicyProblem where the policy
    as it is cannot be read.
    """
    old, new = (load(one)[0] for one in (edit.old, edit.new))
    day = max(edit.setting.since, on or old.on)
    before = check(edit.old, day, {}, progress)
    after = in_order([*check(edit.new, day, {}, progress), *edit.warnings])
    known, there = {_said(one) for one in before}, {_said(one) for one in after}
    outcomes, broken = _cases(edit.new)
    if progress is not None:
        progress(1)
    compared: Comparison | None = None
    problems: tuple[Diagnostic, ...] = ()
    sides = _sides(edit, (old, new), day, readings or {})
    if roster is not None:
        try:
            compared = compare_read(sides, roster, 10, progress)
        except PolicyProblem as problem:
            problems = problem.diagnostics
    spelt = tuple(side.label for side in sides) if compared and _same(sides, edit) else ()
    return Trial(
        edit, day, new,
        tuple(one for one in after if _said(one) not in known),
        tuple(one for one in after if _said(one) in known),
        tuple(one for one in before if _said(one) not in there),
        outcomes, broken, compared, problems, spelt,
    )  # fmt: skip


def _said(one: Diagnostic) -> tuple[str, str, str]:
    """What makes a finding the same in a file in which lines have moved."""
    return one.code, one.message.en, one.where.file


def _cases(bundle: Bundle) -> tuple[tuple[Outcome, ...], tuple[Diagnostic, ...]]:
    try:
        return tuple(policy_and_cases(bundle)[1]), ()
    except PolicyProblem as problem:
        return (), problem.diagnostics


def _sides(
    edit: Edit, policies: tuple[Policy, Policy], day: date, readings: Mapping[str, str]
) -> tuple[Version, Version]:
    """Both policies on the day, spelt as `compare` has them."""
    taken = {name: option for name, option in readings.items() if name in policies[0].readings}
    spelt = f"{day},{edit.setting.name}={edit.setting.text}"
    old, new = policies
    return Version(f"{day}", old, day, taken, {}), Version(spelt, new, day, taken, {})


def _same(sides: tuple[Version, Version], edit: Edit) -> bool:
    """Whether the parameter set on the day alone gives the policy that the file will hold from then on."""
    (old, new), name, text = sides, edit.setting.name, edit.setting.text
    try:
        value = parameter_value(old.policy, name, text)
        alone = plan_with(old.policy, old.on, old.readings, {name: value})
    except PolicyProblem:
        return False
    return alone.constants == new.plan().constants
