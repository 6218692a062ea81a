"""Bans: the list, one of them, and drafting one from a playbook."""

from rest_framework import serializers

from migration_planner.api.doors import MANAGE, READ, Call, Serializer, act, door, require
from migration_planner.api.lookups import visible_ban
from migration_planner.api.shapes import LocalTime, Paged, PersonInShort, page, paged
from migration_planner.lib.paging import Page
from migration_planner.planning import drafting, playbooks
from migration_planner.planning.models import Ban
from migration_planner.planning.permissions import can_draft, can_run, can_see_figures

#: Discarded drafts are in no list.
STATES = [choice for choice in Ban.State.choices if choice[0] != Ban.State.DISCARDED]


class BansQuery(Paged):
    state = serializers.ChoiceField(STATES, required=False)
    tool = serializers.CharField(required=False, max_length=120, help_text="Part of the name of the banned tool.")
    risk_class = serializers.ChoiceField(Ban.RiskClass.choices, required=False)
    mine = serializers.BooleanField(required=False, help_text="`true`: only those you run.")


class BanRow(Serializer):
    id = serializers.IntegerField(source="pk")
    tool = serializers.CharField(source="tool.name")
    replacement = serializers.CharField(source="replacement.name")
    state = serializers.ChoiceField(choices=Ban.State.choices)
    risk_class = serializers.ChoiceField(choices=Ban.RiskClass.choices)
    reason = serializers.CharField()
    reason_source = serializers.CharField()
    cutoff_at = serializers.DateTimeField(allow_null=True)
    cutoff_zone = serializers.CharField()
    published_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)


class Scope(Serializer):
    """What is and is not banned, in words; each change is a new version."""

    version = serializers.IntegerField()
    text = serializers.CharField()
    written_at = serializers.DateTimeField()


class BanDetail(BanRow):
    """A ban as everybody reads it who has a part in it."""

    cutoff_date = serializers.DateField(allow_null=True)
    cutoff_time = LocalTime(allow_null=True)
    scope = Scope(allow_null=True)
    help = serializers.CharField(help_text="Who helps.")
    owners = PersonInShort(source="owners.active", many=True)
    playbook = serializers.CharField()
    playbook_version = serializers.CharField()
    required_steps = serializers.IntegerField(help_text="Of each person.")
    required_team_steps = serializers.IntegerField(help_text="Of each team.")
    minutes = serializers.IntegerField(help_text="How long the required steps of a person take together.")
    can_run = serializers.SerializerMethodField(help_text="Whether you are one of its owners.")
    can_see_figures = serializers.SerializerMethodField(help_text="Whether you may see how far everybody is.")

    def get_can_run(self, ban: Ban) -> bool:
        return can_run(self.context["call"].user, ban)

    def get_can_see_figures(self, ban: Ban) -> bool:
        return can_see_figures(self.context["call"].user, ban)


class Draft(Serializer):
    """From which playbook, with which answers. Without names it takes those of the playbook."""

    playbook = serializers.CharField(max_length=80, help_text="Its slug, such as `any-tool`.")
    tool = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    replacement = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    parameters = serializers.DictField(
        child=serializers.CharField(max_length=120),
        required=False,
        help_text="Values for the parameters of the playbook.",
    )


@act("bans", READ, "bans", query=BansQuery, answer=paged(BanRow))
def list_bans(call: Call) -> Page[Ban]:
    """Bans you may see, newest first, a page at a time."""
    rows, asked = Ban.objects.visible_to(call.user).select_related("tool", "replacement"), call.asked
    for name in ("state", "risk_class"):
        rows = rows.filter(**{name: asked[name]}) if name in asked else rows
    rows = rows.filter(tool__name__icontains=asked["tool"]) if "tool" in asked else rows
    return page(call, rows.run_by(call.user) if asked.get("mine") else rows)


@act("draft_ban", MANAGE, "bans", body=Draft, answer=BanDetail, status=201,
     example={"playbook": "any-tool", "tool": "Old Editor", "replacement": "New Editor"})  # fmt: skip
def draft(call: Call) -> Ban:
    """Draft a ban from a playbook. You are its owner; nobody hears of it before it is published."""
    require(can_draft(call.user))
    said = call.said
    return drafting.draft_ban(
        playbooks.find(said["playbook"]),
        by=call.user,
        now=call.now,
        owners=[call.user],
        tool=said["tool"],
        replacement=said["replacement"],
        parameters=said.get("parameters"),
    )


@act("ban", READ, "bans", answer=BanDetail)
def read_ban(call: Call, pk: int) -> Ban:
    """One ban you may see: what is banned, why, until when, who runs it."""
    return visible_ban(call.user, pk)


bans, ban = door(get=list_bans, post=draft), door(get=read_ban)
