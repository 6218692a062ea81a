"""A believable past: who does which step on which day. Seeded, so that every demo tells the same story.

People finish along an S-curve: few at first, most in the second and third week, some never. Teams differ: one rushes ahead,
another has not begun. What happens is written day by day with the product's own rules around it: the clock plans and sends
the mail of that day to those who are unfinished on that day, and the counters are derived from the marks.
"""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db import transaction

from migration_planner.planning import locks
from migration_planner.planning.counting import keep_day, recount
from migration_planner.planning.models import Ban, Checklist, Event, Mark, Step

BLOCKED_BECAUSE = [
    "No licence for the new tool yet; the request is with IT.",
    "Our internal tool server refuses the new client's certificate.",
    "The build image does not have the new tool; waiting for the platform team.",
    "Our hook depends on an event the new tool does not send.",
    "My account is not in the right group.",
]
NOT_APPLICABLE_BECAUSE = [
    "I never used this.",
    "Our team has no such file.",
    "Only the other repository had it, and that one is archived.",
]
EVIDENCE = [
    "Checked in a fresh clone.",
    "https://git.halden.example/changes/4711",
    "Ran it twice; the output is the same.",
]


@dataclass(frozen=True)
class Deed:
    """One mark that somebody makes: for a checklist, or for the migration of a team."""

    at: datetime
    by: int
    step: Step
    state: Mark.State
    note: str
    checklist: int | None = None
    migration: int | None = None


@dataclass(frozen=True)
class Story:
    """How a ban went: `finish` of the people are done by the last day; `late` paths lag, `still` paths have not begun."""

    finish: float
    blocked: float
    late: tuple[str, ...] = ()
    still: tuple[str, ...] = ()
    seed: int = 7


def deeds(ban: Ban, story: Story, days: int) -> dict[date, list[Deed]]:
    """Everything that happens in the first `days` days of a ban, by day (UTC)."""
    chance = random.Random(story.seed)  # noqa: S311 - a story, not a secret
    steps = list(ban.steps.live())
    by_day: dict[date, list[Deed]] = defaultdict(list)
    for checklist in ban.checklists.select_related("migration").order_by("pk"):
        for deed in _persons_deeds(
            ban, checklist, [step for step in steps if step.per == Step.Per.PERSON], story, days, chance
        ):
            by_day[deed.at.date()].append(deed)
    for deed in _teams_deeds(ban, [step for step in steps if step.per == Step.Per.TEAM], story, days, chance):
        by_day[deed.at.date()].append(deed)
    return by_day


def _persons_deeds(
    ban: Ban, checklist: Checklist, steps: Sequence[Step], story: Story, days: int, chance: random.Random
) -> Iterator[Deed]:
    path = checklist.migration.path
    if path.startswith(story.still) or ban.published_at is None:
        return
    middle = days * (0.85 if path.startswith(story.late) else 0.55)
    finishes = chance.random() < story.finish
    ends = max(0.3, chance.gauss(middle, days / 6)) if finishes else days * chance.uniform(0.4, 2.5)
    begins = max(0.1, ends - chance.uniform(0.2, days / 4))
    asked = [step for step in steps if step.required or chance.random() < 0.5]
    done = len(asked) if finishes else chance.randrange(len(asked) - 1)
    stuck = not finishes and chance.random() < story.blocked / max(1 - story.finish, 0.01)
    for number, step in enumerate(asked[: done + stuck]):
        share = begins + (ends - begins) * (number + 1) / len(asked)
        at = _in_working_hours(ban.published_at + timedelta(days=share), chance)
        if at >= ban.published_at + timedelta(days=days):
            return
        state, note = _outcome(step, chance) if number < done else (Mark.State.BLOCKED, chance.choice(BLOCKED_BECAUSE))
        yield Deed(at, checklist.person_id, step, state, note, checklist=checklist.pk)


def _teams_deeds(ban: Ban, steps: Sequence[Step], story: Story, days: int, chance: random.Random) -> Iterator[Deed]:
    """Leads do the team steps, some of them; where nobody leads, nothing happens."""
    led = ban.migrations.filter(people__gt=0, team__memberships__role="lead").order_by("pk")
    for migration_id, path, lead in led.values_list("pk", "path", "team__memberships__user").distinct("pk"):
        if path.startswith(story.still) or ban.published_at is None:
            continue
        for number, step in enumerate(steps[: chance.randint(0, len(steps))]):
            at = _in_working_hours(ban.published_at + timedelta(days=days * (0.1 + 0.8 * number / len(steps))), chance)
            if at < ban.published_at + timedelta(days=days):
                yield Deed(at, lead, step, Mark.State.DONE, chance.choice(EVIDENCE), migration=migration_id)


def _outcome(step: Step, chance: random.Random) -> tuple[Mark.State, str]:
    if step.workflow_id and chance.random() < 0.25:
        return Mark.State.NOT_APPLICABLE, chance.choice(NOT_APPLICABLE_BECAUSE)
    return Mark.State.DONE, chance.choice(EVIDENCE) if step.evidence else ""


def _in_working_hours(moment: datetime, chance: random.Random) -> datetime:
    """Most work is done on working days, between seven and five o'clock UTC; what a weekend holds up is spread over the week."""
    day = moment.date()
    if day.weekday() >= 5 and chance.random() < 0.85:
        day += timedelta(days=7 - day.weekday() + chance.randrange(4))
    return datetime.combine(day, time(chance.randint(7, 16), chance.randrange(60), chance.randrange(60)), UTC)


@transaction.atomic
def live_a_day(ban: Ban, day: date, happened: Sequence[Deed], *, until: datetime) -> None:
    """Write the marks of one day with their events, and bring the counters up to date. Nothing later than `until`."""
    locks.hold_ban_alone(ban.pk)
    happened = sorted((deed for deed in happened if deed.at <= until), key=lambda deed: deed.at)
    Mark.objects.bulk_create(
        Mark(
            checklist_id=deed.checklist,
            migration_id=deed.migration,
            step=deed.step,
            state=deed.state,
            note=deed.note,
            by_id=deed.by,
            at=deed.at,
        )
        for deed in happened
    )
    Event.objects.bulk_create(_event(ban, deed) for deed in happened)
    recount(ban)
    keep_day(ban, day)


def _event(ban: Ban, deed: Deed) -> Event:
    verb = {
        Mark.State.DONE: Event.Verb.MARKED_DONE,
        Mark.State.BLOCKED: Event.Verb.MARKED_BLOCKED,
        Mark.State.NOT_APPLICABLE: Event.Verb.MARKED_NOT_APPLICABLE,
    }[deed.state]
    return Event(
        at=deed.at, verb=verb, actor_id=deed.by, why=deed.note, ban=ban, step=deed.step, checklist_id=deed.checklist,
        migration_id=deed.migration, person_id=deed.by if deed.checklist else None,
    )  # fmt: skip
