"""Letters: how a village's amounts were worked out, on one page of A4, the same bytes every time.

typst sets them. The text of a policy or a roster goes in as data, never as typst's own language.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from importlib.resources import files
from typing import Any

from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.reports.letters import messages

_PAGE = re.compile(rb"/Type ?/Page\b")


class Typesetter:
    """Sets letters; the font is loaded once."""

    def __init__(self, on: date) -> None:
        import typst
        from noto_cjk_sans_otc import FONT_PATH

        template = files(__name__).joinpath("letter.typ").read_bytes()
        fonts = typst.Fonts(
            include_system_fonts=False,
            include_embedded_fonts=False,
            font_paths=[str(FONT_PATH.parent)],
        )
        self._template = template
        self._compiler = typst.Compiler(template, font_paths=fonts)
        self._stamp = datetime(on.year, on.month, on.day, tzinfo=UTC)

    def pdf(self, data: Mapping[str, Any]) -> bytes:
        """The PDF of some letters, one page each. Raises PolicyProblem where the typesetter complains."""
        smaller = [{**one, "size": one["size"] - 0.6} for one in data["letters"]]
        for attempt in ({"try": False}, {"letters": smaller, "try": False}, {"try": True}):
            made = self._set({**data, **attempt})
            if made is not None:
                return made
        raise PolicyProblem([messages.too_long()])

    def _set(self, data: Mapping[str, Any]) -> bytes | None:
        """The PDF; None where some letter has more than one page."""
        import typst

        inputs = {"data": json.dumps(data, ensure_ascii=False)}
        try:
            made, warnings = self._compiler.compile_with_warnings(
                self._template,
                format="pdf",
                sys_inputs=inputs,
                timestamp=self._stamp,
                pdf_tags=False,
            )
        except typst.TypstError as problem:
            raise PolicyProblem([messages.not_set([str(problem)])]) from None
        if warnings:
            raise PolicyProblem([messages.not_set([str(one) for one in warnings])])
        assert isinstance(made, bytes)
        # Asked in the template, where pages end would cost a second round of setting.
        return made if len(_PAGE.findall(made)) == len(data["letters"]) else None


__all__: Sequence[str] = ("Typesetter",)
