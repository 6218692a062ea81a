"""Celery wakes the work and spreads it; it never holds it. What is due stands in the database."""

import os

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "migration_planner.config.settings")

app = Celery("migration_planner")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect  # type: ignore[untyped-decorator] # Celery has no types
def keep_logging(**_options: object) -> None:
    """That somebody listens here keeps Celery from setting up logs of its own: those of the settings hold."""
