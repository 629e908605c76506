"""What commands print under `--format json`, as types: the shape of every answer, for other programs.

Amounts are text, money in yuan with two decimals, so that no program reads them as floating numbers; ids
are the policy's. What a key means is said where it does not say so itself. Explanations have a schema of
their own (docs/schema/explanation.schema.json).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import models_json_schema

from fundcalc.base import VERSION

Yuan = Annotated[str, Field(pattern=r"^-?\d+\.\d\d$")]
Amount = Annotated[str, Field(pattern=r"^-?\d+(\.\d+)?$")]
"""In its own unit: money, people, posts."""
Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
Amounts = dict[str, Amount]
Counts = dict[str, int]


class Answer(BaseModel):
    """An object of these keys and no others."""

    model_config = ConfigDict(extra="forbid")


class Problem(Answer):
    """A diagnostic: what, where, and what to do; `fundcalc rule CODE` says what the code means."""

    code: str
    severity: Literal["error", "warning", "note"]
    message: str
    file: str
    line: int
    column: int
    end_column: int
    hint: str | None
    witness: dict[str, Any] | None = Field(description="A village for which it happens")


class Reject(Answer):
    """A cell or row of a roster: an error keeps the village out, a warning is a doubt."""

    severity: Literal["error", "warning"]
    code: str
    file: str
    sheet: str | None
    cell: str | None
    row: int
    village: str
    column: str
    value: str
    why: str
    mend: str


class Refusal(Answer):
    """Why nothing was done."""

    problems: list[Problem] = []
    rejects: list[Reject] = []


class Policy(Answer):
    """By which policy it was computed."""

    id: str
    digest: Digest
    on: str = Field(description="The day whose values hold")
    readings: dict[str, str]


class Roster(Answer):
    """From which roster."""

    file: str
    digest: Digest


class Kept(Answer):
    """The run's place in the ledger."""

    id: str
    head: Digest


class Group(Answer):
    """A county, or all; of a county what is decided once for it, too, such as a grade, which is text."""

    name: str
    villages: int
    amounts: dict[str, str]


class Decided(Answer):
    """What is decided once for a group of rows: who the group is, and by which rules."""

    per: list[str]
    group: dict[str, str]
    villages: int
    amounts: dict[str, str]
    rules: dict[str, list[str]]


class Total(Answer):
    """What one payer pays."""

    payer: str
    unit: str
    amount: Amount


class Pool(Answer):
    """A pool and what was shared of it."""

    programme: str
    group: str | None
    amount: Yuan
    used: Yuan
    leftover: Yuan
    rest_to: str | None = Field(None, description="Where what is left goes, if the policy says it")
    mean: Yuan
    villages: int
    claims: int


class Ratio(Answer):
    """A share of villages."""

    title: str
    count: int
    among: int
    percent: str | None
    rounding: str


class Undecided(Answer):
    """A reading whose other option could not be computed."""

    reading: str
    option: str
    why: str


class Run(Answer):
    """What a run comes to."""

    policy: Policy
    roster: Roster
    double_checked: int = Field(description="Villages that both engines decided alike")
    double_checked_patterns: int = Field(
        description="Different patterns of rules among them: all that there are"
    )
    run: Kept | None = Field(description="null where no record was kept")
    counties: list[Group]
    total: Group
    payers: Amounts
    totals: list[Total]
    results: dict[str, Counts] = Field({}, description="Villages by what a text or a rate came to")
    pools: list[Pool]
    rules: dict[str, Counts] = Field(description="How many villages each rule decided")
    shares: list[Ratio]
    hinges: Counts = Field(description="Villages by the reading on which their amounts hinge")
    hinged_decisions: int
    hinged_villages: int
    undecided_readings: list[Undecided]
    assumed: Counts = Field(description="Villages by the fact that was missing and assumed")
    groups: list[Decided] = Field([], description="What is decided once for groups of villages")
    overrides: list[dict[str, Any]] = Field([], description="Amounts set by hand")
    correction: dict[str, Any] = Field({}, description="What a correction pays or deducts")
    carry: dict[str, Any] = Field({}, description="What corrections before left open")
    since: dict[str, Any] = Field({}, description="What changed since the run before")


