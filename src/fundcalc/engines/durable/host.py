"""The compiled engine of durable_rules, driven directly.

Its Python layer is left out: `Host` starts two timer threads, `Promise` swallows what an action raises
(KeyboardInterrupt included), `Closure` drops a fact's rules when an action takes ten seconds or the wall
clock jumps, warns of `utcfromtimestamp` and writes a state fact after every action. What remains of it is
the loop below: assert, run the actions that are due in the order of their priorities, until none is left.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Final

import durable_rules_engine as durable

# One session and one fact id for all facts: both are looked up by an uncompared 32-bit hash, and each
# further session takes memory that is never given back.
_SESSION: Final = "0"
FACT: Final = f'"sid":"{_SESSION}","id":"v"'
_RETRACT: Final = "{" + FACT + "}"
_HANDLED: Final = 0

Act = Callable[[str], None]


class EngineFault(RuntimeError):
    """The engine did not do what it must: a fault of engine or adapter, never of policy or facts."""


class Host:
    """One ruleset with at most one fact in it. After any exception it must be thrown away.

    Not thread-safe; it starts no thread, reads no clock, and its memory does not grow with the facts.
    """

    def __init__(self, definition: str) -> None:
        """Compile a definition (JSON); raises EngineFault where the engine refuses it."""
        try:
            self._handle: int = durable.create_ruleset("fundcalc", definition)
        except durable.error as refused:
            raise EngineFault(f"durable_rules refuses the rules: {refused}") from refused
        self._started = [False]
        weakref.finalize(self, _free, self._handle, self._started).atexit = False

    def run(self, fact: str, act: Act) -> None:
        """Assert a fact (JSON with FACT in it) and call `act` with the name of each rule that is due.

        Whatever `act` raises leaves unchanged. Raises EngineFault on an error of the engine.
        """
        try:
            state = self._assert(fact)
            started = durable.start_action_for_state(self._handle, state)
            if started is None:
                raise EngineFault(f"durable_rules has no rule for the fact {fact}")
            self._started[0] = True
            message = started[1]
            while message:
                act(message[2 : message.index('"', 2)])  # {"name":{"m":{…}}}
                message = durable.complete_and_start_action(self._handle, state)
        except durable.error as failed:
            raise EngineFault(f"durable_rules failed: {failed}") from failed

    def replace(self, fact: str) -> None:
        """Retract the fact and assert another; its rules follow. Call it only from within `act`."""
        self.retract()
        self._assert(fact)

    def retract(self) -> None:
        """Retract the fact; none of its rules follows. Call it only from within `act`."""
        durable.retract_fact(self._handle, _RETRACT)

    def _assert(self, fact: str) -> int:
        outcome, state = durable.assert_fact(self._handle, fact)
        if outcome != _HANDLED:
            raise EngineFault(f"durable_rules did not take the fact {fact} (outcome {outcome})")
        return int(state)


def _free(handle: int, started: list[bool]) -> None:
    """Give back all memory. A session that never started an action cannot be freed safely."""
    if started[0]:
        durable.delete_state(handle, _SESSION)
    durable.delete_ruleset(handle)
