"""A village's page: what it gets and why, near which lines, what if, why not, and what it got before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from fundcalc import api
from fundcalc.base.catalogue import words
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem
from fundcalc.desk.page import Router, desk_of, lang_of, page, url
from fundcalc.desk.pages.computed import run_asked, run_of
from fundcalc.desk.state import Missing, Nothing

if TYPE_CHECKING:
    from fundcalc.desk.state import Desk

router = Router()

CLOSE = Fraction(1, 20)
"""What is near a line: 5 % of it."""
MOST_OTHERS = 20
"""Villages that move with one, which are named."""
MOST_EARLIER = 12
"""Earlier runs in which a village is looked up."""
AT_ONCE = 20_000
"""Villages of a run up to which earlier runs are looked through without being asked to."""


class Links:
    """Addresses of villages: by code where each has one of its own, else by place and a mark of who it is.

    A roster may have changed since a page was made; then the mark no longer fits.
    """

    def __init__(self, run: api.Run) -> None:
        self._browse, self._id = api.browse(run), run.receipt[0] if run.receipt else None

    def asked(self, index: int) -> dict[str, str]:
        """The parts of the address that say which village, and of which run."""
        run = {"run": self._id} if self._id else {}
        if self._browse.codes_tell:
            return {**run, "code": self._browse.line(index).code}
        return {**run, "at": str(index), "who": self._browse.mark(index)}

    def __call__(self, index: int, path: str = "/results/village", **more: str) -> str:
        """The address."""
        return url(path, **self.asked(index), **more)


def found(request: Request) -> tuple[api.Run, int]:
    """The village that the address names, and its run. Raises Nothing where it is there no longer."""
    run, query = run_of(request), request.query_params
    browse, at, code = api.browse(run), query.get("at", ""), query.get("code")
    if code is not None:
        hits = browse.of_code(code[:200])
        if len(hits) == 1:
            return run, hits[0]
    elif at.isdecimal() and int(at[:9]) < browse.villages:
        if browse.mark(int(at)) == query.get("who"):
            return run, int(at)
    else:
        raise HTTPException(404)
    there = url("/results", run=run.receipt[0] if run.receipt else None)
    missing = Missing(words("desk_results.gone"), words("desk_results.to_results"), there)
    raise Nothing(missing, 404)


@router.page("/results/village")
def show(request: Request) -> Response:
    """The page."""
    (run, index), lang, desk = found(request), lang_of(request), desk_of(request)
    explanation = api.explain(run, index)
    rule = request.query_params.get("rule", "")
    looked_for = "earlier" in request.query_params or len(run.result.rows) <= AT_ONCE
    earlier, damaged = _earlier(desk, explanation.village) if looked_for else (None, ())
    answers = api.why_not(run, index, rule) if rule else ()
    return page(
        request, "village.html", **_head(run, index), explanation=explanation,
        answer=list(api.answer_lines(explanation, lang)), paid=api.payments(explanation),
        blocks=api.explanation_blocks(explanation, lang), near=api.near_village(run, index, CLOSE),
        typed={}, faults={}, rule=rule, asked_earlier=looked_for, earlier=earlier, damaged=damaged,
        why_not=api.explanation_blocks(answers, lang) if answers else (),
        command=command(desk, run, index, *(["--why-not", rule] if rule else ["--full"])),
    )  # fmt: skip


def _head(run: api.Run, index: int) -> dict[str, Any]:
    """What every page of a village has."""
    browse, programmes = api.browse(run), run.plan.policy.programmes
    return {
        "run": run, "index": index, "to": Links(run), "browse": browse, "line": browse.line(index),
        "levers": api.levers(run, index), "counties": browse.counties[1],
        "titles": {output.id: output.title for programme in programmes for output in programme.outputs},
    }  # fmt: skip


def _earlier(desk: Desk, who: Mapping[str, str]) -> tuple[Any, Sequence[Diagnostic]]:
    """What the village got in the runs of the ledger, or what is wrong with that."""
    if not desk.ledger.is_file():
        return None, ()
    key = (desk.ledger_state, *who.items())
    title = words("desk_results.looking_back")
    try:
        return desk.works.get(
            "earlier", key, title, lambda _: api.history(desk.ledger, who, MOST_EARLIER)
        ), ()
    except PolicyProblem as problem:
        desk.works.forget("earlier")  # it may be locked only for now
        return None, problem.diagnostics


def command(desk: Desk, run: api.Run, index: int, *more: str) -> list[str]:
    """The command that gives the same."""
    who = api.village_asked(run, index)
    if run.receipt is not None:
        return ["explain", who, "--run", run.receipt[0], *desk.ledger_asked, *more]
    return ["explain", who, "--roster", "intake.toml", *run_asked(desk), *more]


# -- what if ----------------------------------------------------------------------------------------


@router.page("/results/what-if")
def what_if(request: Request) -> Response:
    """What the village would get with other facts, and who else moves. Nothing is saved."""
    (run, index), lang = found(request), lang_of(request)
    query = request.query_params.items()
    typed = {key[3:]: text[:200] for key, text in query if key.startswith("if.")}
    facts, faults = api.read_facts(run, index, typed)
    shown: dict[str, Any] = {"tried": bool(facts and not faults)}
    if shown["tried"]:
        tried, browse = api.what_if(run, index, typed), api.browse(run)
        shown |= {
            "moved": tried.village(index), "whole": tried.sums(),
            "pools": [api.pool_said(run.plan.policy, pool) for pool in tried.pools()],
            "others": [(browse.line(at), tried.village(at)) for at in tried.others[:MOST_OTHERS]],
            "moving": len(tried.others),
            "answer": list(api.answer_lines(api.explain_what_if(run, tried), lang)),
        }  # fmt: skip
    asked = (part for id_ in facts for part in ("--what-if", f"{id_}={typed[id_]}"))
    return page(
        request, "what_if.html", **_head(run, index), typed=typed, faults=faults, facts=facts,
        command=command(desk_of(request), run, index, *asked), **shown,
    )  # fmt: skip
