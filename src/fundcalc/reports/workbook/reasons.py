"""Why a rule met a village, as one sentence with the village's numbers in."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from fundcalc.base.words import Lang, Words, same
from fundcalc.engines.result import Result
from fundcalc.explain.decision import Amount
from fundcalc.explain.words import said
from fundcalc.language.datatypes import Type
from fundcalc.language.nodes import Value
from fundcalc.policy.model import Otherwise, Policy, Rule
from fundcalc.policy.templates import fill


class Titles:
    """Rules by title and id."""

    def __init__(self, policy: Policy, lang: Lang) -> None:
        self._policy = policy
        self._lang: Lang = lang
        self._known: dict[tuple[str, Collection[str]], str] = {}

    def rules(self, programme: str, fired: Collection[str]) -> list[Rule | Otherwise]:
        """The rules that decided, or what held otherwise."""
        one = self._policy.programme(programme)
        rules: list[Rule | Otherwise] = [rule for rule in one.rules if rule.id in fired]
        return rules or ([one.otherwise] if one.otherwise is not None else [])

    def title(self, rule: Rule | Otherwise) -> str:
        """A rule's title with its id."""
        title = (rule.title or same(rule.id)).say(self._lang)
        return f"{title}（{rule.id}）" if self._lang == "zh" else f"{title} ({rule.id})"

    def of(self, programme: str, fired: tuple[str, ...]) -> str:
        """All that decided, as one text."""
        key = programme, fired
        if key not in self._known:
            self._known[key] = "；".join(map(self.title, self.rules(programme, fired)))
        return self._known[key]


class Reasons:
    """Rules met, by village and programme."""

    def __init__(self, result: Result, lang: Lang) -> None:
        self._lang: Lang = lang
        policy = result.plan.policy
        self._titles = Titles(policy, lang)
        self._kinds = _types(policy)
        constants = result.plan.constants
        self._constants = {
            id_: said(Amount(v, self._kinds[id_]), lang) for id_, v in constants.items()
        }
        self._constants.update(_options(policy, result.plan.readings, lang))

    def met(
        self, programme: str, row: Mapping[str, Value], fired: Collection[str]
    ) -> Iterator[tuple[str, str]]:
        """Title with id, and the reason, of each rule that decided; or of what held otherwise."""
        for rule in self._titles.rules(programme, fired):
            yield self._titles.title(rule), self._filled(rule.because, row)

    def _filled(self, because: Words | None, row: Mapping[str, Value]) -> str:
        if because is None:
            return ""

        def value(name: str) -> str:
            if name in row:
                return said(Amount(row[name], self._kinds[name]), self._lang)
            return self._constants[name]

        return fill(because.say(self._lang), value)


def _types(policy: Policy) -> dict[str, Type]:
    kinds: dict[str, Type] = {id_: fact.type for id_, fact in policy.facts.items()}
    kinds.update({id_: parameter.type for id_, parameter in policy.parameters.items()})
    kinds.update({o.id: o.type for p in policy.programmes for o in p.outputs})
    return kinds


def _options(policy: Policy, chosen: Mapping[str, str], lang: Lang) -> dict[str, str]:
    """The chosen options in words, as sentences may name a reading."""
    return {id_: policy.readings[id_].options[option].say(lang) for id_, option in chosen.items()}
