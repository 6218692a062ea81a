"""May I use it? The catalogue of tools, answered for one person: what was decided, and the bans that concern them.

A ban in force is the newer word, and so is one that was carried out, until an administrator decides again. Bans lie over what
was decided and never write into it: with the withdrawal of the last one, what was decided before holds again by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _t

from migration_planner.lib.errors import DomainError
from migration_planner.people.models import User
from migration_planner.planning.models import Ban, Checklist, Event, Tool
from migration_planner.planning.models.tools import ToolQuerySet


@dataclass(frozen=True)
class Answer:
    """What holds for one tool. `ban` is the one that decides it, if the reader may see it; `checklist` their part in it."""

    tool: Tool
    status: str
    alternatives: Sequence[Tool]
    ban: Ban | None = None
    checklist: Checklist | None = None

    @property
    def is_ending(self) -> bool:
        """Whether it is banned from a cutoff on that has not come yet."""
        return self.ban is not None and self.status == Tool.Status.SUNSET


def known_to(user: User) -> ToolQuerySet:
    """Tools the person may know of: those decided on, and both tools of each ban they may see. A draft gives nothing away."""
    bans = _bans(user)
    concerned = Q(pk__in=bans.values("tool")) | Q(pk__in=bans.values("replacement"))
    return Tool.objects.filter(Q(decided_at__isnull=False) | concerned)


def _bans(user: User) -> QuerySet[Ban]:
    return _deciding(Ban.objects.visible_to(user))


def _deciding(bans: QuerySet[Ban]) -> QuerySet[Ban]:
    """Those in force and those carried out."""
    return bans.filter(state__in=[Ban.State.PUBLISHED, Ban.State.CLOSED])


def answers(tools: Sequence[Tool], user: User, *, now: datetime) -> list[Answer]:
    """What holds for each of these tools, for this person. Two queries, and one for the alternatives of them all."""
    seen = Exists(_bans(user).filter(pk=OuterRef("pk")))
    bans = _deciding(Ban.objects.filter(tool__in=tools)).annotate(seen=seen).select_related("replacement", "tool")
    mine = Checklist.objects.counted().filter(person=user)
    by_tool: dict[int, Ban] = {}
    # Whoever is in none of them still hears that the tool is banned; whoever is in one hears of that one.
    for ban in bans.order_by("seen", "state", "published_at").prefetch_related(
        Prefetch("checklists", mine, to_attr="mine")
    ):
        by_tool[ban.tool_id] = ban  # a ban in force comes last, behind those carried out
    return [_answer(tool, by_tool.get(tool.pk), now=now) for tool in tools]


def _answer(tool: Tool, ban: Ban | None, *, now: datetime) -> Answer:
    alternatives = list(tool.alternatives.all())
    if ban is None or (not ban.is_live and tool.decided_at and ban.ended_at and tool.decided_at > ban.ended_at):
        return Answer(tool, tool.status, alternatives)
    if not getattr(ban, "seen", False):
        return Answer(tool, Tool.Status.PROHIBITED, alternatives)
    ends_later = ban.is_live and ban.cutoff_at is not None and ban.cutoff_at > now
    status = Tool.Status.SUNSET if ends_later else Tool.Status.PROHIBITED
    others = [each for each in alternatives if each != ban.replacement]
    checklist = next(iter(getattr(ban, "mine", [])), None)
    return Answer(tool, status, [ban.replacement, *others], ban, checklist)


def without(ban: Ban) -> str:
    """The status its tool has for everybody once this ban is withdrawn: '' when neither a ban nor a decision says any."""
    if _deciding(Ban.objects.filter(tool=ban.tool_id).exclude(pk=ban.pk)).exists():
        return Tool.Status.PROHIBITED
    return ban.tool.status if ban.tool.decided_at else ""


@transaction.atomic
def decide(
    tool: Tool | None,
    *,
    name: str,
    status: str,
    note: str,
    alternatives: Sequence[str],
    by: User,
    now: datetime,
    why: str = "",
) -> Tool:
    """Put a tool into the catalogue, or change what it says there. `alternatives` are names of other tools.

    Raises DomainError when the name is taken, the tool is its own alternative, or a restricted one has no conditions.
    """
    tool = _named(tool, " ".join(name.split()))
    if status == Tool.Status.RESTRICTED and not note.strip():
        raise DomainError(_t("Say under which conditions this tool may be used."))
    others = [Tool.called(each) for each in dict.fromkeys(alternatives)]
    if tool in others:
        raise DomainError(_t("A tool cannot be its own alternative. Name another one."))
    before = _facts(tool) if tool.decided_at else {}
    tool.decide(status, note.strip(), now=now)
    tool.alternatives.set(others)
    if (after := _facts(tool)) != before:
        data: dict[str, Any] = {"tool": tool.pk, "name": tool.name, "before": before, "after": after}
        Event.record(Event.Verb.TOOL_CHANGED, by=by, now=now, why=why.strip(), data=data)
    return tool


def _named(tool: Tool | None, name: str) -> Tool:
    taken = Tool.objects.filter(name__iexact=name).first()
    if tool is None:
        if taken and taken.decided_at:
            raise DomainError(_t("“%(name)s” is in the catalogue already. Change it there.") % {"name": taken.name})
        return taken or Tool.objects.create(name=name)
    if taken and taken != tool:
        raise DomainError(_t("There is another tool called “%(name)s”. Choose another name.") % {"name": taken.name})
    if tool.name != name:
        tool.name = name
        tool.save(update_fields=["name"])
    return tool


def _facts(tool: Tool) -> dict[str, Any]:
    others = sorted(each.name for each in tool.alternatives.all())
    return {"name": tool.name, "status": str(tool.status), "note": tool.note, "alternatives": others}


def history(tool: Tool) -> QuerySet[Event]:
    """What was decided about a tool, the newest first."""
    return Event.objects.newest_first().filter(verb=Event.Verb.TOOL_CHANGED, data__tool=tool.pk)
