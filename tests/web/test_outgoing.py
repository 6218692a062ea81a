"""All mail of the installation: pauses with their banner, what would go now, held mail, unreachable people."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from migration_planner.reminders.checking import check
from migration_planner.reminders.models import Heartbeat, Mail, Pause
from migration_planner.reminders.outbox import drain
from migration_planner.reminders.planning import plan
from migration_planner.reminders.ticking import tick
from tests import mails

MORNING = datetime(2026, 11, 3, 1, tzinfo=UTC)


def page_of(client: Any, name: str, *args: Any, **query: Any) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_an_administrator_pauses_all_mail_and_everybody_in_charge_reads_why_until_it_goes_on(
    client: Any, ban: Any, administrator: Any, owner: Any, employee: Any, mailbox: Any
) -> None:
    client.force_login(administrator)
    answer = client.post(reverse("mails-pause"), {"why": "The server moves."}, follow=True)
    assert "The mail is paused." in answer.content.decode()
    assert tick(now=MORNING).drained.stopped == "paused"
    assert "Let all mail go on" in page_of(client, "home")
    client.force_login(owner)
    theirs = page_of(client, "home")
    assert "All mail is paused" in theirs
    assert "The server moves." in theirs
    assert "Let all mail go on" not in theirs
    assert client.post(reverse("mails-resume")).status_code == 403
    client.force_login(employee)
    assert "All mail is paused" not in page_of(client, "home")
    client.force_login(administrator)
    client.post(reverse("mails-resume"))
    assert "All mail is paused" not in page_of(client, "home").replace("<h2>", "")
    assert tick(now=MORNING).drained.sent == 3


def test_an_owner_pauses_one_ban_with_a_reason_from_its_page(
    client: Any, ban: Any, owner: Any, administrator: Any
) -> None:
    client.force_login(owner)
    assert client.post(reverse("ban-mail-pause", args=[ban.pk]), {"why": ""}).status_code == 422
    answer = client.post(reverse("ban-mail-pause", args=[ban.pk]), {"why": "Wrong scope."})
    assert (answer.status_code, answer["Location"]) == (303, reverse("ban-mail", args=[ban.pk]))
    assert client.post(reverse("ban-mail-pause", args=[ban.pk]), {"why": "Again."}).status_code == 409
    page = page_of(client, "ban-mail", ban.pk)
    assert "The mail about Old Editor → New Editor is paused" in page
    assert "Let the mail go on" in page
    assert "paused the mail" in page_of(client, "ban-history", ban.pk)
    client.force_login(administrator)
    assert client.post(reverse("ban-mail-resume", args=[ban.pk])).status_code == 403
    client.force_login(owner)
    client.post(reverse("ban-mail-resume", args=[ban.pk]))
    assert not Pause.objects.in_force().exists()
    assert "let the mail go on" in page_of(client, "ban-history", ban.pk)
    assert "was not paused" in client.post(reverse("ban-mail-resume", args=[ban.pk]), follow=True).content.decode()


def test_a_silent_sender_and_a_closed_lane_are_shown_to_those_in_charge_alone(
    client: Any, ban: Any, owner: Any, employee: Any, mailbox: Any
) -> None:
    client.force_login(owner)
    assert "has never run" in page_of(client, "home")
    drain(now=timezone.now())
    assert "sender of mail" not in page_of(client, "home")
    Heartbeat.objects.update(at=F("at") - timedelta(minutes=4))
    assert "silent for 4 minutes" in page_of(client, "home")
    mailbox.at_mail = "550 5.7.1 Sender refused"
    plan(now=timezone.now())
    Mail.objects.update(not_before=timezone.now() - timedelta(seconds=1))
    drain(now=timezone.now())
    page = page_of(client, "home")
    assert "takes nothing from us" in page
    assert "refuses our sender" in page
    assert "550 5.7.1 Sender refused" in page
    assert "Exception" not in page
    client.force_login(employee)
    assert "takes nothing from us" not in page_of(client, "home")


def test_what_the_nightly_check_found_is_shown_with_what_to_do(
    client: Any, ban: Any, owner: Any, checklist: Any
) -> None:
    type(checklist).objects.filter(pk=checklist.pk).update(finished_steps=2)
    check(timezone.now().date(), now=timezone.now())
    client.force_login(owner)
    assert f"Ban {ban.pk}: 1 kept counter differs from what it counts. manage.py recount" in page_of(client, "home")


def test_what_would_go_now_is_shown_and_nothing_changes(
    client: Any, ban: Any, owner: Any, administrator: Any, employee: Any, django_assert_max_num_queries: Any
) -> None:
    plan(now=MORNING - timedelta(hours=12))
    before = list(Mail.objects.order_by("pk").values())
    client.force_login(owner)
    with django_assert_max_num_queries(20):
        page = page_of(client, "ban-mail-due", ban.pk)
    assert f"{len(before)} mails are due" in page
    assert "Its vendor reads our code." in page
    assert employee.email in page
    client.force_login(administrator)
    assert "Would go" in page_of(client, "mails-due")
    assert list(Mail.objects.order_by("pk").values()) == before


def test_the_page_of_all_mail_says_whether_it_is_well(
    client: Any,
    ban: Any,
    auditor: Any,
    administrator: Any,
    owner: Any,
    mailbox: Any,
    django_assert_max_num_queries: Any,
) -> None:
    tick(now=timezone.now())
    client.force_login(auditor)
    with django_assert_max_num_queries(20):
        page = page_of(client, "mails")
    assert "The sender is at work." in page
    assert reverse("mails-pause") not in page
    client.force_login(administrator)
    assert reverse("mails-pause") in page_of(client, "mails")


@pytest.fixture
def held(ban: Any, employee: Any, now: datetime) -> Mail:
    return mails.held(employee, planned=now, sent=now + timedelta(days=2))


def test_held_mail_is_listed_for_those_who_decide_and_each_decision_needs_a_reason(
    client: Any,
    held: Mail,
    owner: Any,
    administrator: Any,
    auditor: Any,
    person: Any,
    django_assert_max_num_queries: Any,
) -> None:
    client.force_login(person("rick", is_owner=True))
    assert client.get(reverse("mails-held")).status_code == 403
    client.force_login(auditor)
    page = page_of(client, "mails-held")
    assert held.person.name in page
    assert 'name="decision"' not in page
    client.force_login(owner)
    with django_assert_max_num_queries(8):
        assert 'name="decision"' in page_of(client, "mails-held")
    refused = client.post(reverse("mail-decision", args=[held.pk]), {"decision": "count_as_sent", "why": ""})
    assert refused.status_code == 422
    assert client.post(reverse("mail-decision", args=[held.pk]), {"decision": "burn", "why": "x"}).status_code == 422
    done = client.post(reverse("mail-decision", args=[held.pk]), {"decision": "give_up", "why": "Too late."})
    assert (done.status_code, done["Location"]) == (303, reverse("mails-held"))
    held.refresh_from_db()
    assert (held.state, held.reason) == ("dead", "given_up")
    again = client.post(reverse("mail-decision", args=[held.pk]), {"decision": "send", "why": "No."})
    assert again.status_code == 409
    assert "decided about a held mail" in page_of(client, "ban-history", held.reminders.first().ban_id)  # type: ignore[union-attr]


def test_held_mail_of_another_owners_ban_is_neither_seen_nor_decided(
    client: Any, held: Mail, person: Any, employee: Any, ban: Any
) -> None:
    from migration_planner.planning.models import Ban

    rival = person("rick", is_owner=True)
    other = Ban.objects.create(
        tool=ban.tool,
        replacement=ban.replacement,
        reason="x",
        playbook="any-tool",
        playbook_version="1",
        created_at=MORNING,
    )
    other.owners.add(rival)
    client.force_login(rival)
    assert "Nothing is held" in page_of(client, "mails-held")
    answer = client.post(reverse("mail-decision", args=[held.pk]), {"decision": "send", "why": "x"})
    assert answer.status_code == 404
    client.force_login(employee)
    answer = client.post(reverse("mail-decision", args=[held.pk]), {"decision": "send", "why": "x"})
    assert answer.status_code == 403


def test_an_owner_says_that_an_address_works_again_and_a_lead_cannot(
    client: Any, ban: Any, owner: Any, lead: Any, employee: Any, outsider: Any, mailbox: Any,
    django_assert_max_num_queries: Any,
) -> None:  # fmt: skip
    mailbox.at_rcpt[employee.email] = "550 5.1.1 No such user"
    tick(now=MORNING)
    client.force_login(lead)
    assert client.post(reverse("ban-address", args=[ban.pk, employee.pk])).status_code == 403
    client.force_login(owner)
    with django_assert_max_num_queries(9):
        page = page_of(client, "ban-unreachable", ban.pk)
    assert "550 5.1.1 No such user" in page
    assert client.post(reverse("ban-address", args=[ban.pk, outsider.pk])).status_code == 404
    done = client.post(reverse("ban-address", args=[ban.pk, employee.pk]), follow=True)
    assert "Eve can be reached again" in done.content.decode()
    assert client.post(reverse("ban-address", args=[ban.pk, employee.pk])).status_code == 409
    assert "Everybody can be reached" in page_of(client, "ban-unreachable", ban.pk)
