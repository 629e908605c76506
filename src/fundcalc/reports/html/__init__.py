"""Pages of HTML that stand alone: one file, no network, escaped throughout, fit to print on A4.

A report gives its own template in `templates/`, which extends `base.html`, and calls `page`.
"""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from fundcalc import __version__
from fundcalc.base.money import FEN_DECIMALS, grouped
from fundcalc.base.words import Lang, Words


def page(template: str, lang: Lang, **context: Any) -> bytes:
    """A page from a template. `say` puts Words in the page's language, `yuan` writes fen."""
    made = _environment(lang).get_template(template)
    text = made.render(lang=lang, version=__version__, **context)
    return text.encode()


def _environment(lang: Lang) -> Environment:
    found = Environment(
        loader=PackageLoader("fundcalc.reports.html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )

    def say(words: Words | str) -> str:
        return words if isinstance(words, str) else words.say(lang)

    def tell(zh: str, en: str) -> str:
        return zh if lang == "zh" else en

    def yuan(fen: int) -> str:
        return grouped(fen, FEN_DECIMALS)

    def signed(fen: int) -> str:
        return f"+{yuan(fen)}" if fen > 0 else yuan(fen)

    found.filters.update(say=say, yuan=yuan, signed=signed)
    found.globals.update(tell=tell)
    return found
