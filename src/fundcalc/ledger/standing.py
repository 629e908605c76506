"""What a run stands for by now: who reviewed it, which run corrects it, on which run money was last paid.

Corrections are a line: each run is corrected once at most, and who corrects further corrects the newest. A
run that its reviewer returned is not paid on, unless it was approved before that or its differences were said
to be settled; any other is taken to be: the ledger keeps no payments.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Literal

from fundcalc.base import dataclass
from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem
from fundcalc.base.system import beijing
from fundcalc.base.words import Words
from fundcalc.ledger.store import Addition, Entry
from fundcalc.roster.words import simplified

Decision = Literal["approved", "returned"]
State = Literal["pending", "approved", "returned"]


@dataclass(frozen=True, slots=True)
class Review:
    """What a reviewer decided of a run; `head` is the digest that vouches for it and all before it."""

    id: str
    head: str
    sm3: str
    run: str
    by: str
    decision: Decision
    reason: str
    reviewed_at: str

    def said(self) -> Words:
        """The decision with name and time, in a line."""
        at = beijing(self.reviewed_at)
        if self.decision == "approved":
            return words("ledger.approved_by", by=self.by, at=at)
        return words("ledger.returned_by", by=self.by, at=at, reason=self.reason)


def review_of(addition: Addition) -> Review:
    """A review from its record. Raises ValueError where it is none."""
    data = addition.data
    if data["decision"] not in ("approved", "returned"):
        raise ValueError(data["decision"])
    return Review(
        addition.id, addition.head, addition.sm3, data["run"]["head"], data["by"], data["decision"],
        data["reason"], data["recorded_at"],
    )  # fmt: skip


class Standing:
    """Runs and what was added about them, as far as they can be read."""

    def __init__(self, entries: Sequence[Entry], additions: Sequence[Addition]) -> None:
        self._runs: dict[str, Entry] = {}
        self._corrected: dict[str, Entry] = {}
        self._reviews: dict[str, list[Review]] = {}
        for entry in entries:
            old = self.corrects(entry)
            if old is not None:
                self._corrected[old.head] = entry
            self._runs[entry.head] = entry
        self._settled: dict[str, Addition] = {}
        for addition in additions:
            with suppress(ValueError):
                if addition.data["kind"] == "settled":
                    self._settled[addition.data["run"]["head"]] = addition
                if addition.data["kind"] == "review":
                    self._reviews.setdefault(addition.data["run"]["head"], []).append(
                        review_of(addition)
                    )

    def reviews(self, run: Entry) -> list[Review]:
        """All reviews of a run, oldest first."""
        return self._reviews.get(run.head, [])

    def state(self, run: Entry) -> State:
        """What the last review decided."""
        reviews = self.reviews(run)
        return reviews[-1].decision if reviews else "pending"

    def before_return(self, run: Entry) -> Words | None:
        """What let money be paid on a run before it was returned: an approval, or that it was settled."""
        approvals = [one for one in self.reviews(run) if one.decision == "approved"]
        if approvals:
            return approvals[-1].said()
        settled = self.settled(run)
        if settled is None:
            return None
        return words(
            "ledger.settled_by", by=settled.data["by"], at=beijing(settled.data["recorded_at"])
        )

    def void(self, run: Entry) -> bool:
        """Whether nothing is paid on a run: it was returned, and nothing before that let money be paid."""
        return self.state(run) == "returned" and self.before_return(run) is None

    def corrected_by(self, run: Entry) -> Entry | None:
        """The run that corrects this one; the last, where an earlier program let there be several."""
        return self._corrected.get(run.head)

    def newest(self, run: Entry) -> Entry:
        """The end of the line of corrections."""
        while (later := self._corrected.get(run.head)) is not None:
            run = later
        return run

    def settled(self, run: Entry) -> Addition | None:
        """What says that the differences of a correction were carried out."""
        return self._settled.get(run.head)

    def on_the_line(self, run: Entry) -> bool:
        """Whether no other correction took the place of this run or of one that it corrects."""
        old = self.corrects(run)
        while old is not None:
            if self._corrected[old.head] is not run:
                return False
            run, old = old, self.corrects(old)
        return True

    def corrects(self, run: Entry) -> Entry | None:
        """The run that it corrects, if that is there."""
        with suppress(ValueError):
            corrects = run.data.get("corrects")
            return self._runs.get(corrects["head"]) if corrects else None
        return None

    def paid(self, run: Entry) -> Entry | None:
        """The newest run of the line up to this one on which money was paid."""
        candidate: Entry | None = run
        while candidate is not None and self.void(candidate):
            candidate = self.corrects(candidate)
        return candidate


def to_settle(standing: Standing, run: Entry, by: str) -> None:
    """Raise PolicyProblem where a run has no differences to be settled, or nobody says so."""
    if not named(by):
        raise PolicyProblem([say("FC836.no_name", by=by)])
    if not run.data.get("corrects"):
        raise PolicyProblem([say("FC839", run=run.id)])
    if standing.void(run):
        raise PolicyProblem([say("FC839.returned", run=run.id)])
    done = standing.settled(run)
    if done is not None:
        by, at = done.data["by"], beijing(done.data["recorded_at"])
        raise PolicyProblem([say("FC839.twice", run=run.id, by=by, at=at)])


_BRACKETED = re.compile(
    "|".join(rf"\{a}[^\{a}\{z}]*\{z}" for a, z in ("()", "[]", "<>", "〔〕", "【】", "《》"))
)
_TITLE = re.compile(
    r"(?<=\w\w)(?:副?(?:局长|处长|科长|股长|所长|站长|组长|主任|书记|镇长|乡长|县长|主席|会计|出纳|经理)"
    r"|会计师|审计师|经济师|(?:[一二三四]级)?主任科员|科员|办事员|同志|老师|先生|女士|代签|代章|代)$"
)
"""A title after a name of two signs or more, and what is said of signing in somebody's place."""


