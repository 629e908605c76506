"""What is said of a workbook that cannot show everything as a formula: one function a warning."""

from __future__ import annotations

from fundcalc.base.diagnostics import Diagnostic, Span, error
from fundcalc.base.words import Words
from fundcalc.engines.formulas.cells import TOO_MANY_DIGITS


def no_formula(span: Span, output: str, why: Words) -> Diagnostic:
    """An output of which only the results are stored."""
    return Diagnostic(
        "FC850",
        "warning",
        Words(f"工作簿中 `{output}` 没有公式：{why.zh}", f"no formula for `{output}`: {why.en}"),
        (span,),
        Words(
            "结果本身是准确的；要公式，请把金额的范围写小",
            "the results themselves are exact; smaller numbers can be formulas",
        )
        if why == TOO_MANY_DIGITS
        else Words("结果本身是准确的", "the results themselves are exact"),
    )


def too_many_villages(villages: int, most: int) -> Diagnostic:
    """More villages than a spreadsheet recalculates in good time."""
    return Diagnostic(
        "FC851",
        "warning",
        Words(
            f"名册有 {villages:,} 个村，超过 {most:,} 个时工作簿只存结果，不设公式",
            f"{villages:,} villages: above {most:,} the workbook has the results without live formulas",
        ),
        (),
        Words(
            "要核对公式，请按县分开计算；结果本身不受影响",
            "to check by formula, run the counties one by one; the results are the same",
        ),
    )


def no_reasons(villages: int, most: int) -> Diagnostic:
    """More villages than reasons are written out for."""
    return Diagnostic(
        "FC852",
        "warning",
        Words(
            f"名册有 {villages:,} 个村，超过 {most:,} 个时“规则”表只列规则，不写理由",
            f"{villages:,} villages: above {most:,} the sheet of rules names them without reasons",
        ),
        (),
        Words("某个村的理由用 fundcalc explain 看", "fundcalc explain gives a village's reasons"),
    )


def too_many_digits(number: str, most: int) -> Diagnostic:
    """A number that a cell would show with other digits."""
    return error(
        "FC854",
        None,
        Words(
            f"{number} 写不进 .xlsx：表格软件只保留 {most} 位有效数字，写进去会变成别的数",
            f"{number} does not fit into an .xlsx: of its digits a spreadsheet keeps {most}",
        ),
        Words(
            "改写 .csv、.parquet 或 .json，数字分毫不差；先核对单位是否正确",
            "write .csv, .parquet or .json, which are exact; and see whether the unit is right",
        ),
    )


def too_many_rows(villages: int, most: int) -> Diagnostic:
    """More rows than a sheet holds."""
    return error(
        "FC853",
        None,
        Words(
            f"{villages:,} 个村写不进 .xlsx：一张工作表最多 {most:,} 行",
            f"{villages:,} villages do not fit into an .xlsx: a sheet holds {most:,} rows",
        ),
        Words("改写 .csv 或 .parquet", "write .csv or .parquet"),
    )
