"""`import fundcalc`: the page runs as it stands, and says what the command line says, to the fen."""

from __future__ import annotations

import doctest
import importlib.util
import json
import os
import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.cli.small import OTHERWISE, YUAN, decides, fact, policy, rule
from tests.conftest import ROOT, Cli

import fundcalc

pytestmark = pytest.mark.filterwarnings("ignore::fundcalc.PolicyWarning")

PAGES = [ROOT / "docs" / name for name in ("python.md", "python.zh.md")]
EXAMPLE = ROOT / "examples" / "taiyuan-2017.xlsx"
POLICIES = ROOT / "examples" / "policies"
VILLAGES: dict[str, list[Any]] = {  # invented
    "code": ["149901100201", "149901100202"],
    "name": ["松坪村", "柳湾村"],
    "county": ["娄烦县", "示例县"],
    "residents": [620, 1_200],
    "collective_income": [Decimal("43000.00"), Decimal("63000.50")],
    "other_cadres": [4, 3],
}


@pytest.fixture(scope="module")
def computed() -> fundcalc.Run:
    return fundcalc.load_policy(lang="en").run(EXAMPLE)


@pytest.fixture(scope="module")
def facts(computed: fundcalc.Run) -> pl.DataFrame:
    """The facts of the example roster as a frame: blank where the file has none."""
    assumed = computed.raw.roster.assumed
    frame = computed.to_polars().select(list(assumed))
    blanks = [
        pl.when(pl.Series(taken)).then(None).otherwise(pl.col(id_)).alias(id_)
        for id_, taken in assumed.items()
    ]
    return frame.with_columns(blanks)


def without(*missing: str) -> pytest.MarkDecorator:
    absent = [name for name in missing if importlib.util.find_spec(name) is None]
    return pytest.mark.skipif(bool(absent), reason=f"not installed: {', '.join(absent)}")


@without("pandas", "pyarrow")
@pytest.mark.parametrize("page_", PAGES, ids=lambda one: one.name)
def test_the_page_runs(page_: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    text = "\n".join(
        re.findall(r"```pycon\n(.*?)```", page_.read_text(encoding="utf-8"), re.DOTALL)
    )
    page = doctest.DocTestParser().get_doctest(text, {}, page_.name, str(page_), 0)
    said: list[str] = []
    done = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(page, out=said.append)
    assert done.attempted > 25 and not done.failed, "".join(said)[:4000]


def test_totals_and_rows_are_those_of_the_command_line(
    computed: fundcalc.Run, cli: Cli, tmp_path: Path
) -> None:
    said = json.loads(cli("run", EXAMPLE, "-o", "out.parquet", "--format", "json").out)
    assert [{**one, "amount": str(one["amount"])} for one in computed.totals] == said["totals"]
    assert computed.to_polars().equals(pl.read_parquet(tmp_path / "out.parquet"))
    told = json.loads(cli("explain", "鹰落沟", "--roster", EXAMPLE, "--format", "json").out)
    mine = computed.explain("鹰落沟").to_dict()
    assert mine["decisions"][0]["outputs"] == told["decisions"][0]["outputs"]


MAKERS: dict[str, Callable[[pl.DataFrame], Any]] = {
    "polars": lambda frame: frame,
    "dict": lambda frame: frame.to_dict(as_series=False),
    "texts": lambda frame: frame.select(pl.all().cast(pl.String)),
    "arrow": fundcalc.Roster.from_arrow,
    "floats": lambda frame: frame.with_columns(pl.col(pl.Decimal).cast(pl.Float64)),
}


@pytest.mark.parametrize("kind", [*MAKERS, "pandas"])
def test_every_kind_of_frame_gives_the_same(
    kind: str, computed: fundcalc.Run, facts: pl.DataFrame
) -> None:
    if kind == "pandas":
        pandas = pytest.importorskip("pandas")
        given = pandas.DataFrame(facts.to_dict(as_series=False))
    else:
        given = MAKERS[kind](facts)
    policy = fundcalc.load_policy(lang="en")
    run = policy.run(given, engine="columnar")
    assert run.to_polars().equals(computed.to_polars())


@without("pandas")
def test_a_run_goes_out_exactly_and_comes_back(computed: fundcalc.Run) -> None:
    paid = computed.to_pandas()["collective_support_share"]
    assert {type(one) for one in paid} == {Decimal}
    assert str(sum(paid)) == "20420000.00"
    assert pl.DataFrame(computed).equals(computed.to_polars())


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("collective_income", 0.125, "FC624"),
        ("collective_income", float("nan"), "FC621"),
        ("collective_income", "5万", "FC622"),
        ("collective_income", True, "FC621"),
        ("residents", -3, "FC623"),
        ("residents", 2.5, "FC624"),
        ("code", "1.40123E+11", "FC633"),
    ],
)
def test_what_cannot_be_right_is_refused_with_all_it_says(
    column: str, value: Any, code: str
) -> None:
    policy = fundcalc.load_policy(lang="en")
    with pytest.raises(fundcalc.RosterProblem) as caught:
        policy.run({**VILLAGES, column: [value, VILLAGES[column][1]]})
    assert [one.code for one in caught.value.diagnostics] == [code]
    assert f"[{code}]" in str(caught.value) and "松坪村" in str(caught.value)
    with pytest.warns(fundcalc.PolicyWarning, match=code):
        rest = policy.run({**VILLAGES, column: [value, VILLAGES[column][1]]}, skip_rejects=True)
    assert len(rest) == 1


