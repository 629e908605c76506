"""The audit pack: a run as plain files that common tools check, with nothing of this program needed.

Pieces as the ledger has them, readable tables, explanations, who made what from what (W3C PROV), a data
dictionary, digests, and in `pack/` what checks it all without this program. The folder appears whole or not
at all; no name from the ledger leads out of it.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, assert_never

from fundcalc.base import dataclass
from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import PolicyProblem, Span
from fundcalc.base.files import beside, json_bytes
from fundcalc.base.money import FEN_DECIMALS, plain
from fundcalc.base.words import Lang, Words, of_rows, rows
from fundcalc.engines.result import JOIN, Result, values_of
from fundcalc.language.datatypes import Date, Number, Text, Texts, Type, Unknown, YesNo
from fundcalc.language.units import PLAIN
from fundcalc.ledger.encoding import sm3
from fundcalc.ledger.recorded import Pieces
from fundcalc.ledger.store import Entry, Link
from fundcalc.policy.columns import Column, Constant, Decided, Flags, Stored, columns, in_rows
from fundcalc.policy.model import IDENTITY
from fundcalc.policy.plan import Plan
from fundcalc.reports.columns import Filled, text
from fundcalc.reports.files import csv_bytes, safe
from fundcalc.roster.model import Roster, place

if TYPE_CHECKING:
    from fundcalc.reports.workbook.form import Col, Form

SUMS, SM3 = "SHA256SUMS", "SM3SUMS"


@dataclass(frozen=True, slots=True)
class Pack:
    """What goes in: the run's pieces, the records up to it, and what is made of them for readers.

    `explanations` gives a village's explanation as JSON-ready data, or is None where none are wanted;
    `differences` is the table of a correction, where the run is one.
    """

    pieces: Pieces
    records: Sequence[Link]
    roster: Roster
    ruled: Result
    columns: Sequence[Filled]
    """Those of the table here, by the facts' ids."""
    shown: Sequence[Filled]
    """Those of the tables that the run writes."""
    papers: Mapping[Lang, Sequence[Sequence[Form]]]
    """The sheets of each workbook that the run writes."""
    table: bytes
    explanations: Callable[[int], dict[str, Any]] | None
    differences: Mapping[Lang, bytes]
    later: Sequence[tuple[Words, str, bytes]] = ()
    """What became of the run since: in words, and the record with its name."""


def write(pack: Pack, folder: Path) -> int:
    """Write the pack into a new or empty folder; returns how many files. Raises PolicyProblem, OSError."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise PolicyProblem([say("FC830", Span(str(folder)))])
    folder.parent.mkdir(parents=True, exist_ok=True)
    with beside(folder) as whole:
        whole.mkdir()
        writer = _Writer(whole)
        for name, content in _files(pack):
            writer.write(name, content)
        writer.sums()
        whole.replace(folder)
    return len(writer.digests) + 2


def _files(pack: Pack) -> Iterator[tuple[str, Iterable[bytes]]]:
    entry = pack.pieces.entry
    for name in pack.pieces.parts:
        yield _inside(pack, name), [pack.pieces.content(name)]
    for number, record in enumerate(pack.records, 1):
        yield f"chain/{number:04}.json", [record.record]
    yield "record.json", [entry.record]
    yield "roster.csv", [_roster(pack)]
    yield "results.csv", [pack.table]
    if pack.differences:
        yield "differences.csv", [pack.differences["en"]]
    for _, name, record_ in pack.later:
        yield f"later/{name}.json", [record_]
    explained = pack.explanations is not None
    if explained:
        yield "explanations.jsonl", _explanations(pack)
    yield "prov.json", [json_bytes(_provenance(entry, explained=explained))]
    yield "dictionary.csv", [_dictionary(pack)]
    yield "papers.json", [json.dumps(list(_papers(pack)), ensure_ascii=False).encode()]
    yield "check.py", [_shipped("check.py").encode()]
    yield "check.ps1", [_BOM + _shipped("check.ps1").replace("\n", "\r\n").encode()]
    yield "check.cmd", [_shipped("check.cmd").replace("\n", "\r\n").encode()]
    yield "README.md", [_readme(pack).encode()]


_BOM = b"\xef\xbb\xbf"
"""Without which Windows' own PowerShell takes Chinese for the local code page."""


