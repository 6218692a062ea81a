"""A database with all migrations applied, made once and copied for each worker: applying them took longer than most tests."""

import fcntl
import hashlib
import os
import subprocess
import sys

import psycopg
from psycopg import sql

from tests.environment import CLUSTER, ROOT

#: What the schema depends on: our migrations, and the versions of the apps of others.
SOURCES = ["requirements.txt", *sorted(str(path) for path in (ROOT / "migration_planner").glob("*/migrations/*.py"))]


def template() -> str:
    """The name of the database; it is made when there is none of the present schema, and those of others are dropped."""
    name = f"migrated_{_digest()}"
    with (ROOT / ".local" / "tests" / "migrated.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with psycopg.connect(CLUSTER.address("postgres"), autocommit=True) as connection:
            known = [
                row[0] for row in connection.execute("SELECT datname FROM pg_database WHERE datname ^@ 'migrated_'")
            ]
            if name not in known:
                for other in known:
                    connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(other)))
                _make(connection, name)
    return name


def _digest() -> str:
    found = hashlib.sha256()
    for source in SOURCES:
        found.update((ROOT / source).read_bytes())
    return found.hexdigest()[:16]


def _make(connection: "psycopg.Connection[tuple[str]]", name: str) -> None:
    """Under another name until it is whole, so that an interrupted run leaves nothing behind that looks finished."""
    begun = f"{name}_begun"
    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(begun)))
    command = [sys.executable, "-W", "ignore", "-m", "django", "migrate", "--verbosity", "0"]
    settings = {"DJANGO_SETTINGS_MODULE": "migration_planner.config.settings"}
    environment = {**os.environ, **settings, "DATABASE_URL": CLUSTER.address(begun)}
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(begun), sql.Identifier(name)))
