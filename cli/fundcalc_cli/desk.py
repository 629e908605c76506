"""`fundcalc desk`: the whole job in a browser, on this machine alone."""

from __future__ import annotations

from pathlib import Path

import typer

from fundcalc.base.catalogue import words
from fundcalc.base.words import Lang
from fundcalc_cli import console, options
from fundcalc_cli.commands import argument, option


def desk(
    *,
    folder: Path = argument(
        Path(), "FOLDER", "放名册、政策和台账的文件夹", "Folder with rosters, policy and ledger"
    ),
    lang: Lang = options.LANG,
    policy: Path | None = options.POLICY,
    ledger: Path | None = option(
        None, "--ledger", "台账文件，默认为文件夹里的 fundcalc.db",
        "The ledger's file; default fundcalc.db in the folder", metavar="FILE",
    ),
    port: int = option(0, "--port", "端口，默认任选一个", "Port; default any that is free"),
    read_only: bool = option(False, "--read-only", "只看，不写任何文件", "To look at: write nothing"),
    api: bool = option(False, "--api", "打开数据接口 /api/", "Open the data interface /api/ too"),
    no_browser: bool = option(False, "--no-browser", "不打开浏览器", "Open no browser"),
    shortcut: bool = option(False, "--shortcut", "写出可双击的启动图标", "Write a starter to double-click"),
    log: Path | None = option(
        None, "--log", "程序出错时记在这个文件", "Write faults of the program there", metavar="FILE"
    ),
) -> None:  # fmt: skip
    """Serve a folder on 127.0.0.1 until it is closed."""
    if read_only and not folder.is_dir():
        options.refuse("FOLDER", words("cli.desk_no_folder", folder=str(folder)))
    if options.make_folder(folder, "FOLDER"):
        console.note([words("cli.made_folder", folder=str(folder))])
    try:
        from fundcalc.desk.server import Settings, serve
        from fundcalc.desk.shortcut import write_shortcuts
    except ModuleNotFoundError as missing:
        console.say(words("cli.desk_missing", module=str(missing.name)))
        raise typer.Exit(2) from None
    if shortcut:
        console.wrote(*write_shortcuts(folder, console.lang()))
        return
    serve(
        Settings(folder, lang, port, read_only, policy, ledger, log, api, not no_browser),
        lambda line: print(line.say(console.lang()), flush=True),
    )
