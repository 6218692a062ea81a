"""May I use it?"""

from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from migration_planner.lib.errors import DomainError
from migration_planner.planning import catalogue, drafting, playbooks, publishing
from migration_planner.planning.models import Event, Tool


def decide(name: str, status: str, by: Any, now: datetime, *, note: str = "", use: tuple[str, ...] = ()) -> Tool:
    tool = Tool.objects.filter(name=name, decided_at__isnull=False).first()
    return catalogue.decide(tool, name=name, status=status, note=note, alternatives=use, by=by, now=now)


def answer(name: str, user: Any, now: datetime) -> catalogue.Answer:
    tool = catalogue.known_to(user).get(name=name)
    return catalogue.answers([tool], user, now=now)[0]


def test_an_administrators_word_is_the_answer_and_stands_in_history(
    administrator: Any, employee: Any, now: datetime
) -> None:
    tool = decide("Fast Editor", "approved", administrator, now)
    decide("Fast Editor", "restricted", administrator, now, note="Never with customers' data.", use=("Slow Editor",))
    found = answer("Fast Editor", employee, now)
    assert (found.status, [other.name for other in found.alternatives]) == ("restricted", ["Slow Editor"])
    last = catalogue.history(tool)[0]
    assert (last.data["before"]["status"], last.data["after"]["status"]) == ("approved", "restricted")
    decide("Fast Editor", "restricted", administrator, now, note="Never with customers' data.", use=("Slow Editor",))
    assert Event.objects.filter(verb=Event.Verb.TOOL_CHANGED).count() == 2


def test_what_makes_no_sense_is_refused_with_what_to_do(administrator: Any, now: datetime) -> None:
    decide("Fast Editor", "approved", administrator, now)
    other = decide("Slow Editor", "approved", administrator, now)
    with pytest.raises(DomainError, match="under which conditions"):
        decide("Fast Editor", "restricted", administrator, now)
    with pytest.raises(DomainError, match="its own alternative"):
        decide("Fast Editor", "sunset", administrator, now, use=("fast editor",))
    for tool in (None, other):
        with pytest.raises(DomainError, match="Fast Editor"):
            catalogue.decide(
                tool, name="FAST  editor", status="approved", note="", alternatives=(), by=administrator, now=now
            )
    with pytest.raises(IntegrityError, match="restricted_tools_say_the_conditions"), transaction.atomic():
        Tool.objects.filter(pk=other.pk).update(status="restricted")


def test_a_ban_in_force_answers_with_the_replacement_and_the_readers_checklist(
    ban: Any, checklist: Any, employee: Any, now: datetime
) -> None:
    found = answer("Old Editor", employee, now)
    assert (found.status, found.is_ending) == ("sunset", True)
    assert (found.ban, found.checklist) == (ban, checklist)
    assert [other.name for other in found.alternatives] == ["New Editor"]
    assert answer("Old Editor", employee, ban.cutoff_at).status == "prohibited"
    assert answer("New Editor", employee, now).status == "approved"


def test_a_ban_that_was_carried_out_holds_until_somebody_decides_again(
    ban: Any, owner: Any, employee: Any, administrator: Any, now: datetime
) -> None:
    ban.close(by=owner, now=now)
    assert answer("Old Editor", employee, now).status == "prohibited"
    decide("Old Editor", "approved", administrator, now + timedelta(days=1))
    assert answer("Old Editor", employee, now).status == "approved"


def test_a_withdrawn_ban_forbids_nothing(ban: Any, owner: Any, employee: Any, now: datetime) -> None:
    ban.withdraw(by=owner, now=now, why="The vendor changed its terms.")
    assert not catalogue.known_to(employee).filter(name="Old Editor").exists()


def test_with_the_last_ban_withdrawn_what_was_decided_before_holds_again(
    draft: Any, owner: Any, employee: Any, outsider: Any, administrator: Any, now: datetime
) -> None:
    decide("Old Editor", "restricted", administrator, now - timedelta(days=9), note="Never with customers' data.")
    publishing.publish(draft, by=owner, now=now)
    second = drafting.draft_ban(
        playbooks.find("any-tool"), by=owner, now=now, owners=[owner], tool="Old Editor", replacement="Other Editor",
        audience=["Acme"], cutoff=(draft.cutoff_date, draft.cutoff_time, "UTC"), scope="All of it.",
    )  # fmt: skip
    publishing.publish(second, by=owner, now=now)
    assert [answer("Old Editor", user, now).status for user in (employee, outsider)] == ["sunset", "prohibited"]
    assert answer("Old Editor", outsider, now).ban is None, "a ban of others is not shown"
    draft.withdraw(by=owner, now=now, why="One is enough.")
    assert [answer("Old Editor", user, now).status for user in (employee, outsider)] == ["sunset", "prohibited"]
    assert catalogue.without(second) == "restricted"
    second.withdraw(by=owner, now=now, why="The vendor changed its terms.")
    for user in (employee, outsider):
        found = answer("Old Editor", user, now)
        assert (found.status, found.ban, found.tool.note) == ("restricted", None, "Never with customers' data.")
    publishing.reopen(second, by=owner, now=now + timedelta(hours=1), why="It did not.")
    assert answer("Old Editor", employee, now).status == "sunset"


def test_a_tool_an_administrator_prohibited_stays_so_whatever_becomes_of_the_ban(
    draft: Any, owner: Any, employee: Any, administrator: Any, now: datetime
) -> None:
    decide("Old Editor", "prohibited", administrator, now - timedelta(days=9))
    publishing.publish(draft, by=owner, now=now)
    draft.withdraw(by=owner, now=now, why="Twice is too much.")
    assert answer("Old Editor", employee, now).status == "prohibited"


def test_what_publishing_once_wrote_into_the_catalogue_is_taken_back(
    owner: Any, administrator: Any, now: datetime
) -> None:
    migration = import_module("migration_planner.planning.migrations.0010_tools_have_what_was_decided").Migration
    for name, status in (("Decided", "sunset"), ("Refused", "prohibited")):
        decide(name, status, administrator, now)
    Tool.called("Named by a draft")
    Tool.objects.update(status="prohibited")
    with connection.cursor() as cursor:
        cursor.execute(migration.operations[0].sql)
    found = dict(Tool.objects.values_list("name", "status"))
    assert found == {"Decided": "sunset", "Refused": "prohibited", "Named by a draft": "approved"}


def test_a_draft_and_a_ban_of_others_give_nothing_away(
    draft: Any, owner: Any, employee: Any, outsider: Any, now: datetime
) -> None:
    for user in (owner, employee):
        assert not catalogue.known_to(user).exists()
    publishing.publish(draft, by=owner, now=now)
    assert catalogue.known_to(employee).count() == 2
    assert not catalogue.known_to(outsider).exists()


def test_many_tools_are_answered_in_as_few_queries_as_one(
    ban: Any, employee: Any, administrator: Any, now: datetime, django_assert_num_queries: Any
) -> None:
    for number in range(12):
        decide(f"Tool {number}", "approved", administrator, now, use=("New Editor",))
    tools = list(catalogue.known_to(employee).prefetch_related("alternatives"))
    employee.led_paths  # noqa: B018 - asked once for a request
    with django_assert_num_queries(2):
        assert len(catalogue.answers(tools, employee, now=now)) == 14
