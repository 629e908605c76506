"""The front door: load a policy, read a roster, calculate, explain, write. The CLI uses nothing else.

Heavy parts are imported where they are used, so that help and errors come at once.
"""

from typing import TYPE_CHECKING

from fundcalc.api.computing import (
    WRITERS,
    Progress,
    Run,
    about,
    calculate,
    summarise,
    summary_json,
    summary_text,
    write,
)
from fundcalc.api.explaining import (
    describe_village,
    explain,
    explainer,
    explanation_html,
    explanation_json,
    explanation_markdown,
    explanation_schema,
    explanation_text,
    find_village,
    rules_near,
    villages_near,
    why_not,
)
from fundcalc.api.files import write_bytes
from fundcalc.api.policies import (
    check,
    init,
    load_policy,
    load_policy_with_warnings,
    plan,
    test,
)
from fundcalc.api.recording import (
    LEDGER,
    RecordedRun,
    correct,
    export,
    near,
    near_csv,
    near_json,
    near_text,
    open_run,
    override,
    record,
    runs,
    verdict_json,
    verify,
    write_differences,
)
from fundcalc.api.reporting import letters, letters_in_one, letters_name, report_html
from fundcalc.api.rosters import (
    compare_register,
    read_roster,
    rejects_csv,
    write_marked,
    write_template,
)

if TYPE_CHECKING:
    from fundcalc.explain.decision import Explanation
    from fundcalc.explain.why_not import WhyNot

__all__ = [
    "LEDGER",
    "WRITERS",
    "Explanation",
    "Progress",
    "RecordedRun",
    "Run",
    "WhyNot",
    "about",
    "calculate",
    "check",
    "compare_register",
    "correct",
    "describe_village",
    "explain",
    "explainer",
    "explanation_html",
    "explanation_json",
    "explanation_markdown",
    "explanation_schema",
    "explanation_text",
    "export",
    "find_village",
    "init",
    "letters",
    "letters_in_one",
    "letters_name",
    "load_policy",
    "load_policy_with_warnings",
    "near",
    "near_csv",
    "near_json",
    "near_text",
    "open_run",
    "override",
    "plan",
    "read_roster",
    "record",
    "rejects_csv",
    "report_html",
    "rules_near",
    "runs",
    "summarise",
    "summary_json",
    "summary_text",
    "test",
    "verdict_json",
    "verify",
    "villages_near",
    "why_not",
    "write",
    "write_bytes",
    "write_differences",
    "write_marked",
    "write_template",
]
