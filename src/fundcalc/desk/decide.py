"""What pages 1 to 3 settle about reading: entries of the intake found, made and changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from starlette.requests import Request

from fundcalc import api
from fundcalc.desk.page import Form, desk_of, lang_of
from fundcalc.desk.state import Stale

if TYPE_CHECKING:
    from fundcalc.roster.earlier import Carried
    from fundcalc.roster.intake import FileTable, IntakeFile, SheetTable


def text_of(value: str) -> str:
    """A text that a form has as JSON, so that the blanks around it stay. Raises Stale."""
    try:
        found = json.loads(value)
    except ValueError:
        raise Stale from None
    if not isinstance(found, str):
        raise Stale
    return found


def texts_of(value: str, count: int) -> list[str]:
    """So many texts that a form has as JSON. Raises Stale."""
    try:
        found = json.loads(value)
    except ValueError:
        raise Stale from None
    if (
        not isinstance(found, list)
        or len(found) != count
        or not all(isinstance(s, str) for s in found)
    ):
        raise Stale
    return found


def place_of(form: Form) -> tuple[str, str | None]:
    """The file and sheet that a form is about: names as they are, blanks around them too. Raises Stale."""
    return _place(form.text("of"))


def _place(value: str) -> tuple[str, str | None]:
    try:
        path, name = json.loads(value)
    except (ValueError, TypeError):
        raise Stale from None
    if not isinstance(path, str) or not (name is None or isinstance(name, str)):
        raise Stale
    return path, name


def cell_of(form: Form) -> tuple[str, str | None, str]:
    """The file, sheet and cell that a form is about. Raises Stale."""
    try:
        path, name, cell = json.loads(form.text("cell"))
    except (ValueError, TypeError):
        raise Stale from None
    if not isinstance(path, str) or not isinstance(cell, str) or not isinstance(name, str | None):
        raise Stale
    return path, name, cell


def settle_sheets(request: Request, form: Form, change: Callable[[SheetTable], object]) -> None:
    """Change what is settled of each sheet that a form is about. Raises Stale, PolicyProblem and OSError."""
    places = [_place(one) for one in form.texts("of")]

    def settle(intake: IntakeFile) -> None:
        for path, name in places:
            if file_of(intake, path) is None:
                raise Stale
            change(sheet_made(intake, path, name))

    desk_of(request).settle(form.seen, lang_of(request), settle)


def file_of(intake: IntakeFile, path: str) -> FileTable | None:
    """The entry of a file, by its path."""
    return next((one for one in intake.file if one.path == path), None)


def sheet_of(intake: IntakeFile, path: str, name: str | None) -> SheetTable | None:
    """The entry of a sheet; None where there is none, or its file is gone."""
    file = file_of(intake, path)
    if file is None:
        return None
    found = next((one for one in file.sheet if one.name == name), None)
    if found is None and len(file.sheet) == 1 and file.sheet[0].name is None:
        return file.sheet[0]
    return found


def sheet_made(intake: IntakeFile, path: str, name: str | None) -> SheetTable:
    """The entry of a sheet, made where there is none yet. Its file must be there."""
    found = sheet_of(intake, path, name)
    if found is None:
        file = file_of(intake, path)
        assert file is not None
        found = api.SheetTable(name=name)
        file.sheet.append(found)
    found.name = name
    return found


def add_files(intake: IntakeFile, paths: Sequence[str]) -> None:
    """Name files that are not named yet."""
    for path in paths:
        if file_of(intake, path) is None:
            intake.file.append(api.FileTable(path=path))


def put_sheets(intake: IntakeFile, sheets: Sequence[Carried]) -> None:
    """Put entries of sheets in the place of those that are there."""
    for one in sheets:
        file = file_of(intake, one.path)
        if file is not None and one.table is not None:
            file.sheet[:] = [sheet for sheet in file.sheet if sheet.name != one.name] + [one.table]


def remove_file(intake: IntakeFile, path: str) -> None:
    """Name a file no longer, with all that was settled about it."""
    intake.file[:] = [one for one in intake.file if one.path != path]
    intake.correction[:] = [one for one in intake.correction if path_of(one.cell) != path]


def path_of(cell: str) -> str:
    """The file of a corrected cell."""
    return cell.rpartition("!")[0].partition("!")[0]


def rename_file(intake: IntakeFile, path: str, to: str) -> None:
    """Another file in the place of one, with all that was settled about it."""
    intake.file[:] = [one for one in intake.file if one.path != to]
    for one in intake.file:
        if one.path == path:
            one.path, one.sha256 = to, None
    for cell in intake.correction:
        if path_of(cell.cell) == path:
            cell.cell = to + cell.cell[len(path) :]
