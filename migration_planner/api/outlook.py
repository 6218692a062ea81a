"""Will we make it? The stored forecast, the teams that decide it, and what another date would come to; and proposals."""

from collections.abc import Sequence
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _t
from rest_framework import serializers

from migration_planner.api.doors import MANAGE, READ, Call, Serializer, act, door
from migration_planner.api.looking import ForeseenShape
from migration_planner.api.lookups import figures_ban, own_ban
from migration_planner.api.shapes import LocalTime, Nothing, Number, Paged, Why, page, paged
from migration_planner.lib.errors import DomainError
from migration_planner.lib.paging import Page
from migration_planner.planning import proposing
from migration_planner.planning.models import Ban, Proposal
from migration_planner.planning.proposing import Wish
from migration_planner.reminders import foretelling
from migration_planner.steering.estimating import CONFIDENCES
from migration_planner.steering.models import Forecast
from migration_planner.steering.risks import Risk, at_risk


class Confidence(Serializer):
    """With so many per cent: at least so many done by the cutoff (null once it has passed), everybody by that day (null for
    not within the time looked ahead)."""

    confidence = serializers.IntegerField()
    by_cutoff = serializers.IntegerField(allow_null=True)
    all_by = serializers.DateField(allow_null=True)


class ForecastShape(Serializer):
    """What the newest kept day says. `silent` says why nothing can be said, and is empty otherwise."""

    day = serializers.DateField()
    people = serializers.IntegerField()
    done = serializers.IntegerField()
    silent = serializers.ChoiceField(Forecast.Silence.choices, allow_blank=True)
    short = serializers.IntegerField(help_text="How many are expected not to be done by the cutoff, at even odds.")
    promises = Confidence(many=True)


class RiskReason(Serializer):
    why = serializers.CharField(
        source="why.value", help_text="nobody_started, quiet, blocked, same_step, waiver_ends, no_lead, too_slow"
    )
    facts = serializers.DictField()


class RiskShape(Serializer):
    """A team with people of its own of whom some are expected to be late, and why, worst first."""

    team = serializers.IntegerField(source="migration.team_id")
    path = serializers.CharField(source="migration.path")
    short = serializers.IntegerField(help_text="How many are expected to be late.")
    reasons = RiskReason(many=True)


class Risks(Serializer):
    results = RiskShape(many=True)


class WhatIfWish(Serializer):
    """Every part may be left out: then it stays as it is."""

    day = serializers.DateField(required=False, help_text="Another day for the cutoff.")
    at = LocalTime(required=False, help_text="Another time for the cutoff.")
    wave = Number(required=False, help_text="Number of a wave that moves.")
    wave_day = serializers.DateField(required=False, help_text="Another day of that wave.")
    waivers = serializers.BooleanField(
        required=False, default=False, help_text="Grant every waiver that waits for the owners."
    )


class ProposalWish(WhatIfWish, Why):
    pass


class Promise(Serializer):
    day = serializers.DateField()
    people = serializers.IntegerField()
    even = serializers.IntegerField(help_text="At least so many are done, at even odds.")
    sure = serializers.IntegerField(help_text="At least so many are done, at 85 %.")
    late = serializers.IntegerField(help_text="Expected not to be done, at even odds.")


class Compared(Serializer):
    before = Promise()
    after = Promise()


class WhatIfPart(Serializer):
    """One change on its own: the forecast before and after (null when there is none), and the mail."""

    title = serializers.CharField()
    compared = Compared(allow_null=True)
    foreseen = ForeseenShape(allow_null=True)


class WhatIf(Serializer):
    parts = WhatIfPart(many=True)


