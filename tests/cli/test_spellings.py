"""What policy writers write that the language writes otherwise: what to write instead is in the help."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from tests.cli.conftest import Cli
from tests.cli.small import OTHERWISE, decides, fact, policy, roster, rule

_INCOME = fact("income", 'unit = "yuan/year"', "range = [0, 100_000]")
_KIND = fact("kind", 'type = "text"', 'options = ["a", "b"]')
_CATALOGUE = """
[tables.catalogue]
title = { zh = "目录", en = "Catalogue" }
keys = ["kind", "income"]
unit = "yuan/year"
source = "paper"
file = "tables/catalogue.csv"
"""
_PAID = decides("unique") + rule("paid", "income > 0", "each") + OTHERWISE
_LOOKED_UP = decides("unique") + rule("paid", "income > 0", "catalogue[kind, income]") + OTHERWISE
_TABLED = decides("unique") + 'rules_from = "tables/rules.csv"\n' + OTHERWISE


def _each(values: str = "2018-01-01 = 2", unit: str = "yuan/year", more: str = "") -> str:
    return f"""{more}
[parameters.each]
title = {{ zh = "标准", en = "Each" }}
unit = "{unit}"
source = "paper"
values = {{ {values} }}
confirmed = 2020-01-01
"""


def _checked(cli: Cli, folder: Path, tables: dict[str, str], **given: str) -> str:
    made = policy(folder, **given)
    for name, text in tables.items():
        (folder / "tables").mkdir(exist_ok=True)
        (folder / "tables" / name).write_text(text, encoding="utf-8")
    answer = cli("check", made, "--lang", "en")
    return " ".join((answer.out + answer.err).split())


@pytest.mark.parametrize(
    ("typed", "test", "band"),
    [
        ("0～60", "[0..60]", "0..60"),
        ("0-60", "[0..60]", "0..60"),
        ("0至60元", "[0..60]", "0..60"),
        ("［0..60］", "[0..60]", "0..60"),
        ("90.01以上", ">= 90.01", "90.01.."),
        ("1万元及以上", ">= 10000", "10000.."),
        ("≤3", "<= 3", "..3"),
        ("3人以下", "<= 3", "..3"),
        ("＞3", "> 3", "3.01.."),
        ("不满3", "< 3", "..2.99"),
        ("3以上不满6", "[3..6)", "3..5.99"),
        ("3以上6以下", "[3..6]", "3..6"),
    ],
)
def test_a_band_in_words_is_spelt_in_the_help(
    cli: Cli, tmp_path: Path, typed: str, test: str, band: str
) -> None:
    rows = f"id,title,source,income,granted\nr1,甲,paper,{typed},5\n"
    said = _checked(cli, tmp_path / "one", {"rules.csv": rows}, facts=_INCOME, funds=_TABLED)
    assert f"did you mean `{test}`?" in said, said
    rows = f"from,kind,income,value\n2018-01-01,a,{typed},5\n"
    given = {"facts": _INCOME + _KIND, "head": _CATALOGUE, "funds": _LOOKED_UP}
    said = _checked(cli, tmp_path / "other", {"catalogue.csv": rows}, **given)
    assert f"did you mean `{band}`?" in said, said


@pytest.mark.parametrize(
    ("row", "spelt"),
    [("2018-01-01,a,0..,0.87万", "8700"), ("2018/1/1,a,0..,5", "2018-01-01")],
)
def test_an_amount_or_a_day_in_a_table_is_spelt_in_the_help(
    cli: Cli, tmp_path: Path, row: str, spelt: str
) -> None:
    given = {"facts": _INCOME + _KIND, "head": _CATALOGUE, "funds": _LOOKED_UP}
    rows = f"from,kind,income,value\n{row}\n"
    said = _checked(cli, tmp_path, {"catalogue.csv": rows}, **given)
    assert f"did you mean `{spelt}`?" in said, said


@pytest.mark.parametrize(
    ("unit", "help_"),
    [
        ("万元", "5 万元 is 50_000"),
        ("万元/年", "5 万元 is 50_000"),
        ("%", "leave `unit` out"),
        ("percent", "leave `unit` out"),
        ("元/亩·年", "did you mean `元/(亩·年)`?"),
    ],
)
def test_a_unit_that_is_none_has_what_to_write(
    cli: Cli, tmp_path: Path, unit: str, help_: str
) -> None:
    said = _checked(cli, tmp_path, {}, facts=_INCOME, head=_each(unit=unit), funds=_PAID)
    assert "[FC105]" in said and help_ in said, said


def test_a_unit_may_be_called_m2(cli: Cli, tmp_path: Path) -> None:
    area = '[units.m2]\ntitle = { zh = "平方米", en = "square metre" }\n'
    funds = decides("unique") + rule("paid", "room > 0", "room * each") + OTHERWISE
    facts = fact("room", 'unit = "m2"', "range = [0, 1_000]")
    said = _checked(
        cli, tmp_path, {}, facts=facts, head=_each(unit="元/(m2·年)", more=area), funds=funds
    )
    assert said == "Nothing found", said


@pytest.mark.parametrize(
    ("was", "typed", "help_"),
    [
        ("[[rule]]", "[rule]", "write [[rule]]"),
        ('when = "income > 0"', "when = true", 'write "true", in quotes'),
        ('"each"', '"catalogue(kind, income)"', "did you mean `catalogue[kind, income]`?"),
        ('"income > 0"', '"项income > 0"', "did you mean `income`?"),
    ],
)
def test_a_rule_written_otherwise_has_what_to_write(
    cli: Cli, tmp_path: Path, was: str, typed: str, help_: str
) -> None:
    rows = "from,kind,income,value\n2018-01-01,a,0..,5\n2018-01-01,b,0..,5\n"
    given = {"facts": _INCOME + _KIND, "head": _each() + _CATALOGUE}
    said = _checked(
        cli, tmp_path, {"catalogue.csv": rows}, **given, funds=_PAID.replace(was, typed)
    )
    assert help_ in said, said


def test_a_must_stands_in_double_brackets(cli: Cli, tmp_path: Path) -> None:
    facts = _INCOME + '\n[must]\nwhen = "income > 0"\n'
    said = _checked(cli, tmp_path, {}, facts=facts, head=_each(), funds=_PAID)
    assert "[FC103]" in said and "write [[must]]" in said, said


def test_a_default_outside_its_range_is_refused(cli: Cli, tmp_path: Path) -> None:
    part = """
