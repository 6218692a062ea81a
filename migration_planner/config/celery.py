"""Celery wakes the work and spreads it; it never holds it. What is due stands in the database."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "migration_planner.config.settings")

app = Celery("migration_planner")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
