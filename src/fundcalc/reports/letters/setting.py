"""Letters set and bound: one PDF of one letter or of many, the same bytes every time.

typst sets them. Many letters are set in parts by several processes, since the typesetter's own threads gain
little: its last step has but one. Parts are of one size on every machine, so that the bytes are the same. The
processes run this module: the data of a part comes in as a line of JSON; a line with its length and the PDF
go out, 0 where it could not be set.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from queue import SimpleQueue
from subprocess import DEVNULL, PIPE, Popen
from typing import Any

from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem

Data = Mapping[str, Any]

PART = 100
"""Letters set at a time; so many and fewer are set without further processes."""

_WORKERS = 4
"""At most so many processes, each of up to 450 MB."""

_COMMAND = ["-P", "-m", "fundcalc.reports.letters.setting"]
"""`-P`: a module that lies in the folder where somebody works is not taken for ours."""


class Typesetter:
    """Sets letters, or what another template makes; the font is loaded once.

    A template is a function `paper` of the data. The data stands in a source of its own beside it and not in
    `sys.inputs`: the typesetter remembers what it worked out only while its inputs stay as they are.
    """

    def __init__(self, on: date, template: Path | None = None) -> None:
        import typst
        from noto_cjk_sans_otc import FONT_PATH

        if template is None:
            template = Path(__file__).with_name("letter.typ")
        fonts = typst.Fonts(
            include_system_fonts=False,
            include_embedded_fonts=False,
            font_paths=[str(FONT_PATH.parent)],
        )
        self._name = template.name
        self._compiler = typst.Compiler(root=str(template.parent), font_paths=fonts)
        self._stamp = datetime(on.year, on.month, on.day, tzinfo=UTC)

    def pdf(self, data: Data) -> bytes:
        """The PDF of some letters. Raises PolicyProblem where the typesetter complains."""
        pdf = self._set(data, format="pdf", timestamp=self._stamp, pdf_tags=False)
        assert isinstance(pdf, bytes)
        return pdf

    def pictures(self, data: Data) -> list[bytes]:
        """The same pages as PNG. Raises as `pdf`."""
        pages = self._set(data, format="png", ppi=110)
        return list(pages) if isinstance(pages, list) else [pages]

    def _set(self, data: Data, **options: Any) -> Any:
        import typst

        text = json.dumps(data, ensure_ascii=False)
        text = text.replace("\\", "\\\\").replace('"', '\\"')
        source = f'#import "{self._name}": paper\n#paper(json(bytes("{text}")))'
        try:
            output, warnings = self._compiler.compile_with_warnings(source.encode(), **options)
        except typst.TypstError as problem:
            raise PolicyProblem([_refused(problem)]) from None
        if warnings:
            raise PolicyProblem([_refused(*warnings)])
        return output


def _refused(*complaints: object) -> Diagnostic:
    """The typesetter refused, or had doubts."""
    return say("FC940", complaints="; ".join(map(str, complaints))[:500])


def bound(parts: Iterable[Data], on: date) -> bytes:
    """One PDF of all parts' letters. Raises PolicyProblem where one cannot be set."""
    from pypdf import PdfWriter

    whole = PdfWriter()
    for part in set_all(parts, on):
        whole.append(BytesIO(part), import_outline=False)
    buffer = BytesIO()
    whole.write(buffer)
    return buffer.getvalue()


def set_all(parts: Iterable[Data], on: date) -> Iterator[bytes]:
    """The PDF of each part, in their order; one is begun as soon as its data is there.

    Raises PolicyProblem where one cannot be set.
    """
    count = min(os.cpu_count() or 1, _WORKERS)
    waiting: deque[Future[bytes]] = deque()
    with ThreadPoolExecutor(count) as threads, ExitStack() as started:
        started.callback(threads.shutdown, wait=False, cancel_futures=True)
        free: SimpleQueue[_Worker] = SimpleQueue()
        for _ in range(count):
            worker = _Worker(on)
            started.callback(worker.end)
            free.put(worker)
        for part in parts:
            waiting.append(threads.submit(_set, free, part))
            if len(waiting) > 2 * count:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _set(free: SimpleQueue[_Worker], part: Data) -> bytes:
    worker = free.get()
    try:
        return worker.set(part)
    finally:
        free.put(worker)


class _Worker:
    def __init__(self, on: date) -> None:
        # The typesetter's own threads next to the processes would only disturb.
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "RAYON_NUM_THREADS": "1"}
        command = [sys.executable, *_COMMAND, on.isoformat()]
        self._on = on
        try:
            self._process = Popen(  # noqa: S603 - our own module
                command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=env,
                start_new_session=True,  # Ctrl-C is answered here alone
            )  # fmt: skip
        except OSError as problem:
            raise PolicyProblem([say("FC944.not_started", problem=str(problem))]) from None

    def set(self, part: Data) -> bytes:
        """The PDF of a part. Raises PolicyProblem where it cannot be set."""
        source, target = self._process.stdout, self._process.stdin
        assert source is not None and target is not None
        try:
            target.write(json.dumps(part, ensure_ascii=False).encode() + b"\n")
            target.flush()
            size = int(source.readline())
            pdf = source.read(size)
        except (OSError, ValueError):
            raise PolicyProblem([say("FC944")]) from None
        if len(pdf) < size:
            raise PolicyProblem([say("FC944")])
        return pdf or Typesetter(self._on).pdf(part)  # which says what is wrong with it

    def end(self) -> None:
        """End the process, whatever it is at."""
        self._process.kill()
        self._process.communicate()


def _work() -> None:
    """Set what comes until there is no more; the one argument is the day for the files' date.

    So the process ends, too, when the one that started it is killed.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # where it is no session of its own, as on Windows
    typesetter = Typesetter(date.fromisoformat(sys.argv[1]))
    for line in sys.stdin.buffer:
        try:
            pdf = typesetter.pdf(json.loads(line))
        except PolicyProblem:
            pdf = b""
        try:
            sys.stdout.buffer.write(b"%d\n" % len(pdf) + pdf)
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            return


if __name__ == "__main__":
    _work()
