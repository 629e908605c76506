"""`fundcalc lsp`: what an editor asks of a policy's files, by the Language Server Protocol.

Findings of `check` when a file is opened or saved; what a name means, where it is declared, its other uses,
its completion within expressions, another name for it; how many villages each rule decided in the last run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fundcalc.api.computing import LEDGER, open_run
from fundcalc.base import dataclass
from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, character_columns
from fundcalc.base.words import Lang, of_rows, speaking
from fundcalc.language.datatypes import Number, describe
from fundcalc.policy.bundle import CASES, CATALOGUE, RULES, Bundle, find

if TYPE_CHECKING:
    from lsprotocol import types as lsp
    from pygls.lsp.server import LanguageServer

    from fundcalc.api.computing import RecordedRun
    from fundcalc.language.nodes import Value
    from fundcalc.policy.model import Fact, Output, Parameter, Policy
    from fundcalc.policy.plan import Plan
    from fundcalc.policy.tomlfile import KeyPath, TomlFile

_TOKEN = re.compile(r"'[^'\n]*'|[A-Za-z_][A-Za-z0-9_]*")
"""A text in quotes, or a name."""
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_IN_BRACES = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)")
_DECLARED = ("parameters", "facts", "readings", "tables", "sources")
_PROSE = {
    "title", "because", "question", "options", "publisher", "locator", "text", "quote", "quotes", "reason",
    "of", "plural", "zh", "en",
}  # fmt: skip
"""Keys whose values are sentences: in them only `{name}` is a name."""


_OTHER = {"payer", "unit", "type", "hit_policy", "programmes", "fired"}
"""Keys whose values name other things."""


def document_said(id_: str, *parts: str) -> str:
    r"""A new document as `set_value` takes it: title, publisher, day, article; a `;` within is `\;`."""
    escaped = [re.sub("([;；])", r"\\\1", part) for part in parts]
    while escaped and not escaped[-1]:
        escaped.pop()
    return f"{id_}={'；'.join(escaped)}"


@dataclass(frozen=True, slots=True)
class Use:
    """A name in a file: its row and the columns of its characters, from 0, the end exclusive."""

    file: str
    row: int
    start: int
    end: int
    name: str
    declares: bool = False


# -- the files --------------------------------------------------------------------------------------


def uses(file: str, content: bytes) -> Iterator[Use]:
    """Every name in a file that may be a policy's; nothing where the file cannot be read."""
    from fundcalc.policy.tomlfile import TomlFile, read_toml

    read = read_toml(file, content)
    if not isinstance(read, TomlFile):
        return
    yield from dict.fromkeys(_in_keys(file, read))
    yield from _in_values(file, read)


def _in_keys(file: str, read: TomlFile) -> Iterator[Use]:
    """`[parameters.NAME]`, `[readings.NAME.options]`, and the facts and outputs of a case."""
    in_case = f"{RULES}/{CASES}/" in file
    for path, place in read.keys.items():
        line = read.lines[place.row][place.column : place.end_column]
        declares = len(path) == 2 and path[0] in _DECLARED
        if path[0] in _DECLARED and len(path) > 1 and "." in line:
            name = path[1]
        elif declares or (in_case and len(path) > 3):
            name = path[-1]
        else:
            continue
        match = re.search(rf"(?<![\w]){re.escape(str(name))}(?![\w])", line)
        if isinstance(name, str) and match is not None:
            start = place.column + match.start()
            yield Use(file, place.row, start, start + len(name), name, declares)


def _in_values(file: str, read: TomlFile) -> Iterator[Use]:
    for path, place in read.places.items():
        other = _OTHER & {*path} or (path[-1] == "id" and path[0] != "also")
        if other or not isinstance(_at(read, path), str):
            continue
        prose = any(key in _PROSE for key in path)
        declares = path == ("programme", "output") or (path[0] == "also" and path[-1] == "id")
        for row in range(place.row, place.end_row + 1):
            line = read.lines[row]
            start = place.column if row == place.row else 0
            end = place.end_column if row == place.end_row else len(line)
            for match in (_IN_BRACES if prose else _TOKEN).finditer(line, start, end):
                name = match[1] if prose else match[0]
                if prose or not name.startswith("'") or place.column == match.start():
                    at = match.start(1 if prose else 0)
                    inside = name.strip("'")
                    at += len(name) - len(name.lstrip("'"))
                    if inside.isidentifier():
                        yield Use(file, row, at, at + len(inside), inside, declares)


