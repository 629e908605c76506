"""The notebook of examples/ runs from top to bottom, and shows tables, an explanation and charts."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.conftest import ROOT

NOTEBOOK = ROOT / "examples" / "what_if.ipynb"


def test_the_notebook_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for needed in ("matplotlib", "ipykernel"):
        pytest.importorskip(needed)
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    book = nbformat.read(NOTEBOOK, as_version=4)
    where = {"metadata": {"path": str(NOTEBOOK.parent)}}
    nbclient.NotebookClient(book, timeout=300, kernel_name="python3", resources=where).execute()
    shown = [
        output["data"]
        for cell in book.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if "data" in output
    ]
    said = [one["text/html"] for one in shown if "text/html" in one]
    assert "98,990,080.32" in said[0]
    assert "170,000" in said[1] and "<details>" in said[1]
    assert "+1,659,999.95" in said[2]
    assert "娄烦县" in said[3]
    assert sum("image/png" in one for one in shown) == 2
    told = [one for cell in book.cells for one in cell.get("outputs", ()) if "text" in one]
    assert not told, "a warning, such as of a character that the font lacks"
