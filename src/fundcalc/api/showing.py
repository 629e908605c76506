"""A policy as a person reads it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fundcalc.base.diagnostics import PolicyProblem, Span, error
from fundcalc.base.words import Lang, Words

if TYPE_CHECKING:
    from fundcalc.policy.plan import Plan

SHOW_WRITERS = (".html", ".xlsx", ".json", ".txt")


def programmes(plan: Plan, wanted: str | None) -> list[str]:
    """The programmes to show: one, or all as listed. Raises PolicyProblem where there is no such one."""
    listed = [programme.id for programme in plan.policy.listed_programmes]
    if wanted is None:
        return listed
    if wanted not in listed:
        from fundcalc.base.nearest import did_you_mean

        says = Words(f"没有项目 `{wanted}`", f"there is no programme `{wanted}`")
        hint = did_you_mean(wanted, listed) or Words(
            f"有：{', '.join(listed)}", f"there are {', '.join(listed)}"
        )
        raise PolicyProblem([error("FC933", Span(f"show {wanted}"), says, hint)])
    return [wanted]


def policy_text(plan: Plan, shown: Sequence[str], lang: Lang) -> str:
    """Programmes as lines of at most 80 columns."""
    from fundcalc.reports.show.write import as_text

    return as_text(plan, shown, lang)


def policy_json(plan: Plan, shown: Sequence[str], lang: Lang) -> dict[str, Any]:
    """Programmes as JSON-ready data."""
    from fundcalc.reports.show.write import as_json

    return as_json(plan, shown, lang)


def policy_html(plan: Plan, shown: Sequence[str], lang: Lang) -> bytes:
    """Programmes as one page of HTML."""
    from fundcalc.reports.show.write import as_html

    return as_html(plan, shown, lang)


def write_policy(plan: Plan, shown: Sequence[str], path: Path, lang: Lang) -> None:
    """Write programmes; the ending says how (.html, .xlsx, .json, .txt). Raises OSError."""
    from fundcalc.base.files import write_bytes

    ending = path.suffix.lower()
    if ending == ".xlsx":
        from fundcalc.reports.show.write import as_xlsx

        content = as_xlsx(plan, shown, lang)
    elif ending == ".html":
        content = policy_html(plan, shown, lang)
    elif ending == ".json":
        data = policy_json(plan, shown, lang)
        content = json.dumps(data, ensure_ascii=False, indent=1).encode() + b"\n"
    else:
        content = policy_text(plan, shown, lang).encode()
    write_bytes(path, content)