def test_a_float_with_noise_is_read_as_it_shows_and_said() -> None:
    run = fundcalc.load_policy(lang="en").run(
        {**VILLAGES, "collective_income": [1021 * 1.1, 2000.0]}
    )
    assert run.to_dict()["collective_income"] == [Decimal("1123.10"), Decimal("2000.00")]
    assert any("1123.1000000000001 is read as 1123.1" in said for said in run.notices)


def test_a_changed_policy_leaves_the_first_as_it_was(computed: fundcalc.Run) -> None:
    policy = fundcalc.load_policy(lang="en")
    reform = policy.with_values(baseline_guarantee=180_000).with_reading(
        large_village_clause="within_income_test"
    )
    assert policy.parameters["baseline_guarantee"] == Decimal("170000.00")
    assert reform.readings["large_village_clause"] == "within_income_test"
    assert policy.run(EXAMPLE, engine="columnar").totals == computed.totals
    assert reform.run(EXAMPLE, engine="columnar").totals != computed.totals
    for value in ("180_000", "180000.00", Decimal("180000")):
        again = policy.with_values(baseline_guarantee=value)
        assert again.parameters["baseline_guarantee"] == Decimal("180000.00")
    for wrong in ({"nobody": 1}, {"baseline_guarantee": "much"}, {"baseline_guarantee": 1.5}):
        with pytest.raises(fundcalc.PolicyProblem, match="FC84"):
            policy.with_values(**wrong)  # type: ignore[arg-type]
    with pytest.raises(fundcalc.PolicyProblem, match="large_village_claus"):
        policy.with_reading(large_village_claus="independent")


def test_a_comparison_is_that_of_the_command_line(cli: Cli) -> None:
    policy = fundcalc.load_policy(lang="en")
    mine = policy.compare(policy.with_values(baseline_guarantee=180_000), EXAMPLE).to_dict()
    asked = ("compare", "current", "baseline_guarantee=180000", EXAMPLE, "--format", "json")
    said = json.loads(cli(*asked).out)
    for key in ("total", "counties", "payers"):
        assert mine[key] == said[key]


def test_each_policy_speaks_of_its_own_rows(computed: fundcalc.Run) -> None:
    households = fundcalc.load_policy(POLICIES / "household", lang="en")
    run = households.run(POLICIES / "household" / "roster.csv")
    assert "households" in str(run) and "villages" not in str(run)
    assert "890 villages" in str(computed) and "household" not in str(computed)
    with pytest.raises(LookupError, match="no household `nobody`"):
        run.explain("nobody")
    with pytest.raises(LookupError, match="no village `nobody`"):
        computed.explain("nobody")


