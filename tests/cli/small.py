"""Small invented policies, written where a test needs them."""

from __future__ import annotations

from pathlib import Path

_NAME = """
[facts.name]
title = { zh = "村名", en = "Village" }
type = "text"
required = true
"""


def files(*, facts: str = "", head: str = "", **programmes: str) -> dict[str, str]:
    """The files of a policy of these programmes, each the text after its id, title and unit.

    `head` is put into policies.toml, `facts` stand beside the village's name.
    """
    listed = ", ".join(f'"{id_}"' for id_ in programmes)
    found = {
        "policies.toml": f"""[policy]
id = "small"
title = {{ zh = "小政策", en = "Small policy" }}
on = 2020-01-01
programmes = [{listed}]

[sources.paper]
title = {{ zh = "文件", en = "Paper" }}
{head}""",
        "rules/village.toml": _NAME + facts,
    }
    for id_, text in programmes.items():
        found[f"rules/{id_}.toml"] = (
            f'[programme]\nid = "{id_}"\ntitle = {{ zh = "项目{id_}", en = "Programme {id_}" }}\n{text}'
        )
    return found


def policy(folder: Path, *, facts: str = "", head: str = "", **programmes: str) -> Path:
    """A folder with the policy that `files` gives."""
    for name, text in files(facts=facts, head=head, **programmes).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def fact(id_: str, *lines: str) -> str:
    """A required fact; `lines` give its type or unit, and what else there is to say."""
    body = "\n".join(lines)
    return f'\n[facts.{id_}]\ntitle = {{ zh = "项{id_}", en = "Fact {id_}" }}\nrequired = true\n{body}\n'


def rule(id_: str, when: str, then: str) -> str:
    """A rule."""
    return f'\n[[rule]]\nid = "{id_}"\nsource = "paper"\nwhen = "{when}"\nthen = "{then}"\n'


READING = """
[readings.edge]
question = { zh = "算不算？", en = "Does it count?" }
chosen = "no"
options = { no = { zh = "不算", en = "it does not" }, yes = { zh = "算", en = "it does" } }
"""
OTHERWISE = '\n[otherwise]\nid = "none"\nvalue = 0\n'
YUAN = 'unit = "yuan/year"\n'


def decides(hit_policy: str, output: str = "granted", unit: str = YUAN) -> str:
    """How a programme decides, and what its output is called."""
    return f'hit_policy = "{hit_policy}"\noutput = "{output}"\n{unit}'


def roster(folder: Path, *lines: str, name: str = "roster.csv") -> Path:
    """A roster of these lines."""
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
