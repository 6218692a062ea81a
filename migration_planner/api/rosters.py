"""Bringing in a roster: upload a file, look at what it would change, apply it, watch it come into force."""

from typing import Any

from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser

from migration_planner.api.doors import MANAGE, READ, Call, Serializer, act, door, require
from migration_planner.api.shapes import Paged, page, paged
from migration_planner.lib.paging import Page
from migration_planner.people.models import RosterImport
from migration_planner.people.roster import staging
from migration_planner.people.roster.comparing import compare_later
from migration_planner.people.roster.reasons import bad_rows
from migration_planner.planning import rosters
from migration_planner.planning.permissions import can_import_roster, can_see_rosters

#: So many bad rows are named at most.
BAD_ROWS = 1_000


class RosterUpload(Serializer):
    """A roster as CSV, and whether it names everybody: then who is not in it has left."""

    file = serializers.FileField(max_length=200)
    full = serializers.BooleanField(required=False, default=False)


class ImportRow(Serializer):
    id = serializers.IntegerField(source="pk")
    file_name = serializers.CharField()
    state = serializers.ChoiceField(RosterImport.State.choices)
    rows = serializers.IntegerField()
    full = serializers.BooleanField()
    uploaded_by = serializers.CharField(source="uploaded_by.name", default=None, allow_null=True)
    uploaded_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    share = serializers.IntegerField(help_text="How much of the applying is done, in per cent.")
    error = serializers.CharField()


class ImportDetail(ImportRow):
    """One import with its comparison: counts by kind of change, the first of each, the bans it touches, questions it asks."""

    comparison = serializers.DictField()
    is_fresh = serializers.BooleanField(help_text="Whether no other roster was applied since it was compared.")


class RosterBadRow(Serializer):
    line = serializers.IntegerField()
    reason = serializers.CharField()


class BadRows(Serializer):
    """The first thousand bad rows, by line."""

    results = RosterBadRow(many=True)


class RosterAnswers(Serializer):
    """What you say to the questions of the preview."""

    skip_bad = serializers.BooleanField(required=False, default=False)
    confirm_leavers = serializers.BooleanField(required=False, default=False)
    confirm_emptied = serializers.BooleanField(required=False, default=False)


@act("roster_imports", READ, "roster", query=Paged, answer=paged(ImportRow))
def list_imports(call: Call) -> Page[RosterImport]:
    """Imports of the roster, newest first: yours; everybody's for administrators and auditors."""
    require(can_see_rosters(call.user))
    return page(call, RosterImport.objects.visible_to(call.user).newest_first())


@act("upload_roster", MANAGE, "roster", body=RosterUpload, answer=ImportDetail, status=201, parsers=(MultiPartParser,))
def upload(call: Call) -> RosterImport:
    """RosterUpload a roster. Nothing changes yet: it is compared with the one in force, large files by a worker."""
    require(can_import_roster(call.user))
    file = call.said["file"]
    import_ = staging.stage(file.file, name=file.name, by=call.user, now=call.now, full=call.said["full"])
    if not compare_later(import_):
        rosters.preview(import_)
    return import_


@act("roster_import", READ, "roster", answer=ImportDetail)
def read(call: Call, pk: int) -> RosterImport:
    """What a file would change, how far it has come, or what it has changed."""
    return _visible(call, pk)


@act("bad_rows", READ, "roster", answer=BadRows)
def list_bad_rows(call: Call, pk: int) -> dict[str, Any]:
    """Rows of a file that cannot be taken, each with its line and why."""
    return {"results": list(bad_rows(_visible(call, pk), limit=BAD_ROWS))}


@act("compare_roster", MANAGE, "roster", answer=ImportDetail)
def compare(call: Call, pk: int) -> RosterImport:
    """Compare a file again with the roster in force; one that was discarded is taken up again."""
    import_ = _own(call, pk)
    rosters.look_again(import_, by=call.user, now=call.now)
    return import_


@act("apply_roster", MANAGE, "roster", body=RosterAnswers, answer=ImportDetail)
def apply(call: Call, pk: int) -> RosterImport:
    """Ask for a file to be applied by the next worker that is free."""
    import_ = _own(call, pk)
    import_.request(by=call.user, now=call.now, **call.said)
    return import_


@act("discard_roster", MANAGE, "roster", answer=ImportDetail)
def discard(call: Call, pk: int) -> RosterImport:
    """Put a file aside that nobody applies. It can be taken up again while its rows are kept."""
    import_ = _own(call, pk)
    rosters.discard(import_, by=call.user, now=call.now)
    return import_


def _visible(call: Call, pk: int) -> RosterImport:
    import_ = get_object_or_404(RosterImport.objects.visible_to(call.user).select_related("uploaded_by"), pk=pk)
    require(can_see_rosters(call.user))
    return import_


def _own(call: Call, pk: int) -> RosterImport:
    import_ = _visible(call, pk)
    require(can_import_roster(call.user))
    return import_


imports, one = door(get=list_imports, post=upload), door(get=read)
problems, comparison = door(get=list_bad_rows), door(post=compare)
application, discarding = door(post=apply), door(post=discard)