def same_person(name: str, other_name: str) -> bool:
    """Whether two names differ in signs, width, case, script, a title or what is in brackets alone."""
    return _bare(name) == _bare(other_name)


def _bare(name: str) -> str:
    """A name without all that may be written beside it."""
    text = simplified(unicodedata.normalize("NFKC", name)).casefold()
    signs = _signs(_BRACKETED.sub("", text)) or _signs(text)
    while (without := _TITLE.sub("", signs)) != signs:
        signs = without
    return signs


def _signs(text: str) -> str:
    """Its letters and figures."""
    return "".join(filter(str.isalnum, text))


def named(name: str | None) -> bool:
    """Whether somebody is named at all: signs alone are no name."""
    return bool(_signs(name or ""))


def to_correct(
    standing: Standing, run: Entry, about: Mapping[str, Any], prepared_by: str | None
) -> list[Diagnostic]:
    """Warnings of what a correction of this run means. Raises PolicyProblem where there can be none.

    `about` has `id`, `digest` and `on` of the policy that the correction is computed by.
    """
    if standing.corrected_by(run) is not None:
        raise PolicyProblem([say("FC831", run=run.id, newest=standing.newest(run).id)])
    reviews, warnings = standing.reviews(run), []
    if reviews and reviews[-1].decision == "approved":
        if not (prepared_by or "").strip():
            raise PolicyProblem([say("FC832", run=run.id, said=reviews[-1].said())])
        warnings.append(say("FC832.named", run=run.id, said=reviews[-1].said()))
    elif reviews:
        paid, said = standing.paid(run), reviews[-1].said()
        if (before_return := standing.before_return(run)) is not None:
            warnings.append(say("FC833.approved", run=run.id, said=said, before=before_return))
        elif paid is None:
            warnings.append(say("FC833", run=run.id, said=said))
        else:
            warnings.append(say("FC833.against", run=run.id, said=said, paid=paid.id))
    before = run.data["policy"]
    if before["on"] != about["on"]:
        warnings.append(say("FC834", run=run.id, before=before["on"], now=about["on"]))
    if (before["id"], before["digest"]) != (about["id"], about["digest"]):
        warnings.append(say("FC834.policy", run=run.id))
    return warnings


def names_given(
    prepared_by: str | None, reviewed_by: str | None, *, four_eyes: bool
) -> list[Diagnostic]:
    """Warnings about names given with a run. Raises PolicyProblem where the policy wants a review instead."""
    for name in (prepared_by, reviewed_by):
        if (name or "").strip() and not named(name):
            raise PolicyProblem([say("FC836.no_name", by=name or "")])
    if four_eyes and reviewed_by:
        raise PolicyProblem([say("FC836.in_advance", by=reviewed_by)])
    if four_eyes and not named(prepared_by):
        return [say("FC837.nobody")]
    if prepared_by and reviewed_by and same_person(prepared_by, reviewed_by):
        return [say("FC837.same", by=reviewed_by)]
    return []


def to_review(
    standing: Standing, run: Entry, by: str, decision: Decision, *, four_eyes: bool
) -> list[Diagnostic]:
    """Warnings about a review. Raises PolicyProblem where this person cannot review this run."""
    if not named(by):
        raise PolicyProblem([say("FC836.no_name", by=by)])
    if standing.corrected_by(run) is not None:
        raise PolicyProblem([say("FC835", run=run.id, newest=standing.newest(run).id)])
    last = standing.reviews(run)[-1:]
    if last and last[0].decision == decision and same_person(last[0].by, by):
        raise PolicyProblem([say("FC835.twice", run=run.id, said=last[0].said())])
    before = standing.before_return(run) if decision == "returned" else None
    warnings = [returned_late(run, before)] if before is not None else []
    doubt = looked_at_alone(run, by)
    if doubt is None:
        return warnings
    if four_eyes:
        prepared = (run.data["prepared_by"] or "").strip()
        known = say("FC836", run=run.id, by=prepared)
        raise PolicyProblem([known if named(prepared) else say("FC836.unnamed", run=run.id)])
    return [*warnings, doubt]


def returned_late(run: Entry, before: Words) -> Diagnostic:
    """What is to be said of a run that was returned after what let money be paid on it."""
    return say("FC835.approved", run=run.id, before=before)


def looked_at_alone(run: Entry, by: str) -> Diagnostic | None:
    """What is to be said where a reviewer prepared the run, or where nobody knows who did."""
    prepared = run.data["prepared_by"] or ""
    if not named(prepared):
        return say("FC837.unnamed", run=run.id)
    return say("FC837", run=run.id, by=by) if same_person(prepared, by) else None
