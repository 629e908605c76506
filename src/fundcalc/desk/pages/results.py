"""Page 5, results: what it comes to, by payer, county and town, village by village, and why.

Which villages are shown stands in the address, so every number can be a link to the rows that it counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from fundcalc import api
from fundcalc.desk.page import desk_of, page, part, url
from fundcalc.desk.pages.computed import by_hand_asked, run_asked, run_of
from fundcalc.desk.pages.village import Links, router

if TYPE_CHECKING:
    from fundcalc.desk.state import Desk

BLANK = "—"
"""What an address has for a county or town of no name."""
MOST_LISTED = 200
"""Names that a list to choose from has; where there are more, a name is typed."""


@dataclass(frozen=True)
class Asked:
    """What an address asks for: which villages, of which run."""

    wanted: api.Wanted
    run: str = ""

    @classmethod
    def of(cls, request: Request, browse: api.Browse, run: str) -> Asked:
        """An address read; what it does not have is no condition."""
        query = request.query_params
        places = {"county": browse.counties[1], "town": browse.towns[1]}
        named = {name: _named(query.get(name, ""), names) for name, names in places.items()}
        wanted = api.Wanted(
            query.get("q", "")[:100], named["county"], named["town"], query.get("rule") or None,
            query.get("flag") or None, query.get("paid") or None, query.get("sort", ""),
        )  # fmt: skip
        return cls(wanted, run)

    def link(self, **changed: str | int | None) -> str:
        """The address with some of it changed; pages begin anew unless one is given."""
        wanted = self.wanted
        now: dict[str, str | int | None] = {
            "run": self.run, "q": wanted.text.strip(), "county": spelled(wanted.county),
            "town": spelled(wanted.town), "rule": wanted.rule, "flag": wanted.flag,
            "paid": wanted.paid, "sort": wanted.sort,
        }  # fmt: skip
        return url("/results", **(now | changed))


def _named(text: str, names: tuple[str, ...]) -> str | None:
    """The name that is meant: itself, or the only one that has the text in it."""
    if not text or text in names:
        return text or None
    if text == BLANK:
        return ""
    like = [name for name in names if text in name]
    return like[0] if len(like) == 1 else text


def spelled(name: str | None) -> str | None:
    """A name as an address has it."""
    return BLANK if name == "" else name


@router.page("/results")
def show(request: Request) -> Response:
    """The page."""
    desk, run = desk_of(request), run_of(request)
    browse = api.browse(run)
    asked = Asked.of(request, browse, run.receipt[0] if run.receipt else "")
    choice = browse.choose(asked.wanted)
    at = part(request, range(choice.villages), "p")
    rules, flags = browse.facets(asked.wanted, choice)
    return page(
        request, "results.html", run=run, view=asked, browse=browse, choice=choice,
        decided=list(api.decided_tables(api.summarise(run))) if run.plan.policy.group_outputs else [],
        places=part(request, browse.places(asked.wanted, choice), "places"), at=at,
        lines=browse.page(choice, at.at), rules=rules, flags=flags,
        notices=list(api.special(run)), to=Links(run), spelled=spelled, most=MOST_LISTED,
        command=command(desk, run),
    )  # fmt: skip


def command(desk: Desk, run: api.Run) -> list[str]:
    """The command that gives the same."""
    if run.receipt is not None:
        return ["report", run.receipt[0], *desk.ledger_asked]
    draft = desk.draft()
    skip = ["--skip-rejects"] if draft.skip else []
    return ["run", "intake.toml", "--no-record", *run_asked(desk), *skip, *by_hand_asked(draft)]
