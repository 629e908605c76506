"""Write the pages of this folder from the program's own tables: `make reference`.

Commands and options come from the command line's own help, in both languages; keys of the policy files from
the schema that the loader and the editors use; functions, operators, units and types from the language;
columns from files that are written here and read back. Only the sentences between them are this file's.
"""

from __future__ import annotations

import inspect
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
NOTE = "Written by `make reference`; do not edit by hand. 本页由程序写出，请勿手改。"
ROSTER = (
    "code,name,town,county,residents,collective_income,other_cadres,current_subsidy\n"
    "149901100201,示例村,示例乡,娄烦县,620,43000,4,3600\n"
    "149901100202,另一村,示例乡,示例县,1200,63000,3,9000\n"
)


def pages() -> dict[str, str]:
    """Every page by its name."""
    return {
        "commands.md": _page(_commands()),
        "language.md": _page(_language()),
        "columns.md": _page(_columns()),
        "python.md": _page(_python()),
    }


def _page(lines: Iterable[str]) -> str:
    title, *rest = lines
    return "\n".join([title, "", NOTE, *rest]) + "\n"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield ""
    yield "| " + " | ".join(heads) + " |"
    yield "|" + "---|" * len(heads)
    for row in rows:
        yield "| " + " | ".join(map(_cell, row)) + " |"


def _cell(text: str) -> str:
    return (text if text.startswith("`") else _plain(text)).replace("|", "\\|").replace("\n", " ")


def _plain(text: str) -> str:
    """A text in which `<id>` is no tag of HTML."""
    return text.replace("<", "&lt;")


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


# -- commands -------------------------------------------------------------------------------------


def _commands() -> Iterator[str]:
    """Every command with its options, as `--help` says them in either language."""
    zh, en = (_help_in(lang) for lang in ("zh", "en"))
    yield "# Commands 命令"
    for name, command in en.items():
        other = zh[name]
        yield from ("", f"## {name}", "", other["help"], "", command["help"], "")
        yield from ("```", command["usage"].removeprefix("Usage: "), "```")
        pairs = zip(other["parameters"], command["parameters"], strict=True)
        yield from _table(
            ("option 选项", "中文", "English"),
            ((_code(written), chinese, english) for (_, chinese), (written, english) in pairs),
        )


def _help_in(lang: str) -> dict[str, Any]:
    """What the program says of its commands when it starts in a language."""
    asked = [sys.executable, str(HERE / "make.py"), "--help-as-json"]
    environment = {**os.environ, "FUNDCALC_LANG": lang, "COLUMNS": "100"}
    environment.pop("FUNDCALC_LEDGER", None)
    said = subprocess.run(asked, env=environment, capture_output=True, check=True).stdout  # noqa: S603
    found: dict[str, Any] = json.loads(said)
    return found


def _help_as_json() -> dict[str, Any]:
    import typer

    from fundcalc_cli.app import app

    found: dict[str, Any] = {}

    def walk(command: Any, context: Any) -> None:
        parts = [param.get_help_record(context) for param in command.get_params(context)]
        found[context.command_path] = {
            "help": command.help or "",
            "usage": " ".join(command.get_usage(context).split()),
            "parameters": [part for part in parts if part],
        }
        for name, one in getattr(command, "commands", {}).items():
            walk(one, type(context)(one, info_name=name, parent=context))

    command: Any = typer.main.get_command(app)
    walk(command, command.make_context("fundcalc", [], resilient_parsing=True))
    return found


# -- the policy language --------------------------------------------------------------------------

EXPRESSIONS = (
    "residents + 10", "funding_gap - 100", "other_cadres * current_subsidy", "-residents",
    "round(subsidy_total / other_cadres, 0.01, 'half up')", "residents < 1_000",
    "0 < collective_income <= income_ceiling", "residents > 5", "residents >= 5", "county == '娄烦县'",
    "county != '娄烦县'", "county in backstop_counties", "county not in backstop_counties",
    "has_venue and not weak_organisation", "registered_poor or weak_organisation",
    "8_000 if registered_poor else current_subsidy", "max(guaranteed_funds - existing_funding, 0)",
)  # fmt: skip
"""One of every kind; each is read by the language itself, which tells its type."""