def _at(read: TomlFile, path: KeyPath) -> Any:
    value: Any = read.values
    for key in path:
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return None
    return value


@dataclass
class Folder:
    """A policy's folder as it is on disk; `ledger` has the runs of which its lenses tell."""

    path: Path
    lang: Lang
    ledger: Path
    bundle: Bundle = field(init=False)
    policy: Policy | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        """Raises PolicyProblem where a file cannot be read."""
        from fundcalc.policy.load import read

        self.bundle = find(self.path)
        self.policy = read(self.bundle)[0]

    @cached_property
    def plan(self) -> Plan | None:
        """The plan of the policy's own day, if there is one."""
        from fundcalc.policy.plan import make_plan

        try:
            return make_plan(self.policy) if self.policy is not None else None
        except PolicyProblem:
            return None

    @cached_property
    def names(self) -> dict[str, Parameter | Fact | Output]:
        """What an expression may name."""
        if self.policy is None:
            return {}
        outputs = {o.id: o for p in self.policy.programmes for o in p.outputs}
        return {**self.policy.parameters, **self.policy.facts, **outputs}

    @cached_property
    def all_uses(self) -> list[Use]:
        """Every name in every file."""
        files = ((f, c) for f, c in self.bundle.content.items() if f.endswith(".toml"))
        return [use for file, content in files for use in uses(file, content)]

    def use_at(self, file: str, row: int, column: int) -> Use | None:
        """The name at a place."""
        here = (u for u in self.all_uses if u.file == file and u.row == row)
        return next((u for u in here if u.start <= column <= u.end), None)

    def known(self, name: str) -> bool:
        """Whether the policy declares it."""
        return any(use.declares and use.name == name for use in self.all_uses)

    # -- what a name means ---------------------------------------------------------------------------

    def about(self, name: str) -> str | None:
        """A name in Markdown: title, unit, value on the day, source and history; None where unknown."""
        policy = self.policy
        if policy is None:
            return None
        with speaking(policy.noun):
            if name in policy.parameters:
                return "\n\n".join(self._parameter(policy, policy.parameters[name]))
            if name in self.names:
                return "\n\n".join(self._fact_or_output(self.names[name]))
            if name in policy.readings:
                reading = policy.readings[name]
                options = [
                    f"* `{id_}`: {said.say(self.lang)}" for id_, said in reading.options.items()
                ]
                return "\n".join([f"**{reading.question.say(self.lang)}**", "", *options])
            if name in policy.sources:
                return policy.sources[name].cite().say(self.lang)
            if name in policy.tables:
                return f"**{policy.tables[name].title.say(self.lang)}**"
        return None

    def _parameter(self, policy: Policy, parameter: Parameter) -> Iterator[str]:
        yield f"**{parameter.title.say(self.lang)}** `{parameter.id}` · {self._unit(parameter)}"
        if self.plan is not None and parameter.id in self.plan.constants:
            value = _said(self.plan.constants[parameter.id], parameter)
            yield words("editing.on_the_day", day=self.plan.on, value=value).say(self.lang)
        source = parameter.source_on(self.plan.on if self.plan is not None else policy.on)
        if source is not None and source in policy.sources:
            yield words("editing.source", source=policy.sources[source].cite()).say(self.lang)
        yield "\n".join(f"* {v.since}: {_said(v.value, parameter)}" for v in parameter.values)

    def _fact_or_output(self, declared: Parameter | Fact | Output) -> Iterator[str]:
        yield f"**{declared.title.say(self.lang)}** `{declared.id}` · {self._unit(declared)}"
        policy = self.policy
        assert policy is not None
        for programme in policy.programmes:
            if declared in programme.outputs:
                yield words("editing.of_programme", title=programme.title).say(self.lang)

    def unit(self, text: str) -> str | None:
        """What a unit is called in a sentence; None where nothing has it."""
        for declared in self.names.values():
            kind = declared.type
            if isinstance(kind, Number) and kind.unit is not None and str(kind.unit) == text:
                return f"{kind.unit.said(self.lang)} (`{text}`)"
        return None

    def _unit(self, declared: Parameter | Fact | Output) -> str:
        kind = declared.type
        if isinstance(kind, Number) and kind.unit is not None and kind.unit.powers:
            return f"{kind.unit.said(self.lang)} (`{kind.unit}`)"
        return of_rows(describe(kind)).say(self.lang)

    # -- another name --------------------------------------------------------------------------------

    def renamed(self, old: str, new: str) -> list[Use]:
        """The uses to be written otherwise. Raises PolicyProblem where that would not mean the same.

        The policy must be sound with them, and its own cases come out as before.
        """
        from fundcalc.analysis.cases import run_cases
        from fundcalc.policy.load import read

        where = [use for use in self.all_uses if use.name == old]
        if not self.known(old) or not _NAME.fullmatch(new):
            raise PolicyProblem([say("FC990", old=old, new=new)])
        if any(re.search(rf"\b{new}\b", text.decode(errors="replace")) for text in self._texts()):
            raise PolicyProblem([say("FC990.taken", new=new)])
        content = {**self.bundle.content}
        for file in {use.file for use in where}:
            lines = content[file].decode("utf-8-sig").split("\n")
            for use in sorted((u for u in where if u.file == file), key=lambda u: -u.start):
                lines[use.row] = lines[use.row][: use.start] + new + lines[use.row][use.end :]
            content[file] = "\n".join(lines).encode()
        changed = Bundle(self.bundle.label, content)
        policy, problems = read(changed)
        if self.policy is None or policy is None:
            raise PolicyProblem(problems or [say("FC990", old=old, new=new)])
        before, after = ([bool(o.failures) for o in run_cases(b)] for b in (self.bundle, changed))
        if before != after:
            raise PolicyProblem([say("FC990", old=old, new=new)])
        return where

    def _texts(self) -> Iterator[bytes]:
        return (text for file, text in self.bundle.content.items() if file.endswith(".toml"))

    # -- the last run --------------------------------------------------------------------------------

    def lenses(self, file: str) -> Iterator[tuple[int, str]]:
        """The row of each rule of a file, and how many villages it decided in the last run."""
        run = self._last_run()
        policy = self.policy
        if policy is None or run is None or run.plan.policy.id != policy.id:
            return
        for programme in policy.programmes:
            if not any(planned.id == programme.id for planned in run.plan.programmes):
                continue
            decided = dict(run.result.held(programme.id))
            for rule in programme.rules:
                if rule.span.file == self.bundle.show(file) and rule.id in decided:
                    count = int(decided[rule.id].sum())
                    key = "editing.decided"
                    if run.plan.policy.digest != policy.digest:
                        key = "editing.decided_before"
                    with speaking(policy.noun):
                        yield rule.span.line - 1, words(key, n=count, run=run.id).say(self.lang)

    def _last_run(self) -> RecordedRun | None:
        ledger = self.ledger if self.ledger.is_absolute() else self.path / self.ledger
        try:
            return open_run(ledger, "last") if ledger.is_file() else None
        except PolicyProblem:
            return None