def test_a_notebook_shows_an_answer_with_its_working(computed: fundcalc.Run) -> None:
    shown = computed.explain("鹰落沟")._repr_html_()
    assert "170,000" in shown and "<details>" in shown and "<html" not in shown
    assert "<script" not in shown and "<style" not in shown


def test_importing_it_loads_nothing() -> None:
    program = "import sys, fundcalc; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()
    assert {name for name in loaded if name.startswith("fundcalc.")} == set()
    assert not {"numpy", "polars", "pydantic", "typing_extensions"} & set(loaded)


def test_each_of_two_policies_is_spoken_of_in_its_own_words() -> None:
    """Whichever was loaded last."""
    from fundcalc import api

    examples = ROOT / "examples" / "policies"
    homes, villages = (api.load_policy(examples / name) for name in ("household", "posts"))
    told = []
    for each, name in ((homes, "household"), (villages, "posts"), (homes, "household")):
        roster = api.read_roster(examples / name / "roster.csv", each)
        run = api.calculate(api.plan(each), roster)
        told.append(api.summary_text(run, api.summarise(run), "en"))
    assert told[0] == told[2] and "Households" in told[0] and "Villages" not in told[0]
    assert "Villages" in told[1] and "Households by" not in told[1]


@pytest.mark.parametrize("place", ["result", "result.pdf", "mysql://u:own@db/f?table=x"])
def test_what_cannot_be_written_so_is_refused(
    place: str, computed: fundcalc.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises((ValueError, fundcalc.PolicyProblem), match=r"\.parquet|FC875") as caught:
        computed.write(place)
    assert "own" not in str(caught.value) and not list(tmp_path.iterdir())


def test_what_a_file_cannot_show_is_warned_of(tmp_path: Path) -> None:
    grant = decides("first") + rule("some", "each > 0", "each") + OTHERWISE
    policy(tmp_path, facts=fact("each", 'unit = "yuan/year"'), grant=grant)
    rows = {"name": [f"村{at}" for at in range(5_001)], "each": range(5_001)}
    run = fundcalc.load_policy(tmp_path, lang="en").run(rows, engine="columnar")
    with pytest.warns(fundcalc.PolicyWarning, match="5,000"):
        run.write(tmp_path / "out.xlsx")


def test_a_roster_is_read_once_for_all_values(tmp_path: Path) -> None:
    """So that two runs of one roster are of one state of its file."""
    path = tmp_path / "roster.parquet"
    pl.DataFrame(VILLAGES).write_parquet(path)
    given, mine = fundcalc.Roster.read(path), fundcalc.load_policy(lang="en")
    first = mine.run(given)
    pl.DataFrame({**VILLAGES, "residents": [1, 1]}).write_parquet(path)
    second = mine.with_values(baseline_guarantee=180_000).run(given)
    assert second.to_dict()["residents"] == first.to_dict()["residents"] == [620, 1_200]
    assert second.raw.roster.digest == first.raw.roster.digest


def test_a_plain_number_may_be_tried_with_more_decimals(tmp_path: Path) -> None:
    head = """
[parameters.factor]
title = { zh = "系数", en = "Factor" }
source = "paper"
values = { 2020-01-01 = 2 }
"""
    given = "round(each * factor, 0.01, 'down')"
    policy(
        tmp_path, head=head, facts=fact("each", 'unit = "yuan/year"'),
        grant=decides("first", "grant", YUAN) + rule("some", "each > 0", given) + OTHERWISE,
    )  # fmt: skip
    mine, rows = fundcalc.load_policy(tmp_path, lang="en"), {"name": ["甲村"], "each": [100]}
    finer = mine.with_values(factor="2.125")
    assert finer.parameters == {"factor": Decimal("2.125")}
    assert finer.run(rows).to_dict()["grant"] == [Decimal("212.50")]
    assert mine.compare(finer, rows).to_dict()["total"]["new"] == "212.50"
    assert finer.with_values(factor=3).run(rows).to_dict()["grant"] == [Decimal("300.00")]


@pytest.mark.parametrize(
    ("name", "value", "held"),
    [
        ("baseline_guarantee", np.int64(180_000), Decimal("180000.00")),
        ("baseline_guarantee", np.float64(1.5), None),
        ("baseline_guarantee", None, None),
        ("baseline_guarantee", True, None),
        ("baseline_guarantee", ["180000"], None),
        ("baseline_guarantee", np.datetime64("2018-01-01", "ns"), None),
        ("backstop_counties", ["娄烦县", "阳曲县"], ["娄烦县", "阳曲县"]),
        ("backstop_counties", np.array(["娄烦县"]), ["娄烦县"]),
        ("backstop_counties", ["娄烦县,阳曲县"], None),
        ("backstop_counties", [1], None),
        ("backstop_counties", {"娄烦县": 1}, None),
        ("backstop_counties", 5, None),
        ("baseline_guarantee", Decimal("1.8E+5"), Decimal("180000.00")),
    ],
)
def test_a_value_is_taken_exactly_or_refused_in_words(name: str, value: Any, held: Any) -> None:
    mine = fundcalc.load_policy(lang="en")
    if held is None:
        with pytest.raises(fundcalc.PolicyProblem, match="FC841"):
            mine.with_values(**{name: value})
    else:
        assert mine.with_values(**{name: value}).parameters[name] == held


@pytest.mark.parametrize(
    "day", [date(2018, 12, 31), datetime(2018, 12, 31, 5), np.datetime64("2018-12-31", "ns")]
)
def test_a_moment_is_of_its_day(day: Any) -> None:
    assert fundcalc.load_policy().with_date(day).on == date(2018, 12, 31)


@pytest.mark.parametrize("day", ["2018/12/31", 5, None, np.datetime64("NaT")])
def test_what_is_no_day_is_told_so(day: Any) -> None:
    with pytest.raises(ValueError, match="is not a date such as"):
        fundcalc.load_policy(lang="en").with_date(day)


def test_a_number_is_a_place_or_a_code(computed: fundcalc.Run) -> None:
    codes = computed.to_dict()["code"]
    for place in (3, np.int64(3), int(codes[3]), np.int64(codes[3]), codes[3]):
        assert codes[3] in str(computed.explain(place))  # type: ignore[arg-type]
    for none in (True, len(computed), -1, 1.5, None):
        with pytest.raises(LookupError, match="no village"):
            computed.explain(none)  # type: ignore[arg-type]


@pytest.mark.parametrize("photo", [b"\xff", [1], object()])
def test_a_column_of_what_no_cell_can_hold_is_named(photo: Any) -> None:
    with pytest.raises(fundcalc.PolicyProblem) as caught:
        fundcalc.Roster.from_dict({**VILLAGES, "photo": [None, photo]})
    said = f"column “photo” has values of type {type(photo).__name__},"
    assert said in " ".join(str(caught.value).split())


def test_moments_of_numpy_are_days(tmp_path: Path) -> None:
    days = np.array(["2019-05-06", "2020-01-01"], dtype="datetime64[ns]")
    grant = decides("first") + rule("some", "born < on", "1") + OTHERWISE
    policy(tmp_path, facts=fact("born", 'type = "date"'), grant=grant)
    run = fundcalc.load_policy(tmp_path, lang="en").run({"name": ["甲", "乙"], "born": days})
    assert run.to_dict()["born"] == [date(2019, 5, 6), date(2020, 1, 1)]


@pytest.mark.parametrize("engine", ["Rules", "nix", "", None, 5, ["auto"]])
def test_an_engine_that_is_none_is_refused(engine: Any) -> None:
    with pytest.raises(ValueError, match=r"there is no engine .*; there are 'auto', 'rules'"):
        fundcalc.load_policy(lang="en").run(VILLAGES, engine=engine)


@pytest.mark.parametrize("lang", ["fr", "ZH", "", 5])
def test_a_language_that_is_none_is_refused(lang: Any) -> None:
    with pytest.raises(ValueError, match="lang is 'zh' or 'en', not "):
        fundcalc.load_policy(lang=lang)


@pytest.mark.parametrize(
    "values",
    [
        {620, 1_200}, frozenset({620, 1_200}), "12", b"12", {0: 620, 1: 1_200}, iter([620, 1_200]),
        (one for one in (620, 1_200)), {0: 620}.values(), 620, None, np.array(620),
        np.array([[620], [1_200]]), pl.DataFrame({"a": [620, 1_200]}),
    ],
    ids=lambda one: type(one).__name__,
)  # fmt: skip
def test_a_column_without_an_order_is_refused(values: Any) -> None:
    with pytest.raises(fundcalc.PolicyProblem, match="column “residents” is a ") as caught:
        fundcalc.load_policy(lang="en").run({**VILLAGES, "residents": values})
    assert "a list with one value a row" in " ".join(str(caught.value).split())


def test_a_column_in_order_is_read_whatever_holds_it() -> None:
    residents: list[Any] = [
        [620, 1_200], (620, 1_200), range(620, 1_201, 580), np.array([620, 1_200]),
        pl.Series([620, 1_200]), pl.Series("other", [620.0, 1_200.0], pl.Float32),
    ]  # fmt: skip
    if importlib.util.find_spec("pandas"):
        import pandas as pd

        residents += [pd.Series([620, 1_200]), pd.Series(["620", "1200"])]
    if importlib.util.find_spec("pyarrow"):
        import pyarrow as pa

        residents += [pa.array([620, 1_200]), pa.chunked_array([[620], [1_200]])]
    mine = fundcalc.load_policy(lang="en")
    for each in residents:
        run = mine.run({**VILLAGES, "residents": each}, engine="columnar")
        assert run.to_dict()["residents"] == [620, 1_200], type(each)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"residents": [620]}, "column “residents” has 1 value, column “code” 2 values"),
        ({"name": ["松坪村", "柳湾\ud83d"]}, r"column “name” has half a character in '.*\\ud83d'"),
        ({"x\ud83d": [1, 2]}, r"the head 'x\\ud83d' is no text"),
        ({5: [1, 2]}, "the head 5 is no text"),
        ({None: [1, 2]}, "the head None is no text"),
    ],
)
def test_columns_that_make_no_table_are_refused_in_words(changed: Any, said: str) -> None:
    with pytest.raises(fundcalc.PolicyProblem, match=said):
        fundcalc.load_policy(lang="en").run({**VILLAGES, **changed})


