"""Fill an empty database with the demo: the last weeks of a simulated year, and a draft (see local/year)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from migration_planner.evidence import building
from migration_planner.local.demo import company, texts
from migration_planner.local.mail.box import Box
from migration_planner.local.year import plans
from migration_planner.local.year.command import found
from migration_planner.local.year.living import Year
from migration_planner.people.models import User
from migration_planner.planning import catalogue, drafting, playbooks
from migration_planner.planning.models import Ban
from migration_planner.steering import backtests

Tell = Callable[[str], None]
#: Days before now at which the company was there, and its catalogue.
FOUNDED, DECIDED = 80, 75


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
    """Bring Halden to life: 1,512 people; two bans over, three in force, one in draft.

    Takes a minute or two. The mail of the last weeks has its real words, and lies where caught mail lies.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO off")  # what a power cut takes away is begun again (see ensure)
    tell("Demo: importing the roster of an invented company …")
    owner = found(now - timedelta(days=FOUNDED))
    _catalogue(now - timedelta(days=DECIDED))
    lived = Year(
        end=now,
        owner=owner,
        plans=plans.of_demo(),
        tell=lambda words: tell(f"Demo: {words}"),
        box=Box(settings.LOCAL_MAIL),
        in_words_since=now - timedelta(days=plans.PRESENT.published),
    )
    bans = lived.live()
    tell("Demo: a draft, a pack of evidence, and how good forecasts were …")
    _draft(owner, now)
    _pack(bans[0], now)
    backtests.look_back(now=now)
    backtests.look_at_simulated(60, seed=1, now=now)


def _catalogue(now: datetime) -> None:
    """What the administrator has decided about some tools, beside the bans."""
    administrator = User.objects.get(is_administrator=True)
    for name, status, note, others in texts.TOOLS:
        catalogue.decide(None, name=name, status=status, note=note, alternatives=others, by=administrator, now=now)


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
    ban.reason, ban.reason_source = texts.DRAFT_REASON
    ban.help = texts.HELP
    ban.save(update_fields=["reason", "reason_source", "help"])


def _pack(ban: Ban, now: datetime) -> None:
    """The evidence of a ban that is over, as its auditor has asked for it."""
    building.ask(ban, by=User.objects.get(is_auditor=True), now=now)
    building.build_next(now=now)
