"""Webhooks: owners register them for their ban, administrators for all; addresses and secrets are not read back."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from migration_planner.planning.models import Event
from migration_planner.reminders import hooks
from migration_planner.reminders.hooks import Chosen
from migration_planner.reminders.models import Delivery, Hook
from tests.reminders.receiver import Receiver, receiver


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


@pytest.fixture
def hook(ban: Any, owner: Any, there: Receiver) -> Hook:
    chosen = Chosen("Tickets", there.url(), ["ban.changed", "gap.opened"])
    return hooks.register(ban, chosen, by=owner, now=timezone.now())[0]


def test_an_owner_registers_one_and_reads_its_secret_once(client: Any, ban: Any, owner: Any, there: Receiver) -> None:
    client.force_login(owner)
    address = reverse("ban-hooks", args=[ban.pk])
    assert "No webhooks" in client.get(address).content.decode()
    said = {"name": "Tickets", "address": there.url(), "kinds": ["ban.changed", "waiver.decided"]}
    text = client.post(address, said).content.decode()
    hook = Hook.objects.get()
    assert (hook.ban, hook.with_people) == (ban, False)
    assert "whsec_" in text
    page = client.get(reverse("hook", args=[hook.pk])).content.decode()
    assert "whsec_" not in page
    assert "my-secret-key" not in page
    assert "127.0.0.1 … -key" in page
    assert "A waiver is granted or refused" in page
    assert "Tickets" in client.get(address).content.decode()
    history = client.get(reverse("ban-history", args=[ban.pk])).content.decode()
    assert "registered a webhook" in history


def test_what_is_wrong_with_one_is_said(client: Any, ban: Any, owner: Any) -> None:
    client.force_login(owner)
    address = reverse("ban-hooks", args=[ban.pk])
    assert client.post(address, {"name": "T", "address": "x"}).status_code == 422
    answer = client.post(address, {"name": "T", "address": "https://hooks.example/", "kinds": ["gap.opened"]})
    assert (answer.status_code, "nothing leaves this machine" in answer.content.decode()) == (409, True)
    assert client.post(address, {"name": "T", "address": "x", "kinds": ["mail.sent"]}).status_code == 422
    assert not Hook.objects.exists()


def test_an_administrator_registers_one_for_all_bans(client: Any, administrator: Any, there: Receiver) -> None:
    client.force_login(administrator)
    said = {"name": "Lake", "address": there.url(), "kinds": "ban.published", "with_people": "on"}
    assert "whsec_" in client.post(reverse("hooks"), said).content.decode()
    hook = Hook.objects.get()
    assert (hook.ban, hook.with_people) == (None, True)
    assert "Lake" in client.get(reverse("hooks")).content.decode()


def test_a_test_and_its_answer_stand_on_the_page(client: Any, hook: Hook, owner: Any, there: Receiver) -> None:
    client.force_login(owner)
    page = reverse("hook", args=[hook.pk])
    assert "The test was taken." in client.post(reverse("hook-test", args=[hook.pk]), follow=True).content.decode()
    there.answers = [401]
    text = client.post(reverse("hook-test", args=[hook.pk]), follow=True).content.decode()
    assert "The test was not taken." in text
    assert "401 You asked … and it said 401" in text
    assert there.url() not in client.get(page).content.decode()


def test_switching_another_secret_sending_again_and_removing(
    client: Any, ban: Any, hook: Hook, owner: Any, there: Receiver
) -> None:
    client.force_login(owner)
    Event.record(Event.Verb.GAP_OPENED, by=owner, now=timezone.now(), ban=ban)
    delivery = Delivery.objects.get()
    assert client.post(reverse("hook-delivery", args=[hook.pk, delivery.pk])).status_code == 409
    assert "whsec_" in client.post(reverse("hook-secret", args=[hook.pk])).content.decode()
    off = client.post(reverse("hook-switch", args=[hook.pk]), {"state": "off"}, follow=True).content.decode()
    assert "It is off, and nothing goes there" in off
    delivery.refresh_from_db()
    assert delivery.state == "cancelled"
    assert client.post(reverse("hook-test", args=[hook.pk])).status_code == 409
    client.post(reverse("hook-switch", args=[hook.pk]), {"state": "on"})
    client.post(reverse("hook-delivery", args=[hook.pk, delivery.pk]))
    delivery.refresh_from_db()
    assert delivery.state == "waiting"
    client.post(reverse("hook-removal", args=[hook.pk]))
    assert client.get(reverse("hook", args=[hook.pk])).status_code == 404
    history = client.get(reverse("ban-history", args=[ban.pk])).content.decode()
    assert "It is off: somebody switched it off." in history
    assert "removed a webhook" in history


def test_the_page_of_the_ban_says_that_one_was_switched_off(
    client: Any, ban: Any, hook: Hook, owner: Any, there: Receiver
) -> None:
    client.force_login(owner)
    page = reverse("ban", args=[ban.pk])
    assert "A webhook was switched off" not in client.get(page).content.decode()
    there.answers = [410]
    client.post(reverse("hook-test", args=[hook.pk]))
    assert "A webhook was switched off" in client.get(page).content.decode()


def test_a_delivery_of_another_webhook_is_not_found(
    client: Any, ban: Any, hook: Hook, owner: Any, there: Receiver
) -> None:
    other, _secret = hooks.register(None, Chosen("All", there.url(), ["gap.opened"]), by=owner, now=timezone.now())
    Event.record(Event.Verb.GAP_OPENED, by=owner, now=timezone.now(), ban=ban)
    client.force_login(owner)
    assert client.post(reverse("hook-delivery", args=[hook.pk, other.deliveries.get().pk])).status_code == 404
    assert client.get(reverse("hook", args=[other.pk])).status_code == 404, (
        "that of the installation is not the owner's"
    )


def test_the_page_costs_the_same_however_many_deliveries(client: Any, ban: Any, hook: Hook, owner: Any) -> None:
    client.force_login(owner)
    page = reverse("hook", args=[hook.pk])

    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            assert client.get(page).status_code == 200
        return len(found)

    Event.record(Event.Verb.GAP_OPENED, by=owner, now=timezone.now(), ban=ban)
    few = queries()
    for _n in range(5):
        Event.record(Event.Verb.GAP_OPENED, by=owner, now=timezone.now(), ban=ban)
    assert queries() == few <= 12
