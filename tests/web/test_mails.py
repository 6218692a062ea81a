"""The mail page of a ban, each mail with its ledger and words, and why somebody was, or was not, written to."""

import csv
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from migration_planner.people.models import Membership
from migration_planner.planning.models import Mark
from migration_planner.reminders.models import Attempt, Mail, Reminder
from migration_planner.reminders.pausing import pause
from migration_planner.reminders.planning import plan
from migration_planner.reminders.ticking import tick
from tests.conftest import NOW

MORNING = datetime(2026, 11, 3, 1, tzinfo=UTC)


def page_of(client: Any, name: str, *args: Any, **query: Any) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return str(answer.content.decode())


@pytest.fixture
def told(ban: Any, mailbox: Any) -> Any:
    """The announcement has gone to everybody."""
    tick(now=MORNING)
    return ban


def sent_to(person: Any) -> Mail:
    return Mail.objects.get(person=person, state="sent")


def test_every_place_of_the_balance_is_a_filter_with_its_count(
    client: Any, told: Any, owner: Any, employee: Any
) -> None:
    client.force_login(owner)
    answer = client.get(reverse("ban-mail", args=[told.pk]))
    assert dict(answer.context["tabs"])["sent"] == 3
    assert answer.context["asked"].place == "sent"
    for place, count in answer.context["tabs"]:
        rows = client.get(reverse("ban-mail", args=[told.pk]), {"place": place}).context["page"].rows
        assert len(rows) == count, place
    every = client.get(reverse("ban-mail", args=[told.pk]), {"place": ""}).context["page"].rows
    assert len(every) == answer.context["mail"].due


def test_the_equation_stands_there_in_numbers_and_each_day_has_its_own(client: Any, told: Any, owner: Any) -> None:
    client.force_login(owner)
    page = page_of(client, "ban-mail", told.pk)
    balance = client.get(reverse("ban-mail", args=[told.pk])).context["mail"]
    assert f"{balance.due} = {balance.sent} + 0 + 0 + 0 + 0 + {balance.waiting}" in page
    assert "Adds up" in page
    day = page_of(client, "ban-mail", told.pk, day="2026-11-03")
    assert "Reminders of" in day


def test_what_is_put_off_says_until_when_and_what_the_server_said(
    client: Any, ban: Any, owner: Any, employee: Any, mailbox: Any
) -> None:
    mailbox.at_rcpt[employee.email] = "451 4.7.1 Greylisted"
    plan(now=timezone.now() - timedelta(days=1))
    Mail.objects.filter(person=employee).update(not_before=timezone.now() - timedelta(minutes=1))
    tick(now=timezone.now())
    client.force_login(owner)
    page = page_of(client, "ban-mail", ban.pk, place="again")
    assert "Put off until" in page
    client.force_login(employee)
    assert "451 4.7.1 Greylisted" in page_of(client, "person-mail", employee.pk)


def test_people_are_searched_by_name_and_address(client: Any, told: Any, owner: Any, employee: Any) -> None:
    client.force_login(owner)
    for words in ("eve", "eve@acme"):
        rows = client.get(reverse("ban-mail", args=[told.pk]), {"who": words}).context["page"].rows
        assert {row.person for row in rows} == {employee}
    assert "No reminder fits" in page_of(client, "ban-mail", told.pk, who="nobody")


def test_the_file_has_what_is_seen_and_no_formula(client: Any, told: Any, owner: Any, employee: Any) -> None:
    type(employee).objects.filter(pk=employee.pk).update(name="=HYPERLINK(1)")
    client.force_login(owner)
    answer = client.get(reverse("ban-mail-file", args=[told.pk]), {"place": "sent", "who": "eve@"})
    lines = list(csv.reader(b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()))
    assert len(lines) == 2
    assert lines[1][:3] == ["'=HYPERLINK(1)", "eve@acme.example", "Announcement"]
    assert lines[1][8] == str(sent_to(employee).pk)


def test_the_page_takes_the_same_few_queries_however_many_reminders_there_are(
    client: Any, told: Any, owner: Any, search: Any, person: Any, django_assert_num_queries: Any
) -> None:
    client.force_login(owner)
    # session, reader, led teams, ban, may see, balance, reminders, pause, may pause, unreachable, banner
    with django_assert_num_queries(11):
        page_of(client, "ban-mail", told.pk, place="planned")
    for number in range(30):
        Reminder.objects.create(
            person=person(f"p{number}", home=search), ban=told, kind="rung", rung="x", day=MORNING, due_at=MORNING
        )
    with django_assert_num_queries(11):
        page_of(client, "ban-mail", told.pk, place="waiting")


