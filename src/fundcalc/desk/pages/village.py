"""A village's page: what it gets and why, near which lines, what if, why not, and what it got before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fundcalc import api
from fundcalc.base.catalogue import words
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem
from fundcalc.base.system import beijing
from fundcalc.base.words import Lang
from fundcalc.desk.page import desk_of, lang_of, page, url
from fundcalc.desk.pages.computed import ledger_asked, nothing, run_asked, run_of

if TYPE_CHECKING:
    from fundcalc.analysis.what_if import Lever
    from fundcalc.desk.state import Desk

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


@dataclass(frozen=True, slots=True)
class Found:
    """The village that a page is about."""

    run: api.Run
    index: int


def found(request: Request) -> Found | Response:
    """The village that the address names, or a page that says why there is none."""
    run, query = run_of(request), request.query_params
    if run is None:
        return page(request, "results.html", run=None, nothing=nothing(desk_of(request)))
    browse, at, code = api.browse(run), query.get("at", ""), query.get("code")
    if code is not None:
        hits = browse.of_code(code[:200])
        if len(hits) == 1:
            return Found(run, hits[0])
    elif at.isdecimal() and int(at[:9]) < browse.villages:
        if browse.mark(int(at)) == query.get("who"):
            return Found(run, int(at))
    else:
        raise HTTPException(404)
    return page(request, "village_gone.html", status=404, run=run)


def show(request: Request) -> Response:
    """The page."""
    village = found(request)
    if isinstance(village, Response):
        return village
    run, index, lang, desk = village.run, village.index, lang_of(request), desk_of(request)
    explanation = api.explain(run, index)
    rule = request.query_params.get("rule", "")
    looked_for = "earlier" in request.query_params or len(run.result.rows) <= AT_ONCE
    earlier, damaged = _earlier(desk, explanation.village) if looked_for else (None, ())
    return page(
        request, "village.html", **_head(run, index, lang), explanation=explanation,
        answer=list(api.answer_lines(explanation, lang)), paid=api.payments(explanation),
        blocks=_blocks(explanation, lang), near=api.near_village(run, index, CLOSE),
        levers=api.levers(run, index), typed={}, faults={}, counties=api.browse(run).counties[1],
        rules=_rules(explanation), rule=rule, asked_earlier=looked_for, earlier=earlier,
        damaged=damaged,
        why_not=_blocks(answers, lang) if rule and (answers := api.why_not(run, index, rule)) else [],
        command=command(desk, run, index, *(["--why-not", rule] if rule else ["--full"])),
    )  # fmt: skip


def _head(run: api.Run, index: int, lang: Lang) -> dict[str, Any]:
    """What every page of a village has; `said` and `value` write an amount, or a value of a type."""

    def said(amount: Any) -> str:
        return api.value_text(amount, lang)

    def value(raw: Any, kind: Any) -> str:
        return said(api.Amount(raw, kind))

    browse, programmes = api.browse(run), run.plan.policy.programmes
    return {
        "run": run, "index": index, "to": Links(run), "browse": browse, "line": browse.line(index),
        "said": said, "value": value, "beijing": beijing,
        "titles": {output.id: output.title for programme in programmes for output in programme.outputs},
    }  # fmt: skip


def _earlier(desk: Desk, who: Mapping[str, str]) -> tuple[Any, Sequence[Diagnostic]]:
    """What the village got in the runs of the ledger, or what is wrong with that."""
    try:
        stat = desk.ledger.stat()
    except OSError:
        return None, ()
    key = (stat.st_size, stat.st_mtime_ns, *who.items())
    title = words("desk_results.looking_back")
    try:
        return desk.works.get(
            "earlier", key, title, lambda _: api.history(desk.ledger, who, MOST_EARLIER)
        ), ()
    except PolicyProblem as problem:
        desk.works.forget("earlier")  # it may be locked only for now
        return None, problem.diagnostics


def _blocks(document: api.Explanation | Sequence[api.WhyNot], lang: Lang) -> list[tuple[str, Any]]:
    """A document's blocks, each with its kind."""
    blocks = api.explanation_blocks(document, lang)
    return [(type(block).__name__.lower(), block) for block in blocks]


def _rules(explanation: api.Explanation) -> list[tuple[Any, list[tuple[str, Any]]]]:
    """The rules that do not decide, by programme."""
    rules = []
    for decision in explanation.decisions:
        every = [*decision.rules, *([decision.otherwise] if decision.otherwise else [])]
        rest = [(f"{decision.programme}.{r.id}", r.title or r.id) for r in every if not r.fired]
        if rest:
            rules.append((decision.title, rest))
    return rules


def command(desk: Desk, run: api.Run, index: int, *more: str) -> list[str]:
    """The command that gives the same."""
    line = api.browse(run).line(index)
    who = line.code or line.name
    if run.receipt is not None:
        return ["explain", who, "--run", run.receipt[0], *ledger_asked(desk), *more]
    return ["explain", who, "--roster", "intake.toml", *run_asked(desk), *more]


# -- what if ----------------------------------------------------------------------------------------


def what_if(request: Request) -> Response:
    """What the village would get with other facts, and who else moves. Nothing is saved."""
    village = found(request)
    if isinstance(village, Response):
        return village
    run, index, lang = village.run, village.index, lang_of(request)
    query = request.query_params
    typed = {
        name.removeprefix("if."): text[:200]
        for name, text in query.items()
        if name.startswith("if.")
    }
    levers = api.levers(run, index)
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
    return page(
        request, "what_if.html", **_head(run, index, lang), levers=levers, typed=typed, faults=faults,
        counties=api.browse(run).counties[1], changed=_changed(levers, facts),
        command=command(
            desk_of(request), run, index,
            *(part for id_ in facts for part in ("--what-if", f"{id_}={typed[id_]}")),
        ), **shown,
    )  # fmt: skip


def _changed(levers: Sequence[Lever], facts: Mapping[str, Any]) -> list[tuple[Any, Any, Any]]:
    """Each fact that is another, with what it is and would be."""
    changed = [lever for lever in levers if lever.fact.id in facts]
    return [(lever.fact, lever.value, facts[lever.fact.id]) for lever in changed]


ROUTES = [Route("/results/village", show), Route("/results/what-if", what_if)]