def _language() -> Iterator[str]:
    from fundcalc.base import catalogue
    from fundcalc.base.money import DIRECTIONS
    from fundcalc.language.functions import FUNCTIONS, direction_words
    from fundcalc.language.syntax import MAX_DEPTH, MAX_LENGTH
    from fundcalc.language.units import KNOWN
    from fundcalc.reports.show import HIT_POLICIES

    yield "# The policy language 政策语言"
    yield from ("", "The story behind it is in [docs/language.md](../language.md).")
    yield from ("", "## Expressions 表达式")
    yield from _table(("for example 例", "type 类型", "中文"), _expressions())
    yield from ("", f"At most {MAX_LENGTH:,} characters, {MAX_DEPTH} levels deep.")
    yield from ("", "## Functions 函数")
    functions = [(f.usage, catalogue.words(f.gives)) for f in FUNCTIONS.values()]
    rows = ((_code(usage), gives.zh, gives.en) for usage, gives in functions)
    yield from _table(("written 写法", "中文", "English"), rows)
    yield from ("", "## Directions of rounding 取整方向")
    words = ((_code(f"'{way}'"), direction_words(way)) for way in DIRECTIONS)
    yield from _table(
        ("direction 方向", "中文", "English"), ((way, w.zh, w.en) for way, w in words)
    )
    yield from ("", "## Units 单位", "", "Any other name may stand for a unit of the policy's own.")
    yield from _table(
        ("English", "中文"), ((_code(one), _code(one.called.zh)) for one in KNOWN.values())
    )
    yield from ("", "## Hit policies 多条规则适用时")
    hits = ((_code(name), said) for name, (_, said) in HIT_POLICIES.items())
    yield from _table(("hit_policy", "中文", "English"), ((name, w.zh, w.en) for name, w in hits))
    yield from _keys()


def _expressions() -> Iterator[tuple[str, str, str]]:
    from fundcalc.base.diagnostics import Span
    from fundcalc.language.datatypes import describe
    from fundcalc.language.parse import parse
    from fundcalc.language.reader import Scope, Symbol
    from fundcalc.language.syntax import Source
    from fundcalc.policy.load import load

    policy = load(ROOT / "policies.toml")[0]
    outputs = [output for programme in policy.programmes for output in programme.outputs]
    named = [*policy.facts.values(), *policy.parameters.values(), *outputs]
    scope = Scope({one.id: Symbol(one.id, "fact", one.type) for one in named})
    for text in EXPRESSIONS:
        node, faults = parse(Source(text, lambda _a, _b: Span("reference")), scope, None)
        assert node is not None, faults
        said = describe(node.type)
        yield _code(text), said.en, said.zh


def _keys() -> Iterator[str]:
    """Every key of every table, from the JSON Schemas."""
    from fundcalc.policy.json_schema import KINDS, json_schema

    shown: set[str] = set()
    for kind in KINDS:
        schema = json_schema(kind)
        tables = {"": schema, **schema.get("$defs", {})}
        for name, table in tables.items():
            if name and name in shown:
                continue
            shown.add(name)
            title = _plain(" ".join(reversed(table["title"].split(" · "))))
            yield from ("", f"{'###' if name else '##'} {title}")
            if name:
                yield from ("", f'<a id="{name}"></a>')
            needed = table.get("required", [])
            yield from _table(
                ("key 键", "holds 值", "", "中文", "English"),
                (_key(key, one, key in needed) for key, one in table["properties"].items()),
            )


def _key(name: str, one: dict[str, Any], needed: bool) -> tuple[str, ...]:
    zh, en = one["title"].split(" · ")
    need = "required 必填" if needed else ""
    if "default" in one:
        need = f"default 默认 `{json.dumps(one['default'], ensure_ascii=False)}`"
    return _code(name), _holds(one), need, zh, en


