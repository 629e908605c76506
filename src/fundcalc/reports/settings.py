"""How papers are to look: what a command was asked for, and what a review writes again from the record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

Unit = Literal["yuan", "wan"]
"""Yuan, or ten thousand of them."""

PaperSize = Literal["a4", "a3"]


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
        """What a record keeps of it: all that is not left as it is by default, but `carried`."""
        plain = SheetSettings()
        return {
            name: value
            for name, value in asdict(self).items()
            if name != "carried" and value != getattr(plain, name)
        }

    @classmethod
    def of_data(cls, data: Mapping[str, Any] | None) -> SheetSettings:
        """The settings that `as_data` kept; what is not known here is left out."""
        known = {one.name for one in fields(cls)} - {"carried"}
        return cls(**{name: value for name, value in (data or {}).items() if name in known})


@dataclass(frozen=True, slots=True)
class LetterSettings:
    """How letters are to look: `short` without the annex; who issues them, whom to ask, until when to object.

    Where they are None, `issuer` and `document_no` are the policy's own; for the others there are blanks.
    """

    short: bool = False
    issuer: str | None = None
    document_no: str | None = None
    contact: str | None = None
    until: str | None = None
