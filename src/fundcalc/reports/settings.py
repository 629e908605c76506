"""How papers are to look, as a command or a record asks for it, and what of a policy stands on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, fields, replace
from typing import Any, Literal, assert_never, get_args

from fundcalc.base import dataclass
from fundcalc.language.datatypes import Number
from fundcalc.language.nodes import names
from fundcalc.policy.model import Fact, Output, Programme
from fundcalc.policy.plan import Plan

Unit = Literal["yuan", "wan"]
"""Yuan, or ten thousand of them."""

PaperSize = Literal["a4", "a3"]
PAPER_NUMBERS: dict[PaperSize, int] = {"a4": 9, "a3": 8}
"""The number that a workbook has for each size of paper."""


@dataclass(frozen=True, slots=True)
class SheetSettings:
    """The sheets to sign, or with `public` the notice to post.

    `issuer` and `document_no` stand in the head, the policy's own `[papers]` where these are None; names and
    the day of the review stand where people sign. `carried` has what is carried over from before, in
    fen by position in the roster: it stands next to the amounts and is in no total.
    """

    unit: Unit = "yuan"
    paper: PaperSize = "a4"
    by_county: bool = False
    public: bool = False
    issuer: str | None = None
    document_no: str | None = None
    prepared_by: str | None = None
    reviewed_by: str | None = None
    reviewed_at: str | None = None
    carried: Mapping[int, int] | None = None

    def as_data(self) -> dict[str, Any]:
        """What a record keeps of it: all that is not as by default, without `carried`."""
        plain = SheetSettings()
        return {
            name: value
            for name, value in asdict(self).items()
            if name != "carried" and value != getattr(plain, name)
        }

    @classmethod
    def of_data(cls, data: Mapping[str, Any] | None) -> SheetSettings:
        """The settings that `as_data` kept; what is not known here is left out."""
        known = {setting.name for setting in fields(cls)} - {"carried"}
        return cls(**{name: value for name, value in (data or {}).items() if name in known})


@dataclass(frozen=True, slots=True)
class LetterSettings:
    """How letters are to look: `short` without the annex; who issues them, whom to ask, until when to object.

    Where they are None, `issuer` and `document_no` are those of the recorded run's sheet, else the policy's
    own; for the others there are blanks.
    """

    short: bool = False
    issuer: str | None = None
    document_no: str | None = None
    contact: str | None = None
    until: str | None = None

    def beside(self, sheet: SheetSettings) -> LetterSettings:
        """With what the sheet says of both where the letters are to say nothing else."""
        issuer, number = self.issuer or sheet.issuer, self.document_no or sheet.document_no
        return replace(self, issuer=issuer, document_no=number)


PaperKind = Literal["sign", "notice", "letters", "report", "table", "due"]
PAPER_KINDS: tuple[PaperKind, ...] = get_args(PaperKind)
"""What a run can be made into; `due` is of a correction alone, and always made of one."""

OF_RECORDED: tuple[PaperKind, ...] = ("letters", "report")
"""These name the run on their pages, so it is recorded first."""

RUN_WRITES: dict[PaperKind, str] = {
    "sign": "-o", "notice": "-o", "table": "-o", "due": "--differences",
}  # fmt: skip
"""The option of `run` that writes a paper."""


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
        plain, values = cls(), dict[str, Any]()
        choices = {"unit": ("yuan", "wan"), "paper": ("a4", "a3")}
        for setting in fields(cls):
            value, default = data.get(setting.name), getattr(plain, setting.name)
            if type(value) is type(default) and value in choices.get(setting.name, (value,)):
                values[setting.name] = value
        kinds = data.get("kinds", plain.kinds)
        values["kinds"] = tuple(
            k for k in PAPER_KINDS if isinstance(kinds, Sequence) and k in kinds
        )
        return cls(**values)

    def sheet(self, prepared_by: str = "") -> SheetSettings:
        """How the sheets to sign look."""
        return SheetSettings(
            self.unit, self.paper, self.by_county, issuer=self.issuer or None,
            document_no=self.document_no or None, prepared_by=prepared_by or None,
        )  # fmt: skip

    @property
    def letter(self) -> LetterSettings:
        """How letters look."""
        texts = (self.issuer, self.document_no, self.contact, self.until)
        return LetterSettings(self.short, *(text or None for text in texts))

    def asked(self, files: Mapping[PaperKind, str]) -> list[str]:
        """The options with which `run` writes papers to these files, as far as it writes them."""
        differing = {
            "--unit": self.unit.removeprefix("yuan"), "--paper": self.paper.removeprefix("a4"),
            "--by": "county" * self.by_county, "--issuer": self.issuer,
            "--document-no": self.document_no,
        }  # fmt: skip
        look = options_of(differing) if files.keys() - {"table", *OF_RECORDED} else []
        written = (
            part for kind in RUN_WRITES if kind in files for part in (RUN_WRITES[kind], files[kind])
        )
        return [*["--public"] * ("notice" in files), *look, *written]

    def of_record(self, kind: PaperKind, run_id: str, file: str, *, public: bool) -> list[str]:
        """The command that writes a paper of a kind of a recorded run; `public` is how that was recorded."""
        shown = ["runs", "show", run_id]
        match kind:
            case "sign":
                return [*shown, *["--no-public"] * public, "-o", file]
            case "notice":
                return [*shown, *["--public"] * (not public), "-o", file]
            case "due":
                return [*shown, "--differences", file]
            case "table":
                return [*shown, "-o", file]
            case "report":
                return ["report", run_id, "-o", file]
            case "letters":
                ticks = ["--one-file"] * self.one_file + ["--short"] * self.short
                sent = {
                    "--issuer": self.issuer, "--document-no": self.document_no,
                    "--contact": self.contact, "--until": self.until,
                }  # fmt: skip
                return ["letter", run_id, *ticks, *options_of(sent)]
            case _:
                assert_never(kind)


def options_of(values: Mapping[str, str]) -> list[str]:
    """Those options of a command that have a value, each with it."""
    return [part for name, value in values.items() if value for part in (name, value)]


def on_paper(plan: Plan, *, public: bool) -> Iterator[tuple[Programme, list[Fact], list[Output]]]:
    """What stands on the sheets: by programme the outputs, and the numbers of the roster they rest on.

    A fact stands with the first programme that reads it. What is decided once for a group stands on the
    summary alone, the facts it rests on here. Whatever somebody pays stands on the sheet to
    sign, whether or not the policy leaves the output out. The notice has nothing but public outputs.
    """
    policy, already_read = plan.policy, set[str]()
    for programme in policy.listed_programmes:
        outputs = [
            output
            for output in programme.outputs
            if (output.public if public else output.paper or output.payer is not None)
        ]
        if not outputs or (public and programme.per):
            continue
        read = (
            [] if public else [id_ for id_ in _read(plan, programme.id) if id_ not in already_read]
        )
        already_read.update(read)
        yield (
            programme,
            [policy.facts[id_] for id_ in policy.facts if id_ in read],
            [output for output in outputs if not output.per],
        )


def _read(plan: Plan, id_: str) -> set[str]:
    """The numbers of the roster that a programme's outputs rest on, through other programmes too."""
    policy, programme = plan.policy, plan.programme(id_)
    owner = {output.id: p.id for p in policy.programmes for output in p.outputs}
    nodes = [rule.when for rule in programme.rules] + [also.value for also in programme.also]
    nodes += [rule.then for rule in programme.rules]
    nodes += [programme.otherwise.value] if programme.otherwise is not None else []
    nodes += [node for _, share in programme.shares for node in share.parts[1:]]
    used = {name.id for node in nodes if node is not None for name in names(node)}
    facts = {
        name for name in used & set(policy.facts) if isinstance(policy.facts[name].type, Number)
    }
    for other in {owner[name] for name in used & set(owner)} - {id_}:
        facts |= _read(plan, other)
    return facts