class ProposalShape(Serializer):
    id = serializers.IntegerField(source="pk")
    state = serializers.ChoiceField(Proposal.State.choices)
    change = serializers.DictField(
        help_text="cutoff, wave, waivers: what is to change, and how it stood when proposed."
    )
    why = serializers.CharField()
    proposed_by = serializers.CharField(source="proposed_by.name")
    proposed_at = serializers.DateTimeField()
    decided_by = serializers.CharField(source="decided_by.name", default=None, allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    decided_why = serializers.CharField()


@act("forecast", READ, "forecast", answer=ForecastShape)
def read_forecast(call: Call, pk: int) -> dict[str, Any]:
    """What was last forecast for the whole audience. 404 before a day is over."""
    rows = Forecast.objects.filter(ban=figures_ban(call.user, pk), team__isnull=True).order_by("-day")
    found = get_object_or_404(rows[:1])
    names = ("day", "people", "done", "silent", "short")
    return {**{name: getattr(found, name) for name in names}, "promises": _promises(found)}


@act("at_risk", READ, "forecast", answer=Risks)
def read_risks(call: Call, pk: int) -> dict[str, list[Risk]]:
    """The twenty teams that decide the ban: where most people are expected to be late, and why."""
    ban = figures_ban(call.user, pk)
    return {"results": at_risk(ban, now=call.now) if ban.is_live else []}


@act("what_if", READ, "forecast", body=WhatIfWish, answer=WhatIf, example={"day": "2027-04-30"})
def look(call: Call, pk: int) -> dict[str, Any]:
    """What another cutoff, another date of a wave, or granted waivers would come to. Nothing is changed."""
    ban = figures_ban(call.user, pk)
    if not (ban.is_live or ban.is_draft):
        raise DomainError(ban.standing)
    return {"parts": foretelling.parts(ban, _wish(ban, call), now=call.now)}


@act("proposals", READ, "forecast", query=Paged, answer=paged(ProposalShape))
def list_proposals(call: Call, pk: int) -> Page[Proposal]:
    """Changes that owners of the ban have proposed, newest first."""
    return page(call, figures_ban(call.user, pk).proposals.select_related("proposed_by", "decided_by"))


@act("propose", MANAGE, "forecast", body=ProposalWish, answer=ProposalShape, status=201)
def propose(call: Call, pk: int) -> Proposal:
    """Propose a change that another owner applies."""
    ban = own_ban(call.user, pk)
    return proposing.propose(ban, _wish(ban, call), by=call.user, now=call.now, why=call.said["why"])


@act("proposal", READ, "forecast", answer=ProposalShape)
def read_proposal(call: Call, pk: int, proposal_id: int) -> Proposal:
    """One proposal."""
    return _proposal(figures_ban(call.user, pk), proposal_id)


@act("apply_proposal", MANAGE, "forecast", body=Nothing, answer=ProposalShape)
def apply(call: Call, pk: int, proposal_id: int) -> Proposal:
    """Make the proposed change, all of it or nothing. Nobody applies their own."""
    return proposing.apply(_proposal(own_ban(call.user, pk), proposal_id), by=call.user, now=call.now)


@act("decline_proposal", MANAGE, "forecast", body=Why, answer=ProposalShape)
def decline(call: Call, pk: int, proposal_id: int) -> Proposal:
    """Let a proposal be, with a reason."""
    found = _proposal(own_ban(call.user, pk), proposal_id)
    return proposing.decline(found, by=call.user, now=call.now, why=call.said["why"])


def _proposal(ban: Ban, pk: int) -> Proposal:
    found = get_object_or_404(ban.proposals.select_related("proposed_by", "decided_by"), pk=pk)
    found.ban = ban
    return found


def _wish(ban: Ban, call: Call) -> Wish:
    """What is really otherwise than it stands."""
    said = {**call.said, "waivers": call.said["waivers"] and ban.is_live}
    said.pop("why", None)
    if "wave" in said:
        said["wave"] = get_object_or_404(ban.waves, pk=said["wave"])
    wish = proposing.wished(ban, **said)
    if not wish:
        raise DomainError(_t("This changes nothing. Choose another date, or waivers to grant."))
    return wish


def _promises(found: Forecast) -> list[dict[str, Any]]:
    if found.silent:
        return []
    by_cutoff: Sequence[int | None] = found.by_cutoff or [None] * len(CONFIDENCES)
    names = ("confidence", "by_cutoff", "all_by")
    return [dict(zip(names, row, strict=True)) for row in zip(CONFIDENCES, by_cutoff, found.all_by, strict=True)]


forecast, risks, what_if = door(get=read_forecast), door(get=read_risks), door(post=look)
proposals, proposal = door(get=list_proposals, post=propose), door(get=read_proposal)
application, declining = door(post=apply), door(post=decline)
