"""Playbooks: what they cover, and their way in and out as files."""

from typing import Any

from django.http import Http404, HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers
from rest_framework.response import Response

from migration_planner.api.doors import MANAGE, READ, Call, Serializer, act, door, require
from migration_planner.api.errors import RefusalSerializer
from migration_planner.planning import playbooks
from migration_planner.planning.models import Step, Workflow
from migration_planner.planning.permissions import can_import_playbooks, can_read_playbooks
from migration_planner.planning.playbooks import InvalidPlaybook, Playbook, library
from migration_planner.planning.playbooks.files import LARGEST


class OptionShape(Serializer):
    value = serializers.CharField()
    title = serializers.CharField()


class ParameterShape(Serializer):
    key = serializers.CharField()
    title = serializers.CharField()
    options = OptionShape(many=True, help_text="The first one is the default.")


class PlaybookRow(Serializer):
    slug = serializers.CharField()
    version = serializers.CharField()
    title = serializers.CharField()
    summary = serializers.CharField()
    tool = serializers.CharField()
    replacement = serializers.CharField()
    open_questions = serializers.IntegerField()
    parameters = ParameterShape(many=True)


class PlaybooksShape(Serializer):
    results = PlaybookRow(many=True)


class WorkflowShape(Serializer):
    key = serializers.CharField()
    title = serializers.CharField()
    compatibility = serializers.ChoiceField(Workflow.Compatibility.choices)
    severity = serializers.ChoiceField(Workflow.Severity.choices)
    what = serializers.CharField()
    loss = serializers.CharField()
    target = serializers.CharField()
    conversion = serializers.CharField()
    limits = serializers.CharField()
    verify = serializers.CharField()
    question = serializers.CharField()
    checked_on = serializers.DateField(allow_null=True)


class PlaybookStep(Serializer):
    key = serializers.CharField()
    title = serializers.CharField()
    workflow = serializers.CharField()
    per = serializers.ChoiceField(Step.Per.choices)
    required = serializers.BooleanField()  # type: ignore[assignment] # the field of a step
    minutes = serializers.IntegerField()


class PlaybookDetail(PlaybookRow):
    """A version of a playbook: its matrix of workflows, its steps, and all versions whose text is here, the newest first."""

    workflows = WorkflowShape(many=True)
    steps = PlaybookStep(many=True)
    versions = serializers.SerializerMethodField()

    def get_versions(self, found: Playbook) -> list[str]:
        return [each.version for each in library.versions(found.slug)]


class VersionQuery(Serializer):
    version = serializers.CharField(required=False, max_length=40, help_text="An older version; else the current one.")


class PlaybookFile(Serializer):
    """A playbook as YAML; `file_name` is its slug with .yaml."""

    file_name = serializers.CharField(max_length=100)
    text = serializers.CharField(max_length=LARGEST, trim_whitespace=False)


class PlaybookProblem(Serializer):
    line = serializers.IntegerField(allow_null=True)
    message = serializers.CharField()


class WrongPlaybook(RefusalSerializer):
    problems = PlaybookProblem(many=True)


class Removing(Serializer):
    version = serializers.CharField(max_length=40)


@act("playbooks", READ, "playbooks", answer=PlaybooksShape)
def list_playbooks(call: Call) -> dict[str, Any]:
    """The current version of every playbook (a few dozen at most, so in one answer)."""
    require(can_read_playbooks(call.user))
    return {"results": playbooks.all_playbooks()}


@act("playbook", READ, "playbooks", query=VersionQuery, answer=PlaybookDetail)
def read(call: Call, slug: str) -> Playbook:
    """One playbook: workflows with their verdicts, and the steps."""
    require(can_read_playbooks(call.user))
    return _find(slug, call.asked.get("version", ""))


@act("playbook_file", READ, "playbooks", query=VersionQuery, answer=OpenApiTypes.OBJECT, media="application/yaml")
def read_file(call: Call, slug: str) -> HttpResponse:
    """The playbook as the file it came from, to be edited and brought in again."""
    require(can_read_playbooks(call.user))
    found = _find(slug, call.asked.get("version", ""))
    return HttpResponse(library.text_of(slug, found.version), content_type="application/yaml; charset=utf-8")


@act("import_playbook", MANAGE, "playbooks", body=PlaybookFile, answer=PlaybookDetail, status=201,
     also={422: OpenApiResponse(WrongPlaybook, "The file is wrong; each mistake has its line.")})  # fmt: skip
def bring_in(call: Call) -> Any:
    """Bring in a playbook as the newest version of its slug. The same file again changes nothing."""
    require(can_import_playbooks(call.user))
    name, raw = call.said["file_name"], call.said["text"].encode()
    try:
        library.bring_in(raw, name, by=call.user, now=call.now, today=timezone.localdate())
    except InvalidPlaybook as error:
        problems = PlaybookProblem(error.problems, many=True).data
        return Response({"detail": str(error), "problems": problems}, status=422)
    return _find(library.slug_of(name), "")


@act("remove_playbook_version", MANAGE, "playbooks", body=Removing)
def remove(call: Call, slug: str) -> None:
    """Take away a version that was brought in and on which no ban rests. Removing it twice is harmless."""
    require(can_import_playbooks(call.user))
    library.remove(slug, call.said["version"], by=call.user, now=call.now)


def _find(slug: str, version: str) -> Playbook:
    current = next((playbook for playbook in playbooks.all_playbooks() if playbook.slug == slug), None)
    found = current
    if current is not None and version not in ("", current.version):
        found = playbooks.find_version(slug, version)
    if found is None:
        raise Http404
    return found


all_of_them, one = door(get=list_playbooks, post=bring_in), door(get=read)
file, removal = door(get=read_file), door(post=remove)
