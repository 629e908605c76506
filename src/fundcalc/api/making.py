"""The papers of a run as files: which are wanted and how they look, and all of them made in one folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, assert_never, get_args
from zipfile import ZIP_DEFLATED, ZipFile

from fundcalc.api.computing import Progress, RecordedRun, Run
from fundcalc.api.keeping import write_reviewed
from fundcalc.api.reporting import letters, letters_in_one, report_html, write, write_differences
from fundcalc.base.catalogue import words
from fundcalc.base.files import write_bytes
from fundcalc.base.words import Lang, Words
from fundcalc.reports.settings import LetterSettings, SheetSettings

PaperKind = Literal["sign", "notice", "letters", "report", "table", "due"]
PAPER_KINDS: tuple[PaperKind, ...] = get_args(PaperKind)
"""What a run can be made into; `due` is of a correction alone, and always made of one."""

OF_RECORDED: tuple[PaperKind, ...] = ("letters", "report")
"""These name the run on their pages, so it is recorded first."""

_STEPS = 20
"""What one paper counts for in the progress, where a letter counts for one."""


@dataclass(frozen=True, slots=True)
class PaperChoice:
    """Which papers are wanted and how they look; "" is the policy's own, or a blank on the letter."""

    kinds: tuple[PaperKind, ...] = ("sign",)
    unit: Literal["yuan", "wan"] = "yuan"
    paper: Literal["a4", "a3"] = "a4"
    by_county: bool = False
    issuer: str = ""
    document_no: str = ""
    one_file: bool = True
    short: bool = False
    contact: str = ""
    until: str = ""

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> PaperChoice:
        """The choice that some data have; what is not understood is left as it is by default."""
        plain, found = cls(), dict[str, Any]()
        choices = {"unit": ("yuan", "wan"), "paper": ("a4", "a3")}
        for one in fields(cls):
            value, default = data.get(one.name), getattr(plain, one.name)
            if type(value) is type(default) and value in choices.get(one.name, (value,)):
                found[one.name] = value
        kinds = data.get("kinds", plain.kinds)
        found["kinds"] = tuple(k for k in PAPER_KINDS if isinstance(kinds, Sequence) and k in kinds)
        return cls(**found)

    def sheet(self, prepared_by: str = "") -> SheetSettings:
        """How the sheets to sign look."""
        return SheetSettings(
            self.unit, self.paper, self.by_county, issuer=self.issuer or None,
            document_no=self.document_no or None, prepared_by=prepared_by or None,
        )  # fmt: skip

    @property
    def letter(self) -> LetterSettings:
        """How letters look."""
        given = (self.issuer, self.document_no, self.contact, self.until)
        return LetterSettings(self.short, *(text or None for text in given))


@dataclass
class Papers:
    """Papers in a folder that goes when nobody has them any more; with several, `whole` is a .zip of all."""

    files: list[tuple[PaperKind, Path]] = field(default_factory=list)
    whole: Path | None = None
    _folder: TemporaryDirectory[str] = field(
        default_factory=lambda: TemporaryDirectory(prefix="fundcalc-", ignore_cleanup_errors=True)
    )

    @property
    def folder(self) -> Path:
        """Where they are."""
        return Path(self._folder.name)


def kinds_of(run: Run, choice: PaperChoice) -> list[PaperKind]:
    """What is made of a run: without a record nothing that names it, of a correction its differences."""
    recorded, corrects = run.receipt is not None, run.correction is not None
    return [
        kind for kind in PAPER_KINDS
        if (corrects if kind == "due" else kind in choice.kinds)
        and (recorded or kind not in OF_RECORDED)
    ]  # fmt: skip


def make_papers(
    run: Run, choice: PaperChoice, lang: Lang, prepared_by: str = "",
    progress: Progress | None = None,
) -> Papers:  # fmt: skip
    """Make the papers of a run; a recorded one is written as it was recorded.

    `progress` may raise to stop it; nothing is left then. Raises PolicyProblem, OSError.
    """
    made, tell = Papers(), progress or _nobody
    for kind in kinds_of(run, choice):
        path = made.folder / _name(run, lang, *_called(kind, choice))
        match kind:
            case "sign" | "notice" | "due":
                write_book(run, choice, kind, path, lang, prepared_by)
            case "table":
                write(run, path, lang)
            case "report":
                write_bytes(path, report_html(run, lang))
            case "letters":
                _letters(run, choice, path, lang, tell)
            case _:
                assert_never(kind)
        made.files.append((kind, path))
        tell(_STEPS)
    if len(made.files) > 1:
        made.whole = made.folder / _name(run, lang, words("papers.file_all"), ".zip")
        zip_files(made.whole, [path for _, path in made.files], made.folder, tell)
    return made


def steps_of(run: Run, choice: PaperChoice) -> int:
    """What the progress counts up to."""
    kinds = kinds_of(run, choice)
    return _STEPS * len(kinds) + ("letters" in kinds) * len(run.result.rows)


def write_book(
    run: Run, choice: PaperChoice, kind: Literal["sign", "notice", "due"], path: Path, lang: Lang,
    prepared_by: str = "",
) -> None:  # fmt: skip
    """Write a workbook of a run. Raises PolicyProblem, OSError."""
    recorded = run if isinstance(run, RecordedRun) else None
    asked = choice.sheet(prepared_by) if recorded is None else None
    if kind == "due":
        write_differences(run, path, lang, asked)
    elif kind == "notice":
        plain = asked or SheetSettings.of_data(recorded.entry.data.get("sheet") if recorded else {})
        write(run, path, lang, replace(plain, public=True))
    elif recorded and recorded.review and recorded.review.decision == "approved":
        write_reviewed(recorded, path, lang)
    else:
        write(run, path, lang, asked)


def zip_files(
    path: Path, files: Sequence[Path], root: Path, progress: Callable[[int], object]
) -> None:
    """Files in one .zip, by their names below `root`."""
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for one in files:
            progress(0)
            archive.write(one, one.relative_to(root).as_posix())


def _letters(run: Run, choice: PaperChoice, path: Path, lang: Lang, progress: Progress) -> None:
    """All letters in one file, or each in its own within a .zip."""
    everyone = range(len(run.result.rows))
    if choice.one_file:
        write_bytes(path, letters_in_one(run, everyone, lang, choice.letter, progress))
        return
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, content in letters(run, everyone, lang, choice.letter):
            archive.writestr(name, content)
            progress(1)


def _nobody(_: int) -> None:
    """Nobody asks how far it is."""


def _called(kind: PaperKind, choice: PaperChoice) -> tuple[Words, str]:
    """What a paper's file is called, and its ending."""
    match kind:
        case "sign":
            return words("papers.file_sign"), ".xlsx"
        case "notice":
            return words("papers.file_notice"), ".xlsx"
        case "letters":
            return words("papers.file_letters"), ".pdf" if choice.one_file else ".zip"
        case "report":
            return words("papers.file_report"), ".html"
        case "table":
            return words("papers.file_table"), ".csv"
        case "due":
            return words("papers.file_due"), ".xlsx"
        case _:
            assert_never(kind)


def _name(run: Run, lang: Lang, called: Words, ending: str) -> str:
    which = run.receipt[0] if run.receipt else words("papers.without_record").say(lang)
    return f"{called.say(lang)}-{which}{ending}"