# -- the protocol -----------------------------------------------------------------------------------


class _Server:
    """What stands between the editor and the folders of policies."""

    def __init__(self, server: LanguageServer, lang: Lang, ledger: Path) -> None:
        self._server, self._lang, self._ledger = server, lang, ledger
        self._folders: dict[Path, Folder] = {}

    def folder(self, uri: str, *, anew: bool = False) -> tuple[Folder, str] | None:
        """The policy that a file belongs to, and the file's path in it; None where there is none."""
        from pygls.uris import to_fs_path

        path = Path(to_fs_path(uri) or "")
        home = next((parent for parent in path.parents if (parent / CATALOGUE).is_file()), None)
        if home is None:
            return None
        if anew or home not in self._folders:
            try:
                self._folders[home] = Folder(home, self._lang, self._ledger)
            except PolicyProblem:
                return None
        return self._folders[home], path.relative_to(home).as_posix()

    def diagnostics(self, uri: str) -> dict[str, list[lsp.Diagnostic]]:
        """What `check` finds, by file; every file of the policy is there, so that what is fixed goes."""
        from fundcalc.analysis.check import findings

        opened = self.folder(uri, anew=True)
        if opened is None:
            return {}
        folder = opened[0]
        by_file: dict[str, list[lsp.Diagnostic]] = {
            (folder.path / file).as_uri(): []
            for file in folder.bundle.content
            if file.endswith(".toml")
        }
        try:
            every = findings(folder.path, None, {})
        except PolicyProblem as problem:
            every = list(problem.diagnostics)
        for diagnostic in every:
            place = Path(diagnostic.where.file)
            if diagnostic.accepted is None and diagnostic.where.file:
                by_file.setdefault(place.absolute().as_uri(), []).append(
                    self._diagnostic(diagnostic)
                )
        return by_file

    def _diagnostic(self, diagnostic: Diagnostic) -> lsp.Diagnostic:
        from lsprotocol import types as lsp

        said = [diagnostic.message.say(self._lang)]
        if diagnostic.witness:
            example = ", ".join(f"{name} = {value}" for name, value in diagnostic.witness.items())
            said.append(words("editing.for_example", village=example).say(self._lang))
        if diagnostic.hint:
            said.append(diagnostic.hint.say(self._lang))
        grave = {
            "error": lsp.DiagnosticSeverity.Error, "warning": lsp.DiagnosticSeverity.Warning,
            "note": lsp.DiagnosticSeverity.Information,
        }  # fmt: skip
        start, end = character_columns(diagnostic.where)
        row = max(diagnostic.where.line - 1, 0)
        place = _range(diagnostic.where.text, row, start - 1, end - 1)
        return lsp.Diagnostic(
            place, "\n".join(said), grave[diagnostic.severity], diagnostic.code, source="fundcalc"
        )

    def check(self, request: Any) -> None:
        """Tell what `check` finds."""
        from lsprotocol import types as lsp

        for file, diagnostics in self.diagnostics(request.text_document.uri).items():
            message = lsp.PublishDiagnosticsParams(file, diagnostics)
            self._server.text_document_publish_diagnostics(message)

    def _line(self, request: Any) -> tuple[str, str]:
        """The line at a place: what stands before it, and after it; nothing of a file that is nowhere."""
        try:
            lines = self._server.workspace.get_text_document(request.text_document.uri).lines
        except (OSError, ValueError):  # neither open nor on disk, or no text
            lines = []
        row, units = request.position.line, 2 * request.position.character
        line = lines[row].encode("utf-16-le") if row < len(lines) else b""
        before, after = (
            part.decode("utf-16-le", "ignore") for part in (line[:units], line[units:])
        )
        return before, after

    def _use(self, request: Any) -> tuple[Folder, Use] | None:
        opened = self.folder(request.text_document.uri)
        if opened is None:
            return None
        before, after = self._line(request)
        at = opened[0].use_at(opened[1], request.position.line, len(before))
        on_disk = (
            at is not None and (before + after)[at.start : at.end] == at.name
        )  # as it is on disk
        return (opened[0], at) if at is not None and on_disk else None

    def _unsaved(self, folder: Folder) -> bool:
        """Whether the editor has another text of some file of the policy than the disk."""
        for document in self._server.workspace.text_documents.values():
            path = Path(document.path)
            if folder.path in path.parents:
                content = path.read_bytes() if path.is_file() else b""
                text = content.decode("utf-8-sig", "replace")
                if text.splitlines() != document.source.splitlines():
                    return True
        return False

    def hover(self, request: Any) -> lsp.Hover | None:
        """What the name at a place means."""
        from lsprotocol import types as lsp

        at = self._use(request)
        if at is None:
            return self._unit(request)
        said = at[0].about(at[1].name)
        if said is None:
            return None
        return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.Markdown, said), _of_use(*at).range)

    def _unit(self, request: Any) -> lsp.Hover | None:
        """What the unit at a place is called."""
        from lsprotocol import types as lsp

        opened, (before, after) = self.folder(request.text_document.uri), self._line(request)
        begun = re.search(r"""\bunit\s*=\s*"([^"]*)$""", before)
        if opened is None or begun is None:
            return None
        said = opened[0].unit(begun[1] + after.partition('"')[0])
        return None if said is None else lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.Markdown, said))

    def definition(self, request: Any) -> list[lsp.Location]:
        """Where the name at a place is declared."""
        at = self._use(request)
        if at is None:
            return []
        return [_of_use(at[0], u) for u in at[0].all_uses if u.declares and u.name == at[1].name]

    def references(self, request: Any) -> list[lsp.Location]:
        """All uses of the name at a place."""
        at = self._use(request)
        if at is None or not at[0].known(at[1].name):
            return []
        return [_of_use(at[0], u) for u in at[0].all_uses if u.name == at[1].name]

    def rename(self, request: Any) -> lsp.WorkspaceEdit | None:
        """The edits of another name; why it cannot be, as a message."""
        from lsprotocol import types as lsp

        self.folder(request.text_document.uri, anew=True)
        at = self._use(request)
        if at is None:
            return None
        try:
            if self._unsaved(at[0]):
                raise PolicyProblem([say("FC990.unsaved")])
            places = at[0].renamed(at[1].name, request.new_name)
        except PolicyProblem as problem:
            said = "\n".join(
                diagnostic.message.say(self._lang) for diagnostic in problem.diagnostics
            )
            message = lsp.ShowMessageParams(lsp.MessageType.Error, said)
            self._server.window_show_message(message)
            return None
        changes: dict[str, list[lsp.TextEdit]] = {}
        for place in (_of_use(at[0], use) for use in places):
            changes.setdefault(place.uri, []).append(lsp.TextEdit(place.range, request.new_name))
        return lsp.WorkspaceEdit(changes)

    def completion(self, request: Any) -> list[lsp.CompletionItem]:
        """What an expression may name, and the functions; nothing outside of texts."""
        from lsprotocol import types as lsp

        from fundcalc.language.functions import FUNCTIONS

        opened = self.folder(request.text_document.uri)
        if opened is None or self._line(request)[0].count('"') % 2 == 0:
            return []
        kind = lsp.CompletionItemKind
        return [
            lsp.CompletionItem(name, kind=kind.Variable, detail=declared.title.say(self._lang))
            for name, declared in opened[0].names.items()
        ] + [
            lsp.CompletionItem(name, kind=kind.Function, detail=function.usage)
            for name, function in FUNCTIONS.items()
        ]

    def lens(self, request: Any) -> list[lsp.CodeLens]:
        """How many villages each rule decided in the last run."""
        from lsprotocol import types as lsp

        opened = self.folder(request.text_document.uri)
        return [
            lsp.CodeLens(_range("", row, 0, 0), lsp.Command(said, ""))
            for row, said in (opened[0].lenses(opened[1]) if opened is not None else ())
        ]


