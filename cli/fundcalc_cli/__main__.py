"""Where the program starts, `fundcalc` and `python -m fundcalc_cli` alike."""

from __future__ import annotations

import gc
import os

from fundcalc_cli import signals

TYPE_CHECKING = False  # typing itself takes time to import
if TYPE_CHECKING:
    from typing import NoReturn


def main() -> NoReturn:
    """Run the program, guarded from here on: importing the rest takes longest of all."""
    code: object = 130
    gc.set_threshold(1_000_000, 50, 50)  # a command is short, and makes little that is circular
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # NumPy's threads are never used here
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # no search of all packages
    try:
        signals.listen()
        from fundcalc_cli.app import main as run

        run()
    except SystemExit as end:
        code = end.code
    except BaseException:  # nothing to say it with yet; Python may put it as another problem
        if not signals.stopped():
            raise
    finally:
        signals.leaving()
    signals.leave(code)


if __name__ == "__main__":
    main()
