"""Take the pictures of this folder anew, of the invented example roster: `make pictures`.

Needs Chromium (terminal and report) with its driver (desk), LibreOffice (workbook) and poppler-utils
(workbook and letter).
"""

from __future__ import annotations

import html
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import desk

HERE = Path(__file__).resolve().parent
ROSTER = HERE.parents[1] / "examples" / "taiyuan-2017.xlsx"
VILLAGE = "鹰落沟"
LARGEST = 200_000
TERMINAL = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; background: #1e2430; }}
pre {{ margin: 0; padding: 18px 22px; color: #e3e7ee; font: 13px/1.4 "Noto Sans Mono CJK SC", monospace; }}
b {{ color: #8fd3ff; }}
</style><pre>{text}</pre>"""


def main() -> None:
    """Compute the example and take one picture of each product."""
    for program in ("chromium", "chromedriver", "soffice", "pdftoppm"):
        if shutil.which(program) is None:
            sys.exit(f"{program} is not installed; the pictures need it")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fundcalc(folder, "run", str(ROSTER), "-o", "workbook.xlsx", "--prepared-by", "张三",
                 "--issuer", "示例市财政局（虚构）", lang="zh")  # fmt: skip
        terminal(folder)
        fundcalc(folder, "report", "last", "-o", "report.html")
        screenshot(folder / "report.html", "report", 1180, 900)
        fundcalc(folder, "letter", "last", VILLAGE, "-o", "letters", lang="zh")
        page_one(next((folder / "letters").glob("*.pdf")), "letter", 96, (794, 760))
        run(folder, "soffice", f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless",
            "--convert-to", "pdf", "workbook.xlsx")  # fmt: skip
        page_one(folder / "workbook.pdf", "workbook", 88, (1029, 728))
        for lang in ("zh", "en"):
            (folder / lang).mkdir()
            desk.take(folder / lang, ROSTER, lang, keep)


def terminal(folder: Path) -> None:
    """What a run ends with, and why a village gets what it gets, as a terminal shows it."""
    commands = (f"run {ROSTER.name} -o result.xlsx", f"explain {VILLAGE} --run last")
    shutil.copyfile(ROSTER, folder / ROSTER.name)
    said = [(command, fundcalc(folder, *command.split()).rstrip()) for command in commands]
    shown = [f"<b>$ fundcalc {command}</b>\n{html.escape(text)}" for command, text in said]
    lines = sum(text.count("\n") + 3 for _, text in said)
    page = folder / "terminal.html"
    page.write_text(TERMINAL.format(text="\n\n".join(shown)), encoding="utf-8")
    screenshot(page, "terminal", 580, 18 * lines + 30)


def fundcalc(folder: Path, *arguments: str, lang: str = "en") -> str:
    """What a command of the program prints."""
    return run(folder, sys.executable, "-m", "fundcalc_cli", *arguments, lang=lang)


def run(folder: Path, *command: str, lang: str = "en") -> str:
    """What a program prints; it works in the folder and knows no ledger but the one there."""
    environment = {**os.environ, "FUNDCALC_LANG": lang, "COLUMNS": "80"}
    environment.pop("FUNDCALC_LEDGER", None)
    done = subprocess.run(  # noqa: S603 - it runs the program itself, and what the docstring names
        command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def screenshot(page: Path, name: str, width: int, height: int) -> None:
    """A page as Chromium shows it."""
    out = page.with_name("screenshot.png")
    run(page.parent, "chromium", "--headless", "--no-sandbox", "--hide-scrollbars", "--disable-gpu",
        f"--user-data-dir={page.parent / 'chromium'}", f"--window-size={width},{height}",
        f"--screenshot={out}", page.as_uri())  # fmt: skip
    keep(out, name)


def page_one(pdf: Path, name: str, resolution: int, size: tuple[int, int]) -> None:
    """The upper left of the first page of a PDF."""
    out = pdf.with_name(name)
    cut = ["-x", "0", "-y", "0", "-W", str(size[0]), "-H", str(size[1])]
    run(
        pdf.parent,
        "pdftoppm",
        "-png",
        "-singlefile",
        "-r",
        str(resolution),
        *cut,
        str(pdf),
        str(out),
    )
    keep(out.with_suffix(".png"), name)


def keep(picture: Path, name: str) -> None:
    """Put a picture into this folder; a large one is refused."""
    size = picture.stat().st_size
    if size > LARGEST:
        sys.exit(f"{name}.png has {size:,} bytes; at most {LARGEST:,} are kept")
    shutil.copyfile(picture, HERE / f"{name}.png")
    print(f"docs/pictures/{name}.png  {size:,} bytes")


if __name__ == "__main__":
    main()
