"""A ledger held against itself: the chain, every digest, and runs computed again from what is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.base.words import Lang, Words
from fundcalc.engines.hinges import Hinge
from fundcalc.engines.result import JOIN, Result, label
from fundcalc.ledger import archive, columns, differences, faults, plans
from fundcalc.ledger.overlay import Change, Overlaid, follow
from fundcalc.ledger.pieces import Pieces
from fundcalc.ledger.recorded import Restored, plan_again, restore, roster_of
from fundcalc.ledger.store import FORMAT, START, Entry, Ledger
from fundcalc.policy.plan import Plan
from fundcalc.roster.model import Roster

Flags = Callable[[Result, Sequence[Hinge], Roster], Sequence[str]]
"""What makes the flags by village."""

_INPUTS = ("policy/", "roster", "intake")
_BY_VILLAGE = 200
"""Findings that name a village, at most so many a run."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as recorded. `village` names one; `recorded` and `again` are the values."""

    what: Words
    village: str | None = None
    recorded: str | None = None
    again: str | None = None


@dataclass(slots=True)
class Checked:
    """What came of checking one run. `villages` were computed again; None where that was not possible."""

    id: str
    head: str
    villages: int | None = None
    program: str = ""
    findings: list[Finding] = field(default_factory=list)
    more: int = 0
    """Further findings by village that are not listed."""


@dataclass(slots=True)
class Verdict:
    """All of it: what concerns the ledger as a whole, and each run that was checked."""

    ledger: list[Finding]
    runs: list[Checked]

    @property
    def clean(self) -> bool:
        """Whether everything is as it was recorded."""
        return not self.ledger and not any(one.findings for one in self.runs)


def chain(ledger: Ledger, entries: Sequence[Entry], head: str | None) -> list[Finding]:
    """What is wrong with the file, the chain, or against the digest on paper."""
    found = [
        Finding(Words(f"SQLite 报告：{text}", f"SQLite says: {text}")) for text in ledger.faults()
    ]
    previous = START
    used: set[str] = set()
    for place, entry in enumerate(entries, 1):
        found += _link(entry, place, previous)
        previous = entry.head
        try:
            used.update(map(str, entry.parts.values()))
        except ValueError:
            continue
    stray = ledger.digests() - used
    if stray:
        zh = f"{len(stray)} 段内容不属于任何记录：有记录被删去"
        en = f"{len(stray)} pieces of bytes belong to no run: runs were removed"
        found.append(Finding(Words(zh, en)))
    if head is not None and not any(_is(head, entry) for entry in entries):
        zh = f"没有一条记录的摘要是 {head}：台账被截短或改写，或不是这一份"
        en = f"no run has the digest {head}: the ledger was cut short or rewritten, or is another one"
        found.append(Finding(Words(zh, en)))
    return found


def same_head(entry: Entry, head: str) -> list[Finding]:
    """Whether the run asked for is the one whose digest is on paper."""
    if _is(head, entry):
        return []
    zh = f"记录 {entry.id} 的摘要是 {entry.head}，不是 {head}"
    return [Finding(Words(zh, f"the digest of run {entry.id} is {entry.head}, not {head}"))]


def _is(head: str, entry: Entry) -> bool:
    return entry.head.removeprefix("sha256:").startswith(head.lower().removeprefix("sha256:"))


def _link(entry: Entry, place: int, previous: str) -> Iterator[Finding]:
    """One run's place in the chain."""
    if not entry.sound:
        zh, en = f"记录 {entry.id} 被改动", f"the record of {entry.id} was altered"
        yield Finding(Words(zh, en))
    if entry.seq != place:
        zh = f"记录 {entry.id} 前面缺了记录"
        yield Finding(Words(zh, f"a run before {entry.id} is missing"))
    try:
        data = entry.data
        follows = data.get("previous") == previous and data.get("seq") == entry.seq
        known = data.get("format") == FORMAT
    except ValueError:
        yield Finding(Words(f"记录 {entry.id} 读不懂", f"the record of {entry.id} cannot be read"))
        return
    if not follows:
        zh = f"记录 {entry.id} 接不上前一条"
        yield Finding(Words(zh, f"run {entry.id} does not follow the one before it"))
    if not known:
        zh = f"记录 {entry.id} 的格式不是 {FORMAT}"
        yield Finding(Words(zh, f"the record of {entry.id} is not of format {FORMAT}"))