@without("pandas", "pyarrow")
def test_heads_that_stand_twice_are_named() -> None:
    import pandas as pd
    import pyarrow as pa

    twice = pd.DataFrame([["甲", "乙"]], columns=["name", "name"])
    table = pa.table([pa.array(["甲"])] * 2, names=["name", "name"])
    for make, given in ((fundcalc.Roster.from_pandas, twice), (fundcalc.Roster.from_arrow, table)):
        with pytest.raises(fundcalc.PolicyProblem, match="“name”") as caught:
            make(given)
        assert [one.code for one in caught.value.diagnostics] == ["FC603"]


FRAME = pl.DataFrame(VILLAGES)
WRONG: dict[str, tuple[Callable[[], Any], str]] = {
    "lazy": (lambda: fundcalc.Roster.from_polars(FRAME.lazy()), r"collect\(\)"),  # type: ignore[arg-type]
    "polars": (lambda: fundcalc.Roster.from_polars([1]), "a polars DataFrame, not list"),  # type: ignore[arg-type]
    "pandas": (lambda: fundcalc.Roster.from_pandas(FRAME), "not polars.DataFrame"),  # type: ignore[arg-type]
    "dicts": (lambda: fundcalc.Roster.from_dict([VILLAGES]), "a dict of columns, not list"),  # type: ignore[arg-type]
    "no dict": (lambda: fundcalc.Roster.from_dict(None), "not NoneType"),  # type: ignore[arg-type]
    "arrow": (lambda: fundcalc.Roster.from_arrow(4), "an Arrow table .*, not int"),
    "series": (lambda: fundcalc.Roster.from_arrow(FRAME["code"]), "not polars.Series"),
    "no path": (lambda: fundcalc.Roster.read(None), "str or Path, not NoneType"),  # type: ignore[arg-type]
    "bytes": (lambda: fundcalc.Roster.read(b"a.csv"), "str or Path, not "),  # type: ignore[arg-type]
    "none": (lambda: fundcalc.Roster.read([]), "one path or more"),
    "columns": (lambda: fundcalc.Roster.from_polars(FRAME, columns=5), "columns is a dict .*, not int"),  # type: ignore[arg-type]
    "meant": (lambda: fundcalc.Roster.read("a.csv", columns={"a": 5}), "a dict of texts, and 5"),  # type: ignore[dict-item]
    "reform": (lambda: fundcalc.load_policy().compare("nix", VILLAGES), "a reform is a Policy, not str"),  # type: ignore[arg-type]
    "rows": (lambda: fundcalc.load_policy().run([{"name": "甲"}]), "str or Path, not dict"),
    "roster": (lambda: fundcalc.load_policy().run(FRAME.lazy()), "a roster, a frame.*, not polars.LazyFrame"),
}  # fmt: skip


