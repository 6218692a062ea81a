"""History that cannot be changed unnoticed."""

from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import InternalError, connection, transaction
from django.db.utils import DatabaseError

from migration_planner.evidence import canonical
from migration_planner.evidence.models import Seal
from migration_planner.evidence.sealing import seal, seal_all
from migration_planner.evidence.verifying import Wrong, verify
from migration_planner.planning import changing, reviewing
from migration_planner.planning.models import Event, Mark


def as_superuser(statement: str, *parameters: Any) -> None:
    """Change a row behind the triggers' back, as only a superuser can."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, parameters)
        cursor.execute("SET LOCAL session_replication_role = origin")


def found() -> list[tuple[Wrong, int | None]]:
    return [(finding.wrong, finding.position) for chain in verify() for finding in chain.findings]


@pytest.fixture
def lived(ban: Any, checklist: Any, employee: Any, now: datetime) -> Any:
    """A ban with some history, sealed."""
    for step in ban.steps.per_person():
        checklist.mark(step, Mark.State.DONE, by=employee, now=now, note="seen")
    seal_all(now=now + timedelta(minutes=1))
    return ban


def third(ban: Any) -> Any:
    return ban.seals.get(position=3).event_id


def test_every_line_is_sealed_once_in_the_chain_of_its_ban(lived: Any, now: datetime) -> None:
    assert Seal.objects.filter(ban=lived).count() == lived.events.count() >= 4
    assert list(lived.seals.order_by("position").values_list("position", flat=True)) == list(
        range(1, lived.events.count() + 1)
    )
    assert seal_all(now=now) == 0
    assert found() == []


def test_what_is_written_later_goes_on_where_the_chain_ended(lived: Any, owner: Any, now: datetime) -> None:
    before = lived.seals.count()
    later = now + timedelta(hours=1)
    Event.record(Event.Verb.NUDGED, by=owner, now=later, ban=lived, data={"z": 1, "a": [1.5, "ü", None]})
    Event.record(Event.Verb.PREFERENCES_CHANGED, by=owner, now=later, person=owner)
    assert seal_all(now=later) == 2
    assert lived.seals.count() == before + 1
    assert Seal.objects.get(ban=None).position == 1
    assert found() == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE planning_event SET why = 'another' WHERE id = %s",
        "UPDATE planning_event SET at = at + interval '1 microsecond' WHERE id = %s",
        "UPDATE planning_event SET actor_id = NULL WHERE id = %s",
        "UPDATE planning_event SET gap_id = 1 WHERE id = %s",
        "UPDATE evidence_seal SET form = 1 WHERE event_id = %s",
        "UPDATE planning_event SET data = '{\"x\": 1}' WHERE id = %s",
        "UPDATE evidence_seal SET digest = repeat('a', 64) WHERE event_id = %s",
    ],
)
def test_a_changed_line_is_found(lived: Any, change: str) -> None:
    as_superuser(change, third(lived))
    assert (Wrong.CHANGED, 3) in found()


def test_a_removed_line_is_found_even_when_its_seal_is_removed_too(lived: Any) -> None:
    event = third(lived)
    as_superuser("DELETE FROM planning_event WHERE id = %s", event)
    assert found() == [(Wrong.REMOVED, 3)]
    as_superuser("DELETE FROM evidence_seal WHERE event_id = %s", event)
    assert (Wrong.GAP, 4) in found()


def test_two_swapped_lines_are_found(lived: Any) -> None:
    one, other = third(lived), lived.seals.get(position=4).event_id
    as_superuser(
        "UPDATE planning_event AS event SET (verb, step_id, why) = (SELECT verb, step_id, why FROM planning_event AS o"
        " WHERE o.id = CASE event.id WHEN %s THEN %s ELSE %s END) WHERE event.id IN (%s, %s)",
        one, other, one, one, other,
    )  # fmt: skip
    assert {position for _wrong, position in found()} >= {3, 4}


def test_a_line_put_in_later_with_an_old_date_is_found_before_and_after_it_is_sealed(
    lived: Any, owner: Any, now: datetime
) -> None:
    seal_time = now + timedelta(days=2)
    Event.record(Event.Verb.NUDGED, by=owner, now=seal_time, ban=lived)
    seal_all(now=seal_time)
    Event.record(Event.Verb.NUDGED, by=owner, now=now, ban=lived)
    assert [wrong for wrong, _position in found()] == [Wrong.INSERTED]
    seal_all(now=seal_time + timedelta(minutes=1))
    assert [wrong for wrong, _position in found()] == [Wrong.INSERTED]


def test_who_becomes_done_because_a_step_goes_or_a_returned_mark_comes_back_is_no_line_put_in_later(
    ban: Any, checklist: Any, employee: Any, lead: Any, owner: Any, now: datetime
) -> None:
    first, last = checklist.steps().filter(required=True)[:2]
    checklist.mark(first, Mark.State.DONE, by=employee, now=now)
    later = now + timedelta(days=2)
    Event.record(Event.Verb.NUDGED, by=owner, now=later, ban=ban)
    seal_all(now=later)

    def remove() -> dict[str, Any]:
        ban.steps.exclude(pk=first.pk).per_person().update(removed_at=later)
        return {"change": "removed", "step": last.title}

    changing.change_steps(ban, remove, by=owner, now=later, why="Nobody needs it.")
    given_back = reviewing.give_back([checklist], first, by=lead, now=later, why="Look once more.")
    reviewing.take_back_returns(ban, given_back.done.values(), by=lead, now=later)
    assert Event.objects.filter(verb="checklist_completed", checklist=checklist, at__gte=later).count() == 2
    assert found() == []
    seal_all(now=later + timedelta(minutes=1))
    assert found() == []


def test_a_line_moved_to_another_ban_is_found(lived: Any) -> None:
    as_superuser("UPDATE planning_event SET ban_id = NULL WHERE id = %s", third(lived))
    assert (Wrong.MOVED, 3) in found()


def test_a_cut_off_end_is_found_by_whoever_knows_the_head(lived: Any) -> None:
    last = lived.seals.order_by("-position").first()
    as_superuser("DELETE FROM planning_event WHERE id = %s", last.event_id)
    as_superuser("DELETE FROM evidence_seal WHERE id = %s", last.pk)
    assert found() == [], "without the head nobody can know"
    [chain] = verify(lived.pk, every=False, heads={lived.pk: last.digest})
    assert [finding.wrong for finding in chain.findings] == [Wrong.GAP]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE planning_event SET why = 'another'",
        "DELETE FROM planning_event",
        "UPDATE evidence_seal SET digest = ''",
        "UPDATE planning_event SET at = now()",
        "DELETE FROM evidence_seal",
    ],
)
def test_the_database_refuses_to_rewrite_history(lived: Any, statement: str) -> None:
    with pytest.raises((DatabaseError, InternalError), match="only added to"), transaction.atomic():
        connection.cursor().execute(statement)


def test_the_command_names_what_is_wrong_and_seals_what_is_new(lived: Any, owner: Any, now: datetime) -> None:
    out = StringIO()
    Event.record(Event.Verb.NUDGED, by=owner, now=now + timedelta(minutes=2), ban=lived)
    call_command("verify_history", stdout=out)
    assert "lines are as they were sealed" in out.getvalue()
    assert "1 new lines were sealed now" in out.getvalue()
    as_superuser("UPDATE planning_event SET why = 'another' WHERE id = %s", third(lived))
    with pytest.raises(CommandError, match="not what was sealed"):
        call_command("verify_history", str(lived.pk), stdout=out)
    assert f"line 3 (event {third(lived)}) is not what was sealed" in out.getvalue()
    with pytest.raises(CommandError, match="no ban 999"):
        call_command("verify_history", "999")


def test_a_line_is_the_same_bytes_whatever_the_order_of_its_keys() -> None:
    moment = datetime.fromisoformat("2026-11-02T09:00:00+08:00")
    row = (1, moment, "x", None, "é", 2, None, None, None, None, 7, '{"b": 1, "a": "ß"}')
    assert (
        canonical.line(row) == '[1,"2026-11-02T01:00:00.000000Z","x",null,"é",2,null,null,null,null,7,{"a":"ß","b":1}]'
    )


def test_a_chain_of_many_lines_is_sealed_in_pieces(ban: Any, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("migration_planner.evidence.sealing.AT_ONCE", 2)
    for number in range(5):
        Event.record(Event.Verb.NUDGED, by=None, now=now, ban=ban, data={"n": number})
    assert seal(ban.pk, now=now) == ban.events.count()
    assert found() == []
