"""Celery's queue in the embedded database."""

from celery import current_app
from django.conf import settings
from django.db import connection


def prepare() -> None:
    """Make the queue's tables before worker and beat would both try to, and forget what was worked off in earlier runs."""
    with current_app.connection_for_write() as broker:
        queue = current_app.amqp.queues[settings.CELERY_TASK_DEFAULT_QUEUE]
        queue(broker.default_channel).declare()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM kombu_message WHERE NOT visible")
