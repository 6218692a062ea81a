"""Fill an empty database with the demo, by the product's own functions: import, draft, publish, mark, tick, close."""

import io
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from django.core.management import call_command
from django.db import connection, transaction

from migration_planner.local.demo import company, texts, use, waivers
from migration_planner.local.demo.history import Deed, Story, deeds, live_a_day
from migration_planner.local.demo.scans import report_on
from migration_planner.people.models import User
from migration_planner.people.roster.staging import stage
from migration_planner.planning import catalogue, drafting, playbooks, publishing
from migration_planner.planning.models import Ban
from migration_planner.planning.rosters import apply_roster
from migration_planner.reminders.governing import Limits
from migration_planner.reminders.models import Reminder
from migration_planner.reminders.outbox import drain
from migration_planner.reminders.ticking import tick
from migration_planner.steering import backtests, forecasting

Tell = Callable[[str], None]
#: Days before now: when the first ban was published, its cutoff, its end; when the present one was published.
FIRST_PUBLISHED, FIRST_CUTOFF, FIRST_CLOSED, PUBLISHED = 75, 54, 51, 21
#: Days from now to the cutoff of the present ban.
LEFT = 7
#: The mail of those weeks is caught on this machine: the limits of an installation would have it take weeks again.
NO_LIMITS = Limits()


def ensure(home: Path, *, now: datetime, say: Tell) -> None:
    """Load the demo into an empty database. A load that was killed on its way is cleared away and begun again."""
    begun = home / "demo.begun"
    if begun.exists():
        _clear()
    elif User.objects.exists():
        return
    begun.touch()
    load(now=now, tell=say)
    begun.unlink()


def _clear() -> None:
    """Empty every table, those too that triggers keep from being emptied: this is the demo's own database."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role TO replica")
        call_command("flush", interactive=False, verbosity=0)
        cursor.execute("SET session_replication_role TO DEFAULT")


def load(*, now: datetime, tell: Tell = lambda words: None) -> None:
    """Bring Halden to life: 1,512 people; one ban over, one three weeks old, one in draft.

    Takes a minute or two: every mail of those weeks is composed, sent and caught.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO off")  # what a power cut takes away is begun again (see ensure)
    tell("Demo: importing the roster of an invented company …")
    owner = _people(now - timedelta(days=FIRST_PUBLISHED + 5))
    _catalogue(now - timedelta(days=FIRST_PUBLISHED))
    tell("Demo: a ban that is over …")
    first = _first(owner, now)
    _live(first, texts.FIRST, now - timedelta(days=FIRST_CLOSED), days=FIRST_PUBLISHED - FIRST_CLOSED, tell=tell)
    first.close(by=owner, now=now - timedelta(days=FIRST_CLOSED), why=texts.CLOSED_BECAUSE)
    tell("Demo: a ban three weeks old, with its mail …")
    present = _present(owner, now)
    _live(present, texts.PRESENT, now, days=PUBLISHED, tell=tell, owner=owner)
    tell("Demo: what scans of some repositories found …")
    report_on(present, now=now)
    tell("Demo: gaps, and figures of use …")
    use.report_gaps(present, owner, now=now)
    use.report(present, owner, now=now, days=PUBLISHED + 7)
    _draft(owner, now)
    forecasting.forecast_all(now=now)
    backtests.look_back(now=now)
    backtests.look_at_simulated(60, seed=1, now=now)


def _people(now: datetime) -> User:
    """The roster, and the roles of those who have one. Returns the owner."""
    roster = stage(io.BytesIO(company.roster_file()), name="halden.csv", by=None, now=now)
    apply_roster(roster, by=None, now=now)
    owner, auditor, administrator = (User.objects.get(email=row[0]) for row in company.CAST)
    User.objects.filter(pk=owner.pk).update(is_owner=True)
    User.objects.filter(pk=auditor.pk).update(is_auditor=True)
    User.objects.filter(pk=administrator.pk).update(is_administrator=True)
    return owner


