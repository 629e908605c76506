"""The front door: load a policy, read a roster, calculate, explain, write. The CLI uses nothing else.

Heavy parts are imported where they are used, so that help and errors come at once.
"""

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
from fundcalc.api.grids import (
    GRID_WRITERS,
    grid,
    grid_json,
    grid_text,
    parameter_values,
    scenarios,
)
from fundcalc.api.policies import (
    check,
    init,
    load_policy,
    load_policy_with_warnings,
    plan,
    test,
)
from fundcalc.api.rosters import (
    compare_register,
    read_roster,
    rejects_csv,
    write_marked,
    write_template,
)

__all__ = [
    "GRID_WRITERS",
    "WRITERS",
    "Progress",
    "Run",
    "about",
    "calculate",
    "check",
    "compare_register",
    "describe_village",
    "explain",
    "explanation_json",
    "explanation_text",
    "find_village",
    "grid",
    "grid_json",
    "grid_text",
    "init",
    "load_policy",
    "load_policy_with_warnings",
    "parameter_values",
    "plan",
    "read_roster",
    "rejects_csv",
    "scenarios",
    "summarise",
    "summary_json",
    "summary_text",
    "test",
    "villages_near",
    "write",
    "write_bytes",
    "write_marked",
    "write_template",
]
