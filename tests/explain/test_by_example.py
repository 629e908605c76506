"""Explanations of small policies, each with one thing that the shipped policy has not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Cli
from tests.strategies import VILLAGE, catalogue

HEADER = "code,name,county,people,cadres,income,funds,poor,weak"
VILLAGES = (
    "1,甲村,子县,40,3,100,0,no,no", "2,乙村,子县,120,3,900,0,yes,no", "3,丙村,丑县,300,3,900,5,no,yes",
)  # fmt: skip
KINDS = {
    "number": 'output = "given"\nunit = "yuan/year"\n',
    "list": 'output = "given"\n',
    "count": 'output = "given"\nunit = "1"\n',
    "text": 'output = "given"\ntype = "text"\n',
}
Policy = Callable[..., str]


def programme(id_: str, hit: str, kind: str, *rules: str, rest: str = "value = 0") -> str:
    """A programme; a rule is its condition and what follows, in TOML."""
    text = f'[programme]\nid = "{id_}"\ntitle = {{ zh = "{id_}", en = "{id_}" }}\nhit_policy = "{hit}"\n'
    text += KINDS[kind].replace("given", f"{id_}_given")
    for number, rule in enumerate(rules):
        text += f'[[rule]]\nid = "r{number}"\nsource = "s"\nwhen = {rule}\n'
    return f'{text}[otherwise]\nid = "none"\n{rest}\n' if rest else text


@pytest.fixture
def policy(tmp_path: Path) -> Policy:
    """A folder with the programmes, and a roster of three villages."""

    def make(*programmes: str) -> str:
        folder = tmp_path / "mine"
        (folder / "rules").mkdir(parents=True)
        ids = [text.split('id = "', 1)[1].split('"', 1)[0] for text in programmes]
        head = catalogue(*ids, limit="500", crowd="100", each="1", listed='["子县"]')
        (folder / "policies.toml").write_text(head, encoding="utf-8")
        (folder / "rules/village.toml").write_text(VILLAGE, encoding="utf-8")
        for id_, text in zip(ids, programmes, strict=True):
            (folder / f"rules/{id_}.toml").write_text(text, encoding="utf-8")
        text = "\n".join([HEADER, *VILLAGES]) + "\n"
        (tmp_path / "villages.csv").write_text(text, encoding="utf-8")
        return "./mine"

    return make


def explained(cli: Cli, folder: str, village: str, *more: str, form: str = "json") -> Any:
    full = ["--full"] if form == "text" and "--why-not" not in more else []
    answer = cli("explain", village, "--roster", "villages.csv", "--policy", folder,
                 *more, *full, "--format", form)  # fmt: skip
    assert answer.code == 0, answer.err
    return json.loads(answer.out) if form == "json" else answer.out


def turns(found: Any, programme: str, fact: str) -> list[str]:
    """The values of a fact that are said to change a programme's outputs, sorted."""
    (one,) = [d for d in found["decisions"] if d["programme"] == programme]
    return sorted({c["to"] for c in one["would_change"] if c["fact"] == fact}, key=float)


CURVE = '"people * people - crowd * people < 5_000"'
"""Holds from 0 people to 136: 136 * 36 is 4,896, 137 * 37 is 5,069."""


@pytest.mark.parametrize(
    ("hit", "kind", "rules", "rest"),
    [
        ("collect", "list", [CURVE], "# no list"),
        ("collect", "list", [CURVE], 'value = "listed if people * people > 9_000 else listed"'),
        ("collect", "list", [CURVE, '"weak or not weak"'], ""),
        ("collect count", "count", [CURVE, '"people > 5"'], "value = 0"),
        ("collect sum", "number", [f"{CURVE}\nthen = 7", '"poor"\nthen = 3'], "value = 0"),
        ("collect max", "number", [f"{CURVE}\nthen = 7", '"people > 1"\nthen = 3'], "value = 0"),
        ("any", "number", [f"{CURVE}\nthen = 7", '"people < 0"\nthen = 7'], "value = 0"),
        ("unique", "number", [f"{CURVE}\nthen = 7", '"people > 9_000"\nthen = 8'], "value = 0"),
        ("first", "number", ['"people < 0"\nthen = 1', f"{CURVE}\nthen = 7"], "value = 0"),
        ("unique", "text", [f"{CURVE}\nthen = \"'低'\""], "value = \"'高'\""),
    ],
)  # fmt: skip
def test_where_a_curve_turns_under_every_hit_policy(
    cli: Cli,
    policy: Policy,
    hit: str,
    kind: str,
    rules: list[str],
    rest: str,
) -> None:
    found = explained(cli, policy(programme("one", hit, kind, *rules, rest=rest)), "乙村")
    assert turns(found, "one", "people")[-1] == "137"


