"""Proofs about pools that differ in one thing: who claims, by what, out of what, within which group."""

from __future__ import annotations

import pytest

from fundcalc.analysis.prove import prove
from fundcalc.analysis.sides import Version
from tests.analysis.test_prove import how, shows
from tests.strategies import MONEY, VILLAGE, catalogue, loaded, programme

RULE = """[[rule]]
id = "claims"
source = "s"
when = "{when}"
{then}
[otherwise]
id = "none"
value = 0
{also}"""
HEAD = programme("one", "一", "One", "first", "given", MONEY)
ALSO = '[[also]]\nid = "more"\nunit = "yuan/year"\n'


def share(pool: str = "limit", per: str = "county", by: str = "people", at_most: str = "") -> str:
    cap = f', at_most = "{at_most}"' if at_most else ""
    return f'share = {{ pool = "{pool}", per = "{per}", by = "{by}"{cap} }}'


def version(then: str, when: str = "poor", also: str = "") -> Version:
    head = catalogue("one", limit="5_000", crowd="7", each="30", listed='["甲县"]')
    files = {
        "policies.toml": head, "rules/village.toml": VILLAGE,
        "rules/one.toml": HEAD + RULE.format(when=when, then=then, also=also and ALSO + also),
    }  # fmt: skip
    policy = loaded(files)
    return Version("v", policy, policy.on, {}, {})


EQUAL = {
    "a weight written otherwise": (version(share()), version(share(by="people + 0 * people"))),
    "a pool written otherwise": (
        version(share("limit + limit * count()")), version(share("limit * count() + limit")),
    ),
    "a sum over who is counted anyhow": (
        version(share("sum(income, where=poor or not poor)")), version(share("sum(income)")),
    ),
    "a share of everybody's written otherwise": (
        version("then = 1", also=share("limit", "all", "people")),
        version("then = 1", also=share("0 + limit", "all", "people + 0 * people")),
    ),
    "a claimant's own sum": (
        version(share("sum(funds, where=poor)", "village")), version(share("sum(funds)", "village")),
    ),
}  # fmt: skip
OPEN = {
    "a pool of the village's own counted": (
        version(share("limit * count()", "village")), version(share("limit + 0 * limit", "village")),
    ),
    "nobody ever claims": (
        version(share("limit"), "people > 9 and people < 3"),
        version(share("limit * 2"), "people > 9 and people < 3"),
    ),
}  # fmt: skip
"""Equal, which is more than can be proved."""
DIFFERENT = {
    "a pool for an amount": (version("then = 5"), version(share("5", "county"))),
    "an amount for a pool": (version(share("5", "all")), version("then = 5")),
    "others claim": (version(share(), "people > 9"), version(share(), "people >= 9")),
    "a cap beside none": (version(share()), version(share(at_most="each * people"))),
    "another cap": (
        version(share(at_most="each * people")), version(share(at_most="each * people + 1")),
    ),
    "another weight": (version(share(by="people")), version(share(by="people + 1"))),
    "other villages counted": (
        version(share("limit * count(where=people > 5)")),
        version(share("limit * count(where=people > 6)")),
    ),
    "other villages summed, of the claimant's group": (
        version(share("sum(income)")), version(share("sum(income, where=poor)")),
    ),
    "a pool of all for one of each county": (version(share()), version(share(per="all"))),
    "a pool of each village for one of each county": (version(share()), version(share(per="village"))),
    "another share of everybody's": (
        version("then = 1", also=share("limit", "all", "people")),
        version("then = 1", also=share("limit + 1", "all", "people")),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EQUAL)
def test_equal_is(name: str) -> None:
    verdict = prove(EQUAL[name])
    assert verdict.equal is True, how(verdict)


@pytest.mark.parametrize("name", OPEN)
def test_left_open_and_not_called_different_is(name: str) -> None:
    verdict = prove(OPEN[name])
    assert verdict.equal is None and how(verdict) == {"given": "unknown"}


@pytest.mark.parametrize("name", DIFFERENT)
def test_different_is(name: str) -> None:
    verdict = prove(DIFFERENT[name])
    assert verdict.equal is False, how(verdict)
    shows(verdict, *DIFFERENT[name])


def test_a_pool_of_one_reading_alone_may_weigh_by_a_count_that_the_other_has_not() -> None:
    """Alone in its county a village gets the same either way; beside another it does not."""
    rule = '[[rule]]\nid = "{}"\nsource = "s"\n{}\n[otherwise]\nid = "none"\nvalue = 0\n'
    weight = "count(per=county, where=reading == 'two' or weak)"
    claims = f'when = "people > 3"\n{share("5_000", by=weight)}'
    value = "given if reading == 'two' else (5_000 if people > 3 else 0)"
    taken = f'when = "people >= 0"\nthen = "{value}"'
    second = programme("two", "二", "Two", "first", "taken", MONEY)
    policy = loaded({
        "policies.toml": catalogue("one", "two"), "rules/village.toml": VILLAGE,
        "rules/one.toml": HEAD + rule.format("claims", claims),
        "rules/two.toml": second + rule.format("takes", taken),
    })  # fmt: skip
    old, new = (Version("v", policy, policy.on, {"reading": one}, {}) for one in ("one", "two"))
    verdict = prove((old, new))
    assert [one.how for one in verdict.judged if one.output == "taken"] == ["differs"]
    shows(verdict, old, new)