class Review(Answer):
    """What a reviewer decided."""

    id: str
    head: Digest
    sm3: str
    by: str
    decision: Literal["approved", "returned"]
    reason: str
    reviewed_at: str


class Corrects(Answer):
    """Which run it corrects."""

    id: str
    head: Digest
    reason: str


class Later(Answer):
    """Which run corrected it."""

    run: str
    reason: str


class Record(Answer):
    """A run of the ledger; of a damaged one no more than its digests."""

    id: str
    head: Digest
    sm3: str
    recorded_at: str = Field("", description="In UTC")
    prepared_by: str | None = None
    reviewed_by: str | None = None
    corrects: Corrects | None = None
    program: dict[str, str] = {}
    engine: dict[str, Any] = {}
    policy: dict[str, Any] = {}
    roster: dict[str, Any] = {}
    overrides: int = 0
    totals: Amounts = Field({}, description="By output")
    units: dict[str, str] = Field({}, description="By output, as the policy has them")
    state: Literal["pending", "approved", "returned"] = "pending"
    reviews: list[Review] = []
    corrected_by: list[Later] = []


class Shown(Run):
    """A recorded run: its record, and what it comes to."""

    id: str
    head: Digest
    sm3: str
    recorded_at: str
    prepared_by: str | None
    reviewed_by: str | None
    corrects: Corrects | None
    program: dict[str, str]
    engine: dict[str, Any]
    overrides: int | list[dict[str, Any]]  # type: ignore[assignment]  # how many, or which
    state: Literal["pending", "approved", "returned"]
    reviews: list[Review]
    corrected_by: list[Later]


class SidePolicy(Policy):
    """The policy of one side, and the parameters set for it."""

    set: dict[str, str]


class SideRoster(Roster):
    """The roster of one side."""

    villages: int


class Side(Answer):
    """One of the two versions."""

    version: str
    policy: SidePolicy
    roster: SideRoster


class Moved(Answer):
    """How many villages gain, lose, stay, come and go."""

    up: int
    down: int
    same: int
    joined: int
    left: int


class Part(Answer):
    """The money of both versions; of a county, programme, payer or output by its id."""

    id: str = ""
    title: str = ""
    old: Amount
    new: Amount
    change: Amount
    gained: Amount
    lost: Amount
    entered: Amount
    withdrawn: Amount
    villages: Moved


class Step(Answer):
    """One reason why the total moved."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    kind: str
    id: str
    title: str
    before: str | None = Field(alias="from")
    to: str | None
    change: Amount
    villages: int
    payers: Amounts


class Used(Answer):
    """A pool in one version."""

    amount: Amount
    used: Amount


class PoolChange(Answer):
    """A pool in both."""

    programme: str
    group: str | None
    old: Used
    new: Used


class Because(Answer):
    """What a reason moved for one village."""

    kind: str
    id: str
    change: Amount


class Rules(Answer):
    """The rules that decided."""

    old: Any
    new: Any


class Mover(Answer):
    """A village whose money moved."""

    village: dict[str, str]
    way: str
    old: Amount
    new: Amount
    change: Amount
    because: list[Because]
    rules: dict[str, Rules]


class Proof(Answer):
    """Whether both versions are equal for every possible village; null where it is unknown."""

    equal: bool | None
    outputs: dict[str, str]
    why: dict[str, str]
    witness: dict[str, Any] | None


class OfOneUnit(Answer):
    """What moves of one unit, and why."""

    villages_moved: int
    money_moved: Amount
    total: Part
    counties: list[Part]
    programmes: list[Part]
    payers: list[Part]
    bridge: list[Step]
    movers: list[Mover]


class Unit(OfOneUnit):
    """The same with the unit's name."""

    unit: str


