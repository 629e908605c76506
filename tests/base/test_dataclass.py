"""Classes of values compare, hash and show as those of the standard library do."""

from __future__ import annotations

import copy
import dataclasses
from itertools import product
from typing import Any

import pytest

from fundcalc.base import dataclass as ours


def values(make: Any) -> list[Any]:
    """Values of classes of every kind that the program has, some of them equal."""

    @make(frozen=True, slots=True)
    class Several:
        a: int
        b: tuple[str, ...] = ()
        where: int = dataclasses.field(default=0, compare=False, repr=False)

    @make(frozen=True)
    class Below(Several):
        c: str = ""

    @make(frozen=True, slots=True)
    class One:
        a: int

    @make(frozen=True)
    class Empty:
        pass

    @make(slots=True)
    class Changing:
        a: int
        b: str = "b"

    @make(frozen=True, eq=False)
    class Itself:
        a: int

    @make(frozen=True)
    class Shown:
        a: int

        def __repr__(self) -> str:
            return "in its own way"

    return [
        Several(1), Several(1, where=5), Several(1, ("x",)), Several(b=(), a=2), Below(1), Below(1, c="c"),
        One(1), One(1), One(2), Empty(), Empty(), Changing(1), Changing(1), Changing(2), Itself(1), Itself(1),
        Shown(1), Shown(2),
    ]  # fmt: skip


def told(make: Any) -> list[Any]:
    """Whatever can be told of the values without their hashes."""
    made = values(make)
    found: list[Any] = [one == other for one, other in product(made, repeat=2)]
    for value in made:
        found += [repr(value), dataclasses.astuple(value), value.__match_args__]
        found += [type(value).__hash__ is None, dataclasses.replace(value) == value]
        found.append(copy.deepcopy(value) == value)
    return found


def test_values_are_as_those_of_the_standard_library() -> None:
    assert told(ours) == told(dataclasses.dataclass)


def test_equal_values_are_one_key() -> None:
    made = [value for value in values(ours) if type(value).__hash__ is not None]
    equal = [(one, other) for one, other in product(made, repeat=2) if one == other]
    assert len(equal) > len(made) and all(hash(one) == hash(other) for one, other in equal)


def test_what_changes_is_no_key() -> None:
    changing = next(value for value in values(ours) if type(value).__hash__ is None)
    with pytest.raises(TypeError):
        hash(changing)
