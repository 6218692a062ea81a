"""Celery wakes the work and spreads it; it never holds it. What is due stands in the database."""

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_shutting_down

from migration_planner.lib import ending

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "migration_planner.config.settings")

app = Celery("migration_planner")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect  # type: ignore[untyped-decorator] # Celery has no types
def keep_logging(**_options: object) -> None:
    """That somebody listens here keeps Celery from setting up logs of its own: those of the settings hold."""


def finish_the_mail_in_hand(**_kwargs: Any) -> None:
    """On SIGTERM Celery waits for the tasks at work; sending could go on for an hour."""
    ending.tell()


worker_shutting_down.connect(finish_the_mail_in_hand)
