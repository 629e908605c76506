"""`fundcalc lsp` as an editor talks to it: a real client over pipes."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import ROOT, Cli

pytest.importorskip("pygls", reason="fundcalc[lsp] is not installed")

from lsprotocol import types as lsp
from pygls.lsp.client import LanguageClient

EXAMPLE = ROOT / "examples" / "taiyuan-2017.xlsx"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped policy."""
    home = tmp_path / "policy"
    shutil.copytree(ROOT / "rules", home / "rules")
    shutil.copy(ROOT / "policies.toml", home)
    return home


Talk = Callable[[LanguageClient, dict[str, list[lsp.Diagnostic]]], Awaitable[Any]]


def talk(talking: Talk, folder: Path) -> Any:
    """Start the server, let a client talk to it, and end it in order."""

    async def whole() -> Any:
        client = LanguageClient("test", "1")
        told: dict[str, list[lsp.Diagnostic]] = {}

        @client.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def _told(asked: lsp.PublishDiagnosticsParams) -> None:
            told[asked.uri] = list(asked.diagnostics)

        @client.feature(lsp.WINDOW_SHOW_MESSAGE)
        def _shown(asked: lsp.ShowMessageParams) -> None:
            told[asked.message] = []

        environment = {**os.environ, "FUNDCALC_LANG": "en"}
        await client.start_io(
            sys.executable, "-m", "fundcalc_cli", "lsp", "--ledger", "fundcalc.db", env=environment
        )
        root = lsp.WorkspaceFolder(folder.as_uri(), "policy")
        await client.initialize_async(
            lsp.InitializeParams(lsp.ClientCapabilities(), workspace_folders=[root])
        )
        client.initialized(lsp.InitializedParams())
        try:
            return await talking(client, told)
        finally:
            await client.shutdown_async(None)
            client.exit(None)
            await client.stop()

    return asyncio.run(whole())


