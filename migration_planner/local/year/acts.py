"""What owners, leads and people do about a ban beside their steps, by the product's own functions, each at its moment."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection

from migration_planner.lib.errors import DomainError
from migration_planner.local.year.plans import Obstacle, Plan
from migration_planner.people.models import User
from migration_planner.planning import contradicting, gaps, leave, waves
from migration_planner.planning.gaps import Decision
from migration_planner.planning.leave import Leave
from migration_planner.planning.models import Ban, Checklist, Contradiction, Wave
from migration_planner.planning.models.checklists import ChecklistQuerySet
from migration_planner.reminders import asking, comments, nudging, snoozing

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Act:
    """Something that is done at a moment of the year."""

    at: datetime
    do: Callable[[datetime], object]


@dataclass(frozen=True)
class Stage:
    """A published ban with its plan: when what happens, and by whom."""

    ban: Ban
    plan: Plan
    owner: User
    seed: str

    @property
    def window(self) -> timedelta:
        return timedelta(days=self.plan.window)

    @property
    def cutoff_day(self) -> date:
        assert self.ban.cutoff_date is not None  # noqa: S101 - it is in force
        return self.ban.cutoff_date

    def at(self, share: float, *, hours: float = 0) -> datetime:
        """Ten in the morning (UTC) on the working day at that share of the window, some hours later if said so."""
        assert self.ban.published_at is not None  # noqa: S101 - as above
        day = self.ban.published_at.replace(hour=10, minute=0) + DAY * int(self.plan.window * share)
        return day + DAY * {5: 2, 6: 1}.get(day.weekday(), 0) + timedelta(hours=hours)

    def some(self, rows: ChecklistQuerySet, name: str, count: int) -> list[Checklist]:
        """So many of these active people, the same in every year with this seed."""
        statement, values = rows.filter(person__is_active=True).order_by().values("pk").query.sql_with_params()
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                SELECT checklist.id FROM planning_checklist AS checklist
                JOIN people_user AS person ON person.id = checklist.person_id
                WHERE checklist.id IN ({statement}) ORDER BY pg_temp.chance(%s || person.email) LIMIT %s
                """,  # noqa: S608 - the ORM's own statement
                [*values, f"{self.seed}{name}", count],
            )
            found = [pk for (pk,) in cursor.fetchall()]
        rows_by = Checklist.objects.select_related("ban", "person", "migration__team").in_bulk(found)
        return [rows_by[pk] for pk in found]