[facts.part]
title = { zh = "比例", en = "Part" }
decimals = 2
range = [0, 1]
default = 30
"""
    funds = decides("unique") + rule("paid", "part > 0", "each") + OTHERWISE
    said = _checked(cli, tmp_path, {}, facts=part, head=_each(), funds=funds)
    assert "error[FC115]: the default lies outside `range`" in said, said


def test_values_out_of_the_order_of_days_are_told(cli: Cli, tmp_path: Path) -> None:
    values = "2020-01-01 = 3, 2019-01-01 = 2, 2018-01-01 = 1"
    said = _checked(cli, tmp_path, {}, facts=_INCOME, head=_each(values), funds=_PAID)
    assert said.count("warning[FC114]") == 1 and "the last is that of 2020-01-01" in said, said


def test_a_payer_that_pays_nothing_is_told(cli: Cli, tmp_path: Path) -> None:
    payers = "".join(
        f'\n[payers.{id_}]\ntitle = {{ zh = "{zh}", en = "{id_}" }}\n'
        for id_, zh in (("city", "市"), ("town", "镇"))
    )
    funds = _PAID.replace('unit = "yuan/year"', 'unit = "yuan/year"\npayer = "city"')
    said = _checked(cli, tmp_path, {}, facts=_INCOME, head=_each(more=payers), funds=funds)
    assert "warning[FC707]: nothing uses payer `town`" in said and "`city`" not in said, said


_RATE = """
[parameters.rate]
title = {{ zh = "{zh}", en = "{en}" }}
decimals = 2
source = "paper"
values = {{ 2019-01-01 = {first}, 2020-01-01 = {value} }}
confirmed = 2020-01-01
"""


@pytest.mark.parametrize(
    ("zh", "en", "value", "asked"),
    [("补助比例", "Part", 30, True), ("标准", "Rate", 30, True), ("补助比例", "Part", 0.3, False),
     ("补助比例", "Part", '"150 %"', False), ("人数", "Heads", 5, False)],
)  # fmt: skip
def test_30_for_30_per_cent_is_asked_about(
    cli: Cli, tmp_path: Path, zh: str, en: str, value: object, asked: bool
) -> None:
    funds = decides("unique") + rule("paid", "income > 0", "round(income * rate, 0.01, 'half up')")
    first = 2 if en == "Heads" else '"25 %"'
    head = _RATE.format(zh=zh, en=en, first=first, value=value)
    said = _checked(cli, tmp_path, {}, facts=_INCOME, head=head, funds=funds + OTHERWISE)
    assert (f"is {value} % meant?" in said) == asked and said.count("FC716") <= 1, said


@pytest.mark.parametrize(
    ("header", "cell", "code", "help_"),
    [
        ("Fact part", "30", "FC625", "is 30 % meant? Write 0.3, and the whole column so"),
        ("Fact part", "30%", "FC621", "write parts of a whole as decimals: 0.3"),
        ("Fact part (%)", "30", "FC616", "30 % is 0.3; take % out of the header"),
    ],
)
def test_per_cent_in_a_roster_is_asked_about(
    cli: Cli, tmp_path: Path, header: str, cell: str, code: str, help_: str
) -> None:
    facts = _INCOME + fact("part", "decimals = 2", "range = [0, 1]")
    funds = decides("unique") + rule("paid", "income > 0", "round(income * part, 0.01, 'half up')")
    made = policy(tmp_path, facts=facts, funds=funds + OTHERWISE)
    path = roster(tmp_path, f"name,Fact income,{header}", f"甲,100,{cell}")
    answer = cli("run", path, "--policy", made, "--no-record", "--lang", "en")
    said = " ".join((answer.out + answer.err).split())
    assert f"[{code}]" in said and help_ in said, said


def test_a_roster_of_one_column_has_a_header(cli: Cli, tmp_path: Path) -> None:
    poor = (
        '\n[facts.poor]\ntitle = { zh = "困难", en = "Poor" }\ntype = "yes/no"\ndefault = false\n'
    )
    funds = decides("unique") + rule("paid", "not poor", "each") + OTHERWISE
    made = policy(tmp_path, facts=poor, head=_each(), funds=funds)
    path = roster(tmp_path, "村名", "甲", "乙")
    answer = cli("run", path, "--policy", made, "--no-record", "--lang", "en")
    assert "In all: Programme funds 4.00 yuan/year" in answer.out, answer.out + answer.err
    lacking = policy(tmp_path / "two", facts=_INCOME, head=_each(), funds=_PAID)
    answer = cli("run", path, "--policy", lacking, "--no-record", "--lang", "en")
    assert "[FC612]" in answer.err + answer.out, answer.out + answer.err


_RATES = """
[tables.part]
title = {{ zh = "{zh}", en = "{en}" }}
keys = ["kind"]
source = "paper"
file = "tables/part.csv"
"""


def _tabled(
    cli: Cli, folder: Path, *rows: str, zh: str = "各类标准", en: str = "Amounts", command: str = ""
) -> str:
    funds = decides("unique") + rule("paid", "true", "round(income * part[kind], 0.01, 'half up')")
    head = _RATES.format(zh=zh, en=en)
    made = policy(folder, facts=_INCOME + _KIND, head=head, funds=funds + OTHERWISE)
    (made / "tables").mkdir(exist_ok=True)
    (made / "tables/part.csv").write_text("\n".join(("from,kind,value", *rows)) + "\n", "utf-8")
    extra = command.split() if command else ["check"]
    answer = cli(*extra, "--policy", made, "--lang", "en")
    return " ".join((answer.out + answer.err).split())


def test_a_column_is_in_per_cent_or_it_is_not(cli: Cli, tmp_path: Path) -> None:
    said = _tabled(cli, tmp_path, ",a,2.9 %", ",b,2.9")
    assert "error[FC132]: “2.9” has no per cent sign" in said and "part.csv!C3" in said, said
    assert "write 2.9 % or 0.029" in said, said
    said = _tabled(cli, tmp_path, ",a,2.9 %", ",b,0.03")
    assert "warning[FC132]: “0.03” has no per cent sign" in said, said
    assert "FC132" not in _tabled(cli, tmp_path, ",a,2.9 %", ",b,0")
    setting = "set part[kind=b] 30 --from 2020-01-01 --source paper --dry-run"
    said = _tabled(cli, tmp_path, ",a,2.9 %", ",b,3 %", command=setting)
    assert "“30” has no per cent sign" in said, said


@pytest.mark.parametrize(
    ("rows", "title", "asked"),
    [
        ((",a,0.3", ",b,30"), "Rate", "is 30 % meant? --> : help: write 0.3; where it is meant"),
        ((",a,0.3", ",b,30"), "Amounts", ""),
        ((",a,0.03", ",b,0.3", "2020-01-01,a,3.5"), "Amounts", "`part[a]` is 3.50 from 2020-01-01"),
        ((",a,0.03", "2020-01-01,a,1.5"), "Amounts", ""),
    ],
)
def test_30_for_30_per_cent_in_a_table_is_asked_about(
    cli: Cli, tmp_path: Path, rows: tuple[str, ...], title: str, asked: str
) -> None:
    said = _tabled(cli, tmp_path, *rows, zh="标准", en=title)
    assert ("FC716" in said) == bool(asked), said


def test_a_rate_in_per_cent_that_is_set_as_30_is_asked_about(cli: Cli, tmp_path: Path) -> None:
    funds = decides("unique") + rule("paid", "true", "round(income * rate, 0.01, 'half up')")
    head = _RATE.format(zh="标准", en="Amount", first='"45 %"', value='"50 %"')
    made = policy(tmp_path, facts=_INCOME, head=head, funds=funds + OTHERWISE)
    setting = "set rate 30 --from 2021-01-01 --source paper --dry-run --policy"
    answer = cli(*setting.split(), made, "--lang", "en")
    assert "is 30 % meant?" in " ".join((answer.out + answer.err).split()), answer.out + answer.err
    setting = "set part[kind=b] 30 --from 2020-01-01 --dry-run"
    said = _tabled(cli, tmp_path / "two", ",a,0.3", ",b,0.2", en="Rate", command=setting)
    assert "is 30 % meant?" in said, said


@pytest.mark.parametrize(
    ("rows", "asked"),
    [
        (("2020-01-01,a,3", ",b,4"), True),
        ((",a,1", "2019-01-01,b,2", "2020-01-01,a,3", ",b,4"), True),
        ((",a,1", ",b,2", "2020-01-01,a,3"), False),
        ((",a,1", "2020-01-01,a,3", ",b,2", "2020-01-01,b,3"), False),
    ],
)
def test_a_blank_day_below_days_is_asked_about(
    cli: Cli, tmp_path: Path, rows: tuple[str, ...], asked: bool
) -> None:
    said = _tabled(cli, tmp_path, *rows)
    assert ("always, or the same day as above?" in said) == asked, said


def test_a_run_is_kept_of_a_policy_whose_great_step_is_meant(cli: Cli, tmp_path: Path) -> None:
    funds = decides("unique") + rule("paid", "true", "round(income * rate, 0.01, 'half up')")
    head = _RATE.format(zh="标准", en="Amount", first=2, value=300)
    head += 'jump_ok = { 2020-01-01 = { zh = "改制", en = "a reform" } }\n'
    made = policy(tmp_path, facts=_INCOME, head=head, funds=funds + OTHERWISE)
    answer = cli(
        "run", roster(tmp_path, "村名,Fact income", "甲,100"), "--policy", made, "--lang", "en"
    )
    assert answer.code == 0 and "30,000.00" in answer.out, answer.out + answer.err
    answer = cli("runs", "verify", "--lang", "en")
    assert answer.code == 0, answer.out + answer.err


def test_a_formula_that_nothing_has_worked_out_is_no_blank(cli: Cli, tmp_path: Path) -> None:
    funds = decides("unique") + rule("paid", "true", "round(income * part[kind], 0.01, 'half up')")
    head = _RATES.format(zh="标准", en="Amounts").replace(".csv", ".xlsx")
    made = policy(tmp_path, facts=_INCOME + _KIND, head=head, funds=funds + OTHERWISE)
    book = openpyxl.Workbook()
    for row in (["kind", "value"], ["a", 2], ["b", "=B2*2"]):
        book.worksheets[0].append(row)
    (made / "tables").mkdir()
    book.save(made / "tables/part.xlsx")
    answer = cli("check", "--policy", made, "--lang", "en")
    said = " ".join((answer.out + answer.err).split())
    assert "“=B2*2” is a formula, which is not worked out" in said and "part.xlsx!B3" in said, said
    assert "blank" not in said, said
