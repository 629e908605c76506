"""Two of the policy's programmes in OpenFisca core and PolicyEngine core, which have the same interface.

They are operating funds and the subsidy of committee members. The cores' own number types
do not hold fen (32-bit whole numbers, 32-bit floats), so every variable is told to
be 64-bit; without this the amounts are wrong. A pool would be NumPy written into a formula.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from benchmarks.facts import Facts

YUAN = 100
PERIOD = "2017"
INPUTS = (
    "collective_income", "residents", "existing_funding", "other_cadres", "current_subsidy",
)  # fmt: skip


def _guaranteed(village: Any, period: Any) -> Any:
    floor = np.where(village("collective_income", period) <= 50_000 * YUAN, 170_000 * YUAN, 0)
    return np.where(village("residents", period) >= 1_000, 200_000 * YUAN, floor)


def _gap(village: Any, period: Any) -> Any:
    gap = village("guaranteed_funds", period) - village("existing_funding", period)
    return np.maximum(gap, 0)


def _total(village: Any, period: Any) -> Any:
    return village("other_cadres", period) * np.maximum(
        village("current_subsidy", period), 8_000 * YUAN
    )


def _subsidy_gap(village: Any, period: Any) -> Any:
    return village("other_cadres", period) * np.maximum(
        8_000 * YUAN - village("current_subsidy", period), 0
    )


FORMULAS = {
    "guaranteed_funds": _guaranteed,
    "funding_gap": _gap,
    "subsidy_total": _total,
    "subsidy_gap": _subsidy_gap,
}


def openfisca(facts: Facts) -> Callable[[], dict[str, Any]]:
    """The two programmes in OpenFisca core."""
    from openfisca_core.periods import DateUnit

    return _prepare(facts, "openfisca_core", DateUnit.YEAR)


def policyengine(facts: Facts) -> Callable[[], dict[str, Any]]:
    """The two programmes in PolicyEngine core."""
    from policyengine_core.periods import YEAR

    return _prepare(facts, "policyengine_core", YEAR)


def _prepare(facts: Facts, core: str, year: Any) -> Callable[[], dict[str, Any]]:
    """A fresh simulation a run: values given, four variables asked for."""
    village = import_module(f"{core}.entities").build_entity(
        key="village", plural="villages", label="A village", is_person=True
    )
    system = import_module(f"{core}.taxbenefitsystems").TaxBenefitSystem([village])
    kind = import_module(f"{core}.variables").Variable
    builder = import_module(f"{core}.simulations").SimulationBuilder
    shared = {"value_type": int, "entity": village, "definition_period": year}
    for name in INPUTS:
        system.add_variable(type(name, (kind,), {**shared, "label": name}))
    for name, formula in FORMULAS.items():
        system.add_variable(type(name, (kind,), {**shared, "label": name, "formula": formula}))
    for variable in system.variables.values():
        variable.dtype = np.dtype(np.int64)
    count = len(facts["residents"])

    def run() -> dict[str, Any]:
        simulation = builder().build_default_simulation(system, count=count)
        for name in INPUTS:
            simulation.set_input(name, PERIOD, facts[name])
        return {name: simulation.calculate(name, PERIOD) for name in FORMULAS}

    return run