def check(ledger: Ledger, entry: Entry, earlier: Sequence[Entry], flags: Flags) -> Checked:
    """One run: every digest, then everything computed again from its roster and policy."""
    done = Checked(entry.id, entry.head)
    try:
        pieces = Pieces(ledger, entry)
        done.program = str(entry.data["program"]["fundcalc"])
        sound = _digests(pieces, done)
        if sound:
            _again(pieces, Pieces(ledger, entry, trusting=True), done, flags)
            _correction(ledger, pieces, earlier, done)
        else:
            zh, en = (
                "名册或政策变了，无法重算",
                "roster or policy were altered: nothing to compute from",
            )
            done.findings.append(Finding(Words(zh, en)))
    except PolicyProblem as problem:
        done.findings += [Finding(one.message) for one in problem.diagnostics]
    except Exception as problem:
        text = f"{type(problem).__name__}: {faults.in_words(problem)}"
        done.findings.append(
            Finding(Words(f"无法重算：{text}", f"cannot be computed again: {text}"))
        )
    return done


def _digests(pieces: Pieces, done: Checked) -> bool:
    """Check every piece; whether what the run was computed from is whole."""
    sound = True
    for name in pieces.parts:
        try:
            pieces.content(name)
        except PolicyProblem as problem:
            done.findings += [Finding(one.message) for one in problem.diagnostics]
            sound = sound and not name.startswith(_INPUTS)
    return sound


def _again(pieces: Pieces, trusting: Pieces, done: Checked, flags: Flags) -> None:
    """Compute the run anew and name every difference."""
    from fundcalc.engines.calculate import calculate
    from fundcalc.engines.hinges import hinges

    plan = plan_again(pieces)
    _policy(pieces, trusting, plan, done)
    roster = roster_of(pieces, plan)
    result = calculate(plan, {id_: roster.columns[id_] for id_ in roster.columns})
    moved = hinges(plan, result)
    done.villages = len(result.rows)
    kept = restore(trusting, plan)
    _results(kept.ruled, result, done)
    if kept.ruled.pools != result.pools:
        done.findings.append(
            Finding(Words("资金池与重算的不同", "the pools differ from those computed again"))
        )
    if _moved(kept.hinges) != _moved(moved):
        zh, en = (
            "取决于解读的情形与重算的不同",
            "what hinges on readings differs from that computed again",
        )
        done.findings.append(Finding(Words(zh, en)))
    said = trusting.read_as("flags.txt", columns.unlines)
    _texts(done, result, Words("标记", "flags"), said, list(flags(result, moved, roster)))
    _by_hand(pieces, kept, result, done)


def _policy(pieces: Pieces, trusting: Pieces, plan: Plan, done: Checked) -> None:
    """The policy's digest as recorded, and the plan kept beside its files."""
    data = pieces.entry.data["policy"]
    if data["digest"] != plan.policy.digest or data["id"] != plan.policy.id:
        zh, en = (
            "政策文件与记录里的摘要不符",
            "the policy's files are not those of the recorded digest",
        )
        done.findings.append(Finding(Words(zh, en)))
    try:
        other = plans.encode(plans.decode(trusting.content("plan.json"))) != plans.encode(plan)
    except plans.OtherFormat:
        other = False
    if other:
        zh, en = (
            "存下的算法与政策文件不符",
            "the plan that was kept is not the one of the policy's files",
        )
        done.findings.append(Finding(Words(zh, en)))


def _results(kept: Result, again: Result, done: Checked) -> None:
    """Every output and every programme's rules, village by village."""
    for programme in again.plan.policy.listed_programmes:
        for output in programme.outputs:
            before, after = kept.column(output.id), again.column(output.id)
            _texts(done, again, output.title, *_as_texts(before, after, output.type))
        title = Words(f"{programme.title.zh}的规则", f"rules of {programme.title.en}")
        pair = (kept.fired[programme.id], again.fired[programme.id])
        _texts(done, again, title, *([JOIN.join(ids) for ids in one] for one in pair))


