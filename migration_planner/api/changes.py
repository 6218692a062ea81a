"""Changes to a ban in force, each with a reason, and its end."""

from typing import Any

from rest_framework import serializers

from migration_planner.api.bans import BanDetail
from migration_planner.api.doors import MANAGE, READ, Call, Serializer, act, door, require
from migration_planner.api.lookups import own_ban, visible_ban
from migration_planner.api.shapes import OptionalWhy, Why
from migration_planner.planning import changing, naming, publishing, relapses, upgrading
from migration_planner.planning.models import Ban
from migration_planner.planning.permissions import can_name_owners
from migration_planner.planning.playbooks.differences import KEPT, Difference


class ScopeChange(Why):
    text = serializers.CharField(max_length=10_000)
    seen = serializers.IntegerField(
        required=False, default=0, min_value=0, max_value=32_000, help_text="The version you have read."
    )


class OwnersChange(Why):
    owners = serializers.ListField(child=serializers.EmailField(), max_length=100, help_text="Their addresses.")


class Closing(OptionalWhy):
    """Closing words; needed, with `despite`, while somebody still uses the old tool."""

    despite = serializers.BooleanField(required=False, default=False)


class PlaybookPart(Serializer):
    kind = serializers.CharField(help_text="added, changed, or removed.")
    key = serializers.CharField()
    title = serializers.CharField()
    fields = serializers.ListField(child=serializers.CharField())  # type: ignore[assignment] # of the change


class Newer(Serializer):
    """The newest version of the ban's playbook, and what it would change; empty when the ban has it."""

    version = serializers.CharField(allow_blank=True)
    workflows = PlaybookPart(many=True)
    steps = PlaybookPart(many=True)
    reopens = serializers.IntegerField(help_text="How many people or teams would find a finished step open again.")


class PlaybookTaking(OptionalWhy):
    version = serializers.CharField(max_length=40, help_text="The version you have looked at.")


class PlaybookTaken(Serializer):
    reopened = serializers.IntegerField(help_text="How many finished steps are open again.")


@act("change_ban_scope", MANAGE, "changes", body=ScopeChange, answer=BanDetail)
def scope(call: Call, pk: int) -> Ban:
    """Put a new version of the scope statement in force. Repeating the words in force changes nothing."""
    ban, said = own_ban(call.user, pk), call.said
    changing.change_scope(ban, said["text"], by=call.user, now=call.now, why=said["why"], seen=said["seen"])
    return ban


@act("change_ban_owners", MANAGE, "changes", body=OwnersChange, answer=BanDetail)
def owners(call: Call, pk: int) -> Ban:
    """Let these people run the ban: its owners may say so, and administrators once all owners have left."""
    ban = visible_ban(call.user, pk)
    require(can_name_owners(call.user, ban))
    people = naming.people_at(call.said["owners"])
    changing.change_owners(ban, people, by=call.user, now=call.now, why=call.said["why"])
    return ban


@act("close_ban", MANAGE, "changes", body=Closing, answer=BanDetail)
def close(call: Call, pk: int) -> Ban:
    """End a ban as carried out: checklists freeze and mail stops. It can be reopened within a day."""
    ban, said = own_ban(call.user, pk), call.said
    relapses.close(ban, by=call.user, now=call.now, why=said["why"].strip(), despite=said["despite"])
    return ban


@act("withdraw_ban", MANAGE, "changes", body=Why, answer=BanDetail)
def withdraw(call: Call, pk: int) -> Ban:
    """Lift a ban: checklists freeze, mail stops, and everybody who had a checklist is told once."""
    ban = own_ban(call.user, pk)
    ban.withdraw(by=call.user, now=call.now, why=call.said["why"])
    return ban


@act("reopen_ban", MANAGE, "changes", body=Why, answer=BanDetail)
def reopen(call: Call, pk: int) -> Ban:
    """Take an ended ban up again, within a day of its end, over the people as they are now."""
    ban = own_ban(call.user, pk)
    publishing.reopen(ban, by=call.user, now=call.now, why=call.said["why"])
    return ban


@act("newer_playbook", READ, "changes", answer=Newer)
def offered(call: Call, pk: int) -> dict[str, Any]:
    """What the newest version of the ban's playbook would change."""
    ban = own_ban(call.user, pk)
    found = upgrading.offered(ban)
    if found is None:
        return {"version": "", "workflows": [], "steps": [], "reopens": 0}
    reopens = sum(upgrading.finished_marks(found).values())
    return {"version": found.playbook.version, **_parts(found), "reopens": reopens}


@act("take_newer_playbook", MANAGE, "changes", body=PlaybookTaking, answer=PlaybookTaken)
def take(call: Call, pk: int) -> dict[str, int]:
    """Take the newest version of the playbook. The steps it touches are open again for those who had finished them."""
    ban, said = own_ban(call.user, pk), call.said
    return {"reopened": upgrading.take(ban, said["version"], by=call.user, now=call.now, why=said["why"])}


def _parts(found: Difference) -> dict[str, Any]:
    return {name: [each for each in getattr(found, name) if each.kind != KEPT] for name in ("workflows", "steps")}


ban_scope, ban_owners = door(put=scope), door(put=owners)
closing, withdrawal, reopening = door(post=close), door(post=withdraw), door(post=reopen)
playbook = door(get=offered, post=take)
