"""What a person finds by typing: of each kind the things they may see, and never one more."""

from collections.abc import Iterator

from django.db.models import Case, Exists, IntegerField, OuterRef, Q, Value, When
from django.db.models.functions import Lower

from migration_planner.people import finding
from migration_planner.people.models import Team, TeamQuerySet, User, UserQuerySet
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
    """Everybody, for those who see everything; else the people of bans one runs and of the teams one leads.

    Asks which bans one runs, so that the database is given the one way in that is cheap.
    """
    everybody: UserQuerySet = User.objects.all()
    if user.sees_everything:
        return everybody
    past_draft = Checklist.objects.exclude(ban__state=Ban.State.DRAFT)
    bans = list(Ban.objects.run_by(user).exclude(state=Ban.State.DRAFT).values_list("pk", flat=True))
    seen = Q(pk__in=past_draft.led_by(user).values("person")) if user.led_paths else Q(pk__in=[])
    if bans:
        seen |= Q(Exists(Checklist.objects.filter(person=OuterRef("pk"), ban__in=bans)))
    return everybody.filter(seen)


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
