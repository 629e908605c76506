"""Spark as the database: on this machine quiet, without a web page and on the loopback only."""

from __future__ import annotations

import logging
import os
import re
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.engines.sql.database import (
    SPARK,
    DatabaseError,
    Format,
    whole,
)  # fmt: skip

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_ALWAYS = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.broadcastTimeout": "86400",  # of a table of groups, for which all villages are counted
}
_HERE = {
    "spark.ui.enabled": "false",
    "spark.sql.maxPlanStringLength": "0",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.memory": "2g",
}
_PARTITIONS = 4
"""Partitions of a shuffle for each core of this machine."""

_WORD = re.compile(r"\w+")
_LAST = re.compile(r"\bFROM (\w+)$")
_DEEP = 16
"""Queries that stand within each other at most: the parser goes as deep."""


class Spark:
    """A Spark session. Rows have no number; villages stand in the order of their codes."""

    dialect = SPARK
    numbered = False

    def __init__(self, session: SparkSession, *, stop: bool = True) -> None:
        """`stop` ends the session with this object. Raises DatabaseError where ANSI mode is off."""
        self._spark = session
        self._stop = stop
        self._named: dict[str, str] = {}
        self._views: dict[str, Callable[[], object]] = {}
        self._folder = tempfile.TemporaryDirectory(prefix="fundcalc-spark-")
        self._here = str(session.sparkContext.master).startswith("local")
        self._assert_ansi()

    def _assert_ansi(self) -> None:
        """Overflow must be an error; older versions wrap unless they are told not to."""
        self._spark.conf.set("spark.sql.ansi.enabled", "true")
        try:
            self.rows("SELECT 9223372036854775807 + CAST(1 AS BIGINT)")
        except DatabaseError:
            return
        raise DatabaseError("this Spark does not stop at an overflow (ANSI mode)")

    def read(self, name: str, files: Sequence[Path]) -> None:
        """A view of parquet files."""
        with _as_database_error():
            self._view(name, self._spark.read.parquet(*(file.resolve().as_uri() for file in files)))

    def table(self, name: str, query: str, *, keep: bool) -> None:
        """A named query; `keep` works it out once: into a file, or on a cluster into memory and disk.

        What is not kept is put before the queries that read it, which is analysed faster than views are.
        """
        self._named.pop(name, None)
        if not keep:
            self._named[name] = query  # after those that it reads
            return
        with _as_database_error():
            frame = self._query(query)
            if self._here:  # a file cuts the plan short, and of a file only what is used is read
                file = tempfile.mkdtemp(prefix=name, dir=self._folder.name)
                frame.write.parquet(file, mode="overwrite")
                remove = partial(shutil.rmtree, file, ignore_errors=True)
                self._view(name, self._spark.read.parquet(file), remove)
            else:
                self._view(name, frame.persist(), frame.unpersist)

    def _view(
        self, name: str, frame: DataFrame, let_go: Callable[[], object] = lambda: None
    ) -> None:
        frame.createOrReplaceTempView(name)
        self._views[name] = let_go

    def _query(self, query: str) -> DataFrame:
        """A query with the named ones that it reads before it."""
        needed: set[str] = set()
        waiting = [query]
        while waiting:
            used = set(_WORD.findall(waiting.pop())) & self._named.keys() - needed
            needed |= used
            waiting += [self._named[name] for name in used]
        parts = [f"{name} AS ({text})" for name, text in self._folded(query, needed).items()]
        return self._spark.sql(f"WITH {', '.join(parts)} {query}" if parts else query)

    def _folded(self, query: str, needed: Container[str]) -> dict[str, str]:
        """The named queries that are needed; one that only the next reads stands within it.

        Each that Spark has to put in for its name is looked through again with all that is before it.
        """
        named = {name: text for name, text in self._named.items() if name in needed}
        uses = Counter(word for text in (*named.values(), query) for word in _WORD.findall(text))
        folded, deep = dict[str, str](), dict[str, int]()
        for name, text in named.items():
            last = _LAST.search(text)
            inner = last[1] if last is not None else ""
            if inner in folded and uses[inner] == 1 and deep.get(inner, 0) < _DEEP:
                folded[name] = f"{text[: -len(inner)]}({folded.pop(inner)}) AS {inner}"
                deep[name] = deep.get(inner, 0) + 1
            else:
                folded[name] = text
        return folded

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with _as_database_error():
            return whole([tuple(row) for row in self._query(query).collect()])

    def drop(self, names: Iterable[str]) -> None:
        """Let go of these tables, and of their files."""
        for name in names:
            if self._named.pop(name, None) is None:
                self._spark.catalog.dropTempView(name)
                self._views.pop(name)()

    def save(self, query: str, path: Path, how: Format) -> None:
        """A folder of parts."""
        with _as_database_error():
            writer, target = self._query(query).write, path.resolve().as_uri()
            if how == "parquet":
                writer.parquet(target, compression="zstd")
            else:
                writer.csv(target, header=True, escape='"', emptyValue="")

    def gather(self, saved: Sequence[Path], path: Path) -> None:
        """One folder of the parts of several; the checksums beside the parts bear their names, and go."""
        path.mkdir()
        for number, folder in enumerate(saved):
            for file in sorted(folder.glob("part-*")):
                file.replace(path / f"part-{number:05d}-{file.name.removeprefix('part-')}")
        (path / "_SUCCESS").touch()

    def forget(self) -> None:
        """Let go of all tables."""
        self.drop([*self._named, *self._views])

    def close(self) -> None:
        """Let go of all tables; stop Spark."""
        self.forget()
        if self._stop:
            self._spark.stop()
        self._folder.cleanup()