def _holds(one: dict[str, Any]) -> str:
    """What a key may hold, in short."""
    if "$ref" in one:
        name = one["$ref"].rsplit("/", 1)[1]
        return f"[{name.removesuffix('Table')}](#{name})"
    if "enum" in one:
        return ", ".join(_code(str(value)) for value in one["enum"])
    if "const" in one:
        return _code(str(one["const"]))
    if "anyOf" in one:
        return " / ".join(dict.fromkeys(_holds(part) for part in one["anyOf"]))
    kind = one.get("type")
    if kind == "array":
        return f"list: {_holds(one['items'])}" if "items" in one else "list"
    if kind == "object":
        inner = next(iter(one.get("patternProperties", {}).values()), None)
        inner = inner or one.get("additionalProperties")
        return f"by name: {_holds(inner)}" if isinstance(inner, dict) else "table"
    kinds = kind if isinstance(kind, list) else [kind or "any"]
    return ", ".join([one["format"]] if "format" in one else kinds)


# -- columns --------------------------------------------------------------------------------------


def _columns() -> Iterator[str]:
    from fundcalc import api
    from fundcalc.ledger.by_hand import COLUMNS as OVERRIDE_COLUMNS
    from fundcalc.reports.by_hand import DIFFERENCE_COLUMNS
    from fundcalc.reports.near import CSV_COLUMNS as NEAR_COLUMNS

    policy = api.load_policy(ROOT / "policies.toml")
    yield "# Columns 各列"
    yield from (
        "",
        "Of the shipped policy; a policy of your own has its own. 以自带的政策为例；自己的政策以其规则为准。",
    )
    yield from ("", "## Rosters in 名册", "", "More in [docs/rosters.md](../rosters.md).")
    yield from _table(
        (
            "id",
            "表头",
            "header",
            "type, unit 类型、单位",
            "range 范围",
            "typical 常见大小",
            "blank 未填",
            "aliases 别名",
            "near aliases 近似的表头",
        ),
        (_fact(fact) for fact in policy.facts.values()),
    )
    with tempfile.TemporaryDirectory() as folder:
        yield from _results(Path(folder), policy)
    yield from ("", "## Lists of their own 其他清单", "")
    for title, heads in (
        ("`--overrides` FILE.csv", OVERRIDE_COLUMNS),
        ("`--differences` FILE.csv", DIFFERENCE_COLUMNS),
        ("`runs near --format csv`", NEAR_COLUMNS),
    ):
        yield f"* {title}: " + ", ".join(_code(str(head)) for head in heads)
    yield _rejects()


def _fact(fact: Any) -> tuple[str, ...]:
    from fundcalc.language.show import literal

    ends = [literal(end, fact.type) for end in (fact.low, fact.high) if end is not None]
    typical = [literal(end, fact.type) for end in fact.typical or ()]
    blank = "required 必填" if fact.required else ""
    if not fact.required and fact.default is not None and fact.default != "":
        blank = literal(fact.default, fact.type)
    return (
        _code(fact.id), fact.title.zh, fact.title.en, _typed(fact.type), " … ".join(ends),
        " … ".join(typical), blank, "、".join(fact.aliases), "、".join(fact.near_aliases),
    )  # fmt: skip


def _typed(kind: Any) -> str:
    from fundcalc.language.datatypes import describe

    said = describe(kind)
    return said.en if said.zh == said.en else f"{said.en} {said.zh}"


