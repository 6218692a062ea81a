"""What stands in somebody's calendar: the deadlines of what they, or a team they lead, still have to finish."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from django.db.models import Max, Min, Sum
from django.utils import translation
from django.utils.translation import gettext as _t

from migration_planner.lib.languages import spoken
from migration_planner.people.models import Team, User
from migration_planner.planning.models import Ban, Checklist, Migration
from migration_planner.reminders import facts, ics
from migration_planner.reminders.facts import BanFacts, Topic
from migration_planner.reminders.ics import Deadline
from migration_planner.reminders.links import host, url
from migration_planner.reminders.models import Feed
from migration_planner.reminders.words import left_to_do


def of_feed(feed: Feed) -> bytes:
    """The calendar behind a feed as things stand, in its reader's language."""
    with translation.override(spoken(feed.person.language)):
        if feed.team:
            return ics.feed(_of_team(feed.team), name=feed.team.name)
        return ics.feed(_of_person(feed.person), name="Migration Planner")


def attached(topics: Sequence[Topic], *, now: datetime) -> bytes:
    """The deadlines an announcement brings along, as of `now`. In the language that is active."""
    return ics.attachment(_of_topic(topic, changed_at=now) for topic in topics)


def _of_person(person: User) -> list[Deadline]:
    return [
        _of_topic(topic, changed_at=topic.changed_at or topic.ban.changed_at) for topic in facts.deadlines_of(person)
    ]


def _of_topic(topic: Topic, *, changed_at: datetime) -> Deadline:
    pk = topic.checklist_id
    return Deadline(
        uid=f"ban-{topic.ban.id}.checklist-{pk}@{host()}",
        title=_t("Move off %(tool)s") % {"tool": topic.ban.tool},
        text=_text(translation.get_language() or "", replace(topic, checklist_id=None, first_mail="", changed_at=None)),
        at=max(topic.ban.cutoff_at, topic.waived_until or topic.ban.cutoff_at),
        url=url("checklist", pk) if pk else url("home"),
        revision=topic.ban.revisions,
        changed_at=changed_at,
    )


@lru_cache(maxsize=256)
def _text(_language: str, topic: Topic) -> str:
    """What is left to do, in the language that is active: the same for most people of a wave."""
    return "\n".join(left_to_do(topic))


def _of_team(team: Team) -> list[Deadline]:
    """One deadline for each ban in force under which the team, or one below it, has unfinished people. Numbers, no names."""
    below = Migration.objects.below(team.path).filter(ban__state=Ban.State.PUBLISHED)
    sums = below.order_by().values("ban").annotate(all=Sum("people"), finished=Sum("done") + Sum("waived"))
    unfinished = {
        row["ban"]: (row["all"] - row["finished"], row["all"]) for row in sums if row["all"] > row["finished"]
    }
    dues = dict(below.filter(people__gt=0).order_by().values_list("ban").annotate(first=Min("deadline_at")))
    counted = Checklist.objects.filter(ban__in=unfinished).below(team.path).order_by().values_list("ban")
    touched = dict(counted.annotate(last=Max("last_activity_at")))
    bans = sorted(facts.ban_facts(unfinished).values(), key=lambda ban: (ban.cutoff_at, ban.id))
    return [
        _of_team_under(team, ban, *unfinished[ban.id], touched.get(ban.id), dues.get(ban.id) or ban.cutoff_at)
        for ban in bans
    ]


def _of_team_under(
    team: Team, ban: BanFacts, unfinished: int, people: int, touched: datetime | None, deadline: datetime
) -> Deadline:
    figures = {"team": team.name, "unfinished": unfinished, "people": people}
    return Deadline(
        uid=f"ban-{ban.id}.team-{team.pk}@{host()}",
        title=f"{_t('Move off %(tool)s') % {'tool': ban.tool}} · {team.name}",
        text=_t("%(team)s: %(unfinished)s of %(people)s unfinished") % figures,
        at=deadline,
        url=url("team", ban.id, team.pk),
        revision=ban.revisions,
        changed_at=max(ban.changed_at, touched or ban.changed_at),
    )
