"""Comments: short words about a checklist that stay, but for a minute of its author's."""

from datetime import datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from migration_planner.lib import zones
from migration_planner.lib.errors import DomainError
from migration_planner.people.models import User
from migration_planner.planning import commenting, substituting
from migration_planner.planning.models import Checklist, Comment, Event
from migration_planner.planning.substituting import Period

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


@pytest.fixture
def checklist(ban: Any, employee: Any) -> Any:
    return ban.checklists.select_related("ban", "migration", "person").get(person=employee)


def texts(checklist: Checklist) -> list[str]:
    return list(checklist.comments.standing().order_by("pk").values_list("text", flat=True))


def test_the_person_their_lead_and_the_owner_talk_and_history_has_a_line_of_each_without_the_words(
    checklist: Any, employee: Any, lead: Any, owner: Any, now: datetime
) -> None:
    step = checklist.steps().first()
    commenting.write([checklist], " Which version?\r\n ", by=lead, now=now, step=step)
    commenting.write([checklist], "Twelve.", by=employee, now=now + HOUR)
    commenting.write([checklist], "Thanks.", by=owner, now=now + 2 * HOUR)
    assert texts(checklist) == ["Which version?", "Twelve.", "Thanks."]
    said = Comment.objects.newest_first().last()
    assert said is not None
    assert (said.author, said.step, said.at, said.acted_for) == (lead, step, now, None)
    events = Event.objects.filter(verb="commented", checklist=checklist).order_by("pk")
    assert [event.actor for event in events] == [lead, employee, owner]
    assert [event.person for event in events] == [employee] * 3
    assert {event.why for event in events} == {""}


def test_many_at_once_each_with_what_became_of_it(
    ban: Any,
    checklist: Any,
    lead: Any,
    owner: Any,
    person: Any,
    sales: Any,
    now: datetime,
    django_assert_num_queries: Any,
) -> None:
    rows = [ban.checklists.select_related("ban", "migration").get(person=each) for each in (lead, owner)]
    peer = person("pat", home=sales, role="lead")
    peer.leaderships  # noqa: B018 - asked once for a request
    assert commenting.write([checklist], "Hello", by=peer, now=now).done == {}
    lead.leaderships  # noqa: B018 - as above
    Checklist.objects.filter(pk=checklist.pk).update(state="stopped", stopped_why="outside")
    with django_assert_num_queries(8):
        done = commenting.write([checklist, *rows], "Hello", by=lead, now=now)
    assert list(done.done) == [rows[0].pk]
    assert "not in the audience" in done.refused[checklist.pk]
    assert "Only the person, their leads and the owners" in done.refused[rows[1].pk]


def test_the_author_withdraws_within_the_minute_and_the_words_are_gone(
    checklist: Any, lead: Any, owner: Any, now: datetime
) -> None:
    done = commenting.write([checklist], "Oops", by=lead, now=now).done
    assert commenting.withdraw(done.values(), by=owner, now=now + SECOND) == []
    assert commenting.withdraw(done.values(), by=lead, now=now + 60 * SECOND) == [checklist.pk]
    assert commenting.withdraw(done.values(), by=lead, now=now + 60 * SECOND) == []
    comment = Comment.objects.get()
    assert (comment.text, comment.withdrawn_at) == ("", now + 60 * SECOND)
    commenting.withdraw_one(comment, by=lead, now=now + HOUR)  # it is withdrawn already
    assert list(Event.objects.filter(checklist=checklist).order_by("pk").values_list("verb", flat=True)) == [
        "commented", "comment_withdrawn",
    ]  # fmt: skip


def test_after_the_minute_it_stays(checklist: Any, lead: Any, now: datetime) -> None:
    commenting.write([checklist], "Hello", by=lead, now=now)
    with pytest.raises(DomainError, match="The minute is over"):
        commenting.withdraw_one(Comment.objects.get(), by=lead, now=now + 61 * SECOND)
    assert texts(checklist) == ["Hello"]


