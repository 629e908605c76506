"""The options of `fundcalc run` that no other command has, refused before anything is computed."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Optional

import typer

from fundcalc_cli.output import tell
from fundcalc_cli.results import refuse_ending


class Unit(StrEnum):
    """`--unit`: yuan, or ten thousand of them."""

    yuan = "yuan"
    wan = "wan"


class Engine(StrEnum):
    """`--engine`; `auto` decides in columns and on the rules engine, and holds both together."""

    auto = "auto"
    rules = "rules"
    columnar = "columnar"

    @property
    def alone(self) -> Engine | None:
        """The one engine asked for; None where both are held together."""
        return None if self is Engine.auto else self


RunOutputs = Annotated[
    Optional[list[Path]],  # noqa: UP045
    typer.Option(
        "-o",
        "--output",
        help=tell(
            "结果文件 .xlsx .csv .parquet .json，可重复",
            "Results: .xlsx, .csv, .parquet, .json; repeatable",
        ),
    ),
]
UnitOfSheet = Annotated[
    Unit,
    typer.Option(
        "--unit",
        help=tell(
            "签发表的单位：yuan 元，wan 万元",
            "Unit of the sheet to sign: yuan, or wan (10,000)",
        ),
    ),
]
Public = Annotated[
    bool,
    typer.Option(
        "--public",
        help=tell("把 .xlsx 写成公示表", "Make the .xlsx the public notice, for posting"),
    ),
]
Engines = Annotated[Engine, typer.Option("--engine", help=tell("计算引擎", "Engine"))]
NoRecord = Annotated[bool, typer.Option("--no-record", help=tell("不记入台账", "Keep no record"))]
PreparedBy = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--prepared-by", help=tell("制表人", "Who prepares the run")),
]
ReviewedBy = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--reviewed-by", help=tell("复核人", "Who reviews it")),
]
Overrides = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option(
        "--overrides",
        metavar="FILE",
        help=tell(
            "手工调整清单 .csv .xlsx：村、项目、金额、原因代码、理由、文件、批准人",
            "Amounts set by hand, .csv or .xlsx: village, output, amount, code, reason, "
            "document, approver",
        ),
    ),
]
Corrects = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        "--corrects",
        metavar="ID",
        help=tell("更正台账里的哪一次", "The recorded run that this one corrects"),
    ),
]
Reason = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--reason", help=tell("为什么更正", "Why it is corrected")),
]
Differences = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option(
        "--differences",
        metavar="FILE",
        help=tell(
            "更正后应补发、扣回的清单 .csv .json，或签发的表 .xlsx",
            "What to pay or deduct: .csv, .json, or an .xlsx to sign",
        ),
    ),
]


def check_correction(corrects: str | None, reason: str | None, differences: Path | None) -> None:
    """A correction needs its reason, and only a correction has one; refused before anything is computed."""
    from fundcalc import api

    if corrects is not None and not (reason or "").strip():
        raise typer.BadParameter(
            tell("更正要写明理由：加 --reason", "a correction needs its reason: add --reason"),
            param_hint="--corrects",
        )
    if corrects is None and (reason is not None or differences is not None):
        raise typer.BadParameter(
            tell("只用于更正：加 --corrects", "only for a correction: add --corrects"),
            param_hint="--reason" if reason is not None else "--differences",
        )
    if differences is not None:
        refuse_ending(differences, api.DIFFERENCE_WRITERS, "--differences")