def _said(value: Value | None, parameter: Parameter) -> str:
    from fundcalc.language.show import literal

    return "—" if value is None else literal(value, parameter.type)


def _range(line: str, row: int, start: int, end: int) -> lsp.Range:
    """A stretch of a line, in the units of UTF-16 that editors count."""
    from lsprotocol import types as lsp

    first, last = (len(line[:at].encode("utf-16-le")) // 2 for at in (start, end))
    if not line:
        first, last = start, end
    return lsp.Range(lsp.Position(row, first), lsp.Position(row, last))


def _of_use(folder: Folder, use: Use) -> lsp.Location:
    from lsprotocol import types as lsp

    line = folder.bundle.content[use.file].decode("utf-8-sig").split("\n")[use.row]
    return lsp.Location(
        (folder.path / use.file).as_uri(), _range(line, use.row, use.start, use.end)
    )


def serve_editor(lang: Lang, ledger: Path = LEDGER) -> None:
    """Answer an editor over stdin and stdout until it ends.

    `ledger` has the last run; a relative path counts from the policy's folder. Raises PolicyProblem where
    pygls is not installed.
    """
    try:
        from lsprotocol import types as lsp
        from pygls.lsp.server import LanguageServer
    except ImportError:
        raise PolicyProblem([say("FC863", package="pygls", extra="lsp")]) from None
    from fundcalc.base import VERSION

    server = LanguageServer("fundcalc", VERSION)
    state = _Server(server, lang, ledger)
    for feature, answer in {
        lsp.TEXT_DOCUMENT_DID_OPEN: state.check,
        lsp.TEXT_DOCUMENT_DID_SAVE: state.check,
        lsp.TEXT_DOCUMENT_HOVER: state.hover,
        lsp.TEXT_DOCUMENT_DEFINITION: state.definition,
        lsp.TEXT_DOCUMENT_REFERENCES: state.references,
        lsp.TEXT_DOCUMENT_RENAME: state.rename,
        lsp.TEXT_DOCUMENT_COMPLETION: state.completion,
        lsp.TEXT_DOCUMENT_CODE_LENS: state.lens,
    }.items():
        server.feature(feature)(partial(answer))
    with open(1, "wb", closefd=False) as out:
        server.start_io(stdout=out)
