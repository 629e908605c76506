"""A process of its own that sets letters: the data of a part comes in as a line of JSON, a PDF goes out.

Before each PDF stands a line with its length; 0 where it could not be set. The process ends when its
input does, so also when the process that started it is killed.
"""

from __future__ import annotations

import json
import signal
import sys
from datetime import date

from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.reports.letters import Typesetter


def main() -> None:
    """Set what comes; the one argument is the day for the files' date."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # where it is no session of its own, as on Windows
    typesetter = Typesetter(date.fromisoformat(sys.argv[1]))
    for line in sys.stdin.buffer:
        try:
            made = typesetter.pdf(json.loads(line))
        except PolicyProblem:
            made = b""
        try:
            sys.stdout.buffer.write(b"%d\n" % len(made) + made)
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            return


if __name__ == "__main__":
    main()
