import threading
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from django.db import connection

from migration_planner.lib.errors import ChangedMeanwhile, DomainError
from migration_planner.planning import arranging, audience, drafting, playbooks, publishing
from migration_planner.planning.arranging import StepContent
from migration_planner.planning.audience import Size
from migration_planner.planning.drafting import Basics
from migration_planner.planning.models import Ban, Event

ANY = "any-tool"


def drafted(owner: Any, now: datetime, **more: Any) -> Ban:
    return drafting.draft_ban(playbooks.find(ANY), by=owner, now=now, owners=[owner], **more)


def last_event(ban: Ban) -> Event:
    event = ban.events.order_by("-id").first()
    assert event is not None
    return event


def test_a_draft_holds_a_copy_of_the_playbook_and_says_who_drafted_it(owner: Any, now: datetime) -> None:
    ban = drafted(owner, now, tool="Slow Chat", replacement="Quick Chat")
    playbook = playbooks.find(ANY)
    assert [step.title for step in ban.steps.all()] == [step.title for step in playbook.steps]
    assert ban.workflows.count() == len(playbook.workflows)
    assert ban.scope is not None
    assert ban.scope.version == 1
    assert (str(ban), ban.playbook, ban.playbook_version) == ("Slow Chat → Quick Chat", ANY, playbook.version)
    assert (last_event(ban).verb, last_event(ban).actor) == (Event.Verb.DRAFTED, owner)


def test_a_draft_can_be_made_whole_at_once(owner: Any, employee: Any, now: datetime) -> None:
    ban = drafted(owner, now, audience=["Acme"], cutoff=(date(2026, 12, 18), time(18), "Asia/Shanghai"))
    assert ban.cutoff_at == datetime(2026, 12, 18, 10, tzinfo=UTC)
    assert not publishing.missing(ban, now=now)


def test_a_refused_draft_leaves_nothing_behind(owner: Any, search: Any, now: datetime) -> None:
    with pytest.raises(DomainError, match="Did you mean Acme/Engineering/Search"):
        drafted(owner, now, audience=["Acme/Search"])
    with pytest.raises(DomainError, match="not a time zone"):
        drafted(owner, now, cutoff=(date(2026, 12, 18), time(18), "Berlin"))
    with pytest.raises(DomainError, match="passed already"):
        drafted(owner, now, cutoff=(date(2026, 1, 1), time(18), "UTC"))
    with pytest.raises(DomainError, match="the same"):
        drafted(owner, now, tool="Chat", replacement="chat")
    assert not Ban.objects.exists()
    assert not Event.objects.exists()


def test_basics_are_one_event_that_names_what_changed(owner: Any, lead: Any, now: datetime) -> None:
    ban = drafted(owner, now)
    before = Basics.of(ban)
    after = replace(before, scope="All of it.", reason="Because.", owners=(lead.email, owner.email))
    assert drafting.set_basics(ban, after, by=owner, now=now) is True
    assert Basics.of(ban) == after
    assert last_event(ban).data == {"part": "basics", "fields": ["scope", "reason", "owners"]}
    events = ban.events.count()
    assert drafting.set_basics(ban, after, by=owner, now=now) is False
    assert ban.events.count() == events
    assert ban.scope is not None
    assert ban.scope.version == 1


def test_basics_name_owners_who_exist(owner: Any, now: datetime) -> None:
    ban = drafted(owner, now)
    before = Basics.of(ban)
    with pytest.raises(DomainError, match=r"nobody@acme\.example"):
        drafting.set_basics(ban, replace(before, owners=("nobody@acme.example",)), by=owner, now=now)
    with pytest.raises(DomainError, match="at least one owner"):
        drafting.set_basics(ban, replace(before, owners=()), by=owner, now=now)
    assert Basics.of(ban) == before


def test_an_older_page_does_not_overwrite_newer_words(owner: Any, now: datetime) -> None:
    ban = drafted(owner, now)
    seen = Basics.of(ban)
    drafting.set_basics(ban, replace(seen, reason="Newer."), by=owner, now=now, seen=seen.fingerprint)
    with pytest.raises(ChangedMeanwhile):
        drafting.set_basics(ban, replace(seen, reason="Older."), by=owner, now=now, seen=seen.fingerprint)
    assert Basics.of(ban).reason == "Newer."
    assert not drafting.set_basics(ban, replace(seen, reason="Newer."), by=owner, now=now, seen=seen.fingerprint)


def test_the_audience_is_named_by_paths_and_unknown_ones_are_refused(
    owner: Any, lead: Any, employee: Any, sales: Any, now: datetime
) -> None:
    ban = drafted(owner, now)
    drafting.set_audience(ban, ["Acme"], ["Acme/Engineering"], by=owner, now=now)
    assert audience.reach(ban) == {"people": 1, "teams": 2, "unreachable": 0}
    with pytest.raises(DomainError, match="Did you mean Acme/Sales"):
        drafting.set_audience(ban, ["Acme/Sale"], by=owner, now=now)
    with pytest.raises(DomainError, match="both included and left out"):
        drafting.set_audience(ban, ["Acme"], ["Acme"], by=owner, now=now)
    assert audience.reach(ban)["people"] == 1
    assert drafting.set_audience(ban, ["Acme"], ["Acme/Engineering"], by=owner, now=now) is False


def test_one_team_is_set_to_a_standing_not_toggled(
    owner: Any, lead: Any, search: Any, acme: Any, now: datetime
) -> None:
    ban = drafted(owner, now)
    assert drafting.set_team(ban, acme, "included", by=owner, now=now) is True
    assert drafting.set_team(ban, acme, "included", by=owner, now=now) is False
    drafting.set_team(ban, search, "excluded", by=owner, now=now)
    assert set(audience.people(ban)) == {owner}
    drafting.set_team(ban, search, "unnamed", by=owner, now=now)
    assert set(audience.people(ban)) == {owner, lead}