def test_a_share_of_a_pool_on_the_way_to_a_curve(cli: Cli, policy: Policy) -> None:
    """At 136 people the village's share is 2,638 of 9,000 yuan, as 136 of 464 people."""
    shared = programme("pooled", "first", "number",
                       '"people > 0"\nshare = { pool = "9_000", per = "all", by = "people" }')  # fmt: skip
    curve = '"people * people - crowd * people < 5_000 and pooled_given > 1"\nthen = 7'
    folder = policy(shared, programme("second", "first", "number", curve))
    found = explained(cli, folder, "乙村")
    assert [d["outputs"]["second_given"]["value"] for d in found["decisions"][1:]] == ["7.00"]
    text = explained(cli, folder, "丙村", "--why-not", "second.r0", form="text")
    assert "     People 136 people (now 300 people) → second 7.00 yuan/year\n" in text


def one_rule(when: str) -> str:
    return programme("one", "first", "number", f'"{when}"\nthen = 7')


def why_not(cli: Cli, folder: str) -> dict[str, Any]:
    """What is said of the rule that does not decide 甲村."""
    [found] = explained(cli, folder, "甲村", "--why-not", "r0")["why_not"]
    assert isinstance(found, dict)
    return found


def test_a_rule_that_no_village_meets(cli: Cli, policy: Policy) -> None:
    """Nothing that it would take is found, and that is said."""
    folder = policy(one_rule("people > 50 and people < 40 and (poor or weak)"))
    found = why_not(cli, folder)
    assert found["verdict"] == "fails" and found["takes"] == []
    text = explained(cli, folder, "甲村", "--why-not", "r0", form="text")
    assert "No change of up to three facts was found that would do" in text


def test_a_rule_that_takes_four_facts_is_not_searched_for(cli: Cli, policy: Policy) -> None:
    four = "people > 50 and cadres > 5 and income > 1_000 and funds > 10"
    found = why_not(cli, policy(one_rule(four)))
    assert found["takes"] == [] and len(found["failing"]) == 4


def test_a_rule_that_decides_is_said_to_in_words(cli: Cli, policy: Policy) -> None:
    folder = policy(programme("one", "first", "number", '"people < 100"\nthen = 7'))
    text = explained(cli, folder, "甲村", "--why-not", "r0", form="text")
    assert "   The rule applies, and it decides\n   ✓ r0  [r0]\n" in text
    assert "What it would take" not in text and "What decides" not in text


NESTED = '"(poor or weak and (income > 800 or funds > 9)) and people > 100"\nthen = 7'


SET_OUT = {
    "text": [
        "   │  ✓ at least one of these\n   │    ✗ needs: “Poor”; is not\n   │    ✓ all of these\n",
        "   │    ✓ all of these\n   │      ✓ needs: “Weak”; is\n",
        "   │        ✗ Funds 5.00 yuan/year > 9.00 yuan/year\n   │  ✓ People 300 people > 100 people\n",
    ],
    "markdown": [
        "\n  - ✓ at least one of these\n    - ✗ needs: “Poor”; is not\n    - ✓ all of these\n",
        "    - ✓ all of these\n      - ✓ needs: “Weak”; is\n",
        "\n        - ✗ Funds 5.00 yuan/year \\> 9.00 yuan/year\n  - ✓ People 300 people \\> 100 people\n",
    ],
}


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_conditions_within_conditions_are_set_out_by_depth(
    cli: Cli,
    policy: Policy,
    form: str,
) -> None:
    folder = policy(programme("one", "first", "number", NESTED))
    found = explained(cli, folder, "丙村", form=form)
    for line in SET_OUT.get(
        form, ["at least one of these", "all of these", "Funds 5.00 yuan/year"]
    ):
        assert line in found


def test_a_sentence_names_the_reading(cli: Cli, policy: Policy) -> None:
    rule = '"people < 100"\nthen = 7\nbecause = { zh = "按{reading}", en = "by reading {reading}" }'
    text = explained(cli, policy(programme("one", "first", "number", rule)), "甲村", form="text")
    assert "by reading one" in text