HERS = fundcalc.load_policy(lang="en")
TAKES: dict[str, tuple[Callable[[Any], object], str]] = {
    "a policy's path": (fundcalc.load_policy, "a policy's path is a str or Path"),
    "a reading's option": (
        lambda given: HERS.with_reading(large_village_clause=given), "large_village_clause is a str",
    ),
    "before": (lambda given: HERS.run(VILLAGES, before=given), "before is a ledger and a run, as "),
    "the ledger of before": (
        lambda given: HERS.run(VILLAGES, before=(given, "last")), "before is a str or Path",
    ),
    "the run of before": (
        lambda given: HERS.run(VILLAGES, before=("x.db", given)), "before is a ledger and a run, as ",
    ),
    "skip_rejects": (lambda given: HERS.run(VILLAGES, skip_rejects=given), "skip_rejects is a bool"),
    "a reform": (lambda given: HERS.compare(given, VILLAGES), "a reform is a Policy"),
    "whose rejects": (lambda given: fundcalc.Roster.from_dict(VILLAGES).rejects(given), "is a Policy"),
    "a reader": (lambda given: fundcalc.Roster.from_dict(VILLAGES).read_with(given), "is a Policy"),
    "a name": (lambda given: fundcalc.Roster.from_dict(VILLAGES, name=given), "the name of a roster"),
    "a sheet": (lambda given: fundcalc.Roster.read(EXAMPLE, sheet=given), "the sheet of a roster"),
    "a source": (fundcalc.Roster, "see Roster.read"),
}  # fmt: skip