def _as_texts(before: Any, after: Any, kind: Any) -> tuple[list[str], list[str]]:
    from fundcalc.language.show import literal

    def said(value: Any) -> str:
        return JOIN.join(value) if isinstance(value, tuple) else str(literal(value, kind))

    if list(before) == list(after):
        return [], []
    return [said(v) for v in before], [said(v) for v in after]


def _texts(
    done: Checked, result: Result, title: Words, before: Sequence[str], after: Sequence[str]
) -> None:
    """Name the villages for which two columns differ."""
    if len(before) != len(after):
        zh, en = f"{title.zh}的行数不对", f"{title.en}: another number of villages"
        done.findings.append(Finding(Words(zh, en)))
        return
    for index, (one, other) in enumerate(zip(before, after, strict=True)):
        if one == other:
            continue
        if sum(f.village is not None for f in done.findings) >= _BY_VILLAGE:
            done.more += 1
        else:
            done.findings.append(Finding(title, label(result.rows[index]), one, other))


def _moved(found: Sequence[Hinge]) -> list[tuple[object, ...]]:
    return [
        (
            h.reading,
            h.option,
            {o: {i: c[i] for i in c} for o, c in h.changes.items()},
            h.undecided.message if h.undecided is not None else None,
        )
        for h in found
    ]


def _by_hand(pieces: Pieces, kept: Restored, result: Result, done: Checked) -> None:
    """What followed from what was set by hand, and the totals of the record."""

    def plain(changes: Sequence[Change]) -> list[tuple[object, ...]]:
        return [(c.index, c.output, c.before, c.after, c.by) for c in changes]

    again = follow(result, kept.overrides)
    if plain(again) != plain(kept.changes):
        zh, en = "手工调整的结果与重算的不同", "what was set by hand gives another result"
        done.findings.append(Finding(Words(zh, en)))
    paid = Overlaid(result, again) if again else result
    for id_, total in archive.totals(paid).items():
        recorded = str(pieces.entry.data["totals"].get(id_))
        if recorded != total:
            zh, en = f"{id_} 合计不同", f"the total of {id_} differs"
            done.findings.append(Finding(Words(zh, en), None, recorded, total))


def _correction(ledger: Ledger, pieces: Pieces, earlier: Sequence[Entry], done: Checked) -> None:
    """The run that was corrected must be there, and the differences must be those to it."""
    corrects = pieces.entry.data.get("corrects")
    if corrects is None:
        return
    old = next((entry for entry in earlier if entry.head == corrects["head"]), None)
    if old is None:
        zh = f"所更正的记录 {corrects['id']} 不在台账里"
        en = f"the run that it corrects, {corrects['id']}, is not in the ledger"
        done.findings.append(Finding(Words(zh, en)))
        return
    before, after = restore(Pieces(ledger, old)).result, restore(pieces).result
    again = differences.compare(before, after, (old.id, old.head), str(corrects["reason"]))
    if differences.as_data(again) != pieces.json("correction.json"):
        zh, en = "更正的差额与重算的不同", "the differences of the correction are others"
        done.findings.append(Finding(Words(zh, en)))


def as_data(verdict: Verdict, lang: Lang) -> dict[str, Any]:
    """The verdict as JSON-ready data."""

    def one(finding: Finding) -> dict[str, Any]:
        return {
            "what": finding.what.say(lang), "village": finding.village, "recorded": finding.recorded,
            "again": finding.again,
        }  # fmt: skip

    return {
        "clean": verdict.clean,
        "ledger": [one(finding) for finding in verdict.ledger],
        "runs": [
            {
                "id": run.id, "head": run.head, "clean": not run.findings, "villages": run.villages,
                "program": run.program, "findings": [one(f) for f in run.findings],
                "further_findings": run.more,
            }
            for run in verdict.runs
        ],
    }  # fmt: skip
