"""Policy files to a checked Policy, with every mistake in all of them at once."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Any, TypeVar

from pydantic import BaseModel

from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, Span, errors, in_order
from fundcalc.language.datatypes import Unknown
from fundcalc.language.reader import Symbol
from fundcalc.policy import bundle as bundles
from fundcalc.policy import schema
from fundcalc.policy.bundle import CATALOGUE, RULES, VILLAGE, Bundle
from fundcalc.policy.declarations import Catalogue, Facts, Names
from fundcalc.policy.model import Policy
from fundcalc.policy.programmes import ProgrammeReader, order
from fundcalc.policy.schema import validate
from fundcalc.policy.tomlfile import Path, TomlFile, read_toml

M = TypeVar("M", bound=BaseModel)


def load_policy(path: FilePath | None = None) -> Policy:
    """The policy at a path, else ./policies.toml, else the shipped one.

    A path is a folder with policies.toml, or that file. Raises PolicyProblem with every error.
    """
    return load(path)[0]


def load(path: FilePath | None = None) -> tuple[Policy, list[Diagnostic]]:
    """As `load_policy`, with what is doubtful in the policy."""
    policy, found = read(bundles.find(path))
    if policy is None:
        raise PolicyProblem(found)
    return policy, found


def read(bundle: Bundle) -> tuple[Policy | None, list[Diagnostic]]:
    """The checked policy of a bundle, or None, and everything wrong or doubtful in order."""
    loader = _Loader(bundle)
    policy = loader.load()
    found = in_order(loader.found)
    return (None if errors(found) else policy), found


class _Loader:
    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        self.found: list[Diagnostic] = []
        self._names = Names()
        self._broken: list[TomlFile] = []

    def load(self) -> Policy | None:
        catalogue = self._file(CATALOGUE, schema.PoliciesFile, None)
        span = catalogue[0].key_span(("policy", "programmes")) if catalogue else None
        village = self._file(f"{RULES}/{VILLAGE}.toml", schema.VillageFile, span)
        if catalogue is None or village is None:
            self._shapes_only(catalogue)
            return None
        declared = Catalogue(catalogue[0], self._names, catalogue[1])
        sources, payers = declared.sources(), declared.payers()
        readings, parameters = declared.readings(), declared.parameters()
        listed = Facts(village[0], self._names)
        facts = listed.facts(village[1])
        readers = self._readers(*catalogue)
        for reader in readers:
            reader.declare()
        for broken in self._broken:
            self._declare_roughly(broken)
        read = [reader.read() for reader in readers]
        table = catalogue[1]
        if len(readers) + len(self._broken) < len(table.policy.programmes):
            self._forget_unknown(readers)
        owner = {o.id: p.id for p in read if p is not None for o in p.outputs}
        for one in (declared, listed, *readers):
            self.found += one.found
        programmes = [p for p in read if p is not None]
        if errors(self.found) or len(programmes) != len(table.policy.programmes):
            return None
        ordered, circles = order(readers, owner)
        self.found += circles
        by_id = {p.id: p for p in programmes}
        return Policy(
            table.policy.id, table.policy.title, table.policy.on, sources, readings, payers,
            parameters, facts, tuple(by_id[id_] for id_ in ordered), self._bundle.digest,
            tuple(table.policy.programmes), self._bundle.content,
        )  # fmt: skip

    def _declare_roughly(self, file: TomlFile) -> None:
        """Take the names that a file out of shape declares, so that others may use them."""
        programme, also = file.values.get("programme"), file.values.get("also")
        declared: list[tuple[Any, str, Path]] = [(programme, "output", ("programme", "output"))]
        if isinstance(also, list):
            declared += [(one, "id", ("also", n, "id")) for n, one in enumerate(also)]
        for table, key, path in declared:
            id_ = table.get(key) if isinstance(table, dict) else None
            if isinstance(id_, str):
                problem = self._names.take(Symbol(id_, "output", Unknown()), file.span(path))
                self.found += [problem] if problem else []

    def _forget_unknown(self, readers: list[ProgrammeReader]) -> None:
        """Names may be unknown only because the file that declares them could not be read."""
        for reader in readers:
            reader.found = [d for d in reader.found if d.code not in ("FC113", "FC203")]

    def _file(self, name: str, model: type[M], needed_by: Span | None) -> tuple[TomlFile, M] | None:
        """One file, parsed and of the right shape."""
        label = self._bundle.show(name)
        data = self._bundle.content.get(name)
        if data is None:
            self.found.append(say("FC001.no_file", needed_by or Span(label), name=name))
            return None
        file = read_toml(label, data)
        if isinstance(file, Diagnostic):
            self.found.append(file)
            return None
        table, found = validate(file, model)
        self.found += found
        if table is None and model is schema.ProgrammeFile:
            self._broken.append(file)
        return None if table is None else (file, table)

    def _readers(self, file: TomlFile, table: schema.PoliciesFile) -> list[ProgrammeReader]:
        readers: list[ProgrammeReader] = []
        for index, id_ in enumerate(table.policy.programmes):
            span = file.span(("policy", "programmes", index))
            if id_ in table.policy.programmes[:index]:
                first = file.span(("policy", "programmes", table.policy.programmes.index(id_)))
                self.found.append(say("FC107", span, spans=(first,), name=id_))
                continue
            one = self._programme(id_, span)
            if one is not None:
                readers.append(ProgrammeReader(one[0], self._names, one[1], table))
        return readers

    def _programme(self, id_: str, span: Span) -> tuple[TomlFile, schema.ProgrammeFile] | None:
        if not id_.isidentifier():
            self.found.append(say("FC106", span, name=id_[:80]))
            return None
        one = self._file(f"{RULES}/{id_}.toml", schema.ProgrammeFile, span)
        if one is not None and one[1].programme.id != id_:
            where = one[0].span(("programme", "id"))
            self.found.append(say("FC112", where, found=one[1].programme.id[:80], wanted=id_))
            return None
        return one

    def _shapes_only(self, catalogue: tuple[TomlFile, schema.PoliciesFile] | None) -> None:
        """Where the declarations are broken, at least say what else is out of shape."""
        if catalogue is not None:
            self._readers(*catalogue)
            return
        for name in self._bundle.content:
            parts = name.split("/")
            if len(parts) == 2 and parts[1] != f"{VILLAGE}.toml":
                self._file(name, schema.ProgrammeFile, None)