def opened(client: LanguageClient, path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    client.text_document_did_open(
        lsp.DidOpenTextDocumentParams(lsp.TextDocumentItem(path.as_uri(), "toml", 1, text))
    )
    return text


def change(client: LanguageClient, path: Path, version: int, text: str) -> None:
    """The whole text of a file otherwise, as the editor has it."""
    which = lsp.VersionedTextDocumentIdentifier(version, path.as_uri())
    whole = lsp.TextDocumentContentChangeWholeDocument(text)
    client.text_document_did_change(lsp.DidChangeTextDocumentParams(which, [whole]))


def place(
    path: Path, before: str, skip: int = 0
) -> tuple[lsp.TextDocumentIdentifier, lsp.Position]:
    """Behind a text in a file, where it stands for the first time."""
    text = path.read_text(encoding="utf-8")
    at = text.index(before) + len(before) + skip
    row = text.count("\n", 0, at)
    line = text[text.rfind("\n", 0, at) + 1 : at]
    units = len(line.encode("utf-16-le")) // 2
    return lsp.TextDocumentIdentifier(path.as_uri()), lsp.Position(row, units)


def test_findings_come_on_opening_and_saving_with_a_village_that_shows_them(folder: Path) -> None:
    rules = folder / "rules" / "operating_funds.toml"
    good = rules.read_text(encoding="utf-8")

    async def talking(client: LanguageClient, told: dict[str, list[lsp.Diagnostic]]) -> Any:
        opened(client, rules)
        await client.text_document_code_lens_async(lsp.CodeLensParams(place(rules, "")[0]))
        sound = dict(told)
        rules.write_text(good.replace("income_ceiling", "income_celing", 1), encoding="utf-8")
        saved = lsp.DidSaveTextDocumentParams(lsp.TextDocumentIdentifier(rules.as_uri()))
        client.text_document_did_save(saved)
        await client.text_document_code_lens_async(lsp.CodeLensParams(place(rules, "")[0]))
        return sound, dict(told)

    sound, broken = talk(talking, folder)
    assert {len(some) for some in sound.values()} == {0}
    assert len(sound) > 8
    [first, *_] = broken[rules.as_uri()]
    assert first.code == "FC203" and "income_ceiling" in first.message
    line = rules.read_text(encoding="utf-8").split("\n")[first.range.start.line]
    assert line[first.range.start.character : first.range.end.character] == "income_celing"


def test_a_gap_is_shown_with_a_village(folder: Path) -> None:
    rules = folder / "rules" / "income_band.toml"
    text = rules.read_text(encoding="utf-8")
    gap = text.replace(">= upper_band_edge", "> upper_band_edge")
    assert gap != text

    async def talking(client: LanguageClient, told: dict[str, list[lsp.Diagnostic]]) -> Any:
        rules.write_text(gap, encoding="utf-8")
        opened(client, rules)
        await client.text_document_code_lens_async(lsp.CodeLensParams(place(rules, "")[0]))
        return [one for some in told.values() for one in some]

    found = talk(talking, folder)
    assert any("for example:" in one.message for one in found), found


def test_meaning_declaration_uses_and_completion(folder: Path) -> None:
    rules, catalogue = folder / "rules" / "operating_funds.toml", folder / "policies.toml"

    async def talking(client: LanguageClient, told: dict[str, list[lsp.Diagnostic]]) -> Any:
        opened(client, rules)
        opened(client, catalogue)
        where = place(rules, "collective_income <= income_", 1)
        meaning = await client.text_document_hover_async(lsp.HoverParams(*where))
        declared = await client.text_document_definition_async(lsp.DefinitionParams(*where))
        context = lsp.ReferenceContext(True)
        every = await client.text_document_references_async(lsp.ReferenceParams(context, *where))
        offered = await client.text_document_completion_async(lsp.CompletionParams(*where))
        nothing = await client.text_document_completion_async(
            lsp.CompletionParams(where[0], lsp.Position(0, 0))
        )
        prose = await client.text_document_hover_async(
            lsp.HoverParams(where[0], lsp.Position(0, 0))
        )
        unit = await client.text_document_hover_async(
            lsp.HoverParams(*place(catalogue, 'unit = "yuan', 2))
        )
        return meaning, declared, every, offered, nothing, prose, unit

    meaning, [declared], every, offered, nothing, prose, unit = talk(talking, folder)
    said = meaning.contents.value
    for part in ("Income ceiling", "yuan/year", "on 2017-12-31: 50000.00", "2017-01-01", "source:"):
        assert part in said
    assert declared.uri == catalogue.as_uri()
    line = catalogue.read_text(encoding="utf-8").split("\n")[declared.range.start.line]
    assert line == "[parameters.income_ceiling]"
    assert len(every) == 7
    offers = {one.label for one in offered}
    assert {"income_ceiling", "residents", "funding_gap", "round"} <= offers
    assert not nothing and prose is None
    assert unit.contents.value == "yuan/year (`yuan/year`)"


def test_another_name_is_written_everywhere_or_nowhere(folder: Path, cli: Cli) -> None:
    rules = folder / "rules" / "operating_funds.toml"
    before = cli("test", folder).err

    async def talking(client: LanguageClient, told: dict[str, list[lsp.Diagnostic]]) -> Any:
        text = opened(client, rules)
        where = place(rules, "collective_income <= income_", 1)
        taken = await client.text_document_rename_async(lsp.RenameParams(*where, "residents"))
        odd = await client.text_document_rename_async(lsp.RenameParams(*where, "2 words"))
        change(client, rules, 2, "# unsaved\n" + text)
        moved = (where[0], lsp.Position(where[1].line + 1, where[1].character))
        stale = await client.text_document_hover_async(lsp.HoverParams(*moved))
        change(client, rules, 3, text + "# unsaved\n")
        unsaved = await client.text_document_rename_async(lsp.RenameParams(*where, "another"))
        assert unsaved is None
        change(client, rules, 4, text)
        good = await client.text_document_rename_async(
            lsp.RenameParams(*where, "ceiling_of_income")
        )
        return taken, odd, good, stale, list(told)

    taken, odd, good, stale, told = talk(talking, folder)
    assert taken is None and odd is None
    assert any("`residents` stands in the policy's files already" in one for one in told)
    assert stale is None
    assert any("not saved" in one for one in told)
    for uri, edits in good.changes.items():
        path = next(one for one in folder.rglob("*.toml") if one.as_uri() == uri)
        lines = path.read_text(encoding="utf-8").split("\n")
        for one in sorted(edits, key=lambda e: -e.range.start.character):
            row = one.range.start.line
            raw = lines[row].encode("utf-16-le")
            start, end = 2 * one.range.start.character, 2 * one.range.end.character
            new = one.new_text.encode("utf-16-le")
            lines[row] = (raw[:start] + new + raw[end:]).decode("utf-16-le")
        path.write_text("\n".join(lines), encoding="utf-8")
    text = rules.read_text(encoding="utf-8")
    assert re.search(r"\bceiling_of_income\b", text)
    assert not re.search(r"\bincome_ceiling\b", text)
    after = cli("test", folder)
    assert after.code == 0 and after.err == before


def test_a_file_that_is_not_there_is_met_with_silence(folder: Path) -> None:
    """Whatever an editor asks of a file that is gone, no text, without a policy or never was one."""
    gone, binary = folder / "rules" / "gone.toml", folder / "rules" / "binary.toml"
    rules = folder / "rules" / "operating_funds.toml"
    places = [
        gone.as_uri(), binary.as_uri(), (folder.parent / "elsewhere.toml").as_uri(),
        "untitled:Untitled-1", "file:///a%00b/c.toml", rules.as_uri(),
    ]  # fmt: skip

    async def talking(client: LanguageClient, told: dict[str, list[lsp.Diagnostic]]) -> Any:
        opened(client, rules)
        await client.text_document_code_lens_async(lsp.CodeLensParams(place(rules, "")[0]))
        binary.write_bytes(b"\xff\xfe\x00")
        answers = []
        for uri in places:
            where = lsp.TextDocumentIdentifier(uri), lsp.Position(9_999, 3)
            context = lsp.ReferenceContext(True)
            answers += [
                await client.text_document_hover_async(lsp.HoverParams(*where)),
                await client.text_document_definition_async(lsp.DefinitionParams(*where)),
                await client.text_document_references_async(lsp.ReferenceParams(context, *where)),
                await client.text_document_rename_async(lsp.RenameParams(*where, "other")),
                await client.text_document_completion_async(lsp.CompletionParams(*where)),
            ]
        binary.unlink()
        text = 'when = "residents'
        client.text_document_did_open(
            lsp.DidOpenTextDocumentParams(lsp.TextDocumentItem(gone.as_uri(), "toml", 1, text))
        )
        new = lsp.TextDocumentIdentifier(gone.as_uri()), lsp.Position(0, len(text))
        offered = await client.text_document_completion_async(lsp.CompletionParams(*new))
        where = place(rules, "collective_income <= income_", 1)
        await client.text_document_rename_async(lsp.RenameParams(*where, "another"))
        return answers, offered, list(told)

    answers, offered, told = talk(talking, folder)
    assert not any(answers)
    assert "residents" in {one.label for one in offered}
    assert any("not saved" in one for one in told)


def test_rules_tell_how_many_villages_they_decided(folder: Path, cli: Cli) -> None:
    rules = folder / "rules" / "operating_funds.toml"

    async def talking(client: LanguageClient, told: dict[str, list[lsp.Diagnostic]]) -> Any:
        opened(client, rules)
        asked = lsp.CodeLensParams(lsp.TextDocumentIdentifier(rules.as_uri()))
        return await client.text_document_code_lens_async(asked)

    assert not talk(talking, folder)
    ledger = folder / "fundcalc.db"
    assert cli("run", EXAMPLE, "--policy", folder, "--ledger", ledger).code == 0
    lenses = talk(talking, folder)
    rows = {lens.range.start.line: lens.command.title for lens in lenses}
    text = rules.read_text(encoding="utf-8").split("\n")
    assert len(rows) == sum(line == "[[rule]]" for line in text)
    assert all("villages in the last run (0001-" in said for said in rows.values())


def test_without_pygls_it_says_how_to_get_it(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pygls.lsp.server", None)
    said = cli("lsp")
    assert said.code == 2 and "[FC863]" in said.err and ".[lsp]" in said.err
