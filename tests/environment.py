"""The services of the tests, started before Django reads its settings (see `addopts` in pyproject.toml)."""

import gc
import os
from pathlib import Path

from migration_planner.local.environment import broker
from migration_planner.local.postgres import Cluster

ROOT = Path(__file__).resolve().parents[1]


def _enter() -> Cluster:
    """The environment of the tests: a cluster of their own, and addresses at which nothing answers."""
    for name in [name for name in os.environ if name.startswith("PG")]:
        del os.environ[name]
    cluster = Cluster(ROOT / ".local" / "tests", durable=False)
    database = cluster.join()
    os.environ.update(
        LOCAL_MODE="true",
        DATABASE_URL=database,
        CELERY_BROKER_URL=broker(database),
        EMAIL_URL="smtp://127.0.0.1:1",
        SECRET_KEY="only-for-tests-" + "x" * 40,
        TOKEN_PEPPER="only-for-tests-" + "p" * 40,
        BASE_URL="http://127.0.0.1:8000",
        ALLOWED_HOSTS="127.0.0.1,localhost,testserver",
        MAIL_PER_WEEK="0",  # tests of the limit set their own
        SECOND_OWNER_DAYS="0",  # as do those of the second owner: others run on any day, also close to a cutoff
        MAIL_HOURS="0-24",  # tests of the hours set their own; the others run at any time of the day
    )
    return cluster


CLUSTER = _enter()
gc.set_threshold(
    100_000, 50, 50
)  # garbage of tests is small and soon gone; looking for it took a fifteenth of their time


def pytest_unconfigure() -> None:
    CLUSTER.leave()
