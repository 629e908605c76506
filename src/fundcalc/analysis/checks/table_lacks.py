"""A table has no row for something that rosters may say."""

from __future__ import annotations

from collections.abc import Iterator

from fundcalc.analysis.bench import View, each_view
from fundcalc.analysis.checks.division_by_zero import may_fail
from fundcalc.base.diagnostics import Diagnostic
from fundcalc.language.datatypes import Text
from fundcalc.language.nodes import Lookup, Scale
from fundcalc.language.show import show

CODE = "FC717"


@each_view(CODE)
def check(view: View) -> Iterator[tuple[object, Diagnostic]]:
    """Every look-up or scale that some village has no row for; a text may be any that the table has.

    Where a fact's `options` say which texts there are, it may be any of those instead.
    """
    for lookup, span, path in may_fail(view):
        if not isinstance(lookup, Lookup | Scale) or not lookup.rows:
            continue
        villages = view.space.villages
        known = [
            villages.among(key, {str(row.keys[place]) for row in lookup.rows})
            for place, key in enumerate(lookup.keys if isinstance(lookup, Lookup) else ())
            if isinstance(key.type, Text) and key.type.options is None
        ]
        seen = view.proved(
            span,
            lambda seen: seen.failed("FC409"),
            villages.lacks(lookup),
            *known,
            *path,
            sound=False,
        )
        if seen is not None:
            text = show(lookup)
            yield text, view.say(CODE, span, seen=seen, text=text, table=lookup.table)
