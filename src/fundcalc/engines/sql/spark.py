"""Spark as the database: quiet, without a web page, on the loopback where it runs on this machine."""

from __future__ import annotations

import logging
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.engines.sql.database import (
    SPARK,
    DatabaseError,
    Format,
    csv_from,
    gathered,
    replaced,
    whole,
)  # fmt: skip

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_SETTINGS = {
    "spark.sql.ansi.enabled": "true",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.maxPlanStringLength": "0",
}
_HERE = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.memory": "2g",
}
_PARTITIONS = 4
"""Partitions of a shuffle for each core of this machine."""

_WORD = re.compile(r"\w+")


class Spark:
    """A Spark session. Rows have no number; villages stand in the order of their codes."""

    dialect = SPARK
    numbered = False

    def __init__(self, session: SparkSession, *, stop: bool = True) -> None:
        """`stop` ends the session with this object. Raises DatabaseError where ANSI mode is off."""
        self._spark = session
        self._stop = stop
        self._kept: dict[str, DataFrame] = {}
        self._files: dict[str, str] = {}
        self._named: dict[str, str] = {}
        self._views: list[str] = []
        self._folder = tempfile.TemporaryDirectory(prefix="fundcalc-spark-")
        self._here = str(session.sparkContext.master).startswith("local")
        self._assert_ansi()

    def _assert_ansi(self) -> None:
        """Overflow must be an error; older versions wrap unless they are told not to."""
        self._spark.conf.set("spark.sql.ansi.enabled", "true")
        try:
            self._spark.sql("SELECT 9223372036854775807 + CAST(1 AS BIGINT)").collect()
        except _errors():
            return
        raise DatabaseError("this Spark does not stop at an overflow (ANSI mode)")

    def read(self, name: str, files: Sequence[Path]) -> None:
        """A view of parquet files."""
        try:
            frame = self._spark.read.parquet(*(file.resolve().as_uri() for file in files))
            frame.createOrReplaceTempView(name)
            self._views.append(name)
        except _errors() as problem:
            raise DatabaseError(str(problem)) from None

    def table(self, name: str, query: str, *, keep: bool) -> None:
        """A named query; `keep` works it out once: into a file, or on a cluster into memory and disk.

        What is not kept is put before the queries that read it, which is analysed faster than views are.
        """
        self._named.pop(name, None)
        if not keep:
            self._named[name] = query  # after those that it reads
            return
        try:
            frame = self._spark.sql(self._whole(query))
            if self._here:  # a file cuts the plan short, and of a file only what is used is read
                file = tempfile.mkdtemp(prefix=name, dir=self._folder.name)
                self._files[name] = file
                frame.write.parquet(file, mode="overwrite")
                frame = self._spark.read.parquet(file)
            else:
                self._kept[name] = frame = frame.persist()
            frame.createOrReplaceTempView(name)
            self._views.append(name)
        except _errors() as problem:
            raise DatabaseError(str(problem)) from None

    def _whole(self, query: str) -> str:
        """A query with the named ones that it reads before it."""
        wanted: dict[str, str] = {}
        waiting = [query]
        while waiting:
            used = set(_WORD.findall(waiting.pop()))
            for name in used & self._named.keys() - wanted.keys():
                wanted[name] = self._named[name]
                waiting.append(self._named[name])
        parts = [f"{name} AS ({text})" for name, text in self._named.items() if name in wanted]
        return f"WITH {', '.join(parts)} {query}" if parts else query

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        try:
            return whole([tuple(row) for row in self._spark.sql(self._whole(query)).collect()])
        except _errors() as problem:
            raise DatabaseError(str(problem)) from None

    def drop(self, names: Iterable[str]) -> None:
        """Let go of these tables, and of their files."""
        for name in names:
            if self._named.pop(name, None) is not None:
                continue
            self._spark.catalog.dropTempView(name)
            self._views.remove(name)
            if name in self._kept:
                self._kept.pop(name).unpersist()
            if name in self._files:
                shutil.rmtree(self._files.pop(name), ignore_errors=True)

    def write(self, queries: Iterable[str], path: Path, how: Format) -> None:
        """A folder of parquet parts, or one CSV."""
        with replaced(path) as part:
            folders: list[Path] = []
            for query in queries:
                folders.append(part.with_name(f"{len(folders)}.parts"))
                self._save(query, folders[-1], how)
            if how == "csv":
                csv_from([file for one in folders for file in sorted(one.glob("part-*"))], part)
            else:
                gathered(folders, part)

    def _save(self, query: str, folder: Path, how: Format) -> None:
        try:
            writer = self._spark.sql(self._whole(query)).write
            if how == "parquet":
                writer.parquet(folder.resolve().as_uri(), compression="zstd")
            else:
                writer.csv(folder.resolve().as_uri(), header=True, escape='"', emptyValue="")
        except _errors() as problem:
            raise DatabaseError(str(problem)) from None

    def forget(self) -> None:
        """Let go of all tables."""
        for frame in self._kept.values():
            frame.unpersist()
        for view in self._views:
            self._spark.catalog.dropTempView(view)
        for file in Path(self._folder.name).glob("*"):
            shutil.rmtree(file, ignore_errors=True)
        self._kept.clear()
        self._files.clear()
        self._views.clear()
        self._named.clear()

    def close(self) -> None:
        """Let go of all tables; stop Spark."""
        self.forget()
        if self._stop:
            self._spark.stop()
        self._folder.cleanup()


def _errors() -> tuple[type[Exception], ...]:
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    return (PySparkException, Py4JError)


def open_spark(master: str | None) -> Spark:
    """A Spark for one run; `master` is its URL, default all cores here. Raises PolicyProblem."""
    try:
        return Spark(start(master or "local[*]"))
    except DatabaseError as problem:
        raise PolicyProblem([say("FC862", database="spark", text=str(problem))]) from None


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
    """A quiet session with `further` settings.

    Raises PolicyProblem where Spark or Java is missing or does not start.
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
    settings = {**_SETTINGS, **(_HERE if here else {})}
    if here:
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        settings["spark.sql.shuffle.partitions"] = str(_PARTITIONS * (os.cpu_count() or 1))
    settings.update(further or {})
    conf = SparkConf().setMaster(master).setAppName("fundcalc").setAll(list(settings.items()))
    with tempfile.TemporaryFile() as said:
        try:
            gateway = launch(conf, {"stderr": said, "stdout": subprocess.DEVNULL})
            context = SparkContext(gateway=gateway, conf=conf)
            context.setLogLevel("OFF")
            return SparkSession(context)
        except (PySparkException, OSError, RuntimeError) as failed:
            said.seek(0)
            told = said.read().decode(errors="replace").strip().splitlines()
            text = told[-1][:200] if told else str(failed)
            raise PolicyProblem([say("FC864", detail=text)]) from None
