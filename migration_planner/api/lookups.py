"""Finding what a call is about among the things its person may see; anything else is 404."""

from django.shortcuts import get_object_or_404

from migration_planner.api.doors import require
from migration_planner.people.models import User
from migration_planner.planning import seeing
from migration_planner.planning.models import Ban, Checklist, Gap, Migration, Waiver, Wave
from migration_planner.planning.permissions import can_run, can_see_figures
from migration_planner.reminders.models import Mail
from migration_planner.reminders.reports import mails_visible_to


def visible_ban(user: User, pk: int) -> Ban:
    return get_object_or_404(Ban.objects.visible_to(user).select_related("tool", "replacement"), pk=pk)


def own_ban(user: User, pk: int) -> Ban:
    """A ban that the person runs: 404 when they may not see it, 403 when they may not run it."""
    ban = visible_ban(user, pk)
    require(can_run(user, ban))
    return ban


def figures_ban(user: User, pk: int) -> Ban:
    """A ban of whose whole audience the person may see the figures."""
    ban = visible_ban(user, pk)
    require(can_see_figures(user, ban))
    return ban


def visible_migration(user: User, ban_id: int, team_id: int) -> Migration:
    rows = Migration.objects.visible_to(user).select_related("ban__tool", "ban__replacement", "team")
    return get_object_or_404(rows, ban_id=ban_id, team_id=team_id)


def visible_checklist(user: User, pk: int) -> Checklist:
    rows = Checklist.objects.visible_to(user).select_related("ban__tool", "ban__replacement", "migration", "person")
    return get_object_or_404(rows, pk=pk)


def visible_gap(user: User, pk: int) -> Gap:
    rows = Gap.objects.visible_to(user).with_counts()
    return get_object_or_404(rows.select_related("ban__tool", "ban__replacement", "workflow", "owner"), pk=pk)


def visible_waiver(user: User, pk: int) -> Waiver:
    return get_object_or_404(Waiver.objects.visible_to(user).shown().select_related("granted_by"), pk=pk)


def visible_mail(user: User, pk: int) -> Mail:
    return get_object_or_404(mails_visible_to(user).select_related("person"), pk=pk)


def visible_person(user: User, pk: int) -> User:
    return get_object_or_404(seeing.people(user), pk=pk)


def own_wave(user: User, pk: int, wave_id: int) -> Wave:
    ban = own_ban(user, pk)
    wave = get_object_or_404(ban.waves, pk=wave_id)
    wave.ban = ban
    return wave
