"""After the cutoff: who used the old tool again, how long it has been quiet, and ending a ban although somebody still does."""

from datetime import UTC, date, datetime, timedelta

from django.db import transaction
from django.db.models import F, FilteredRelation, Q
from django.db.models.functions import TruncDate
from django.utils.translation import gettext as _t
from django.utils.translation import ngettext

from migration_planner.lib.errors import DomainError
from migration_planner.lib.lists import grouped
from migration_planner.people.models import User
from migration_planner.planning.models import Ban, Checklist, Contradiction, Event
from migration_planner.planning.models.bans import MOST_QUIET_DAYS
from migration_planner.planning.models.checklists import ChecklistQuerySet

#: The latest use first, in the order of an index: see Use.
LATEST = ("-last_use", "-used_by")


def relapsed(ban: Ban, *, now: datetime) -> ChecklistQuerySet:
    """Those who used the old tool after the day of the cutoff, or after the day on which they were done; with `last_use`.

    Read in the order of LATEST: uses of the tool from the newest backwards by their index, each with its checklist, until the
    page is full; nobody who has not used it since the ban was drafted is looked at.
    """
    use = FilteredRelation("person__uses", condition=Q(person__uses__tool=ban.tool_id))
    rows = ban.checklists.counted().annotate(
        use=use,
        last_use=F("use__last_day"),
        used_by=F("use__person_id"),
        done_on=TruncDate("done_at", tzinfo=UTC),
    )
    if ban.cutoff_date is None:
        return rows.none()
    rows = rows.filter(last_use__gt=min(ban.cutoff_date, ban.created_at.date()))
    after_done = Q(state=Checklist.State.DONE, last_use__gt=F("done_on"))
    if not ban.is_live or now.date() >= ban.cutoff_date:
        return rows.filter(Q(last_use__gt=ban.cutoff_date) | after_done)
    # Nobody can have used it after the cutoff yet, and use after being done was found to contradict when it came in: there are
    # fewer of these than of those who use it rightly.
    kind = Contradiction.Kind.USED_AFTER_DONE
    return rows.filter(after_done, pk__in=Contradiction.objects.filter(ban=ban, kind=kind).values("checklist"))


def standing(ban: Ban, *, now: datetime) -> ChecklistQuerySet:
    """Those whose last use is not yet followed by the quiet days of the ban."""
    quiet_since = Q(last_use__gt=now.date() - timedelta(days=ban.quiet_days))
    return relapsed(ban, now=now).filter(quiet_since)


def quiet_on(checklist: Checklist, ban: Ban) -> date:
    """The day on which it will have been quiet long enough, if nothing comes in between."""
    last: date = checklist.last_use  # type: ignore[attr-defined] # of `relapsed`
    return last + timedelta(days=ban.quiet_days)


@transaction.atomic
def close(ban: Ban, *, by: User, now: datetime, why: str = "", despite: bool = False) -> None:
    """End the ban as carried out. While relapses stand, only with a reason and `despite` them."""
    count = standing(ban, now=now).count()
    if count and not (despite and why.strip()):
        words = ngettext(
            "%(count)s person has used %(tool)s after the cutoff, or after being done, and it has not been quiet long enough. "
            "To close the ban all the same, confirm that and say why.",
            "%(count)s people have used %(tool)s after the cutoff, or after being done, and it has not been quiet long enough. "
            "To close the ban all the same, confirm that and say why.",
            count,
        )
        raise DomainError(words % {"count": grouped(count), "tool": ban.tool})
    ban.close(by=by, now=now, why=why)


@transaction.atomic
def set_quiet_days(ban: Ban, days: int, *, by: User, now: datetime) -> bool:
    """Say how many days without use end a relapse. False when it is so already."""
    if not 1 <= days <= MOST_QUIET_DAYS:
        raise DomainError(_t("Choose 1 to %(most)d quiet days.") % {"most": MOST_QUIET_DAYS})
    row = Ban.objects.select_for_update().get(pk=ban.pk)
    if row.quiet_days == days:
        return False
    Ban.objects.filter(pk=ban.pk).update(quiet_days=days)
    ban.quiet_days = days
    Event.record(Event.Verb.QUIET_DAYS_CHANGED, by=by, now=now, ban=ban, data={"before": row.quiet_days, "after": days})
    return True
