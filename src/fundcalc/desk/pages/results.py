"""Page 5, results: what it comes to, by payer, county and town, village by village, and why.

Which villages are shown stands in the address, so every number can be a link to the rows that it counts. A
village's own page has near which lines it is, what if, why not, and what it got before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response

from fundcalc import api
from fundcalc.base.catalogue import words
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem
from fundcalc.desk.page import Ask, page, part, shows, url
from fundcalc.desk.state import Desk, Missing, Nothing

BLANK = "—"
"""What an address has for a county or town of no name."""
MOST_LISTED = 200
"""Names that a list to choose from has; where there are more, a name is typed."""
CLOSE = Fraction(1, 20)
"""What is near a line: 5 % of it."""
MOST_OTHERS = 20
"""Villages that move with one, which are named."""
MOST_EARLIER = 12
"""Earlier runs in which a village is looked up."""
AT_ONCE = 20_000
"""Villages of a run up to which earlier runs are looked through without being asked to."""


def run_of(ask: Ask) -> api.Run:
    """A recorded run where the address names it, else the draft's. Raises Nothing, Busy, PolicyProblem."""
    id_ = ask.query("run")
    return ask.desk.recorded(id_) if id_ else ask.desk.applied()


@shows("/results")
def show(ask: Ask) -> Response:
    """What it comes to, and the villages that the address asks for."""
    desk, run, query = ask.desk, run_of(ask), ask.query
    browse, id_ = api.browse(run), run.receipt[0] if run.receipt else ""
    county = _named(query("county"), browse.counties[1])
    town = _named(query("town"), browse.towns[1])
    wanted = api.Wanted(
        query("q")[:100], county, town, query("rule") or None, query("flag") or None,
        query("paid") or None, query("sort"),
    )  # fmt: skip
    link = partial(  # to the same with some of it changed; pages begin anew unless one is given
        url, "/results", run=id_, q=wanted.text.strip(), county=spelled(county), town=spelled(town),
        rule=wanted.rule, flag=wanted.flag, paid=wanted.paid, sort=wanted.sort,
    )  # fmt: skip
    choice = browse.choose(wanted)
    at = part(ask, range(choice.villages), "p")
    rules, flags = browse.facets(wanted, choice)
    return page(
        ask, "results.html", run=run, id=id_, wanted=wanted, link=link, browse=browse, choice=choice,
        decided=list(api.decided_tables(api.summarise(run))) if run.plan.policy.group_outputs else [],
        places=part(ask, browse.places(wanted, choice), "places"), at=at,
        lines=browse.page(choice, at.at), rules=rules, flags=flags,
        notices=list(api.special(run)), to=Links(run), spelled=spelled, most=MOST_LISTED,
        command=["report", id_, *desk.ledger_asked] if id_ else desk.run_command("--no-record"),
    )  # fmt: skip


def _named(text: str, names: tuple[str, ...]) -> str | None:
    """The name that is meant: itself, or the only one that has the text in it; None is no condition."""
    if not text or text in names:
        return text or None
    if text == BLANK:
        return ""
    like = [name for name in names if text in name]
    return like[0] if len(like) == 1 else text


def spelled(name: str | None) -> str | None:
    """A name as an address has it."""
    return BLANK if name == "" else name


# -- one village ------------------------------------------------------------------------------------


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


def found(ask: Ask) -> tuple[api.Run, int]:
    """The village that the address names, and its run. Raises Nothing where it is there no longer."""
    run, query = run_of(ask), ask.query_params
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


@shows("/results/village")
def village(ask: Ask) -> Response:
    """What it gets and why."""
    (run, index), lang, desk = found(ask), ask.lang, ask.desk
    explanation = api.explain(run, index)
    rule = ask.query("rule")
    looked_for = "earlier" in ask.query_params or len(run.result.rows) <= AT_ONCE
    earlier, damaged = _earlier(desk, explanation.village) if looked_for else (None, ())
    answers = api.why_not(run, index, rule) if rule else ()
    return page(
        ask, "village.html", **_head(run, index), explanation=explanation,
        answer=list(api.answer_lines(explanation, lang)), paid=api.payments(explanation),
        blocks=api.explanation_blocks(explanation, lang), near=api.near_village(run, index, CLOSE),
        typed={}, faults={}, rule=rule, asked_earlier=looked_for, earlier=earlier, damaged=damaged,
        why_not=api.explanation_blocks(answers, lang) if answers else (),
        command=_command(desk, run, index, *(["--why-not", rule] if rule else ["--full"])),
    )  # fmt: skip


def _head(run: api.Run, index: int) -> dict[str, Any]:
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
    kind, key = "desk_results.looking_back", (desk.ledger_state, *who.items())
    try:
        return desk.works.get(kind, key, lambda _: api.history(desk.ledger, who, MOST_EARLIER)), ()
    except PolicyProblem as problem:
        desk.works.forget(kind)  # it may be locked only for now
        return None, problem.diagnostics


def _command(desk: Desk, run: api.Run, index: int, *more: str) -> list[str]:
    who = api.village_asked(run, index)
    if run.receipt is not None:
        return ["explain", who, "--run", run.receipt[0], *desk.ledger_asked, *more]
    return ["explain", who, "--roster", "intake.toml", *desk.run_asked, *more]


@shows("/results/what-if")
def what_if(ask: Ask) -> Response:
    """What the village would get with other facts, and who else moves. Nothing is saved."""
    (run, index), lang = found(ask), ask.lang
    typed = {k[3:]: text[:200] for k, text in ask.query_params.items() if k.startswith("if.")}
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
        ask, "what_if.html", **_head(run, index), typed=typed, faults=faults, facts=facts,
        command=_command(ask.desk, run, index, *asked), **shown,
    )  # fmt: skip
