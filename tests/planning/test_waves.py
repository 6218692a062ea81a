"""Waves: their dates, the deadlines of teams, and what a plan of them may not be."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from migration_planner.lib.errors import DomainError
from migration_planner.planning import changing, publishing, waves
from migration_planner.planning.counting import differences, recount_all
from migration_planner.planning.models import Migration, Wave
from migration_planner.planning.waves import Plan

PILOT = Plan("Pilot", date(2026, 11, 16), time(18), "Two people have tried it.")
#: 18:00 in Shanghai.
PILOT_AT, CUTOFF_AT = datetime(2026, 11, 16, 10, tzinfo=UTC), datetime(2026, 11, 30, 10, tzinfo=UTC)


@pytest.fixture
def pilot(ban: Any, owner: Any, search: Any, now: datetime) -> Wave:
    wave = waves.add(ban, PILOT, by=owner, now=now, why="To find out early.")
    waves.put(ban, search.parent, wave, by=owner, now=now, why="They asked for it.")
    return wave


def deadline(ban: Any, path: str) -> datetime:
    return Migration.objects.get(ban=ban, path=path).deadline_at  # type: ignore[return-value]


def test_a_team_moves_with_the_nearest_team_that_a_wave_names_else_by_the_cutoff(
    ban: Any, pilot: Wave, owner: Any, search: Any, now: datetime
) -> None:
    assert deadline(ban, "Acme/Engineering/Search") == PILOT_AT
    assert deadline(ban, "Acme") == CUTOFF_AT
    second = waves.add(ban, Plan("Wave 1", date(2026, 11, 20), time(18)), by=owner, now=now, why="Next.")
    assert waves.put(ban, search, second, by=owner, now=now, why="Nearer.")
    assert not waves.put(ban, search, second, by=owner, now=now, why="Nearer.")
    assert deadline(ban, "Acme/Engineering/Search") == second.cutoff_at
    waves.put(ban, search, None, by=owner, now=now, why="Back.")
    assert deadline(ban, "Acme/Engineering/Search") == PILOT_AT
    waves.remove(pilot, by=owner, now=now, why="No pilot.")
    assert deadline(ban, "Acme/Engineering/Search") == CUTOFF_AT
    assert not differences(ban)


def test_teams_that_come_later_have_the_deadline_of_their_wave(
    ban: Any, pilot: Wave, person: Any, team: Any, now: datetime
) -> None:
    person("ray", home=team("Acme/Engineering/Search/Ranking"))
    publishing.audience.follow(ban, now=now)
    assert deadline(ban, "Acme/Engineering/Search/Ranking") == PILOT_AT


def test_a_draft_with_waves_is_published_with_them(draft: Any, owner: Any, search: Any, now: datetime) -> None:
    wave = waves.add(draft, PILOT, by=owner, now=now)
    waves.put(draft, search, wave, by=owner, now=now)
    assert "A wave has passed already" in " ".join(publishing.missing(draft, now=PILOT_AT))
    publishing.publish(draft, by=owner, now=now)
    assert deadline(draft, search.path) == PILOT_AT


@pytest.mark.parametrize(
    ("plan", "refusal"),
    [
        (Plan("", PILOT.day, PILOT.at), "Give the wave a name"),
        (Plan("Pilot", PILOT.day, PILOT.at), "of that name"),
        (Plan("Wave 1", date(2026, 11, 1), PILOT.at), "passed already"),
        (Plan("Wave 1", date(2026, 11, 30), PILOT.at), "ends before the cutoff"),
        (Plan("Wave 1", PILOT.day, PILOT.at, "x" * 2001), "within 2000"),
    ],
)
def test_a_wave_that_cannot_be_is_refused(
    ban: Any, pilot: Wave, owner: Any, now: datetime, plan: Plan, refusal: str
) -> None:
    with pytest.raises(DomainError, match=refusal):
        waves.add(ban, plan, by=owner, now=now, why="Why.")
    assert ban.waves.count() == 1


def test_waves_are_changed_with_a_reason_in_bans_in_force_and_within_the_audience(
    ban: Any, pilot: Wave, owner: Any, outsider: Any, now: datetime
) -> None:
    with pytest.raises(DomainError, match="Say why"):
        waves.add(ban, Plan("Wave 1", PILOT.day, PILOT.at), by=owner, now=now)
    with pytest.raises(DomainError, match="not in the audience"):
        waves.put(ban, outsider.memberships.get().team, pilot, by=owner, now=now, why="Why not?")
    ban.close(by=owner, now=now)
    with pytest.raises(DomainError, match="was closed"):
        waves.remove(pilot, by=owner, now=now, why="Over.")


def test_the_cutoff_does_not_move_before_a_wave_and_takes_the_others_along(
    ban: Any, pilot: Wave, owner: Any, now: datetime
) -> None:
    with pytest.raises(DomainError, match="Move that wave first"):
        changing.move_cutoff(ban, date(2026, 11, 15), time(18), "Asia/Shanghai", by=owner, now=now, why="Sooner.")
    ban.refresh_from_db()
    changing.move_cutoff(ban, date(2026, 12, 5), time(18), "Europe/Berlin", by=owner, now=now, why="Later.")
    assert deadline(ban, "Acme") == datetime(2026, 12, 5, 17, tzinfo=UTC)
    assert deadline(ban, "Acme/Engineering/Search") == datetime(2026, 11, 16, 17, tzinfo=UTC)
    assert not differences(ban)


def test_whom_a_change_touches_is_said_before_it_is_made(
    ban: Any, pilot: Wave, owner: Any, search: Any, acme: Any, now: datetime
) -> None:
    touched = waves.of_date(pilot, date(2026, 11, 20), time(18), now=now)
    assert (touched.people, touched.teams, touched.before) == (2, 1, [PILOT_AT])
    assert waves.of_date(pilot, PILOT.day, PILOT.at, now=now).people == 0
    out = waves.of_team(ban, search.parent, None, now=now)
    assert (out.people, out.after) == (2, [CUTOFF_AT])
    whole = waves.of_team(ban, acme, pilot, now=now)  # Engineering is named nearer, and stays as it is
    assert (whole.people, whole.before, whole.after) == (1, [CUTOFF_AT], [PILOT_AT])
    with pytest.raises(DomainError, match="before the cutoff"):
        waves.of_date(pilot, date(2026, 12, 24), time(18), now=now)
    assert deadline(ban, search.path) == PILOT_AT


def test_whom_it_touches_to_remove_a_wave_is_said_with_the_deadline_each_has_then(
    ban: Any, pilot: Wave, owner: Any, search: Any, acme: Any, now: datetime
) -> None:
    gone = waves.of_removal(pilot)
    assert (gone.people, gone.teams, gone.before, gone.after) == (2, 1, [PILOT_AT], [CUTOFF_AT])
    above = waves.add(ban, Plan("All", date(2026, 11, 26), time(18)), by=owner, now=now, why="Later.")
    waves.put(ban, acme, above, by=owner, now=now, why="All of us.")
    above.refresh_from_db()
    assert waves.of_removal(pilot).after == [above.cutoff_at], "the team above it is named by another wave"
    waves.remove(pilot, by=owner, now=now, why="No pilot.")
    assert deadline(ban, search.path) == above.cutoff_at


def test_what_a_plan_lacks_is_said_in_words(ban: Any, pilot: Wave, owner: Any, search: Any, now: datetime) -> None:
    waves.add(ban, Plan("Empty", date(2026, 11, 25), time(18)), by=owner, now=now, why="Later.")
    later = waves.add(ban, Plan("Wave 1", date(2026, 11, 20), time(18)), by=owner, now=now, why="Next.")
    waves.put(ban, search, later, by=owner, now=now, why="Nearer.")
    rows = waves.rows(ban)
    assert [(str(row.wave), row.figures.people) for row in rows] == [
        ("Pilot", 0),
        ("Wave 1", 2),
        ("Empty", 0),
        ("None", 1),
    ]
    assert waves.faults(ban, rows) == [
        "Empty has no teams.",
        "Acme/Engineering/Search moves with Wave 1, although the team above it is in Pilot.",
        "1 person is in no wave and moves by the cutoff of the ban.",
    ]


def test_go_and_no_go_are_written_down_and_the_newest_stands(ban: Any, pilot: Wave, owner: Any, now: datetime) -> None:
    with pytest.raises(DomainError, match="Say why"):
        waves.decide(pilot, True, by=owner, now=now, words=" ")
    waves.decide(pilot, False, by=owner, now=now, words="No licences yet.")
    waves.decide(pilot, True, by=owner, now=now + timedelta(hours=1), words="They are here.")
    (row, _rest) = waves.rows(ban)
    assert row.wave
    assert row.wave.decision
    assert (row.wave.decision.go, row.wave.decision.words) == (True, "They are here.")
    assert ban.events.filter(verb="wave_decided").count() == 2


def test_recount_mends_a_deadline(ban: Any, pilot: Wave, now: datetime) -> None:
    Migration.objects.filter(ban=ban, path="Acme").update(deadline_at=PILOT_AT)
    ((_ban, found),) = recount_all(check=True, now=now)
    assert (found.checklists, found.migrations) == (0, 1)
    list(recount_all(check=False, now=now))
    assert deadline(ban, "Acme") == CUTOFF_AT
