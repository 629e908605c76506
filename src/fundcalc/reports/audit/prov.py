"""Who made what from what, as W3C PROV in JSON (https://www.w3.org/submissions/prov-json/)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fundcalc.ledger.store import Entry

_RUN = "fc:run"


def provenance(entry: Entry, *, explained: bool) -> dict[str, Any]:
    """The run as an activity that used roster and policy and made results, on behalf of people."""
    data = entry.data
    entities = _entities(entry, explained=explained)
    made = [name for name in entities if name.startswith("fc:made-")]
    used = [name for name in entities if name not in made and not name.startswith("fc:run-")]
    agents = _agents(data)
    people = [name for name in agents if name != "fc:program"]
    found: dict[str, Any] = {
        "prefix": {"fc": "urn:fundcalc:"},
        "entity": entities,
        "activity": {
            _RUN: {
                "prov:endTime": data["recorded_at"],
                "prov:label": f"run {entry.id}",
                "fc:engine": data["engine"]["asked"],
            }
        },
        "agent": agents,
        "used": _numbered("u", [{"prov:activity": _RUN, "prov:entity": one} for one in used]),
        "wasGeneratedBy": _numbered(
            "g", [{"prov:entity": one, "prov:activity": _RUN} for one in made]
        ),
        "wasAssociatedWith": _numbered(
            "a", [{"prov:activity": _RUN, "prov:agent": one} for one in agents]
        ),
        "wasDerivedFrom": _numbered("d", _derived(made, used, data)),
    }
    if people:
        found["actedOnBehalfOf"] = _numbered(
            "b", [{"prov:delegate": "fc:program", "prov:responsible": one} for one in people]
        )
    return found


def _entities(entry: Entry, *, explained: bool) -> dict[str, Any]:
    data = entry.data
    roster, policy = data["roster"], data["policy"]
    found: dict[str, Any] = {
        "fc:roster-file": {"prov:label": roster["file"], "fc:digest": roster["digest"]},
        "fc:policy": {
            "prov:label": policy["id"],
            "prov:location": "policy/",
            "fc:digest": policy["digest"],
            "fc:on": policy["on"],
            **{f"fc:reading-{name}": option for name, option in policy["readings"].items()},
        },
        "fc:made-results": {"prov:location": "results.csv"},
        "fc:made-record": {"prov:location": "record.json", "fc:digest": entry.head},
    }
    if data.get("overrides"):
        found["fc:overrides"] = {
            "prov:location": "overrides.json",
            "fc:digest": entry.parts["overrides.json"],
        }
    if explained:
        found["fc:made-explanations"] = {"prov:location": "explanations.jsonl"}
    if data.get("corrects"):
        found["fc:run-corrected"] = {
            "prov:label": f"run {data['corrects']['id']}",
            "fc:digest": data["corrects"]["head"],
        }
    return found


def _agents(data: Mapping[str, Any]) -> dict[str, Any]:
    program = data["program"]
    found: dict[str, Any] = {
        "fc:program": {
            "prov:type": {"$": "prov:SoftwareAgent", "type": "prov:QUALIFIED_NAME"},
            "prov:label": f"fundcalc {program['fundcalc']}",
            **{f"fc:version-{name}": version for name, version in program.items()},
        }
    }
    for role in ("prepared_by", "reviewed_by"):
        if data.get(role):
            found[f"fc:{role.replace('_', '-')}"] = {
                "prov:type": {"$": "prov:Person", "type": "prov:QUALIFIED_NAME"},
                "prov:label": data[role],
            }
    return found


def _derived(made: list[str], used: list[str], data: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"prov:generatedEntity": one, "prov:usedEntity": other} for one in made for other in used
    ]
    if data.get("corrects"):
        found.append(
            {
                "prov:generatedEntity": "fc:made-record",
                "prov:usedEntity": "fc:run-corrected",
                "prov:type": {"$": "prov:Revision", "type": "prov:QUALIFIED_NAME"},
                "fc:reason": data["corrects"]["reason"],
            }
        )
    return found


def _numbered(mark: str, items: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {f"_:{mark}{number}": item for number, item in enumerate(items, 1)}
