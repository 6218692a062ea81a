import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from migration_planner.lib.errors import DomainError
from migration_planner.people.models import Membership, User
from migration_planner.planning import audience, publishing
from migration_planner.planning.counting import differences
from migration_planner.planning.models import Ban, Checklist, Event


def test_publishing_makes_a_migration_for_each_team_and_a_checklist_for_each_person(
    draft: Any, owner: Any, now: datetime
) -> None:
    numbers = publishing.publish(draft, by=owner, now=now)
    assert numbers == {"people": 3, "teams": 3}
    assert sorted(draft.migrations.values_list("path", "people")) == [
        ("Acme", 1),
        ("Acme/Engineering", 0),
        ("Acme/Engineering/Search", 2),
    ]
    assert draft.events.get(verb=Event.Verb.PUBLISHED).data == numbers
    assert not differences(draft)


def test_people_of_an_excluded_team_and_of_other_companies_get_no_checklist(
    draft: Any, search: Any, owner: Any, outsider: Any, now: datetime
) -> None:
    draft.audience_teams.create(team=search, excluded=True)
    publishing.publish(draft, by=owner, now=now)
    assert [row.person for row in draft.checklists.all()] == [owner]


def test_a_draft_that_lacks_something_is_refused_and_says_what(draft: Any, owner: Any, now: datetime) -> None:
    Ban.objects.filter(pk=draft.pk).update(reason="")
    draft.audience_teams.all().delete()
    with pytest.raises(DomainError) as refusal:
        publishing.publish(draft, by=owner, now=now)
    assert "State the reason" in str(refusal.value)
    assert "Choose an audience" in str(refusal.value)
    draft.refresh_from_db()
    assert draft.state == Ban.State.DRAFT


def test_a_cutoff_in_the_past_is_refused(draft: Any, owner: Any) -> None:
    with pytest.raises(DomainError, match="passed already"):
        publishing.publish(draft, by=owner, now=draft.cutoff_at + timedelta(seconds=1))


@pytest.mark.django_db(transaction=True)
def test_two_owners_publish_at_once_and_one_of_them_reads_why_not(draft: Any, owner: Any, now: datetime) -> None:
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def press() -> None:
        start.wait()
        try:
            publishing.publish(Ban.objects.get(pk=draft.pk), by=owner, now=now)
            outcomes.append("published")
        except DomainError as error:
            outcomes.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["Olga has published this ban already. Nothing was done twice.", "published"]
    assert draft.events.filter(verb=Event.Verb.PUBLISHED).count() == 1


def test_a_ban_is_reopened_within_a_day_of_its_end_and_not_later(ban: Any, owner: Any, now: datetime) -> None:
    ban.withdraw(by=owner, now=now, why="The vendor has fixed it")
    ban.reopen(by=owner, now=now + timedelta(hours=23), why="It has not")
    assert ban.is_live
    ban.close(by=owner, now=now)
    with pytest.raises(DomainError, match="within a day"):
        ban.reopen(by=owner, now=now + timedelta(hours=25), why="Too late")


def test_withdrawing_needs_a_reason(ban: Any, owner: Any, now: datetime) -> None:
    with pytest.raises(DomainError, match="Say why"):
        ban.withdraw(by=owner, now=now, why="  ")


def test_checklists_follow_people_who_join_move_leave_and_return(
    ban: Any, checklist: Any, person: Callable[..., Any], team: Callable[[str], Any], now: datetime
) -> None:
    newcomer = person("nina", home=team("Acme/Engineering/Search"))
    Membership.objects.filter(user=checklist.person).update(team=team("Acme/Sales"))
    User.objects.filter(name="Lee").update(is_active=False)
    assert audience.follow(ban, now=now) == {"moved": 1, "joined": 1, "stopped": 1, "returned": 0}
    assert ban.checklists.get(person=newcomer).state == Checklist.State.NOT_STARTED
    checklist.refresh_from_db()
    assert checklist.migration.path == "Acme/Sales"
    assert ban.checklists.get(person__name="Lee").stopped_why == Checklist.Stopped.LEFT
    assert not differences(ban)
    User.objects.filter(name="Lee").update(is_active=True)
    assert audience.follow(ban, now=now)["returned"] == 1
    assert audience.follow(ban, now=now) == {"moved": 0, "joined": 0, "stopped": 0, "returned": 0}


def test_a_reopened_ban_reaches_those_who_came_while_it_was_ended(
    ban: Any, owner: Any, person: Callable[..., Any], search: Any, now: datetime
) -> None:
    ban.close(by=owner, now=now)
    newcomer = person("nina", home=search)
    publishing.reopen(ban, by=owner, now=now + timedelta(hours=1), why="Closed too early")
    assert ban.checklists.filter(person=newcomer).exists()
    assert not differences(ban)