class Changes(Answer):
    """A result that nothing adds up: from what to what, and where."""

    villages: int
    moves: list[dict[str, Any]]
    who: list[dict[str, Any]]


class GroupChange(Answer):
    """An output decided once for a group: its totals where it has any, and the groups where it differs."""

    output: str
    old: str | None
    new: str | None
    changed: list[dict[str, Any]]


class Comparison(OfOneUnit):
    """Two versions over a roster; what stands beside `units` is of the first of them."""

    old: Side
    new: Side
    unmet: list[str]
    changed: bool
    villages_touched: int
    units: list[Unit]
    pools: list[PoolChange]
    outputs: list[Part]
    groups: list[GroupChange] = []
    other_results: Counts
    changes: dict[str, Changes]
    proof: Proof | None = None


class Tried(Answer):
    """A fact that was changed."""

    was: str
    is_: str = Field(alias="is")


class NowThen(Answer):
    """An amount as it is, and as it would be."""

    now: Amount
    then: Amount


class Other(Answer):
    """Another village whose amounts move."""

    code: str = ""
    name: str = ""
    town: str = ""
    county: str = ""
    outputs: dict[str, NowThen]


class WhatIf(Answer):
    """What a village would get were its facts others, and who else would get more or less."""

    village: dict[str, str]
    facts: dict[str, Tried]
    outputs: dict[str, NowThen]
    others: list[Other]
    total: dict[str, NowThen]


ANSWERS = (Problem, Refusal, Run, Record, Shown, Comparison, WhatIf)


class Call(NamedTuple):
    """An address of the desk's data interface: what answers, what describes the answer, what is asked."""

    answer: Callable[..., Any]
    schema: dict[str, Any]
    asked: type[BaseModel] | None = None


def schema_named(name: str) -> dict[str, Any]:
    """The schema of that name among all of them."""
    return {"$ref": f"#/$defs/{name}"}


def openapi(calls: Mapping[str, Call]) -> dict[str, Any]:
    """The OpenAPI document of the data interface, by address below /api."""

    def content(schema: dict[str, Any]) -> dict[str, Any]:
        return {"content": {"application/json": {"schema": schema}}}

    lang = {"name": "lang", "in": "query", "schema": {"enum": ["zh", "en"]}}
    paths: dict[str, Any] = {}
    for path, call in calls.items():
        refusal = content(schema_named("Refusal"))
        operation: dict[str, Any] = {
            "operationId": call.answer.__name__,
            "summary": call.answer.__doc__,
            "parameters": [lang],
            "responses": {
                "200": {"description": "As the command prints it", **content(call.schema)},
                "default": {"description": "Nothing was done", **refusal},
            },
        }
        if call.asked is not None:
            operation["requestBody"] = content(schema_named(call.asked.__name__))
        if "{id}" in path:
            operation["parameters"].append(
                {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
            )
        paths[f"/api{path}"] = {"get" if call.asked is None else "post": operation}
    schemas = _schemas(*(call.asked for call in calls.values() if call.asked))
    bearer = {"bearer": {"type": "http", "scheme": "bearer"}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "fundcalc", "version": VERSION},
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": bearer},
    }
    text = json.dumps(document, ensure_ascii=False).replace('"#/$defs/', '"#/components/schemas/')
    described: dict[str, Any] = json.loads(text)
    return described


def _schemas(*further: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schemas of all answers, and of further models, by name, as `$defs` that name each other."""
    from fundcalc.explain.as_json import explanation_schema

    models: tuple[type[BaseModel], ...] = (*ANSWERS, *further)
    requests: list[tuple[type[BaseModel], Literal["validation"]]] = [
        (model, "validation") for model in models
    ]
    explanation = explanation_schema()
    explanation.pop("$schema")
    parts: dict[str, Any] = explanation.pop("$defs")
    schemas: dict[str, Any] = models_json_schema(requests)[1]["$defs"]
    return {**schemas, **parts, "Explanation": explanation}
