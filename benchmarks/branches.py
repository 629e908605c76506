"""What the tests reached of src/, from the data of `make coverage`; exit 1 where it is too little."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from coverage import Coverage

LEAST = 95.0
"""Per cent of the lines, and of the ways out of a branching, that must be reached."""


def main() -> int:
    """Print what is missing, file by file, then both shares."""
    data = Coverage()
    data.load()
    data.report(include=["src/*"], file=sys.stdout)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "coverage.json"
        data.json_report(include=["src/*"], outfile=str(path))
        totals = json.loads(path.read_text(encoding="utf-8"))["totals"]
    lines, branches = totals["percent_statements_covered"], totals["percent_branches_covered"]
    print(f"src/: {lines:.2f} % of the lines, {branches:.2f} % of the branches; least: {LEAST:g} %")
    return 0 if min(lines, branches) >= LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