def test_the_same_words_sent_twice_are_one_comment_and_after_a_minute_another(
    checklist: Any, lead: Any, owner: Any, now: datetime
) -> None:
    first = commenting.write([checklist], "Hello", by=lead, now=now)
    second = commenting.write([checklist], "Hello", by=lead, now=now + 5 * SECOND)
    assert (second.done, second.fresh) == (first.done, frozenset())
    commenting.write([checklist], "Hello", by=owner, now=now + 5 * SECOND)
    commenting.write([checklist], "Hello", by=lead, now=now + 2 * HOUR)
    assert texts(checklist) == ["Hello"] * 3


def test_what_makes_no_sense_is_refused(ban: Any, checklist: Any, lead: Any, owner: Any, now: datetime) -> None:
    for wrong in (" \n ", "x" * 1001):
        with pytest.raises(DomainError):
            commenting.write([checklist], wrong, by=lead, now=now)
    with pytest.raises(DomainError, match="not asked for"):
        commenting.write([checklist], "Hello", by=lead, now=now, step=ban.steps.per_team().get())
    ban.withdraw(by=owner, now=now + HOUR, why="Never mind.")
    with pytest.raises(DomainError, match="has ended"):
        commenting.write([checklist], "Hello", by=lead, now=now + HOUR)
    assert texts(checklist) == []


def test_an_auditor_reads_and_says_nothing(checklist: Any, auditor: Any, now: datetime) -> None:
    assert Checklist.objects.visible_to(auditor).filter(pk=checklist.pk).exists()
    assert checklist.pk in commenting.write([checklist], "Hello", by=auditor, now=now).refused


def test_a_substitute_bears_both_names_but_not_about_the_lead_nor_about_themselves(
    ban: Any, checklist: Any, search: Any, sales: Any, lead: Any, person: Any, owner: Any, now: datetime
) -> None:
    sam = person("sam", home=sales)
    migration = ban.migrations.select_related("ban", "team").get(team=search)
    today = zones.local_day(timezone.now(), lead.zone)
    substituting.name(migration, lead, sam, Period(today, today), by=lead, now=timezone.now())
    sam = User.objects.get(pk=sam.pk)
    commenting.write([checklist], "Hello", by=sam, now=now)
    comment = Comment.objects.get()
    assert (comment.author, comment.acted_for) == (sam, lead)
    assert Event.objects.get(verb="commented").data["for"] == {"id": lead.pk, "name": "Lee"}
    about_the_lead = ban.checklists.select_related("ban", "migration").get(person=lead)
    assert about_the_lead.pk in commenting.write([about_the_lead], "Hello", by=sam, now=now).refused
    commenting.withdraw([comment.pk], by=sam, now=now)
    assert Event.objects.get(verb="comment_withdrawn").data["for"]["name"] == "Lee"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE planning_comment SET text = 'Something else'",
        "UPDATE planning_comment SET withdrawn_at = now()",
        "UPDATE planning_comment SET withdrawn_at = now(), text = '', at = now()",
        "DELETE FROM planning_comment",
    ],
)
def test_the_database_lets_nobody_change_one(checklist: Any, lead: Any, now: datetime, statement: str) -> None:
    commenting.write([checklist], "Hello", by=lead, now=now)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("text", ["", " \n", "x" * 1001])
def test_the_database_takes_none_without_words_or_with_too_many(
    checklist: Any, lead: Any, now: datetime, text: str
) -> None:
    event = Event.record(Event.Verb.COMMENTED, by=lead, now=now, **checklist.in_history())
    with pytest.raises(IntegrityError), transaction.atomic():
        Comment.objects.create(event=event, ban=checklist.ban, checklist=checklist, author=lead, text=text, at=now)


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_the_same_moment_are_one_comment(checklist: Any, lead: Any, now: datetime) -> None:
    def click() -> None:
        row = Checklist.objects.select_related("ban", "migration").get(pk=checklist.pk)
        commenting.write([row], "Hello", by=User.objects.get(pk=lead.pk), now=now)
        connection.close()

    threads = [Thread(target=click) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert texts(checklist) == ["Hello"]
