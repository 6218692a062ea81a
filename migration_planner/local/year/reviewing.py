"""What leads say about marks in a simulated year, and their substitutes: some are returned and made again, some confirmed."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.db import connection

from migration_planner.local.year.acts import Act, Stage
from migration_planner.people.models import Leadership, Substitution, User
from migration_planner.planning import substituting
from migration_planner.planning.models import Checklist, Step
from migration_planner.planning.substituting import Period
from migration_planner.reminders import reviews

DAY = timedelta(days=1)
WHY = "The old tool still starts on your machine. Please look once more."
#: Whoever hears that a mark was returned makes it anew a day or two later; one in five lets it be.
AGAIN = """
    INSERT INTO year_deed
    SELECT pg_temp.at_work(event.at + interval '1 day' * (0.8 + pg_temp.chance(%(seed)s || person.email || '/again')), false),
           event.ban_id, event.checklist_id, NULL, event.step_id, event.person_id, 'done', event.data #>> '{before,note}', ''
    FROM planning_event AS event JOIN people_user AS person ON person.id = event.person_id
    WHERE event.id = ANY(%(returns)s) AND pg_temp.chance(%(seed)s || person.email || '/heeds') < 0.8
"""


def acts(stage: Stage) -> Iterator[Act]:
    """Returns, one of them taken back at once, confirmations, and some days in which somebody stands in for a lead."""
    yield Act(stage.at(0.5, hours=3), lambda now: _return(stage, now))
    yield Act(stage.at(0.6, hours=2), lambda now: _confirm(stage, now))
    yield Act(stage.at(0.45), lambda now: _stand_in(stage, now))
    yield Act(stage.at(0.65, hours=3), lambda now: _return_for_the_lead(stage, now))


def _step(stage: Stage) -> Step:
    """One that people do with their own hands, and of which a lead can tell whether it was done."""
    steps = stage.ban.steps.live().per_person().filter(required=True, scan="").order_by("position", "pk")
    return steps[min(2, steps.count() - 1)]


def _led(stage: Stage, name: str, count: int) -> Iterator[tuple[Checklist, User]]:
    """So many people who claim this step, each with a lead of theirs."""
    claimed = stage.ban.checklists.counted().filter(marks__step=_step(stage), marks__state="done")
    led = claimed.filter(migration__team__memberships__role="lead", migration__team__memberships__user__is_active=True)
    for one in stage.some(led.distinct(), name, count):
        if lead := one.migration.team.leads().exclude(pk=one.person_id).first():
            yield one, lead


def _return(stage: Stage, now: datetime) -> None:
    """The second of them by mistake, which is put right at once."""
    for number, (one, lead) in enumerate(_led(stage, "return", 6)):
        returns = _give_back(stage, one, lead, now)
        if number == 1:
            reviews.take_back_returns(stage.ban, returns, by=lead, now=now + timedelta(seconds=40))
        else:
            _make_again(stage, returns)


def _give_back(stage: Stage, one: Checklist, lead: User, now: datetime) -> list[int]:
    done = reviews.give_back([one], _step(stage), by=lead, now=now, why=WHY)
    return [each.undo for each in done if each.undo]


def _make_again(stage: Stage, returns: Sequence[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(AGAIN, {"seed": stage.seed, "returns": list(returns)})


def _confirm(stage: Stage, now: datetime) -> None:
    for one, lead in _led(stage, "confirmed", 6):
        reviews.confirm([one], _step(stage), by=lead, now=now)


def _stand_in(stage: Stage, now: datetime) -> None:
    """For half of the window somebody who leads nothing stands in for a lead of the largest team that is led."""
    led = stage.ban.migrations.filter(team__memberships__role="lead", team__memberships__user__is_active=True)
    for migration in led.order_by("-people", "path").select_related("team")[:1]:
        lead = migration.team.leads()[0]
        free = stage.ban.checklists.counted().exclude(person__in=User.objects.filter(memberships__role="lead"))
        for one in stage.some(free, "helper", 1):
            days = Period(now.date(), now.date() + max(stage.window * 0.5, 3 * DAY))
            substituting.name(migration, lead, one.person, days, by=lead, now=now)


def _return_for_the_lead(stage: Stage, now: datetime) -> None:
    """A substitute returns what somebody of the team claims."""
    standing = Substitution.objects.of_leads().standing(now).filter(from_at__lte=now)
    for row in standing.filter(team__migrations__ban=stage.ban).select_related("team", "lead", "substitute").distinct():
        of_team = stage.ban.checklists.counted().below(row.team.path)
        others = of_team.exclude(person__in=[row.lead, row.substitute])
        claimed = others.filter(marks__step=_step(stage), marks__state="done")
        for one in stage.some(claimed, "stood-in", 1):
            _make_again(stage, _give_back(stage, one, _then(row), now))


def _then(row: Substitution) -> User:
    """The substitute with the rights of those days: by the database's clock they are over (see `User.leaderships`)."""
    row.substitute.leaderships = [Leadership(row.team.path, row.team_id, row.lead_id, row.lead.name, row.until_at)]
    return row.substitute
