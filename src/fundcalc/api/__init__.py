"""The front door: load a policy, read a roster, calculate, explain, write. The CLI uses nothing else.

Heavy parts are imported where they are used, so that help and errors come at once.
"""

from fundcalc.api.comparing import (
    COMPARE_WRITERS,
    Basis,
    compare,
    comparison_json,
    comparison_text,
    share,
    version,
    write_comparison,
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
from fundcalc.api.editing import (
    lay_out,
    save,
    save_layout,
    schema_kinds,
    schema_text,
    set_value,
    write_schemas,
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
    check,
    init,
    load_policy,
    load_policy_with_warnings,
    plan,
    test,
)
from fundcalc.api.projecting import (
    PROJECT_WRITERS,
    project,
    projection_json,
    projection_text,
    write_projection,
    year_plans,
)
from fundcalc.api.rosters import (
    compare_register,
    read_roster,
    rejects_csv,
    write_marked,
    write_template,
)

__all__ = [
    "COMPARE_WRITERS",
    "PROJECT_WRITERS",
    "WRITERS",
    "Basis",
    "Progress",
    "Run",
    "about",
    "calculate",
    "check",
    "compare",
    "compare_register",
    "comparison_json",
    "comparison_text",
    "describe_village",
    "explain",
    "explanation_json",
    "explanation_text",
    "find_village",
    "init",
    "lay_out",
    "load_policy",
    "load_policy_with_warnings",
    "plan",
    "project",
    "projection_json",
    "projection_text",
    "read_roster",
    "rejects_csv",
    "save",
    "save_layout",
    "schema_kinds",
    "schema_text",
    "set_value",
    "share",
    "summarise",
    "summary_json",
    "summary_text",
    "test",
    "version",
    "villages_near",
    "write",
    "write_bytes",
    "write_comparison",
    "write_marked",
    "write_projection",
    "write_schemas",
    "write_template",
    "year_plans",
]
