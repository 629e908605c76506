"""What verifying a ledger found, on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fundcalc.base.width import wrap
from fundcalc_cli.output import tell

if TYPE_CHECKING:
    from fundcalc.base.words import Lang
    from fundcalc.ledger.verify import Checked, Finding, Verdict


def print_verdict(verdict: Verdict, chosen: Lang, head: str) -> None:
    """What concerns the ledger as a whole, then each run; `head` is the digest from paper, if any."""
    for finding in verdict.ledger:
        _found(finding, chosen, 0)
    for run in verdict.runs:
        print(_line(run))
        for finding in run.findings:
            _found(finding, chosen, 4)
        if run.more:
            print("    " + tell(f"…… 还有 {run.more} 处", f"… and {run.more} more"))
    if not verdict.clean:
        print(tell("台账与记录时不一致", "The ledger is not as it was recorded"))
    elif head:
        print(
            tell(
                "纸面摘要相符；以上全部无误",
                "The digest on paper is in the chain; all is as recorded",
            )
        )
    else:
        said = tell(
            "以上全部无误。被截短的台账要用纸面摘要才查得出：加 --head",
            "All is as recorded. Only the digest on paper shows a ledger cut short: add --head",
        )
        print("\n".join(wrap(said, 80)))


def _line(run: Checked) -> str:
    if run.findings:
        return f"{run.id}  " + tell("不一致", "NOT as recorded")
    return f"{run.id}  " + tell(
        f"{run.villages:,} 个村重算一致", f"{run.villages:,} villages computed again alike"
    )


def _found(finding: Finding, chosen: Lang, indent: int) -> None:
    parts = [finding.village or "", finding.what.say(chosen)]
    text = " · ".join(part for part in parts if part)
    if finding.recorded is not None:
        text += tell(
            f"：记录为 {finding.recorded or '—'}，重算为 {finding.again or '—'}",
            f": recorded {finding.recorded or '—'}, computed again {finding.again or '—'}",
        )
    for line in wrap(text, 80 - indent):
        print(" " * indent + line)