def _shipped(name: str) -> str:
    return files("fundcalc.reports").joinpath("pack", name).read_text("utf-8")


def _dictionary(pack: Pack) -> bytes:
    """What each column and key means, with unit, type and source, and on which sheets it stands.

    Money in tables is in yuan.
    """
    from fundcalc.reports.settings import on_paper
    from fundcalc.reports.summary import stake_said

    plan = pack.ruled.plan
    on_sheets: dict[str, set[str]] = {"sign": set(), "notice": set()}
    for sheet, ids in on_sheets.items():
        for _, read, outputs in on_paper(plan, public=sheet == "notice"):
            ids.update(fact.id for fact in read)
            ids.update(output.id for output in outputs)
    paid = any(o.payer is not None for p in plan.policy.programmes for o in p.outputs)
    heads = ["file", "key", "title_zh", "title_en", "header_zh", "type", "unit", "payer",
             "meaning_zh", "meaning_en", "source", "sheets"]  # fmt: skip
    rows: list[Sequence[str]] = []
    known = plan.policy.ids
    once = {output.id for output in plan.policy.group_outputs}
    every = [*columns(plan), *in_rows(plan.policy)]
    by_id = {known.get(column.id, column.id): column for column in every}
    for column in pack.columns:
        kind, unit = column.type, _unit(column.type)
        titles = (column.title.zh, column.title.en, column.header("zh"))
        declared = by_id.get(column.id)
        content, source = _content(declared, plan)
        payer = declared.payer if declared is not None else None
        sheets = " ".join(sheet for sheet, ids in on_sheets.items() if column.id in ids)
        if column.id in once:  # one for a group, in each of its rows
            sheets, payer = "once" if payer else "once unpaid", None
        rest = (_kind(kind), unit, payer or "", content.zh, content.en, source, sheets)
        rows.append(("results.csv", column.id, *titles, *rest))
        if (
            declared is not None and declared.id != column.id
        ):  # what the policy calls a fact of the row's identity
            rows.append(("results.csv", column.id, *[declared.id] * len(titles), *rest))
        if column.id in plan.policy.facts:
            rows.append(("roster.csv", column.id, *titles, *rest))
    rows += _payers(plan, once)
    arranged, unit_said = words("book.arranged"), stake_said(plan.policy)
    stake = "yuan" if unit_said.en == "yuan" else f"{unit_said.zh} {unit_said.en}"
    for key in csv.DictReader(_shipped("keys.csv").splitlines()):
        of_all = key["key"] == "arranged"
        titles = (arranged.zh, arranged.en, "") if of_all else ("", "", "")
        meaning = of_rows(Words(key["meaning_zh"], key["meaning_en"]))
        unit = {"": "", "yuan": stake if plan.policy.has_money else ""}[key["unit"]]
        ends = key["file"], "sign" if of_all and paid else ""
        rows.append(
            (key["file"], key["key"], *titles, key["type"], unit, "", meaning.zh, meaning.en, *ends)
        )
    return csv_bytes(heads, rows)


def _payers(plan: Plan, once: Collection[str]) -> Iterator[Sequence[str]]:
    """What each payer bears, on the summary; not where they pay in several units, each a column there."""
    outputs = [o for p in plan.policy.programmes for o in p.outputs if o.payer is not None]
    kinds = {_unit(o.type): o.type for o in outputs}
    meaning = words("auditing.is_payer")
    if len(kinds) != 1 or any(output.id in once for output in outputs):
        return
    for payer in dict.fromkeys(output.payer for output in outputs):
        title = plan.policy.payers[str(payer)]
        [(unit, kind)] = kinds.items()
        rest = (_kind(kind), unit, "", meaning.zh, meaning.en, "paper", "summary")
        yield ("paper", f"payer/{payer}", title.zh, title.en, "", *rest)


