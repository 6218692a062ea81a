"""What a person finds by typing: of each kind the things they may see, and never one more."""

from collections.abc import Iterator
from functools import reduce
from operator import or_

from django.db.models import Case, Exists, IntegerField, OuterRef, Q, Value, When
from django.db.models.functions import Lower

from migration_planner.people import finding
from migration_planner.people.models import Team, TeamQuerySet, User, UserQuerySet, below_any
from migration_planner.planning import catalogue, playbooks
from migration_planner.planning.models import Ban, Checklist, Gap, Migration
from migration_planner.planning.models.bans import BanQuerySet
from migration_planner.planning.models.gaps import GapQuerySet
from migration_planner.planning.models.tools import ToolQuerySet
from migration_planner.planning.permissions import can_read_playbooks
from migration_planner.planning.playbooks import Playbook, Workflow

#: Teams called so come first, then those nearer to the root; a path is unique.
NEAREST = ("far", "depth", "path")


def people(user: User, words: list[str]) -> UserQuerySet:
    return finding.people_called(people_seen_by(user), words)


def people_seen_by(user: User) -> UserQuerySet:
    """Everybody, for those who see everything; else the people of bans one runs and of the teams one leads."""
    if user.sees_everything:
        return User.objects.all()
    return _with_checklists(_ways(user))


def people_to_look_up(user: User) -> UserQuerySet:
    """Those, and oneself when one has a checklist or nobody else is to be seen."""
    seen = people_seen_by(user)
    if user.sees_everything or seen.filter(pk=user.pk).exists():
        return seen
    found = _with_checklists([*_ways(user), Q(person=user)])
    return found if found.exists() else User.objects.filter(pk=user.pk)


def _with_checklists(ways: list[Q]) -> UserQuerySet:
    """The people of checklists that one of the ways leads to, as one condition, which the database can take from either end.

    Two conditions joined by OR, or a union, would make it go through everybody before the first row.
    """
    if not ways:
        return User.objects.none()
    seen = Checklist.objects.exclude(ban__state=Ban.State.DRAFT).filter(reduce(or_, ways))
    found: UserQuerySet = User.objects.filter(pk__in=seen.values("person"))
    return found


def _ways(user: User) -> list[Q]:
    """The ways to checklists that a person sees because of what they run and lead. One query, and one more for a lead."""
    bans = list(Ban.objects.run_by(user).exclude(state=Ban.State.DRAFT).values_list("pk", flat=True))
    led = Migration.objects.filter(below_any(user.led_paths)).values("pk") if user.led_paths else None
    return [*([Q(ban__in=bans)] if bans else []), *([Q(migration__in=led)] if led is not None else [])]


def teams(user: User, words: list[str]) -> TeamQuerySet:
    """Teams that have a page under a ban the person may see it under; those called so before those that only lie below one."""
    seen = Team.objects.filter(Exists(Migration.objects.visible_to(user).filter(team=OuterRef("pk"))))
    return finding.teams_called(seen, words).annotate(far=_how_far("name", words)).order_by(*NEAREST)


def _how_far(field: str, words: list[str]) -> Case:
    """0 where the name begins with the first word, 1 where it holds it, else 2."""
    return Case(
        When(**{f"{field}__istartswith": words[0]}, then=Value(0)),
        When(**{f"{field}__icontains": words[0]}, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )


def bans(user: User, words: list[str]) -> BanQuerySet:
    """By the names of both tools."""
    found = Ban.objects.visible_to(user).select_related("tool", "replacement")
    for word in words:
        found = found.filter(Q(tool__name__icontains=word) | Q(replacement__name__icontains=word))
    return found


def gaps(user: User, words: list[str]) -> GapQuerySet:
    """By their titles."""
    found = Gap.objects.visible_to(user).standing().select_related("ban__tool", "ban__replacement")
    for word in words:
        found = found.alias(low=Lower("title")).filter(low__contains=word)
    return found


def tools(user: User, words: list[str]) -> ToolQuerySet:
    return catalogue.known_to(user).named_like(" ".join(words))


def workflows(user: User, words: list[str]) -> Iterator[tuple[Playbook, Workflow | None]]:
    """Playbooks by their title, as (playbook, None), and the workflows in them by theirs. One query, if any."""
    if not can_read_playbooks(user):
        return
    for playbook in playbooks.all_playbooks():
        if _holds(playbook.title, words):
            yield playbook, None
        for workflow in playbook.workflows:
            if _holds(workflow.title, words):
                yield playbook, workflow


def _holds(text: str, words: list[str]) -> bool:
    return all(word in text.lower() for word in words)
