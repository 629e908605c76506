"""`fundcalc --version`: the program, the policy language and the engines, each with its version."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from fundcalc import LANGUAGE_VERSION, __version__
from fundcalc_cli.output import tell

ENGINES = {
    "durable-rules": "durable_rules",
    "NumPy": "numpy",
    "DuckDB": "duckdb",
    "Spark": "pyspark",
}
"""What computes, by the package that brings it; the last two are extras."""


def versions() -> str:
    """A line each; nothing is imported to find out."""
    lines = [
        f"fundcalc {__version__}",
        f"{tell('政策语言', 'policy language')} {LANGUAGE_VERSION}",
        *(f"{name} {_installed(package)}" for name, package in ENGINES.items()),
    ]
    return "\n".join(lines)


def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return tell("未安装", "not installed")