def _unit(kind: Type) -> str:
    """A column's unit in both languages; nothing where it has none."""
    if not isinstance(kind, Number) or kind.unit is None or kind.unit == PLAIN:
        return ""
    return f"{kind.unit.said('zh')} {kind.unit.said('en')}"


def _content(column: Column | None, plan: Plan) -> tuple[Words, str]:
    """What a column of the results holds, and where that stands."""
    if column is None:
        return words("auditing.is_further"), "overrides.json, correction.json"
    match column.content:
        case Stored(id_):
            if id_ in plan.policy.facts:
                return words("auditing.is_fact"), "roster.csv"
            return words("auditing.is_output"), f"results/{id_}.txt"
        case Decided(programme):
            return words("auditing.is_rule"), f"rules/{programme}.txt"
        case Flags():
            return words("auditing.is_flags"), "flags.txt"
        case Constant():
            return words("auditing.is_further"), ""
        case _:
            assert_never(column.content)


def _kind(kind: Type) -> str:
    match kind:
        case Number():
            return "number" if not kind.decimals else f"number, {kind.decimals} decimals"
        case YesNo():
            return "true/false"
        case Date():
            return "day"
        case Text():
            return "text"
        case Texts():
            return "list, joined by +"
        case Unknown():
            return ""
        case _:
            assert_never(kind)


def _inside(pack: Pack, name: str) -> str:
    """The name of a piece as a path below the folder; anything else is a ledger that was tampered with."""
    parts = name.split("/")
    odd = not name.isprintable() or any(char in name for char in '\\:*?"<>|')
    if odd or len(name) > 200 or any(part in ("", ".", "..") or part[0] == "." for part in parts):
        raise pack.pieces.damage(name[:80], Words("不是文件名", "is no name of a file"))
    return name


def _explanations(pack: Pack) -> Iterator[bytes]:
    assert pack.explanations is not None
    for index in range(len(pack.ruled.rows)):
        yield json.dumps(pack.explanations(index), ensure_ascii=False).encode() + b"\n"


def _roster(pack: Pack) -> bytes:
    """The roster as read: values with decimals, the row in the file, and which facts were assumed."""
    facts, roster = pack.ruled.plan.policy.facts, pack.roster
    ids = list(roster.columns)
    values = [[text(v, facts[id_].type) for v in values_of(roster.columns[id_])] for id_ in ids]
    sources = (
        place(part.file, part.sheet, "") for part in roster.parts for _ in range(part.villages)
    )
    assumed = [
        JOIN.join(id_ for id_, marks in roster.assumed.items() if marks[index])
        for index in range(len(roster.rows))
    ]
    rows = zip(map(str, roster.rows), *values, assumed, sources, strict=True)
    return csv_bytes(["row", *ids, "assumed", "source"], rows)


class _Writer:
    """Writes files below a folder and remembers their digests by SHA-256 and SM3."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.digests: dict[str, str] = {}
        self._sm3: dict[str, str] = {}

    def write(self, name: str, content: Iterable[bytes]) -> None:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = b"".join(content)
        path.write_bytes(whole)
        self.digests[name] = hashlib.sha256(whole).hexdigest()
        self._sm3[name] = sm3(whole).removeprefix("sm3:")

    def sums(self) -> None:
        """What `sha256sum -c` and `cksum -a sm3 -c` read."""
        for file, digests in ((SUMS, self.digests), (SM3, self._sm3)):
            lines = (f"{digest}  {name}\n" for name, digest in sorted(digests.items()))
            (self._folder / file).write_bytes("".join(lines).encode())


def _readme(pack: Pack) -> str:
    """What the pack says of itself, Chinese first; every command in it runs in the pack's folder."""
    from jinja2 import Environment, StrictUndefined

    def code(text: str) -> str:
        """Text that Markdown shows as it stands."""
        plain = " ".join(text.replace("`", "'").split())
        return f"`{plain}`"

    entry = pack.pieces.entry
    roster = entry.data["roster"]
    noun = rows()
    source = noun.of_rows(noun.of_rows(_shipped("README.md"), "zh"), "en")
    template = Environment(  # noqa: S701 - Markdown, not HTML
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    ).from_string(source)
    return template.render(
        id=code(entry.id),
        head=code(entry.head),
        sm3=code(sm3(entry.record)),
        later=[Words(*map(code, (what.zh, what.en))) for what, _, _ in pack.later],
        roster=(code(roster["file"]), code(roster["digest"])),
        files=[(code(name), code(digest)) for name, digest in roster.get("files", {}).items()],
        several="files" in roster,
        correction="correction.json" in entry.parts,
        carry="carry.json" in entry.parts,
        intake="intake.toml" in entry.parts,
        explained=pack.explanations is not None,
        money=noun.money,
    )


