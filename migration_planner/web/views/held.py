"""What is held about me: for each person, about themselves alone."""

import json
from itertools import islice

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from migration_planner.planning import held
from migration_planner.web.http import Request


@require_GET
def index(request: Request) -> HttpResponse:
    parts = []
    for part in held.PARTS:
        entries = list(islice(part.entries(request.user), held.SHOWN + 1))
        parts.append({"part": part, "entries": entries[: held.SHOWN], "more": len(entries) > held.SHOWN})
    return render(request, "held.html", {"parts": parts, "keep_days": settings.SIGNALS_KEEP_DAYS})


@require_GET
def file(request: Request) -> HttpResponse:
    """All of it, as JSON."""
    data = held.as_data(request.user, now=timezone.now())
    text = json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
    answer = HttpResponse(text, content_type="application/json; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="held-about-me.json"'
    answer["Cache-Control"] = "no-store"
    return answer