def test_steps_are_added_edited_ordered_and_removed(owner: Any, now: datetime) -> None:
    ban = drafted(owner, now)
    first, second = ban.steps.all()[:2]
    arranging.add_step(ban, StepContent(title="Say goodbye", minutes=1), by=owner, now=now)
    assert ban.steps.last().title == "Say goodbye"  # type: ignore[union-attr]
    arranging.add_step(ban, StepContent(title="Say goodbye", required=False), by=owner, now=now)
    assert list(ban.steps.order_by("-position").values_list("key", flat=True)[:2]) == ["say-goodbye-2", "say-goodbye"]
    arranging.move_step(second, 0, by=owner, now=now)
    assert list(ban.steps.all()[:2]) == [second, first]
    team_steps = ban.required_team_steps
    arranging.edit_step(first, replace(StepContent.of(first), required=False), by=owner, now=now)
    ban.refresh_from_db()
    assert ban.required_team_steps == team_steps - 1
    arranging.remove_step(second, by=owner, now=now)
    arranging.remove_step(second, by=owner, now=now)
    assert last_event(ban).data == {"part": "steps", "change": "removed", "step": second.title}
    assert not ban.steps.filter(pk=second.pk).exists()


def test_a_step_is_not_overwritten_from_an_older_page(owner: Any, now: datetime) -> None:
    ban = drafted(owner, now)
    step = ban.steps.first()
    assert step is not None
    seen = StepContent.of(step)
    arranging.edit_step(step, replace(seen, title="Newer"), by=owner, now=now, seen=seen.fingerprint)
    with pytest.raises(ChangedMeanwhile):
        arranging.edit_step(step, replace(seen, title="Older"), by=owner, now=now, seen=seen.fingerprint)
    with pytest.raises(DomainError, match="title"):
        arranging.edit_step(step, replace(seen, title=" "), by=owner, now=now)
    step.refresh_from_db()
    assert step.title == "Newer"


def test_a_draft_that_was_published_or_discarded_meanwhile_is_edited_no_more(
    draft: Any, owner: Any, now: datetime
) -> None:
    stale = Ban.objects.get(pk=draft.pk)
    publishing.publish(draft, by=owner, now=now)
    with pytest.raises(DomainError, match="published meanwhile"):
        drafting.set_cutoff(stale, date(2026, 12, 1), time(18), "UTC", by=owner, now=now)
    other = drafted(owner, now)
    stale = Ban.objects.get(pk=other.pk)
    drafting.discard(other, by=owner, now=now)
    with pytest.raises(DomainError, match="discarded"):
        drafting.set_audience(stale, ["Acme"], by=owner, now=now)
    with pytest.raises(DomainError, match="discarded"):
        publishing.publish(stale, by=owner, now=now)
    with pytest.raises(DomainError):
        drafting.discard(draft, by=owner, now=now)


def test_a_discarded_draft_is_seen_no_more_but_its_history_stays(owner: Any, auditor: Any, now: datetime) -> None:
    ban = drafted(owner, now)
    drafting.discard(ban, by=owner, now=now)
    assert not Ban.objects.visible_to(owner).exists()
    assert not Ban.objects.visible_to(auditor).exists()
    assert [event.verb for event in ban.events.order_by("id")] == [Event.Verb.DRAFTED, Event.Verb.DISCARDED]


@pytest.mark.django_db(transaction=True)
def test_of_two_owners_who_publish_at_once_one_wins_and_the_other_reads_why(
    draft: Any, owner: Any, lead: Any, now: datetime
) -> None:
    answers: list[object] = []
    start = threading.Barrier(2)

    def publish(by: Any) -> None:
        start.wait()
        try:
            answers.append(publishing.publish(Ban.objects.get(pk=draft.pk), by=by, now=now))
        except DomainError as error:
            answers.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=publish, args=(by,)) for by in (owner, lead)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refusals = [answer for answer in answers if isinstance(answer, str)]
    assert len(refusals) == 1
    assert "has published this ban already" in refusals[0]
    assert draft.checklists.count() == 3
    assert draft.events.filter(verb=Event.Verb.PUBLISHED).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_edit_the_same_words_at_once_one_is_told(owner: Any, lead: Any, now: datetime) -> None:
    ban = drafted(owner, now)
    seen = Basics.of(ban)
    told: list[bool] = []
    start = threading.Barrier(2)

    def edit(words: str) -> None:
        start.wait()
        try:
            drafting.set_basics(
                Ban.objects.get(pk=ban.pk), replace(seen, reason=words), by=owner, now=now, seen=seen.fingerprint
            )
            told.append(False)
        except ChangedMeanwhile:
            told.append(True)
        finally:
            connection.close()

    threads = [threading.Thread(target=edit, args=(words,)) for words in ("One.", "Two.")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == [False, True]


def test_a_team_is_as_large_as_all_below_it_whichever_others_are_asked_for(
    draft: Any, search: Any, sales: Any, person: Any
) -> None:
    person("gone", home=search, is_active=False)
    whole = audience.sizes(["Acme", "Acme/Engineering", search.path, sales.path, "Nowhere"])
    assert whole == {
        "Acme": Size(3, 4), "Acme/Engineering": Size(2, 2), search.path: Size(2, 1), sales.path: Size(0, 1),
    }  # fmt: skip
    assert {path: audience.sizes([path])[path] for path in whole} == whole
    assert audience.sizes([]) == {}