def _results(folder: Path, policy: Any) -> Iterator[str]:
    """Write a result in every form and read its columns back."""
    import polars as pl

    from fundcalc import api
    from fundcalc.api.reporting import columns_of

    roster = folder / "roster.csv"
    roster.write_text(ROSTER, encoding="utf-8")
    read = api.read_roster(roster, policy)
    run = api.calculate(api.plan(policy), read)
    api.write(run, folder / "r.parquet", "en")
    stored = pl.read_parquet_schema(folder / "r.parquet")
    programme = {output.id: one.id for one in policy.listed_programmes for output in one.outputs}
    yield from ("", "## Results .csv .parquet .json 结果")
    yield from (
        "",
        (
            "CSV has the ids as headers in English; under `--lang zh` the Chinese headers, "
            "是/否, and titles in place of the ids of rules, readings and facts, joined by `；`."
        ),
    )
    rows = [
        (
            _code(column.id), column.header("zh"), column.title.en, _typed(column.type),
            _code(str(stored[column.id])), _code(programme.get(column.id, "")),
        )
        for column in columns_of(run)
    ]  # fmt: skip
    assert [row[0] for row in rows] == [_code(name) for name in stored]
    heads = ("id", "中文表头", "title", "type, unit 类型、单位", "parquet", "programme 项目")
    yield from _table(heads, rows)
    yield from _grid(folder, policy, read)
    yield from _json(run)
    yield from _workbook(folder, run)


def _json(run: Any) -> Iterator[str]:
    """What a run says as JSON: its keys, and those of what is in its lists."""
    from fundcalc import api

    yield from ("", "## JSON", "")
    yield "`explain --format json`: [JSON Schema](../schema/explanation.schema.json)."
    yield from ("", "`run --format json` has, amounts as text in yuan with two decimals:", "")
    for key, value in api.summary_json(run, api.summarise(run)).items():
        inner = value[0] if isinstance(value, list) and value else value
        keys = ", ".join(_code(name) for name in inner) if isinstance(inner, dict) else ""
        yield f"* {_code(key)}" + (
            f": a list of {keys}" if isinstance(value, list) and keys else ""
        )


def _grid(folder: Path, policy: Any, read: Any) -> Iterator[str]:
    import polars as pl

    from fundcalc import api

    some = api.scenarios(policy, None, [2017, 2018], {}, {})
    api.grid(policy, some, read, folder / "g.parquet", "en")
    found = pl.read_parquet_schema(folder / "g.parquet")
    yield from ("", "## Grids .parquet .csv 多方案")
    yield from ("", "What varies comes first (here the year), then the village, then the results.")
    yield from ("", ", ".join(f"{_code(name)} {kind}" for name, kind in found.items()))


def _workbook(folder: Path, run: Any) -> Iterator[str]:
    """The sheets of the workbook, and the headers above their frozen rows."""
    import openpyxl

    from fundcalc import api

    books = {}
    for lang in ("zh", "en"):
        api.write(run, folder / f"r.{lang}.xlsx", lang)
        books[lang] = openpyxl.load_workbook(folder / f"r.{lang}.xlsx")
    yield from ("", "## Workbook .xlsx 工作簿", "", "More in [docs/workbook.md](../workbook.md).")
    for zh, en in zip(books["zh"].worksheets, books["en"].worksheets, strict=True):
        yield from ("", f"### {en.title} {zh.title}")
        pairs = [pair for pair in zip(_heads(en), _heads(zh), strict=True) if any(pair)]
        if pairs:
            yield from _table(("header", "表头"), pairs)


def _heads(sheet: Any) -> list[str]:
    """The header of each column: the lowest filled cell of it above the frozen rows' edge."""
    top = int(sheet.freeze_panes.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) if sheet.freeze_panes else 1
    rows = list(sheet.iter_rows(max_row=top - 1, values_only=True)) if top > 1 else []
    columns = zip(*rows[-2:], strict=True)
    said = ([str(cell) for cell in cells if cell not in (None, "")] for cells in columns)
    heads = [_one_line(" ".join(cells[-1:])) for cells in said]
    hidden = [one for one in sheet.column_dimensions.values() if one.hidden]
    return heads[: min([len(heads), *(one.min - 1 for one in hidden)])]


def _one_line(head: str) -> str:
    """A head as if it stood on one line."""
    joined = re.sub(r"(?<=[\u2e80-\uffef])\n|\n(?=[\u2e80-\uffef])", "", head)
    return joined.replace("\n", " ")


def _rejects() -> str:
    from fundcalc.reports.files import rejects_csv

    zh, en = (rejects_csv([], lang).decode("utf-8-sig").strip().split(",") for lang in ("zh", "en"))
    said = ", ".join(f"{_code(one)} {other}" for one, other in zip(en, zh, strict=True))
    return f"* `--rejects` FILE.csv: {said}"