@pytest.mark.parametrize(
    "given", [5, 0, b"x", [], {"a": 1}, object()], ids=["5", "0", "bytes", "list", "dict", "object"]
)
@pytest.mark.parametrize("place", TAKES)
def test_an_argument_of_another_kind_is_told_what_is_taken(place: str, given: Any) -> None:
    take, said = TAKES[place]
    with pytest.raises(TypeError, match=said):
        take(given)


def sent_and_back(one: Any) -> Any:
    return pickle.loads(pickle.dumps(one))  # noqa: S301 - our own


def test_all_of_it_can_be_sent_to_another_process(tmp_path: Path) -> None:
    """As joblib, multiprocessing and a notebook's cache do; also what was made of a run before."""
    reform = HERS.with_values(baseline_guarantee=180_000).with_reading(
        large_village_clause="within_income_test"
    )
    run, change = reform.run(EXAMPLE), HERS.compare(reform, EXAMPLE)
    answer = run.explain("鹰落沟")
    sent = [HERS, reform, run, answer, change, fundcalc.Roster.read(EXAMPLE)]
    (tmp_path / "sent").write_bytes(pickle.dumps(sent))
    there = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", OTHER, str(tmp_path / "sent"), str(EXAMPLE)],
        capture_output=True, encoding="utf-8", check=True, env={**os.environ, "PYTHONUTF8": "1"},
    )  # fmt: skip
    wanted = [run.to_polars().write_csv(), str(run), str(answer), answer.full(), str(change)]
    assert there.stdout == "\n".join([*wanted, str(run.totals), str(HERS.run(EXAMPLE).totals), ""])
    assert sent_and_back(reform) == reform


