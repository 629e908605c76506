"""Rejects on the way out: on the terminal, as CSV and as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from fundcalc.base.width import wrap
from fundcalc.base.words import Lang
from fundcalc_cli.output import Format, lang, say, tell

if TYPE_CHECKING:
    from fundcalc.roster.model import Reject, Roster

SHOWN = 200
_FIELDS = ("severity", "code", "file", "sheet", "cell", "row", "village", "column", "value")


def place(reject: Reject) -> str:
    """File, sheet and cell."""
    parts = (reject.file, reject.sheet, reject.cell or f"{reject.row}:{reject.row}")
    return "!".join(part for part in parts if part)


def print_rejects(rejects: Sequence[Reject]) -> None:
    """One block a reject on stderr: where, what, why, how to mend."""
    now = lang()
    for reject in rejects[:SHOWN]:
        fatal = reject.severity == "error"
        mark = tell("退回", "reject") if fatal else tell("存疑", "doubtful")
        who = f"  {reject.village}" if reject.village else ""
        print(f"{mark}[{reject.code}] {place(reject)}{who}", file=sys.stderr)
        what = f"{reject.column} `{reject.value}`" if reject.column else ""
        text = f"{what} — {reject.why.say(now)}" if what else reject.why.say(now)
        for line in wrap(text, 76):
            print(f"    {line}", file=sys.stderr)
        for line in wrap(f"→ {reject.mend.say(now)}", 76):
            print(f"    {line}", file=sys.stderr)
    if len(rejects) > SHOWN:
        rest = len(rejects) - SHOWN
        print(
            tell(f"…… 还有 {rest} 条，见 --rejects", f"… and {rest} more: use --rejects"),
            file=sys.stderr,
        )


def rejects_json(rejects: Sequence[Reject]) -> list[dict[str, Any]]:
    """Rejects as JSON-ready data."""
    now = lang()
    return [
        {
            **{field: getattr(reject, field) for field in _FIELDS},
            "why": reject.why.say(now),
            "mend": reject.mend.say(now),
        }
        for reject in rejects
    ]


def write_rejects(path: Path, rejects: Sequence[Reject], chosen: Lang) -> None:
    """Write the rejects; the ending says how (.json, otherwise CSV)."""
    from fundcalc import api

    if path.suffix.lower() == ".json":
        text = json.dumps(rejects_json(rejects), ensure_ascii=False, indent=1) + "\n"
        api.write_bytes(path, text.encode())
    else:
        api.write_bytes(path, api.rejects_csv(rejects, chosen))


def stop_at_rejects(rosters: Sequence[Roster], format_: Format) -> None:
    """Show what was rejected; leave with 1 where a row is left out, as pools need the whole roster."""
    rejects = [reject for roster in rosters for reject in roster.rejects]
    print_rejects(rejects)
    if not any(reject.severity == "error" for reject in rejects):
        return
    if format_ is Format.json:
        print(json.dumps({"rejects": rejects_json(rejects)}, ensure_ascii=False, indent=1))
    say(
        "名册有退回的行，没有计算：资金池要名册完整才算得对",
        "Rows were rejected and nothing was computed: pools need the whole roster",
    )
    raise typer.Exit(1)
