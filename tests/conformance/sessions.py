"""One Spark session for all tests of a process."""

from __future__ import annotations

import atexit
from functools import cache

from fundcalc.engines.sql import spark
from fundcalc.engines.sql.spark import Spark

SMALL = {
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",  # code for a dozen rows takes longer than the rows
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
}


@cache
def session() -> Spark:
    found = Spark(spark.start("local[2]", SMALL))
    atexit.register(found.close)
    return found
