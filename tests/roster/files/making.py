"""Workbooks made part by part, for what no writing library writes. Names and figures are invented."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def sheet(rows: str, before: str = "", after: str = "", space: str = MAIN) -> str:
    """A sheet's XML around its rows."""
    return f'<worksheet xmlns="{space}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'


def strings(*items: str) -> str:
    """Shared strings; an item is a text or the inside of <si>."""
    inside = "".join(f"<si>{i if i.startswith('<') else f'<t>{i}</t>'}</si>" for i in items)
    return f'<sst xmlns="{MAIN}">{inside}</sst>'


def styles(codes: Sequence[str] = (), fonts: Sequence[str] = ()) -> str:
    """Styles: 0 is plain, then one a number format, then one a font."""
    formats = "".join(
        f'<numFmt numFmtId="{200 + at}" formatCode="{_quoted(code)}"/>'
        for at, code in enumerate(codes)
    )
    made = "".join(f"<font>{font}</font>" for font in ("", *fonts))
    forms = '<xf numFmtId="0" fontId="0"/>'
    forms += "".join(f'<xf numFmtId="{200 + at}" fontId="0"/>' for at in range(len(codes)))
    forms += "".join(f'<xf numFmtId="0" fontId="{at + 1}"/>' for at in range(len(fonts)))
    return (
        f'<styleSheet xmlns="{MAIN}"><numFmts>{formats}</numFmts><fonts>{made}</fonts>'
        f"<cellXfs>{forms}</cellXfs></styleSheet>"
    )


def _quoted(text: str) -> str:
    for sign, name in (("&", "amp"), ("<", "lt"), (">", "gt"), ('"', "quot")):
        text = text.replace(sign, f"&{name};")
    return text


def package(
    *sheets: str | bytes,
    texts: str | None = None,
    looks: str | None = None,
    book: str = "",
    writer: str = "Microsoft Excel",
    parts: Mapping[str, str | bytes] | None = None,
) -> bytes:
    """A workbook of sheets S1, S2, …; `book` is put at the end of its table of contents."""
    names = [f"xl/worksheets/sheet{at + 1}.xml" for at in range(len(sheets))]
    listed = "".join(
        f'<sheet name="S{at + 1}" sheetId="{at + 1}" r:id="r{at + 1}"/>'
        for at in range(len(sheets))
    )
    links = "".join(
        f'<Relationship Id="r{at + 1}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{at + 1}.xml"/>'
        for at in range(len(sheets))
    )
    made: dict[str, str | bytes] = {
        "_rels/.rels": f'<Relationships xmlns="{_RELS}"><Relationship Id="a" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "docProps/app.xml": f"<Properties><Application>{writer}</Application></Properties>",
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{_OFFICE}">'
        f"<sheets>{listed}</sheets>{book}</workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_RELS}">{links}</Relationships>',
        **dict(zip(names, sheets, strict=True)),
    }
    if texts is not None:
        made["xl/sharedStrings.xml"] = texts
    if looks is not None:
        made["xl/styles.xml"] = looks
    made |= parts or {}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in made.items():
            file.writestr(name, data)
    return out.getvalue()
