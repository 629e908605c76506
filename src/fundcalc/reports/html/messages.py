"""What is said where a page cannot be made."""

from __future__ import annotations

from fundcalc.base.diagnostics import Diagnostic, error
from fundcalc.base.words import Words


def too_many(villages: int, most: int) -> Diagnostic:
    """More villages than a browser shows in one table."""
    return error(
        "FC943",
        None,
        Words(
            f"一个网页最多放 {most:,} 个村，这次运行有 {villages:,} 个",
            f"one page takes at most {most:,} villages, and this run has {villages:,}",
        ),
        Words(
            "按县分开运行，或用 run -o 写成 .parquet、.csv",
            "run county by county, or write .parquet or .csv with run -o",
        ),
    )
