"""The front door: load a policy, read a roster, calculate, explain, write. The CLI uses nothing else.

Heavy parts are imported where they are used, so that help and errors come at once.
"""

from fundcalc.api.checking import (
    check,
    coverage_text,
    find_page,
    page_json,
    page_text,
    pages,
    pages_markdown,
    pages_near,
    sarif,
    suggested_cases,
    test,
    test_with_coverage,
)
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
    explanation_json,
    explanation_text,
    find_village,
    villages_near,
)
from fundcalc.api.files import write_bytes
from fundcalc.api.policies import (
    init,
    load_policy,
    load_policy_with_warnings,
    plan,
)
from fundcalc.api.rosters import (
    compare_register,
    read_roster,
    rejects_csv,
    write_marked,
    write_template,
)

__all__ = [
    "WRITERS",
    "Progress",
    "Run",
    "about",
    "calculate",
    "check",
    "compare_register",
    "coverage_text",
    "describe_village",
    "explain",
    "explanation_json",
    "explanation_text",
    "find_page",
    "find_village",
    "init",
    "load_policy",
    "load_policy_with_warnings",
    "page_json",
    "page_text",
    "pages",
    "pages_markdown",
    "pages_near",
    "plan",
    "read_roster",
    "rejects_csv",
    "sarif",
    "suggested_cases",
    "summarise",
    "summary_json",
    "summary_text",
    "test",
    "test_with_coverage",
    "villages_near",
    "write",
    "write_bytes",
    "write_marked",
    "write_template",
]
