"""The columns, written as a ledger keeps them and read again as those of many villages are."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from tests.conformance.engine import Columns, Outcome, unmet

from fundcalc.engines.calculate import calculate, unmet_whole
from fundcalc.engines.hinges import Hinge, hinged, hinges
from fundcalc.ledger import archive, encoding
from fundcalc.ledger.recorded import Pieces, restore
from fundcalc.policy.plan import Plan
from fundcalc.roster.model import Part, Roster

NAME = "kept"


def missing() -> str | None:
    return None


class InMemory(Pieces):
    """The pieces of a run that lie in no file."""

    def __init__(self, kept: archive.ComputedRun) -> None:
        packed = archive.pieces(kept)
        data = archive.record(kept, archive.RunRequest("columnar"), packed, {})(1, "")
        self.entry: Any = SimpleNamespace(id="1", record=b"{}", data=data, parts=data["parts"])
        self.parts, self.trusts = data["parts"], False
        self._packed = {one.digest: (one.size, one.packed) for one in packed.values()}


def run(plan: Plan, columns: Columns) -> Outcome:
    villages = len(columns["name"])
    fresh = calculate(plan, columns, engine="columnar")
    part = Part("roster.csv", None, "", villages, {})
    assumed = {id_: [False] * villages for id_ in columns}
    given: Any = dict(columns)
    roster = Roster("roster.csv", None, "", given, assumed, [part], range(2, villages + 2))
    kept = archive.ComputedRun(roster, fresh, hinges(plan, fresh), [], [""] * villages)
    with patch.object(encoding, "MANY", 1):
        found = restore(InMemory(kept), plan)
        result = found.ruled
        outputs = {o.id: result.column(o.id) for p in plan.programmes for o in p.outputs}
        fired = {p.id: list(result.fired[p.id]) for p in plan.programmes}
        assert [dict(row) for row in result.rows] == [dict(row) for row in fresh.rows]
        assert list(found.roster.rows) == list(roster.rows)
        for programme in plan.programmes:
            for one in programme.summaries:
                for node in (one.among, one.count):
                    assert result.truth(node).tolist() == fresh.truth(node).tolist()
    # what another option changes follows from the columns that were kept, too
    assert _plain(hinges(plan, result)) == _plain(found.hinges) == _plain(kept.hinges)
    marked = hinged(found.hinges, villages)
    hinging = [tuple(sorted(r for r, mask in marked.items() if mask[i])) for i in range(villages)]
    return Outcome(outputs, fired, result.pools, hinging, unmet(unmet_whole(result)))


def _plain(found: Any) -> list[tuple[str, str, dict[str, dict[int, Any]]]]:
    some: list[Hinge] = list(found)
    return [(h.reading, h.option, {o: dict(c) for o, c in h.changes.items()}) for h in some]
