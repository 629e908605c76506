"""Pages of HTML that stand alone: one file, no network, escaped throughout, fit to print on A4.

A report gives its own template in `templates/`, which extends `base.html`, and calls `page`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from fundcalc.base import VERSION
from fundcalc.base.money import grouped, yuan
from fundcalc.base.words import Lang, Words, of_rows
from fundcalc.policy.columns import figure, with_unit

if TYPE_CHECKING:
    from fundcalc.explain.decision import Explanation
    from fundcalc.explain.why_not import WhyNot


def page(template: str, lang: Lang, **context: Any) -> bytes:
    """A page from a template. `say` puts Words in the page's language, `yuan` writes fen.

    `of` writes a number of a fact or an output.
    """
    loaded = _environment(lang).get_template(template)
    text = loaded.render(lang=lang, version=VERSION, **context)
    return text.encode()


def _environment(lang: Lang) -> Environment:
    environment = Environment(
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
        return of_rows(Words(zh, en)).say(lang)

    environment.filters.update(say=say, yuan=yuan, at=grouped, of=figure)
    environment.globals.update(tell=tell, with_unit=with_unit)
    return environment


def explanation_html(
    explanation: Explanation | Sequence[WhyNot], lang: Lang, *, within: str = "base.html"
) -> str:
    """An explanation as a page of HTML that stands alone; `within` another page, `part.html`."""
    from fundcalc.explain.document import Heading, document
    from fundcalc.explain.words import P

    blocks = list(document(explanation, lang))
    title = next((b.text for b in blocks if isinstance(b, Heading)), "")
    pairs = [(type(block).__name__.lower(), block) for block in blocks]
    return page(
        "explanation.html", lang, heading=title, blocks=pairs, words=P, within=within
    ).decode()