# -- papers ---------------------------------------------------------------------------------------

LANGS: tuple[Lang, Lang] = ("zh", "en")


def _papers(pack: Pack) -> Iterator[dict[str, Any]]:
    """What stands on each paper that the run writes: columns, sums, lines; figures by where they are.

    The record vouches for none of it: what checks a paper takes figures from the tables, where they are.
    """
    from fundcalc.reports.workbook.sign import TO_READ

    known = _columns(pack.table)
    differences = {lang: _columns(table) for lang, table in pack.differences.items()}
    for lang in LANGS:
        heads = [_in_table(column, pack.ruled.plan.policy.ids, lang) for column in pack.shown]
        rows = [[index] for index in range(len(pack.ruled.rows))]
        yield {"sheets": [{"name": "", "columns": heads, "rows": rows}]}
        if differences:
            yield {"sheets": [_table_of_differences(differences["en"], differences[lang])]}
        agree, yuan, wan, *to_read = (
            words(key).say(lang)
            for key in ("book.agree", "book.unit_yuan", "book.unit_wan", *TO_READ)
        )
        for forms in pack.papers[lang]:
            sheets = [
                _sheet(pack, form, forms, differences["en"], lang) | {"table": "differences.csv"}
                if form.name == words("book.due_sheet").say(lang)
                else _sheet(pack, form, forms, known, lang)
                for form in forms
            ]
            of_all = {"agree": agree, "yuan": yuan, "wan": wan}
            yield {"to_read": to_read, "sheets": [sheet | of_all for sheet in sheets]}


def _columns(table: bytes) -> dict[str, tuple[str, ...]]:
    """The cells of a CSV by its heads."""
    heads, *rows = csv.reader(io.StringIO(table.decode("utf-8-sig"), newline=""))
    return dict(zip(heads, zip(*rows, strict=True) if rows else [()] * len(heads), strict=True))


def _in_table(column: Filled, ids: Mapping[str, str], lang: Lang) -> dict[str, Any]:
    """A column of a table: a Chinese one has words in place of ids, true and false."""
    head: dict[str, Any] = {"title": column.header(lang), "of": [ids.get(column.id, column.id)]}
    if head["of"][0] in IDENTITY:
        head |= {"who": True, "text": True}
    if lang == "zh" and isinstance(column.type, YesNo):
        head["words"] = {"true": words("book.yes").zh, "false": words("book.no").zh}
    elif lang == "zh" and column.called:
        head["words"] = {safe(text): safe(column.in_words(text)) for text in column.texts[1]}
    return head


