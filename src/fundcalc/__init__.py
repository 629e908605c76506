"""fundcalc: what each village is entitled to, who pays it, and why.

The folders follow the data: a policy comes in (`policy`, written in `language`), a roster comes in
(`roster`), engines compute (`engines`), decisions are explained (`explain`) and written out
(`reports`). `base` knows money and diagnostics but no policy. `api` is the only door; what programs and
notebooks need of it stands here by name, and is imported when it is first asked for (docs/python.md).
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fundcalc.api.python import Comparison as Comparison
    from fundcalc.api.python import Explanation as Explanation
    from fundcalc.api.python import Policy as Policy
    from fundcalc.api.python import PolicyWarning as PolicyWarning
    from fundcalc.api.python import Roster as Roster
    from fundcalc.api.python import RosterProblem as RosterProblem
    from fundcalc.api.python import Run as Run
    from fundcalc.api.python import load_policy as load_policy
    from fundcalc.base.diagnostics import PolicyProblem as PolicyProblem

__version__: str
LANGUAGE_VERSION: str
_VERSIONS = {"__version__": "VERSION", "LANGUAGE_VERSION": "LANGUAGE_VERSION"}
"""What they are called on the ground floor, where every folder can have them."""

__all__ = [
    "Comparison", "Explanation", "Policy", "PolicyProblem", "PolicyWarning", "Roster", "RosterProblem", "Run",
    "load_policy",
]  # fmt: skip


def __getattr__(name: str) -> object:
    """A name that is asked for the first time."""
    if name not in __all__ and name not in _VERSIONS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    home = "base" if name in _VERSIONS else "api.python"
    value: object = getattr(import_module(f"{__name__}.{home}"), _VERSIONS.get(name, name))
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_VERSIONS, *__all__})
