from typing import Any

import pytest
from django.core.cache import caches
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from migration_planner.reminders.ticking import tick
from migration_planner.web.views import metrics

TOKEN = {"Authorization": "Bearer s3cret"}


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    caches["process"].clear()


def numbers(text: str) -> dict[tuple[str, str], float]:
    return {
        (sample.name.removeprefix("migration_planner_"), ",".join(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_without_a_token_in_the_settings_there_is_no_such_page(client: Any, db: None) -> None:
    assert client.get("/metrics", headers=TOKEN).status_code == 404


@pytest.mark.parametrize("given", ["", "Bearer wrong", "s3cret", "bearer s3cret", "Bearer s3cret ", "Bearer s\udcff"])
def test_without_the_right_token_nothing_is_told(client: Any, db: None, settings: Any, given: str) -> None:
    settings.METRICS_TOKEN = "s3cret"
    answer = client.get("/metrics", headers={"Authorization": given.encode("utf-8", "replace").decode()})
    assert answer.status_code == 401
    assert b"migration_planner" not in answer.content


def test_tokens_are_compared_in_constant_time(
    client: Any, db: None, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    settings.METRICS_TOKEN = "s3cret"
    compare = metrics.hmac.compare_digest
    monkeypatch.setattr(metrics.hmac, "compare_digest", lambda one, other: asked.append(1) or compare(one, other))
    client.get("/metrics", headers=TOKEN)
    assert asked


def test_prometheus_reads_what_there_is_in_a_few_queries(
    client: Any, ban: Any, settings: Any, employee: Any, mailbox: Any, django_assert_num_queries: Any
) -> None:
    settings.METRICS_TOKEN = "s3cret"
    mailbox.at_rcpt[employee.email] = "451 4.7.1 Later"
    tick(now=timezone.now())
    with django_assert_num_queries(8):
        answer = client.get("/metrics", headers=TOKEN)
    found = numbers(answer.content.decode())
    assert found["mails", "waiting"] + found["mails", "sent"] > 0
    assert found["heartbeat_age_seconds", "sender"] < 60
    assert found["lane_stopped", ""] == 0
    assert found["paused", ""] == 0
    assert {"reminders", "due_mails", "oldest_due_seconds", "faults"} <= {name for name, _labels in found}
    assert employee.email not in answer.content.decode()


def test_attempts_are_counted_by_code(client: Any, ban: Any, settings: Any, employee: Any, mailbox: Any) -> None:
    from datetime import timedelta

    from migration_planner.reminders.models import Mail
    from migration_planner.reminders.planning import plan

    settings.METRICS_TOKEN = "s3cret"
    mailbox.at_rcpt[employee.email] = "451 4.7.1 Later"
    plan(now=timezone.now() - timedelta(days=2))
    tick(now=timezone.now())
    found = numbers(client.get("/metrics", headers=TOKEN).content.decode())
    assert found["attempts_last_hour", "451"] == 1
    assert found["attempts_last_hour", "250"] == Mail.objects.filter(state="sent").count() == 2