def acts(stage: Stage) -> Iterator[Act]:
    """Nudges, comments, leave, snoozes, votes, answers of gaps, go and no go, questions about contradictions."""
    yield Act(stage.at(0.3, hours=1), lambda now: _note_leave(stage, now))
    yield Act(stage.at(0.35, hours=1), lambda now: _snooze(stage, now))
    for share in (0.45, 0.7):
        yield Act(stage.at(share, hours=1), lambda now: _leads_nudge(stage, now))
    yield Act(stage.at(0.55, hours=1.5), lambda now: _comment(stage, now))
    yield Act(stage.at(0.55, hours=4), lambda now: _answer_comments(stage, now))
    yield Act(stage.at(0.8, hours=2), lambda now: nudging.nudge(stage.ban.checklists.asked(), by=stage.owner, now=now))
    for obstacle in stage.plan.obstacles:
        if obstacle.title:
            yield from _of_gap(stage, obstacle)
    for wave in stage.ban.waves.all():
        yield from _of_wave(stage, wave)
    if stage.plan.has_signals:
        for week in range(1, stage.plan.days // 7 + 1):
            share = week * 7 / stage.plan.window
            yield Act(stage.at(share, hours=4), lambda now: _ask_about(stage, now))
            yield Act(stage.at(share, hours=50), lambda now: _answer_some(stage, now))


def _note_leave(stage: Stage, now: datetime) -> None:
    led = stage.ban.checklists.asked().filter(
        person__leave_from__isnull=True, migration__team__memberships__role="lead"
    )
    for one in stage.some(led.distinct(), "leave", 6):
        lead = one.migration.team.leads().exclude(pk=one.person_id).first()
        if lead:
            leave.note(one, Leave(now.date() + 2 * DAY, now.date() + 12 * DAY), by=lead, now=now)


def _snooze(stage: Stage, now: datetime) -> None:
    for one in stage.some(stage.ban.checklists.asked(), "snooze", 5):
        if choices := snoozing.offer(one, now=now).choices:
            snoozing.snooze(one, choices[-1].days, by=one.person, now=now)


def _comment(stage: Stage, now: datetime) -> None:
    """Leads ask some who have begun what is left."""
    led = stage.ban.checklists.filter(state=Checklist.State.STARTED, migration__team__memberships__role="lead")
    for one in stage.some(led.distinct(), "comment", 8):
        lead = one.migration.team.leads().exclude(pk=one.person_id).first()
        if lead:
            comments.write([one], "What is left for you, and does anything hold you up?", by=lead, now=now)


def _answer_comments(stage: Stage, now: datetime) -> None:
    """Half of them answer some hours later."""
    asked = stage.ban.checklists.counted().filter(comments__at__lt=now).distinct()
    for one in stage.some(asked, "answer", 4):
        comments.write([one], "Nearly done, but I still wait for a licence.", by=one.person, now=now)


def _leads_nudge(stage: Stage, now: datetime) -> None:
    """Leads of the three teams with most to do."""
    behind = stage.ban.migrations.unfinished_first().filter(team__memberships__role="lead").select_related("team")
    for migration in list(dict.fromkeys(behind.distinct()[:9]))[:3]:
        lead = migration.team.leads().first()
        if lead:
            below = stage.ban.checklists.below(migration.path)
            nudging.nudge(below, by=lead, now=now, migration=migration)


def _of_gap(stage: Stage, obstacle: Obstacle) -> Iterator[Act]:
    yield Act(stage.at(obstacle.decided * 0.8, hours=5), lambda now: _vote(stage, obstacle.title, now))
    if obstacle.state != "open":
        yield Act(stage.at(obstacle.decided, hours=0.5), lambda now: _decide(stage, obstacle, now))


VOTES = """
    WITH voters AS (
        SELECT gap.id AS gap_id, checklist.person_id FROM planning_gap AS gap
        JOIN planning_checklist AS checklist ON checklist.ban_id = gap.ban_id
         AND checklist.state IN ('not_started', 'started', 'blocked')
        JOIN people_user AS person ON person.id = checklist.person_id AND person.is_active
        WHERE gap.ban_id = %(ban)s AND gap.title = %(title)s AND gap.state <> 'fixed'
          AND pg_temp.chance(%(seed)s || gap.title || person.email) < 0.04
    ), said AS (
        INSERT INTO planning_gapvote (gap_id, person_id, at) SELECT gap_id, person_id, %(now)s FROM voters
        ON CONFLICT DO NOTHING RETURNING gap_id, person_id
    )
    INSERT INTO planning_event (at, verb, actor_id, why, person_id, gap_id, data)
    SELECT %(now)s, 'gap_voted', person_id, '', person_id, gap_id, '{}' FROM said ORDER BY person_id
"""


def _vote(stage: Stage, title: str, now: datetime) -> None:
    """Some say that it concerns them too: what `Gap.set_vote` writes, for all of them at once."""
    with connection.cursor() as cursor:
        cursor.execute(VOTES, {"ban": stage.ban.pk, "title": title, "seed": stage.seed, "now": now})


def _decide(stage: Stage, obstacle: Obstacle, now: datetime) -> None:
    gap = stage.ban.gaps.filter(title=obstacle.title).select_related("ban").first()
    if gap:
        wanted = Decision(obstacle.state, obstacle.answer, gap.title, gap.words, stage.owner)
        gaps.decide(gap, wanted, by=stage.owner, now=now)


def _of_wave(stage: Stage, wave: Wave) -> Iterator[Act]:
    """Three days before it ends somebody says go; one that is not ready gets some days more, and then goes."""
    put_off = next((each.put_off for each in stage.plan.waves if each.name == wave.name), 0)
    at = (wave.cutoff_at - 3 * DAY).replace(hour=9, minute=30)
    if put_off:
        yield Act(at - DAY, lambda now: _put_off(stage, wave, put_off, now))
        at += DAY * put_off
    words = "The new tool is on every machine, and the open questions have an owner."
    yield Act(at, lambda now: waves.decide(wave, True, by=stage.owner, now=now, words=words))


def _put_off(stage: Stage, wave: Wave, days: int, now: datetime) -> None:
    waves.decide(wave, False, by=stage.owner, now=now, words="A third of the licences is not there yet.")
    wave.ban = stage.ban
    later = waves.Plan(wave.name, wave.cutoff_date + DAY * days, wave.cutoff_time, wave.criteria)
    waves.change(wave, later, by=stage.owner, now=now, why="The licences come some days later.")


def _ask_about(stage: Stage, now: datetime) -> None:
    asking.ask(stage.ban.checklists.all(), by=stage.owner, now=now)


def _answer_some(stage: Stage, now: datetime) -> None:
    """Half of those who were asked have answered two days later."""
    open_ = Contradiction.objects.open().filter(checklist__ban=stage.ban, asked_at__isnull=False)
    asked = stage.ban.checklists.counted().filter(pk__in=open_.values("checklist"))
    for number, one in enumerate(stage.some(asked, f"answers/{now.date()}", (asked.count() + 1) // 2)):
        question = one.contradictions.open().get()
        needed = Contradiction.Answer.STILL_NEEDED
        said = needed if number % 4 == 3 else question.choices[number % 2]
        contradicting.answer(
            question,
            said,
            by=one.person,
            now=now,
            note="An old customer still sends files in it." if said == needed else "",
        )


def attempt(act: Act) -> str:
    """Do it. What the product refuses by then (everybody is done, the ban has ended) is no mistake: returns why."""
    try:
        act.do(act.at)
    except DomainError as error:
        return str(error)
    return ""