def _table_of_differences(
    ids: Mapping[str, Sequence[str]], shown: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    """What a correction changes, as a table whose words stand for those of differences.csv."""
    columns: list[dict[str, Any]] = []
    for (id_, cells), (title, in_words) in zip(ids.items(), shown.items(), strict=True):
        column: dict[str, Any] = {"title": title, "of": [id_]}
        if id_ in _DUE.values() and id_ not in _AMOUNTS:
            column |= {"text": True, "words": dict(zip(cells, in_words, strict=True))}
        columns.append(column | ({"who": True} if id_ in (*IDENTITY, "output") else {}))
    rows = [[index] for index in range(len(ids["output"]))]
    return {"name": "", "table": "differences.csv", "columns": columns, "rows": rows}


_AMOUNTS = ("before", "after", "pay", "deduct")
_DUE = {f"book.due_{id_}": id_ for id_ in ("name", "county", "town", "code", "payer", *_AMOUNTS)}
_DUE |= {"book.due_item": "output", "remark": "presence", "remarks": "overrides"}
"""Which columns of differences.csv the sheet has; and what the sheet to sign says of amounts set by hand."""


def _sheet(
    pack: Pack, form: Form, forms: Sequence[Form], known: Mapping[str, Sequence[str]], lang: Lang
) -> dict[str, Any]:
    """A sheet: who stands in which row, whose sums follow, and what is above and below."""
    summary, order = form.name == words("book.sheet_summary").say(lang), list(form.place)
    rows = [[index] for index in order]
    if summary:
        by_county: dict[int, list[int]] = {}
        for index, county in enumerate(pack.ruled.groups("county")[0].tolist()):
            by_county.setdefault(county, []).append(index)
        rows = list(by_county.values())
    elif form.name == words("book.sheet_settle").say(lang):  # a row a reading, with its own words
        known, rows = {}, [[] for _ in order]
    billed = next((other for other in forms if other is not form), form) if summary else form
    title, *may = form.lines
    may += [title + words("book.continued").say(lang), words("book.check").say(lang)]
    unsigned = words("book.maker"), words("book.checker")  # as they are before there are names
    may += [label.say(lang) for label in unsigned]
    return {
        "name": form.name,
        "rows": rows,
        "sums": form.added,
        "columns": [_on_sheet(col, order, known, billed.cols, form.cols) for col in form.cols],
        "need": [title, words("book.on", on=pack.ruled.plan.on).say(lang)],
        "once": form.once,
        "may": list(dict.fromkeys(may)),
    }


def _on_sheet(
    col: Col, order: Sequence[int], known: Mapping[str, Sequence[str]], billed: Sequence[Col],
    cols: Sequence[Col],
) -> dict[str, Any]:  # fmt: skip
    """A column of a sheet: which results it shows or adds up, in which words; else its own cells."""
    id_ = _DUE.get(col.id, col.id)
    marks = {
        "group": col.group, "money": col.kind == "money", "text": col.kind == "text",
        "apart": not col.summed or col.kind == "text", "formula": col.formula is not None,
        "who": id_ in (*IDENTITY, "output"),
    }  # fmt: skip
    data: dict[str, Any] = {
        "title": col.title,
        **{key: mark for key, mark in marks.items() if mark},
    }
    if id_ == "number":
        return data | {"running": True}
    if col.kind != "text":
        of: list[str] = []
        for part in [id_] if cols is billed else col.parts:  # on the summary some have no parts
            paid = [c.id for c in billed if c.payer is not None and c.unit == col.unit]
            of += paid if part.startswith("arranged") else [part]
        paid_once = [c for c in cols if c.payer is not None and c.unit == col.unit and not c.parts]
        with_groups = cols is not billed and id_.startswith("arranged") and paid_once
        if of and not with_groups and all(part in known or part in _AMOUNTS for part in of):
            return data | {"of": of}
        decimals = FEN_DECIMALS if col.kind == "money" else col.decimals
        return data | {"values": [plain(int(col.values[index]), decimals) for index in order]}
    shown = [str(col.values[index]) for index in order]
    if id_ not in known:
        return data | {"values": shown}
    if id_ in IDENTITY:
        return data | {"of": [id_]}
    cells = [known[id_][index] for index in order]
    in_words = dict(zip(cells, shown, strict=True))
    if [in_words[cell] for cell in cells] != shown:
        return data | {"values": shown}
    return data | {"of": [id_], "words": in_words}


# -- provenance -----------------------------------------------------------------------------------

_RUN = "fc:run"


def _provenance(entry: Entry, *, explained: bool) -> dict[str, Any]:
    """The run as an activity that used roster and policy and made results, on behalf of people.

    W3C PROV in JSON: https://www.w3.org/submissions/prov-json/.
    """
    data = entry.data
    entities = _entities(entry, explained=explained)
    generated = [name for name in entities if name.startswith("fc:made-")]
    used = [name for name in entities if name not in generated and not name.startswith("fc:run-")]
    agents = _agents(data)
    people = [name for name in agents if name != "fc:program"]
    document: dict[str, Any] = {
        "prefix": {"fc": "urn:fundcalc:"},
        "entity": entities,
        "activity": {
            _RUN: {
                "prov:endTime": data["recorded_at"],
                "prov:label": f"run {entry.id}",
                "fc:engine": data["engine"]["asked"],
            }
        },
        "agent": agents,
        "used": _numbered("u", [{"prov:activity": _RUN, "prov:entity": name} for name in used]),
        "wasGeneratedBy": _numbered(
            "g", [{"prov:entity": name, "prov:activity": _RUN} for name in generated]
        ),
        "wasAssociatedWith": _numbered(
            "a", [{"prov:activity": _RUN, "prov:agent": name} for name in agents]
        ),
        "wasDerivedFrom": _numbered("d", _derived(generated, used, data)),
    }
    if people:
        document["actedOnBehalfOf"] = _numbered(
            "b", [{"prov:delegate": "fc:program", "prov:responsible": name} for name in people]
        )
    return document


def _entities(entry: Entry, *, explained: bool) -> dict[str, Any]:
    data = entry.data
    roster, policy = data["roster"], data["policy"]
    entities: dict[str, Any] = {
        "fc:roster-file": {"prov:label": roster["file"], "fc:digest": roster["digest"]},
        "fc:policy": {
            "prov:label": policy["id"],
            "prov:location": "policy/",
            "fc:digest": policy["digest"],
            "fc:on": policy["on"],
            **{f"fc:reading-{name}": option for name, option in policy["readings"].items()},
        },
        "fc:made-results": {"prov:location": "results.csv"},
        "fc:made-record": {"prov:location": "record.json", "fc:digest": entry.head},
    }
    if data.get("overrides"):
        entities["fc:overrides"] = {
            "prov:location": "overrides.json",
            "fc:digest": entry.parts["overrides.json"],
        }
    if explained:
        entities["fc:made-explanations"] = {"prov:location": "explanations.jsonl"}
    if data.get("corrects"):
        entities["fc:run-corrected"] = {
            "prov:label": f"run {data['corrects']['id']}",
            "fc:digest": data["corrects"]["head"],
        }
    return entities


def _agents(data: Mapping[str, Any]) -> dict[str, Any]:
    program = data["program"]
    agents: dict[str, Any] = {
        "fc:program": {
            "prov:type": {"$": "prov:SoftwareAgent", "type": "prov:QUALIFIED_NAME"},
            "prov:label": f"fundcalc {program['fundcalc']}",
            **{f"fc:version-{name}": version for name, version in program.items()},
        }
    }
    for role in ("prepared_by", "reviewed_by"):
        if data.get(role):
            agents[f"fc:{role.replace('_', '-')}"] = {
                "prov:type": {"$": "prov:Person", "type": "prov:QUALIFIED_NAME"},
                "prov:label": data[role],
            }
    return agents


def _derived(
    generated: list[str], used: list[str], data: Mapping[str, Any]
) -> list[dict[str, Any]]:
    derived: list[dict[str, Any]] = [
        {"prov:generatedEntity": name, "prov:usedEntity": source}
        for name in generated
        for source in used
    ]
    if data.get("corrects"):
        derived.append(
            {
                "prov:generatedEntity": "fc:made-record",
                "prov:usedEntity": "fc:run-corrected",
                "prov:type": {"$": "prov:Revision", "type": "prov:QUALIFIED_NAME"},
                "fc:reason": data["corrects"]["reason"],
            }
        )
    return derived


def _numbered(mark: str, relations: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {f"_:{mark}{number}": relation for number, relation in enumerate(relations, 1)}
