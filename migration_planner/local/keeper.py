"""Stops the embedded PostgreSQL when the last process that used it was killed and could not do it."""

import fcntl
import os
import sys
import time
from pathlib import Path

from migration_planner.local.postgres import Cluster

LOOK_EVERY_SECONDS = 1.0


def keep(home: Path) -> None:
    """Watch over the cluster in `home` until it is stopped. A second keeper of the same cluster ends at once."""
    lock = os.open(home / "postgres.keeper", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    os.ftruncate(lock, 0)
    os.write(lock, str(os.getpid()).encode())  # for whoever leaves last, and has no more need of us
    cluster = Cluster(home)
    while not cluster.keep(lock):
        time.sleep(LOOK_EVERY_SECONDS)


if __name__ == "__main__":
    keep(Path(sys.argv[1]))
