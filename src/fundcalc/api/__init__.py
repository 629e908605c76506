"""The front door: load a policy, read a roster, calculate, explain, write. The CLI uses nothing else.

`__init__.pyi` beside this file names all there is and where it comes from; type checkers and editors read
it, and so does Python here: a name is imported when it is first asked for, so that help and errors come
at once.
"""

from functools import cache
from importlib import import_module, resources


@cache
def sources() -> dict[str, tuple[str, str]]:
    """Where each public name comes from: a module and the name that it has there."""
    import ast

    stub = resources.files(__name__).joinpath("__init__.pyi").read_text(encoding="utf-8")
    named: dict[str, tuple[str, str]] = {}
    public: dict[str, tuple[str, str]] = {}
    for node in ast.parse(stub).body:
        match node:
            case ast.ImportFrom(module=str(module), names=[ast.alias(name=there, asname=here)]):
                named[here or there] = module, there
                if here == there:
                    public[there] = module, there
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Name(id=here)):
                public[name] = named[here]
    return public


def __getattr__(name: str) -> object:
    """A name that is asked for the first time."""
    if name == "__all__":
        return __dir__()
    if name not in sources():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, there = sources()[name]
    value: object = getattr(import_module(module), there)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(sources())
