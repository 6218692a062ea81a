"""Secret addresses at which calendars read deadlines: made, made anew, and revoked by whose they are."""

import secrets
from datetime import datetime

from django.db import transaction

from migration_planner.people.models import Team, User
from migration_planner.planning.models import Event
from migration_planner.planning.permissions import leads
from migration_planner.reminders.models import Feed


@transaction.atomic
def make(person: User, team: Team | None = None, *, by: User, now: datetime) -> str:
    """A new address for one's own deadlines, or for those of a team. Returns its token, which is kept nowhere.

    An older address for the same ends with it: whoever has lost one makes a new one.
    """
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    Feed.objects.open().filter(person=person, team=team).update(revoked_at=now)
    token = secrets.token_urlsafe(32)
    Feed.objects.create(person=person, team=team, digest=Feed.digest_of(token), made_at=now)
    Event.record(Event.Verb.FEED_MADE, by=by, now=now, person=person, data=_in_history(team))
    return token


@transaction.atomic
def revoke(person: User, team: Team | None = None, *, by: User, now: datetime) -> bool:
    """End the address: calendars that read it find nothing there any more. False when there is none."""
    if not Feed.objects.open().filter(person=person, team=team).update(revoked_at=now):
        return False
    Event.record(Event.Verb.FEED_REVOKED, by=by, now=now, person=person, data=_in_history(team))
    return True


def find(token: str) -> Feed | None:
    """The feed behind a token; None when it is unknown or revoked, its person has left, or leads that team no more."""
    feed = Feed.objects.at(token).select_related("person", "team").first()
    if feed and feed.team and not leads(feed.person, feed.team.path):
        return None
    return feed


def current(person: User, team: Team | None = None) -> Feed | None:
    return Feed.objects.open().filter(person=person, team=team).first()


def _in_history(team: Team | None) -> dict[str, str]:
    return {"team": team.path} if team else {}