OTHER = """
import pickle, sys
policy, reform, run, answer, change, roster = pickle.load(open(sys.argv[1], "rb"))
again = reform.run(roster)
assert again.to_polars().equals(run.to_polars())
assert str(run.explain(5)) == str(again.explain(5))
for one in (run.to_polars().write_csv(), run, answer, answer.full(), change, run.totals):
    print(one)
print(policy.run(roster).totals)
"""


def test_the_address_of_a_table_can_be_sent() -> None:
    pytest.importorskip("sqlalchemy", reason="fundcalc[database] is not installed")
    roster = fundcalc.Roster.read("sqlite:////nowhere/x.sqlite?table=v")
    told = []
    for one in (roster, sent_and_back(roster)):
        with pytest.raises(fundcalc.PolicyProblem, match="FC876") as caught:
            HERS.run(one)
        told.append(str(caught.value))
    assert told[0] == told[1]


@pytest.mark.parametrize("folder", sorted(POLICIES.iterdir()), ids=lambda one: one.name)
def test_every_policy_comes_back_from_a_pickle(folder: Path) -> None:
    found = fundcalc.load_policy(folder)
    again = sent_and_back(found)
    assert again == found and again.plan == found.plan


def test_a_problem_comes_back_as_it_was() -> None:
    """A pool of processes would else end in another error, or never."""
    for wrong in (
        lambda: fundcalc.load_policy("nowhere"),
        lambda: HERS.run({**VILLAGES, "residents": [1, -3]}),
    ):
        with pytest.raises(fundcalc.PolicyProblem) as caught:
            wrong()
        again = sent_and_back(caught.value)
        assert type(again) is type(caught.value) and str(again) == str(caught.value)
        assert again.diagnostics == caught.value.diagnostics


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_of_another_kind_is_told_so(kind: str) -> None:
    wrong, said = WRONG[kind]
    with pytest.raises((TypeError, ValueError), match=said):
        wrong()


@without("pandas")
def test_frames_of_pandas_have_a_way_of_their_own() -> None:
    import pandas as pd

    frame = pd.DataFrame(VILLAGES)
    with pytest.raises(TypeError, match=r"a polars DataFrame, not pandas\.DataFrame"):
        fundcalc.Roster.from_polars(frame)
    with pytest.raises(TypeError, match="see from_pandas"):
        fundcalc.Roster.from_arrow(frame)
    with pytest.raises(TypeError, match=r"a pandas DataFrame, not pandas\.Series"):
        fundcalc.Roster.from_pandas(frame["code"])


def test_without_pandas_it_says_how_to_get_it(
    computed: fundcalc.Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(fundcalc.PolicyProblem, match="pip install pandas"):
        computed.to_pandas()


@pytest.mark.parametrize("ending", ["csv", "parquet", "json"])
def test_the_folder_of_a_result_is_made(
    ending: str, computed: fundcalc.Run, tmp_path: Path
) -> None:
    computed.write(tmp_path / "new" / "deep" / f"out.{ending}")
    assert [one.name for one in (tmp_path / "new" / "deep").iterdir()] == [f"out.{ending}"]
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file") as caught:
        computed.write(tmp_path / "file" / f"out.{ending}")
    assert ".fundcalc-" not in str(caught.value)
