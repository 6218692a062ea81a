"""The description of the interface (OpenAPI), for whoever may use it."""

import json
from functools import cache

from django.conf import settings
from django.http import HttpResponse
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator
from rest_framework.request import Request

from migration_planner.api.doors import Door


@cache
def described() -> bytes:
    """Made once in a process, which takes a second; the same for everybody."""
    with translation.override(settings.LANGUAGE_CODE):
        found = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return json.dumps(found, ensure_ascii=False).encode()


class Description(Door):
    """Anybody who comes in may read it, whatever their token is for. It does not describe itself."""

    schema = None
    http_method_names = ["get", "head"]

    def get(self, request: Request) -> HttpResponse:
        return HttpResponse(described(), content_type="application/vnd.oai.openapi+json")
