"""The adapter to durable_rules: single-pattern rules over one flat fact, chained through stages.

It knows nothing of policies: fields, conditions, rules and stages go in, the ids of the rules that fired
come out. What durable_rules does wrong beyond matching one flat fact never reaches it:

* facts arrive as 64-bit integers under short names of our own (`guard`);
* conditions arrive as conjunctions, which are split over several rules and steps until each is within
  the engine's limits, or refused with LimitError (`guard`);
* the compiled engine is driven directly, without its Python layer (`agenda`).
"""

from fundcalc.engines.durable.agenda import Agenda, EngineFault, Rule, Stage, installed
from fundcalc.engines.durable.guard import (
    AllOf,
    AnyOf,
    Condition,
    EngineValueError,
    FieldType,
    LimitError,
    Not,
    Test,
    Value,
)

__all__ = [
    "Agenda",
    "AllOf",
    "AnyOf",
    "Condition",
    "EngineFault",
    "EngineValueError",
    "FieldType",
    "LimitError",
    "Not",
    "Rule",
    "Stage",
    "Test",
    "Value",
    "installed",
]
