"""Reports and letters about a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fundcalc.api.computing import summarise
from fundcalc.api.explaining import explainer
from fundcalc.api.recording import RecordedRun
from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.base.words import Lang

if TYPE_CHECKING:
    from fundcalc.api.computing import Run
    from fundcalc.reports.html.report import Kept
    from fundcalc.reports.letters.content import Head


def report_html(run: Run, lang: Lang) -> bytes:
    """A run as one page of HTML that needs no network."""
    from fundcalc.reports.html.report import Material, as_html

    material = Material(
        explainer(run), run.result, run.roster, summarise(run), run.warnings, _kept(run)
    )
    return as_html(material, lang)


def letters(run: Run, indices: Sequence[int], lang: Lang) -> Iterator[tuple[str, bytes]]:
    """A PDF of one page for each village: file name and content. Raises PolicyProblem."""
    from fundcalc.reports.letters import Typesetter, messages
    from fundcalc.reports.letters.names import file_name

    rows = run.result.rows
    names = [file_name(str(rows[i].get("code", "")), str(rows[i].get("name", ""))) for i in indices]
    folded = Counter(name.casefold() for name in names)
    twice = sorted({name for name in names if folded[name.casefold()] > 1})
    if twice:
        raise PolicyProblem([messages.same_name(name) for name in twice])
    setter = Typesetter(run.plan.on)
    head, made = _letters(run, indices, lang)
    for name, one in zip(names, made, strict=True):
        yield name, setter.pdf(_whole(head, [one], lang))


def letters_in_one(run: Run, indices: Sequence[int], lang: Lang) -> bytes:
    """One PDF with a page for each village. Raises PolicyProblem."""
    from fundcalc.reports.letters import Typesetter
    from fundcalc.reports.letters.bound import PART, bound, in_parts

    head, made = _letters(run, indices, lang)
    if len(indices) <= PART:
        return Typesetter(run.plan.on).pdf(_whole(head, list(made), lang))
    return bound((_whole(head, part, lang) for part in in_parts(made)), run.plan.on)


def letters_name(*parts: str) -> str:
    """The name of a file with several letters; never leaves its folder."""
    from fundcalc.reports.letters.names import file_name

    return file_name(*parts)


def _whole(head: Head, made: Sequence[Mapping[str, Any]], lang: Lang) -> dict[str, Any]:
    from fundcalc.reports.letters.content import whole

    return whole(head, made, lang)


def _letters(run: Run, indices: Sequence[int], lang: Lang) -> tuple[Head, Iterator[dict[str, Any]]]:
    from fundcalc.reports.letters.content import Head, Letters

    files = {part.file for part in run.roster.parts}
    several = len(files) > 1
    head = Head(run.plan.policy, run.plan.on.isoformat(), run.roster.digest, several=several)
    if isinstance(run, RecordedRun):
        head = replace(
            head, id=run.id, head=run.head, prepared_by=run.prepared_by or "",
            reviewed_by=run.reviewed_by or "",
        )  # fmt: skip
    found = Letters(head, lang)
    explains = explainer(run, alternatives=False)
    rows = run.result.rows
    return head, (found.letter(explains.explain(index), rows[index]) for index in indices)


def _kept(run: Run) -> Kept | None:
    from fundcalc.reports.html.report import Kept

    if not isinstance(run, RecordedRun):
        return None
    return Kept(
        run.id, run.head, run.recorded_at, run.prepared_by or "", run.reviewed_by or "",
        run.corrects,
        run.corrected_by,
    )  # fmt: skip
