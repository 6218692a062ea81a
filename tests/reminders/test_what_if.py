"""What other dates of a wave, and granted waivers, would do to the mail to come. Nothing is written by looking."""

from datetime import date, datetime, time
from typing import Any

from migration_planner.planning import deciding, waves
from migration_planner.planning.models import Event
from migration_planner.planning.waves import Plan
from migration_planner.reminders import foreseeing
from migration_planner.reminders.models import Reminder
from tests import waivers


def counted(found: Any) -> dict[date, int]:
    return {day.day: day.after for day in found.days if day.after}


def test_what_granting_is_said_to_do_to_the_mail_is_what_it_does(
    ban: Any, checklist: Any, owner: Any, now: datetime
) -> None:
    asked = waivers.ask(checklist, now=now)
    events = Event.objects.count()
    foretold = foreseeing.of_waivers(ban, [asked.pk], now=now)
    assert (Event.objects.count(), Reminder.objects.count()) == (events, 0)
    assert foretold.mails_after < foretold.mails_before
    assert foretold.cancelled
    assert not foretold.moved
    deciding.approve(asked, by=owner, now=now)
    nothing = foreseeing.of_waivers(ban, [], now=now)
    assert nothing.changes_nothing
    assert counted(nothing) == counted(foretold)


def test_waivers_for_some_steps_spare_nobody(ban: Any, checklist: Any, now: datetime) -> None:
    asked = waivers.ask(checklist, now=now, steps=[checklist.steps()[0]])
    assert foreseeing.of_waivers(ban, [asked.pk], now=now).changes_nothing


def test_what_another_date_of_a_wave_is_said_to_do_is_what_it_does(
    ban: Any, search: Any, owner: Any, now: datetime
) -> None:
    wave = waves.add(ban, Plan("Pilot", date(2026, 11, 16), time(18)), by=owner, now=now, why="First.")
    waves.put(ban, search, wave, by=owner, now=now, why="They asked.")
    wave.refresh_from_db()
    before, (day, at) = wave.cutoff_at, (date(2026, 11, 24), time(18))
    [moved] = waves.of_date(wave, day, at, now=now).after
    foretold = foreseeing.of_wave(ban, before, moved, now=now)
    assert not foretold.changes_nothing
    waves.change(wave, Plan("Pilot", day, at), by=owner, now=now, why="Later.")
    after = foreseeing.of_wave(ban, moved, moved, now=now)
    assert after.changes_nothing
    assert counted(after) == counted(foretold)
