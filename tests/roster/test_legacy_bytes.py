"""An old workbook with records and sectors that do not fit together: a clear no, never a crash."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conftest import ROOT
from tests.roster.conftest import read_roster

from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.policy.model import Fact

OLD = ROOT / "tests" / "rosters" / "good" / "xls_by_libreoffice" / "roster.xls"
BOUNDSHEET, STRINGS, DIMENSIONS, LABEL, FILEPASS = 0x85, 0xFC, 0x200, 0xFD, 0x2F
BOOLERR = 0x205


def at(data: bytes, number: int) -> int:
    """Where the first record of a number stands in the file, its sectors being in order."""
    size = 512
    place = next(p for p in range(size, len(data), size) if data[p : p + 2] == b"\x09\x08")
    while True:
        found, length = struct.unpack_from("<HH", data, place)
        if found == number:
            return place
        place += 4 + length


def patched(data: bytes, place: int, new: bytes) -> bytes:
    return data[:place] + new + data[place + len(new) :]


def codes(data: bytes, facts: Mapping[str, Fact], folder: Path) -> list[str]:
    path = folder / "roster.xls"
    path.write_bytes(data)
    try:
        return [reject.code for reject in read_roster(path, facts).rejects]
    except PolicyProblem as problem:
        return [one.code for one in problem.diagnostics]


@pytest.mark.parametrize(
    ("number", "offset", "new", "code"),
    [
        (BOUNDSHEET, 0, struct.pack("<H", FILEPASS), "FC604"),
        (STRINGS, 8, struct.pack("<I", 2**31), "FC603"),
        (LABEL, 6, struct.pack("<H", 256), "FC603"),
        (LABEL, 6, struct.pack("<H", 250), "FC606"),
        (DIMENSIONS, 8, struct.pack("<I", 65_537), "FC603"),
        (DIMENSIONS, 14, struct.pack("<H", 300), "FC603"),
        (BOUNDSHEET, 4, struct.pack("<I", 2**31), "FC603"),
    ],
)
def test_a_record_that_cannot_be(
    facts: Mapping[str, Fact], tmp_path: Path, number: int, offset: int, new: bytes, code: str
) -> None:
    data = OLD.read_bytes()
    assert codes(data, facts, tmp_path) == []
    assert codes(patched(data, at(data, number) + offset, new), facts, tmp_path) == [code]


@pytest.mark.parametrize(
    ("place", "new"),
    [
        (30, struct.pack("<H", 40)),  # sectors of a terabyte
        (44, struct.pack("<I", 2**31)),  # more tables than the file has sectors
        (48, struct.pack("<I", 10**6)),  # the directory beyond the end
        (60, struct.pack("<I", 10**6)),
        (68, struct.pack("<II", 0, 1)),  # a table of tables that is none
    ],
)
def test_a_head_that_cannot_be(
    facts: Mapping[str, Fact], tmp_path: Path, place: int, new: bytes
) -> None:
    found = codes(patched(OLD.read_bytes(), place, new), facts, tmp_path)
    assert found in ([], ["FC603"])


def test_a_stream_longer_than_the_file(facts: Mapping[str, Fact], tmp_path: Path) -> None:
    data = OLD.read_bytes()
    directory = (struct.unpack_from("<I", data, 48)[0] + 1) * 512
    assert codes(patched(data, directory + 120, b"\xff\xff\xff\x7f"), facts, tmp_path) == ["FC603"]


def test_a_failed_value_that_is_no_formula(facts: Mapping[str, Fact], tmp_path: Path) -> None:
    """The last text of the sheet made into a constant #N/A, as another program would write it."""
    data = OLD.read_bytes()
    place = data.rindex(struct.pack("<HH", LABEL, 10))
    error = struct.pack("<H", BOOLERR) + data[place + 2 : place + 10] + bytes((42, 1))
    path = tmp_path / "roster.xls"
    path.write_bytes(patched(data, place, error))
    (found,) = read_roster(path, facts).rejects
    assert (found.code, found.value) == ("FC626", "#N/A")


def test_sectors_in_a_circle(facts: Mapping[str, Fact], tmp_path: Path) -> None:
    data = OLD.read_bytes()
    table = (struct.unpack_from("<I", data, 76)[0] + 1) * 512
    first = struct.unpack_from("<I", data, 48)[0]
    circle = patched(data, table + 4 * first, struct.pack("<I", first))
    assert codes(circle, facts, tmp_path) == ["FC603"]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_bytes_written_over_it(
    facts: Mapping[str, Fact], tmp_path: Path, data: st.DataObject
) -> None:
    whole = OLD.read_bytes()
    place = data.draw(st.one_of(st.integers(0, 1_600), st.integers(0, len(whole) - 1)))
    new = data.draw(st.binary(min_size=1, max_size=8))
    codes(patched(whole, place, new), facts, tmp_path)