# -- Python ---------------------------------------------------------------------------------------


PYTHON_INTRODUCTION = """
First what programs and notebooks begin with, `import fundcalc`. Then what the command line itself uses, `from
fundcalc import api`: there paths are `pathlib.Path`, `lang` is `"zh"` or `"en"`, and amounts are whole fen.
`PolicyProblem` holds all that was found wrong, each with its code, place and words, and prints it.
先列程序和笔记本常用的 `import fundcalc`。再列命令行本身用的 `from fundcalc import api`：
路径是 `pathlib.Path`，`lang` 是 `"zh"` 或 `"en"`，内部金额一律是整数分。

```python
from pathlib import Path
from fundcalc import api

policy = api.load_policy()
roster = api.read_roster(Path("examples/taiyuan-2017.xlsx"), policy)
run = api.calculate(api.plan(policy), roster)
print(api.summary_text(run, api.summarise(run), "en"))
print(api.explanation_text(api.explain(run, 0), "en"))
api.write(run, Path("result.csv"), "en")
```
""".lstrip()


def _python() -> Iterator[str]:
    """Every name of `fundcalc` and `fundcalc.api` with its parameters and what it says of itself."""
    import fundcalc
    from fundcalc import api

    yield "# Python"
    yield from ("", *PYTHON_INTRODUCTION.rstrip().split("\n"))
    yield from (
        "",
        "## fundcalc",
        "",
        "Told with examples in [Python and notebooks](../python.md).",
    )
    for name in fundcalc.__all__:
        value = getattr(fundcalc, name)
        if not inspect.isclass(value):
            yield from ("", f"### {name}", "", *_named(name, value))
            continue
        yield from ("", f"### {name}", "", _plain(inspect.getdoc(value) or ""), "")
        for part in vars(value):
            if not part.startswith("_"):
                yield from _member(part, inspect.getattr_static(value, part))
    folders: dict[str, list[str]] = {}
    for name, (module, _) in api.sources().items():
        folders.setdefault(module.split(".")[1], []).append(name)
    for folder, names in sorted(folders.items()):
        yield from ("", f"## {folder}")
        for name in sorted(names, key=str.lower):
            yield from ("", f"### {name}", "", *_named(name, getattr(api, name)))


def _member(name: str, value: Any) -> Iterator[str]:
    """A method with its parameters, or a property, on a line."""
    told = " ".join(_plain(inspect.getdoc(value) or "").split("\n\n")[0].split())
    if isinstance(value, property | cached_property):
        yield f"* `{name}`: {told}"
    elif inspect.isfunction(value) or isinstance(value, classmethod):
        bare = inspect.signature(getattr(value, "__func__", value))
        some = [one for one in bare.parameters.values() if one.name not in ("self", "cls")]
        signature = str(bare.replace(parameters=some)).replace("'", "")
        yield f"* `{name}{signature}`: {told}"


def _named(name: str, value: Any) -> Iterator[str]:
    """A function's or class's head and docstring; of a constant its value."""
    if not (inspect.isfunction(value) or inspect.isclass(value)):
        shown = (
            value if isinstance(value, tuple | Path) else str(value).replace("collections.abc.", "")
        )
        yield _code(f"{name} = {str(shown) if isinstance(shown, Path) else shown}")
        return
    getattr(value, "model_rebuild", bool)()  # pydantic tells its fields once it has been asked to
    signature = str(inspect.signature(value)).replace("'", "").replace("FilePath", "Path")
    yield from ("```python", f"{name}{signature}", "```", "", _plain(inspect.getdoc(value) or ""))


def main() -> None:
    """Write the pages; with `--help-as-json`, say what the program's help holds."""
    if "--help-as-json" in sys.argv:
        print(json.dumps(_help_as_json(), ensure_ascii=False))
        return
    for name, text in pages().items():
        (HERE / name).write_text(text, encoding="utf-8")
        print(f"docs/reference/{name}")


if __name__ == "__main__":
    main()