@contextmanager
def _as_database_error() -> Iterator[None]:
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError) as problem:
        raise DatabaseError(str(problem)) from None


def open_spark(master: str | None) -> Spark:
    """A Spark for one run; `master` is its URL, default all cores here.

    Raises DatabaseError, and PolicyProblem where it cannot start.
    """
    return Spark(start(master or "local[*]"))


def missing() -> PolicyProblem | None:
    """Why Spark cannot start here; None where pyspark and Java are there."""
    try:
        import pyspark  # noqa: F401
    except ImportError:
        return PolicyProblem([say("FC863", package="pyspark", extra="spark")])
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if java is None or shutil.which(java) is None:
        return PolicyProblem([say("FC864", detail="java")])
    return None


def start(master: str, further: Mapping[str, str] | None = None) -> SparkSession:
    """A session with `further` settings.

    On this machine it is quiet; a cluster has its own settings, its plans and its web page. What Spark's own
    PYSPARK_SUBMIT_ARGS say goes before both. Raises PolicyProblem where Spark or Java is missing or does
    not start.
    """
    problem = missing()
    if problem is not None:
        raise problem
    from pyspark import SparkConf, SparkContext
    from pyspark.errors import PySparkException
    from pyspark.java_gateway import launch_gateway
    from pyspark.sql import SparkSession

    launch: Callable[..., Any] = launch_gateway
    logging.getLogger("SQLQueryContextLogger").disabled = True
    here = master.startswith("local")
    settings = {**_ALWAYS, **(_HERE if here else {})}
    if here:
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        settings["spark.sql.shuffle.partitions"] = str(_PARTITIONS * (os.cpu_count() or 1))
    settings.update(further or {})
    conf = SparkConf().setMaster(master).setAppName("fundcalc")
    launched = SparkConf().setAll([*conf.getAll(), *settings.items()])
    conf.setAll(list(_ALWAYS.items()))
    with tempfile.TemporaryFile() as output:
        try:
            gateway = launch(launched, {"stderr": output, "stdout": subprocess.DEVNULL})
            context = SparkContext(gateway=gateway, conf=conf)
            context.setLogLevel("OFF")
            return SparkSession(context)
        except (PySparkException, OSError, RuntimeError) as failed:
            output.seek(0)
            lines = output.read().decode(errors="replace").strip().splitlines()
            text = lines[-1][:200] if lines else str(failed)
            raise PolicyProblem([say("FC864", detail=text)]) from None
