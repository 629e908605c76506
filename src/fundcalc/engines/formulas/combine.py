"""How the rules that hold make a programme's result, as one formula: every hit policy."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fundcalc.base.words import Words
from fundcalc.core.decision import HitPolicy
from fundcalc.engines.formulas.cells import LIMIT, NA, Cell, Err, Expr, lift
from fundcalc.engines.formulas.lower import Lower
from fundcalc.engines.result import JOIN

_REST = Words("其余规则", "remaining rules")
_PART = Words("部分", "part")
_FIRST = Words("首条适用规则的结果", "result of the first rule that holds")
_TOGETHER = 20
_LONG = 1_500


class Combine:
    """Combines one programme's rules: `holds` are conditions, `count` how many of them hold."""

    def __init__(
        self, lower: Lower, holds: Sequence[Expr], count: str, otherwise: Expr | None
    ) -> None:
        self._lower = lower
        self._holds = holds
        self._count = count
        nothing = Expr("NA()", lambda: [NA] * lower.grid.rows, lazy=True)
        self._otherwise = otherwise if otherwise is not None else nothing

    def result(self, policy: HitPolicy, values: Sequence[Expr], *, text: bool) -> Expr:
        """The programme's result. Rules that a policy forbids to meet give #N/A where they do."""
        if policy == "collect count":
            return self._or_otherwise(self._count, values, (0, len(values)))
        if policy == "collect":
            return self._joined(values)
        if policy == "collect sum":
            return self._sum(values)
        if policy in ("collect max", "collect min"):
            return self._extreme(policy, values)
        chosen = self._chosen(values)
        if policy == "unique" and len(values) > 1:
            return self._unless(f"{self._count}>1", chosen)
        if policy == "any" and len({value.text for value in values}) > 1:
            return self._agreed(chosen, values, text=text)
        return chosen

    def _chosen(self, values: Sequence[Expr]) -> Expr:
        """The value of the first rule that holds."""
        found = self._otherwise
        for holds, value in zip(reversed(self._holds), reversed(values), strict=True):
            if len(found.text) > _LONG or found.depth > _TOGETHER:
                found = self._lower.keep(found, _REST)
            found = _choice(holds, value, found)
        return found

    def _agreed(self, chosen: Expr, values: Sequence[Expr], *, text: bool) -> Expr:
        """#N/A where two rules hold that say otherwise."""
        first = self._lower.keep(chosen, _FIRST)
        differ = "NOT(EXACT({},{}))" if text else "({}<>{})"
        tests = [
            f"IF({holds.text},{differ.format(value.text, first.text)},FALSE)"
            for holds, value in zip(self._holds, values, strict=True)
        ]
        parts = [Expr(test, lambda: [False] * self._lower.grid.rows, depth=2) for test in tests]
        either = self._gathered("OR({})", ",", lambda *v: any(v), parts, truth=True)
        return self._unless(either.text, first)

    def _extreme(self, policy: HitPolicy, values: Sequence[Expr]) -> Expr:
        most = policy == "collect max"
        fallback = (
            0 if most and all(value.low >= 0 for value in values) else LIMIT * (-1 if most else 1)
        )
        written = {0: "0", LIMIT: "1E+15", -LIMIT: "-1E+15"}[fallback]
        none = Expr(
            written, lambda: [fallback] * self._lower.grid.rows, fallback, fallback, atom=True
        )
        parts = [_choice(h, value, none) for h, value in zip(self._holds, values, strict=True)]
        name, pick = ("MAX({})", max) if most else ("MIN({})", min)
        found = self._gathered(name, ",", pick, parts)
        bounds = (min(v.low for v in values), max(v.high for v in values))
        return self._or_otherwise(found.text, values, bounds)

    def _sum(self, values: Sequence[Expr]) -> Expr:
        zero = Expr("0", lambda: [0] * self._lower.grid.rows, atom=True)
        parts = [_choice(h, value, zero) for h, value in zip(self._holds, values, strict=True)]
        found = self._gathered("({})", "+", lambda *v: sum(v), parts)
        low = sum(min(value.low, 0) for value in values)
        return self._or_otherwise(found.text, values, (low, sum(max(v.high, 0) for v in values)))

    def _joined(self, values: Sequence[Expr]) -> Expr:
        """All texts of the rules that hold, with a sign between them."""
        parts = []
        for holds, value in zip(self._holds, values, strict=True):
            literal = value.text.startswith('"')
            piece = f'"{JOIN}{value.text[1:]}' if literal else f'"{JOIN}"&{value.text}'
            parts.append(
                Expr(
                    f'IF({holds.text},{piece},"")',
                    lambda h=holds, v=value: lift(  # type: ignore[misc]
                        lambda one, said: f"{JOIN}{said}" if one else "", h.values(), v.values()
                    ),
                    depth=2,
                )
            )
        found = self._gathered("({})", "&", lambda *v: "".join(map(str, v)), parts)
        return self._or_otherwise(f"MID({found.text},2,32767)", values, (0, 0))

    def _gathered(
        self,
        form: str,
        sign: str,
        fold: Callable[..., Cell],
        parts: Sequence[Expr],
        *,
        truth: bool = False,
    ) -> Expr:
        """The parts in one call, or in several, each in a column of its own."""
        parts = list(parts)
        while len(parts) > 1 and (
            len(parts) > _TOGETHER or sum(len(p.text) for p in parts) > _LONG
        ):
            size = max(2, min(_TOGETHER, len(parts) * _LONG // sum(len(p.text) for p in parts)))
            cut = [parts[i : i + size] for i in range(0, len(parts), size)]
            parts = [
                self._lower.keep(self._call(form, sign, fold, part), _PART, truth=truth)
                for part in cut
            ]
            if len(cut) == 1:
                break
        return self._call(form, sign, fold, parts)

    def _call(self, form: str, sign: str, fold: Callable[..., Cell], parts: Sequence[Expr]) -> Expr:
        text = form.format(sign.join(part.text for part in parts))
        low = min((part.low for part in parts), default=0)
        high = max((part.high for part in parts), default=0)
        depth = 1 + max((part.depth for part in parts), default=0)
        return Expr(text, lambda: lift(fold, *(p.values() for p in parts)), low, high, depth=depth)

    def _or_otherwise(self, text: str, values: Sequence[Expr], bounds: tuple[int, int]) -> Expr:
        """The text where some rule holds."""
        other = self._otherwise
        low, high = min(bounds[0], other.low), max(bounds[1], other.high)
        depth = 2 + max((e.depth for e in (*values, other)), default=0)
        return Expr(
            f"IF({self._count}=0,{other.text},{text})", list, low, high, lazy=True, depth=depth
        )

    def _unless(self, condition: str, expr: Expr) -> Expr:
        """#N/A where a condition holds."""
        text = f"IF({condition},NA(),{expr.text})"
        return Expr(text, expr.values, expr.low, expr.high, lazy=True, depth=expr.depth + 1)


def _choice(condition: Expr, yes: Expr, no: Expr) -> Expr:
    def values() -> list[Cell]:
        found: list[Cell] = []
        for one, a, b in zip(condition.values(), yes.values(), no.values(), strict=True):
            found.append(one if isinstance(one, Err) else a if one else b)
        return found

    text = f"IF({condition.text},{yes.text},{no.text})"
    depth = 1 + max(condition.depth, yes.depth, no.depth)
    low, high = min(yes.low, no.low), max(yes.high, no.high)
    return Expr(text, values, low, high, lazy=yes.lazy or no.lazy or condition.lazy, depth=depth)