def test_a_mail_shows_its_ledger_why_it_went_and_its_words_as_they_were_sent(
    client: Any, told: Any, owner: Any, employee: Any, mailbox: Any, django_assert_num_queries: Any
) -> None:
    client.force_login(owner)
    mail = sent_to(employee)
    # session, reader, mail, may read (2: runs, led teams), attempts, reminders, checklists, banner
    with django_assert_num_queries(9):
        page = page_of(client, "mail", mail.pk)
    queue_id = Attempt.objects.get(mail=mail).queue_id
    for words in (
        mail.subject,
        queue_id,
        "250",
        mail.message_id.strip("<>"),
        "Its vendor reads our code.",
        "Announcement",
    ):
        assert words in page
    file = client.get(reverse("mail-file", args=[mail.pk]))
    assert file.content.splitlines() == next(raw for to, raw in mailbox.raw if to == employee.email).splitlines()
    assert "attachment" in file["Content-Disposition"]


def test_the_html_of_a_mail_is_shut_in_a_frame_where_nothing_runs(client: Any, told: Any, employee: Any) -> None:
    client.force_login(employee)
    mail = sent_to(employee)
    assert 'sandbox="allow-popups' in page_of(client, "mail", mail.pk)
    frame = client.get(reverse("mail-html", args=[mail.pk]))
    policy = frame["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert frame["X-Frame-Options"] == "SAMEORIGIN"
    assert '<base target="_blank">' in frame.content.decode()
    unwritten = Mail.objects.filter(message_id=None).first() or Mail.objects.create(
        person=employee, day="2027-01-01", due_at=NOW, not_before=NOW
    )
    if unwritten.person == employee:
        assert client.get(reverse("mail-html", args=[unwritten.pk])).status_code == 404


def test_the_words_of_a_mail_about_another_ban_too_are_not_for_who_runs_one_of_them(
    client: Any, told: Any, owner: Any, employee: Any, person: Any, acme: Any
) -> None:
    """Somebody runs another ban that the same mail speaks of."""
    from migration_planner.planning.models import Ban

    rival, mail = person("rick", is_owner=True), sent_to(employee)
    other = Ban.objects.create(
        tool=told.tool,
        replacement=told.replacement,
        reason="x",
        playbook="any-tool",
        playbook_version="1",
        created_at=NOW,
    )
    other.owners.add(rival)
    more = Reminder.objects.create(
        person=employee, ban=other, kind="rung", rung="x", day=MORNING, due_at=MORNING, state="sent", mail=mail
    )
    Mail.objects.filter(pk=mail.pk).update(carries=[*mail.carries, more.pk])
    client.force_login(rival)
    page = page_of(client, "mail", mail.pk)
    assert "words are not shown to you" in page
    assert mail.subject not in page
    assert "Its vendor" not in page
    for name in ("mail-html", "mail-file"):
        assert client.get(reverse(name, args=[mail.pk])).status_code == 403


def test_strangers_find_no_mail_of_anybody(client: Any, told: Any, employee: Any, outsider: Any, lead: Any) -> None:
    peer = type(employee).objects.create_user(email="pia@acme.example", name="Pia")
    for who in (outsider, peer):
        client.force_login(who)
        for name, pk in (
            ("mail", sent_to(employee).pk),
            ("person-mail", employee.pk),
            ("mail-file", sent_to(employee).pk),
        ):
            assert client.get(reverse(name, args=[pk])).status_code == 404
    client.force_login(employee)
    assert client.get(reverse("mail", args=[sent_to(lead).pk])).status_code == 404
    assert client.get(reverse("person-mail", args=[lead.pk])).status_code == 404


def test_a_lead_sees_only_what_concerns_the_bans_of_their_people(
    client: Any, told: Any, lead: Any, employee: Any, sales: Any
) -> None:
    client.force_login(lead)
    assert "Announcement" in page_of(client, "person-mail", employee.pk)
    assert "Its vendor reads our code." in page_of(client, "mail", sent_to(employee).pk)
    Membership.objects.filter(user=lead).update(team=sales)
    assert client.get(reverse("person-mail", args=[employee.pk])).status_code == 404


def test_everybody_reads_in_plain_words_why_they_were_written_to_or_not(
    client: Any, told: Any, checklist: Any, employee: Any, owner: Any, mailbox: Any, walk: Any
) -> None:
    for step in checklist.steps().filter(required=True):
        checklist.mark(step, Mark.State.DONE, by=employee, now=datetime(2026, 11, 15, 2, tzinfo=UTC))
    Reminder.objects.filter(person=employee, rung="before-14").delete()
    Reminder.objects.create(
        person=employee, ban=told, kind="rung", rung="before-14", day="2026-11-16", due_at=datetime(2026, 11, 16, 1, tzinfo=UTC),
        state="cancelled", reason="done",
    )  # fmt: skip
    client.force_login(employee)
    mine = page_of(client, "person-mail", employee.pk)
    assert "Sent on Tue 3 Nov 2026, 09:00." in mine
    assert "Not sent on Mon 16 Nov 2026: you had finished the day before." in mine
    assert "Reminder: 14 days before" in mine
    assert "Nothing more comes: you have finished." in mine
    client.force_login(owner)
    assert "Not sent on Mon 16 Nov 2026: Eve had finished the day before." in page_of(
        client, "person-mail", employee.pk
    )


@pytest.mark.parametrize(
    ("reason", "state", "words"),
    [
        ("on_leave", "suppressed", "you were on leave"),
        ("unreachable", "suppressed", "no address takes mail"),
        ("superseded", "suppressed", "a newer reminder had fallen due"),
        ("stopped", "cancelled", "the ban did not reach you any more"),
        ("ended", "cancelled", "the ban has ended"),
        ("done", "cancelled", "the checklist was finished"),
    ],
)
def test_each_reason_has_its_sentence(
    client: Any, ban: Any, employee: Any, reason: str, state: str, words: str
) -> None:
    Reminder.objects.create(
        person=employee, ban=ban, kind="rung", rung="after-3", day="2026-11-09", due_at=NOW, state=state, reason=reason
    )
    client.force_login(employee)
    assert f"Not sent on Mon 9 Nov 2026: {words}" in page_of(client, "person-mail", employee.pk)


def test_a_refused_address_is_explained_with_the_servers_words(
    client: Any, ban: Any, employee: Any, lead: Any, mailbox: Any
) -> None:
    mailbox.at_rcpt[employee.email] = "550 5.1.1 No such user"
    tick(now=MORNING)
    client.force_login(lead)
    assert "refuses the address (550 5.1.1 No such user)" in page_of(client, "person-mail", employee.pk)
    team = reverse("team", args=[ban.pk, ban.migrations.get(path="Acme/Engineering/Search").team_id])
    page = client.get(team).content.decode()
    assert "1 person here cannot be reached by mail" in page
    assert "550 5.1.1 No such user" in page
    assert "This address works again" not in page


def test_what_comes_next_is_said_with_its_time(client: Any, ban: Any, employee: Any, owner: Any, mailbox: Any) -> None:
    client.force_login(employee)
    later = page_of(client, "person-mail", employee.pk)
    assert "Next: a reminder on" in later or "Nothing is planned." in later
    due_at = timezone.now() + timedelta(days=3)
    Reminder.objects.create(person=employee, ban=ban, kind="rung", rung="before-1", day=due_at, due_at=due_at)
    assert "Next: Reminder: 1 day before," in page_of(client, "person-mail", employee.pk)
    pause(by=owner, now=NOW, why="Stop.", ban=ban)
    assert "The mail is paused." in page_of(client, "person-mail", employee.pk)


def test_the_page_of_a_person_takes_few_queries(
    client: Any, told: Any, owner: Any, employee: Any, django_assert_max_num_queries: Any
) -> None:
    due_at = timezone.now() + timedelta(days=3)
    Reminder.objects.create(person=employee, ban=told, kind="rung", rung="before-1", day=due_at, due_at=due_at)
    client.force_login(owner)
    with django_assert_max_num_queries(12):
        page_of(client, "person-mail", employee.pk)


def test_preferences_and_checklists_lead_to_it(
    client: Any, told: Any, checklist: Any, employee: Any, lead: Any
) -> None:
    link = reverse("person-mail", args=[employee.pk])
    client.force_login(employee)
    assert link in page_of(client, "preferences")
    assert link in page_of(client, "checklist", checklist.pk)
    client.force_login(lead)
    assert link in page_of(client, "checklist", checklist.pk)
