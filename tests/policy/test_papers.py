"""What stands on papers: `[papers]`, and which outputs are on the sheet to sign and on the notice."""

from __future__ import annotations

from tests.strategies import sound

from fundcalc.base.words import Words
from fundcalc.policy.bundle import Bundle, find_shipped
from fundcalc.policy.load import load_policy
from fundcalc.policy.model import Papers

PAPERS = """
[papers]
issuer = { zh = "县委组织部", en = "County Party committee" }
document_no = "并组发〔2017〕8号"
four_eyes = true
"""


def test_papers_are_read() -> None:
    shipped = find_shipped()
    assert sound(shipped).papers == Papers()
    text = shipped.content["policies.toml"] + PAPERS.encode()
    policy = sound(Bundle("", {**shipped.content, "policies.toml": text}))
    issuer = Words("县委组织部", "County Party committee")
    assert policy.papers == Papers(issuer, "并组发〔2017〕8号", four_eyes=True)


def test_the_notice_never_says_what_a_village_is_like() -> None:
    outputs = {o.id: o for p in load_policy().programmes for o in p.outputs}
    assert {id_ for id_, o in outputs.items() if not o.paper} == {"income_band", "support_measures"}
    public = {id_ for id_, o in outputs.items() if o.public}
    assert public == {
        "guaranteed_funds", "subsidy_total", "municipal_share", "county_share", "party_dues_share",
        "collective_support_share",
    }  # fmt: skip
    assert not [id_ for id_ in public if outputs[id_].payer == "unstated"]
