"""The world of the scenarios: a PostgreSQL of their own, a database for each, a mail server, and an environment."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from migration_planner.local.chaos.mailserver import Manner
from migration_planner.local.chaos.processes import PYTHON, MailServer, child
from migration_planner.local.environment import HOME, ROOT, broker
from migration_planner.local.postgres import Cluster
from migration_planner.local.server import SUPERUSER


@dataclass(frozen=True)
class Stage:
    """Where one scenario plays."""

    folder: Path
    database: str
    mail: MailServer
    environment: dict[str, str]
    cluster: Cluster
    due: int


class World:
    """A cluster with one seeded company, which each scenario gets a copy of."""

    def __init__(self, home: Path = HOME / "chaos") -> None:
        self.home, self.cluster = home, Cluster(home)
        self._due: dict[int, int] = {}

    def __enter__(self) -> "World":
        shutil.rmtree(self.home, ignore_errors=True)
        self.cluster.join()
        return self

    def __exit__(self, *error: object) -> None:
        self.cluster.leave()
        shutil.rmtree(self.home, ignore_errors=True)

    @contextmanager
    def stage(self, name: str, people: int, manner: Manner | None = None, **settings: str) -> Iterator[Stage]:
        due = self._seed(people)
        database = self._copy(people, name)
        folder = self.home / name
        folder.mkdir()
        mail = MailServer(folder, manner or Manner())
        environment = {**self._environment(database), "EMAIL_URL": mail.url, **settings}
        try:
            yield Stage(folder, database, mail, environment, self.cluster, due)
        finally:
            mail.end()
            self._sql(f"DROP DATABASE IF EXISTS {_name(name)} WITH (FORCE)")

    def _seed(self, people: int) -> int:
        if people not in self._due:
            self._sql(f"CREATE DATABASE seeded_{people}")
            environment = {**os.environ, **self._environment(self.cluster.address(f"seeded_{people}"))}
            command = [*PYTHON, "-m", "migration_planner.local.chaos.seeding", str(people)]
            done = subprocess.run(child(command), cwd=ROOT, env=environment, capture_output=True, text=True)  # noqa: S603
            if done.returncode:
                raise RuntimeError(done.stderr)
            self._due[people] = int(done.stdout.split()[-1])
        return self._due[people]

    def _copy(self, people: int, name: str) -> str:
        self._sql(f"CREATE DATABASE {_name(name)} TEMPLATE seeded_{people}")
        return self.cluster.address(_name(name))

    def _sql(self, statement: str) -> None:
        with psycopg.connect(self.cluster.address(SUPERUSER), autocommit=True) as connection:
            connection.execute(statement)

    def _environment(self, database: str) -> dict[str, str]:
        return {
            "LOCAL_MODE": "true",
            "DJANGO_SETTINGS_MODULE": "migration_planner.config.settings",
            "DATABASE_URL": database,
            "CELERY_BROKER_URL": broker(database),
            "EMAIL_URL": "smtp://127.0.0.1:1",
            "SECRET_KEY": "only-for-chaos-" + "x" * 40,
            "TOKEN_PEPPER": "only-for-chaos-" + "p" * 40,
            "BASE_URL": "http://127.0.0.1:8000",
            "ALLOWED_HOSTS": "127.0.0.1,localhost",
            "MAIL_HOURS": "0-24",  # at whatever hour it is run
        }


def _name(name: str) -> str:
    return "chaos_" + name.replace("-", "_")
