"""One register of all names of a policy: each is used once, and says what it stands for."""

from __future__ import annotations

import keyword
import unicodedata

from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import Diagnostic, Span
from fundcalc.language.functions import FUNCTIONS
from fundcalc.language.parse import CONSTANTS
from fundcalc.language.reader import Symbol

ALL = "all"
VILLAGE = "village"
RESERVED = frozenset({*FUNCTIONS, *CONSTANTS, ALL, VILLAGE, "where", "None"})
MAX_LENGTH = 60


class Names:
    """Symbols by name, with the place of each; taken names are refused, whatever their case."""

    def __init__(self) -> None:
        self.symbols: dict[str, Symbol] = {}
        self.found: list[Diagnostic] = []
        self._spans: dict[str, Span] = {}

    def take(self, symbol: Symbol, span: Span) -> None:
        """Register a name, or report why it cannot be."""
        problem = bad_id(symbol.id, span)
        if problem:
            self.found.append(problem)
            return
        folded = symbol.id.casefold()
        if folded in self._spans:
            self.found.append(say("FC107", span, spans=(self._spans[folded],), name=symbol.id))
            return
        self._spans[folded] = span
        self.symbols[symbol.id] = symbol


def bad_id(name: str, span: Span) -> Diagnostic | None:
    """Why a text cannot be a name in an expression, or None where it can."""
    plain = unicodedata.normalize("NFKC", name) == name
    usable = name.isidentifier() and not keyword.iskeyword(name) and name not in RESERVED
    if plain and usable and len(name) <= MAX_LENGTH and not name.startswith("__"):
        return None
    return say("FC106", span, name=name[:80])
