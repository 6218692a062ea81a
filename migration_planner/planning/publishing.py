"""From a draft to a ban in force."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _t

from migration_planner.lib.errors import DomainError
from migration_planner.people.models import User
from migration_planner.planning import audience, locks
from migration_planner.planning.models import Ban, Event


@dataclass(frozen=True)
class Lack:
    """Something a draft still needs: which part of the draft it belongs to, and a sentence that says what to do."""

    part: str
    sentence: str


def lacks(ban: Ban, *, now: datetime) -> list[Lack]:
    """What a draft still needs before it can be published. Empty when it is ready."""
    checks = [
        (
            "basics",
            not (ban.scope and ban.scope.text),
            _t("Write the scope statement: what is and what is not banned."),
        ),
        ("basics", not ban.reason.strip(), _t("State the reason for the ban.")),
        ("basics", not ban.owners.filter(is_active=True).exists(), _t("Name at least one owner.")),
        ("audience", not audience.homes(ban).exists(), _t("Choose an audience with at least one person in it.")),
        ("cutoff", ban.cutoff_at is None, _t("Set the cutoff.")),
        (
            "cutoff",
            ban.cutoff_at is not None and ban.cutoff_at <= now,
            _t("The cutoff has passed already. Choose a later one."),
        ),
        (
            "cutoff",
            ban.waves.filter(Q(cutoff_at__lte=now) | Q(cutoff_at__gte=F("ban__cutoff_at"))).exists(),
            _t("A wave has passed already, or ends after the cutoff. Move it."),
        ),
        ("steps", ban.required_steps == 0, _t("Ask for at least one required step of each person.")),
    ]
    return [Lack(part, sentence) for part, is_missing, sentence in checks if is_missing]


def missing(ban: Ban, *, now: datetime) -> list[str]:
    """The sentences of what a draft still needs."""
    return [lack.sentence for lack in lacks(ban, now=now)]


@transaction.atomic
def publish(ban: Ban, *, by: User, now: datetime) -> dict[str, int]:
    """Put a draft in force: a migration for each team of the audience, a checklist for each person, one line of history.

    Returns the numbers of people and teams. Raises DomainError when something is missing, or when somebody else has
    published it meanwhile: two owners pressing the button together get one ban, and one of them an explanation.
    """
    locks.hold_roster()
    locks.hold_ban_alone(ban.pk)
    ban.refresh_from_db()
    if not ban.is_draft:
        raise DomainError(_already(ban))
    if sentences := missing(ban, now=now):
        raise DomainError(" ".join(sentences))
    ban.state, ban.published_at = Ban.State.PUBLISHED, now
    ban.save(update_fields=["state", "published_at"])
    people = audience.follow(ban, now=now)["joined"]
    numbers = {"people": people, "teams": ban.migrations.count()}
    Event.record(Event.Verb.PUBLISHED, by=by, now=now, ban=ban, data=numbers)
    return numbers


def _already(ban: Ban) -> str:
    if ban.state == Ban.State.DISCARDED:
        return _t("This draft was discarded meanwhile. Draft a new ban.")
    event = ban.events.filter(verb=Event.Verb.PUBLISHED).select_related("actor").last()
    name = event.actor.name if event and event.actor else _t("somebody")
    return _t("%(name)s has published this ban already. Nothing was done twice.") % {"name": name}


@transaction.atomic
def reopen(ban: Ban, *, by: User, now: datetime, why: str) -> None:
    """Take up a ban again within a day of its end, over the people as they are now: a roster may have come in between."""
    locks.hold_roster()
    ban.reopen(by=by, now=now, why=why)
    audience.follow(ban, now=now)
