"""Every reject once: its code, its cell, and that the village is left out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from fundcalc.roster.model import Reject, Roster

Row = Callable[..., list[object]]
Read = Callable[..., Roster]

ONE = [
    ({"residents": "5万"}, "FC622", "E2"),
    ({"income": "5万"}, "FC622", "F2"),
    ({"income": "170000元"}, "FC622", "F2"),
    ({"income": "5万元/年"}, "FC622", "F2"),
    ({"residents": -1}, "FC623", "E2"),
    ({"income": "-0.01"}, "FC623", "F2"),
    ({"residents": 12.5}, "FC624", "E2"),
    ({"income": 100.005}, "FC624", "F2"),
    ({"income": "100.001"}, "FC624", "F2"),
    ({"residents": 1_000_001}, "FC625", "E2"),
    ({"income": "99999999999999999999999"}, "FC625", "F2"),
    ({"residents": "约一千"}, "FC621", "E2"),
    ({"residents": "nan"}, "FC621", "E2"),
    ({"income": "1,70"}, "FC621", "F2"),
    ({"income": "1.5E+5"}, "FC621", "F2"),
    ({"income": "5²"}, "FC621", "F2"),
    ({"income": "50%"}, "FC621", "F2"),
    ({"income": "—"}, "FC621", "F2"),
    ({"income": "#REF!"}, "FC626", "F2"),
    ({"residents": ""}, "FC620", "E2"),
    ({"name": ""}, "FC620", "B2"),
    ({"county": "  "}, "FC620", "D2"),
    ({"code": "1.40123E+11"}, "FC633", "A2"),
    ({"code": "14012390420"}, "FC634", "A2"),
    ({"code": "1401239042O9"}, "FC634", "A2"),
    ({"name": "村" * 201}, "FC637", "B2"),
    ({"name": "鹰落\x07沟村"}, "FC638", "B2"),
    ({"name": "鹰落\u200b沟村"}, "FC638", "B2"),
]


@pytest.mark.parametrize(("changes", "code", "cell"), ONE)
def test_one_fault_in_a_csv(
    csv_of: Read, header: list[str], village: Row, changes: dict[str, object], code: str, cell: str
) -> None:
    good = village(code="140123904210", name="河北村")
    lines = [header, village(**changes), good]
    roster = csv_of("\n".join(",".join(f'"{c}"' for c in line) for line in lines))
    assert [(r.code, r.cell, r.row, r.severity) for r in roster.rejects] == [
        (code, cell, 2, "error")
    ]
    assert roster.columns["name"] == ["河北村"]
    assert (len(roster), roster.rejected_rows, roster.rows) == (1, 1, [3])


XLSX = [
    ({"residents": datetime(2017, 1, 2)}, "FC627", "E2"),
    ({"residents": True}, "FC627", "E2"),
    ({"name": datetime(2017, 1, 2)}, "FC627", "B2"),
    ({"income": ("=1/0", "#DIV/0!")}, "FC626", "F2"),
    ({"existing": ("=A99", "#REF!")}, "FC626", "G2"),
    ({"existing": ("=1+1", "")}, "FC626", "G2"),
    ({"code": 140123904209.5}, "FC639", "A2"),
    ({"code": 14012390420}, "FC634", "A2"),
    ({"residents": 12.5}, "FC624", "E2"),
]


@pytest.mark.parametrize(("changes", "code", "cell"), XLSX)
def test_one_fault_in_a_workbook(
    xlsx_of: Read, header: list[str], village: Row, changes: dict[str, object], code: str, cell: str
) -> None:
    good = village(code="140123904210", name="河北村")
    roster = xlsx_of([header, village(**changes), good])
    assert [(r.code, r.cell) for r in roster.rejects] == [(code, cell)]
    assert roster.rejects[0].sheet == "名册"
    assert len(roster) == 1


def test_yes_or_no_word(xlsx_of: Read, header: list[str], village: Row) -> None:
    rows = [[*header, "贫困村"], [*village(), "大概"]]
    (reject,) = xlsx_of(rows).rejects
    assert (reject.code, reject.cell, reject.value, reject.column) == (
        "FC630", "I2", "大概", "贫困村",
    )  # fmt: skip


def test_a_reject_says_all(csv_of: Read, header: list[str], village: Row) -> None:
    text = "\n".join(",".join(map(str, line)) for line in [header, village(income="5.3万")])
    (reject,) = csv_of(text).rejects
    assert reject.file == "roster.csv"
    assert reject.sheet is None
    assert (reject.village, reject.column, reject.value) == ("鹰落沟村", "集体经济收入", "5.3万")
    assert "53000" in reject.mend.zh
    assert "53000" in reject.mend.en


def _codes(rejects: list[Reject]) -> list[tuple[str, str | None]]:
    return [(r.code, r.cell) for r in rejects]


def test_a_code_written_twice_rejects_both(xlsx_of: Read, header: list[str], village: Row) -> None:
    rows = [header, village(), village(name="河北村", code="140123904210"), village(name="坪里村")]
    roster = xlsx_of(rows)
    assert _codes(roster.rejects) == [("FC635", "A2"), ("FC635", "A4")]
    assert "4" in roster.rejects[0].why.en
    assert roster.columns["name"] == ["河北村"]


def test_without_codes_the_name_must_be_unique(
    xlsx_of: Read, header: list[str], village: Row
) -> None:
    rows = [header, village(code=""), village(code=""), village(code="", town="庙湾乡")]
    roster = xlsx_of(rows)
    assert _codes(roster.rejects) == [("FC636", "B2"), ("FC636", "B3")]
    assert roster.columns["town"] == ["庙湾乡"]


def test_same_name_with_codes_is_a_doubt(xlsx_of: Read, header: list[str], village: Row) -> None:
    roster = xlsx_of([header, village(), village(code="140123904210", town="庙湾乡")])
    assert [(r.code, r.cell, r.severity) for r in roster.rejects] == [("FC643", "B3", "warning")]
    assert len(roster) == 2
    assert roster.rejected_rows == 0


def test_private_use_character_is_a_doubt(xlsx_of: Read, header: list[str], village: Row) -> None:
    roster = xlsx_of([header, village(name="\ue123沟村")])
    assert [(r.code, r.cell, r.severity) for r in roster.rejects] == [("FC642", "B2", "warning")]
    assert roster.columns["name"] == ["\ue123沟村"]


def test_all_faults_come_in_one_pass(xlsx_of: Read, header: list[str], village: Row) -> None:
    rows = [header, village(residents="x", cadres=-1), village(code="1", income="")]
    assert _codes(xlsx_of(rows).rejects) == [
        ("FC621", "E2"), ("FC623", "H2"), ("FC634", "A3"), ("FC620", "F3"),
    ]  # fmt: skip


def test_figures_in_merged_cells_are_refused(
    xlsx_of: Read, header: list[str], village: Row
) -> None:
    rows = [header, village(), village(code="140123904210", name="河北村", residents="")]
    roster = xlsx_of(rows, merge=[(1, 4, 2, 4, "1200")])
    assert _codes(roster.rejects) == [("FC628", "E2"), ("FC628", "E3")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("鹰落沟村", "鹰落沟村委会"),
        ("鹰落沟村", "鹰落沟"),
        ("鹰落沟村", "鹰落沟村民委员会"),
        ("鹰落沟村", "鹰 落沟村"),
        ("鹰落沟", "鹰落沟村委会"),
        ("鹰落沟村", "鹰落沟村村委会"),
        ("鹰落沟村", "鹰落沟村村民委员会"),
        ("鹰落沟村", "鹰落沟行政村"),
    ],
)
def test_a_village_twice_under_two_names(
    csv_of: Read, header: list[str], village: Row, one: str, other: str
) -> None:
    """Without codes the name, county and town are all that tells villages apart."""
    rows = [header, village(code="", name=one), village(code="", name=other)]
    roster = csv_of("\n".join(",".join(map(str, row)) for row in rows))
    assert _codes(roster.rejects) == [("FC636", "B2"), ("FC636", "B3")]