def _catalogue(now: datetime) -> None:
    """What the administrator has decided about some tools, beside the bans."""
    administrator = User.objects.get(is_administrator=True)
    for name, status, note, others in texts.TOOLS:
        catalogue.decide(None, name=name, status=status, note=note, alternatives=others, by=administrator, now=now)


def _first(owner: User, now: datetime) -> Ban:
    published = _morning(now - timedelta(days=FIRST_PUBLISHED))
    ban = drafting.draft_ban(
        playbooks.find("any-tool"),
        by=owner,
        now=published - timedelta(days=1),
        owners=[owner],
        tool="FileDrop",
        replacement="TeamShare",
        audience=[f"{company.ROOT}/Storage", f"{company.ROOT}/Developer Tools"],
        cutoff=((now - timedelta(days=FIRST_CUTOFF)).date(), time(18), "Europe/Berlin"),
        scope=texts.FIRST_SCOPE,
    )
    _state_reason(ban, texts.FIRST_REASON, owner, now=published)
    publishing.publish(ban, by=owner, now=published)
    return ban


def _present(owner: User, now: datetime) -> Ban:
    published = _morning(now - timedelta(days=PUBLISHED))
    ban = drafting.draft_ban(
        playbooks.find("claude-code-to-qoder"),
        by=owner,
        now=published - timedelta(days=1),
        owners=[owner],
        audience=[company.ROOT],
        cutoff=((now + timedelta(days=LEFT)).date(), time(18), "Asia/Shanghai"),
        scope=texts.PRESENT_SCOPE,
    )
    _state_reason(ban, texts.PRESENT_REASON, owner, now=published)
    publishing.publish(ban, by=owner, now=published)
    return ban


def _draft(owner: User, now: datetime) -> None:
    ban = drafting.draft_ban(
        playbooks.find("any-tool"),
        by=owner,
        now=now - timedelta(hours=3),
        owners=[owner],
        tool="Docker Desktop",
        replacement="Podman Desktop",
        audience=[f"{company.ROOT}/Cloud"],
        scope=texts.DRAFT_SCOPE,
    )
    _state_reason(ban, texts.DRAFT_REASON, owner, now=now)


def _state_reason(ban: Ban, reason: tuple[str, str], owner: User, *, now: datetime) -> None:
    ban.reason, ban.reason_source = reason
    ban.help = texts.HELP
    ban.save(update_fields=["reason", "reason_source", "help"])


def _live(ban: Ban, story: Story, until: datetime, *, days: int, tell: Tell, owner: User | None = None) -> None:
    """Let the days of a ban go by: people mark steps, the clock ticks whenever mail is due; with an owner there are waivers."""
    planned = deeds(ban, story, days)
    day = (ban.published_at or until).date()
    while day <= until.date():
        if day.weekday() == 0:
            tell(f"Demo:   the week of {day:%d %B} …")
        _live_one_day(ban, day, planned.get(day, []), until)
        if owner:
            waivers.live(ban, day, owner, until=until)
        day += timedelta(days=1)


def _live_one_day(ban: Ban, day: date, happens: Sequence[Deed], until: datetime) -> None:
    begins = datetime.combine(day, time(), UTC)
    since = begins
    for moment in [*_mail_times(begins, until), min(begins + timedelta(days=1), until)]:
        with transaction.atomic():
            live_a_day(ban, day, [deed for deed in happens if since <= deed.at < moment], until=until)
        drain(now=moment, limits=NO_LIMITS)
        since = moment


def _mail_times(begins: datetime, until: datetime) -> Iterator[datetime]:
    """When mail falls due on this day."""
    tick(now=begins, limits=NO_LIMITS)
    due = Reminder.objects.waiting().filter(due_at__gte=begins, due_at__lt=min(begins + timedelta(days=1), until))
    yield from due.order_by("due_at").values_list("due_at", flat=True).distinct()


def _morning(moment: datetime) -> datetime:
    """Eight o'clock UTC on that day, or on the Monday after it."""
    day = moment.date() + timedelta(days={5: 2, 6: 1}.get(moment.weekday(), 0))
    return datetime.combine(day, time(8), UTC)
