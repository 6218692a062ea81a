"""All bans that somebody answers for, side by side; and what one ban looks like from above."""

from typing import Any

from django.shortcuts import get_object_or_404
from rest_framework import serializers

from migration_planner.api.doors import READ, Call, Serializer, act, door, require
from migration_planner.api.figures import FiguresShape
from migration_planner.api.lookups import figures_ban
from migration_planner.api.shapes import Number
from migration_planner.planning import heat, overlap, progress
from migration_planner.planning.models import Ban, ProgressDay
from migration_planner.planning.permissions import can_see_portfolio
from migration_planner.planning.progress import Figures
from migration_planner.steering.health import SURE, Word, health
from migration_planner.steering.models import Forecast

#: More bans in force are a list for `bans`.
MOST = 100


class PortfolioRow(Serializer):
    """A ban in force: its figures, what is promised with 85 %, and how it fares in a word."""

    ban = serializers.IntegerField(source="ban.pk")
    tool = serializers.CharField(source="ban.tool.name")
    replacement = serializers.CharField(source="ban.replacement.name")
    cutoff_at = serializers.DateTimeField(source="ban.cutoff_at")
    figures = FiguresShape()
    promised = serializers.IntegerField(allow_null=True, help_text="At least so many are done by the cutoff, at 85 %.")
    health = serializers.ChoiceField([(word.value, word.value) for word in Word])
    missing = serializers.IntegerField(help_text="The people that the word speaks of.")


class Meeting(Serializer):
    """A team with people still to finish under several of these bans at once."""

    team = serializers.IntegerField(source="team_id")
    path = serializers.CharField()
    bans = serializers.ListField(child=serializers.IntegerField())
    people = serializers.IntegerField()
    unfinished = serializers.IntegerField(help_text="A person counts once for each ban.")


class Portfolio(Serializer):
    """Bans in force, worst first; the twenty teams under most of them."""

    results = PortfolioRow(many=True)
    overlap = Meeting(many=True)


class BurnUpQuery(Serializer):
    team = Number(required=False, help_text="Number of a team: only that team with all below it.")


class BurnUpDay(Serializer):
    day = serializers.DateField()
    people = serializers.IntegerField()
    done = serializers.IntegerField()
    started = serializers.IntegerField()
    blocked = serializers.IntegerField()
    waived = serializers.IntegerField()


class BurnUp(Serializer):
    """Every day so far (UTC), the oldest first."""

    results = BurnUpDay(many=True)


class HeatCell(Serializer):
    workflow = serializers.CharField(help_text="Its key.")
    open = serializers.IntegerField()
    blocked = serializers.IntegerField()
    all = serializers.IntegerField()


class HeatRow(Serializer):
    team = serializers.IntegerField(source="row.team_id")
    path = serializers.CharField(source="row.path")
    is_own = serializers.BooleanField(source="row.is_own", help_text="The people of the team above itself.")
    cells = HeatCell(many=True)


class HeatMap(Serializer):
    """Where the work is: steps still to do, teams by workflows; those with most to do."""

    results = HeatRow(many=True)
    hidden_teams = serializers.IntegerField()
    hidden_workflows = serializers.IntegerField()


@act("portfolio", READ, "progress", answer=Portfolio)
def read(call: Call) -> dict[str, Any]:
    """All bans in force that you run (or read), side by side, worst first."""
    require(can_see_portfolio(call.user))
    kept = Ban.objects.kept().select_related("tool", "replacement")
    live = (kept if call.user.sees_everything else kept.run_by(call.user)).live().order_by("cutoff_at", "pk")[:MOST]
    ids = [ban.pk for ban in live]
    figures, forecasts = progress.of_bans(ids), Forecast.objects.latest_of_audiences(ids)
    rows = [_row(ban, figures.get(ban.pk, Figures()), forecasts.get(ban.pk), call) for ban in live]
    order = [word.value for word in Word]
    return {
        "results": sorted(rows, key=lambda row: order.index(row["health"])),
        "overlap": overlap.of_bans(ids).rows,
    }


def _row(ban: Ban, figures: Figures, forecast: Forecast | None, call: Call) -> dict[str, Any]:
    assert ban.cutoff_at is not None  # noqa: S101 - a ban in force has one
    found = health(figures, forecast, cutoff_at=ban.cutoff_at, now=call.now)
    promised = forecast.by_cutoff[SURE] if forecast and forecast.by_cutoff else None
    return {
        "ban": ban, "figures": figures, "promised": promised, "health": found.word.value, "missing": found.people,
    }  # fmt: skip


@act("burn_up", READ, "progress", query=BurnUpQuery, answer=BurnUp)
def read_burn_up(call: Call, pk: int) -> dict[str, list[ProgressDay]]:
    """Progress at the end of every day so far, of the audience or of one team with all below it."""
    ban, team = figures_ban(call.user, pk), call.asked.get("team")
    if team:
        get_object_or_404(ban.migrations, team=team)
    return {"results": progress.burn_up(ban, team)}


@act("heat", READ, "progress", query=BurnUpQuery, answer=HeatMap)
def read_heat(call: Call, pk: int) -> dict[str, Any]:
    """What is open or blocked: the teams at the top by workflows, or those right below one team."""
    ban = figures_ban(call.user, pk)
    if ban.published_at is None:
        return {"results": [], "hidden_teams": 0, "hidden_workflows": 0}
    asked = call.asked.get("team")
    found = heat.of_team(ban, get_object_or_404(ban.migrations, team=asked).path if asked else heat.top(ban))
    rows = [{"row": row, "cells": [_cell(*cell) for cell in cells]} for row, cells in found.lines]
    return {"results": rows, "hidden_teams": found.hidden_teams, "hidden_workflows": found.hidden_workflows}


def _cell(workflow: Any, cell: heat.Cell) -> dict[str, Any]:
    return {"workflow": workflow.key, **vars(cell)}


portfolio, burn_up, heat_map = door(get=read), door(get=read_burn_up), door(get=read_heat)
