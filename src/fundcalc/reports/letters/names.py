"""File names of letters: from code and name, such that no name leaves its folder."""

from __future__ import annotations

import re
import unicodedata

_UNFIT = re.compile(r"[^\w\-（）()]+")
_TAKEN = re.compile(r"(?i)^(con|prn|aux|nul|com\d|lpt\d)$")
LONGEST = 60


def file_name(*parts: str, ending: str = ".pdf") -> str:
    """A name of letters, digits and a few signs; never blank, hidden, a path or a device."""
    words = [
        _UNFIT.sub("_", unicodedata.normalize("NFC", part)).strip("_")[:LONGEST] for part in parts
    ]
    name = "-".join(word for word in words if word) or "_"
    return f"_{name}{ending}" if _TAKEN.match(name) else f"{name}{ending}"
