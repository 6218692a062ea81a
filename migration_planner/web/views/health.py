"""Whether this process lives, whether it can serve people, and whether mail is well.

Load balancers, container engines and monitoring ask, signed in as nobody.
"""

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from migration_planner.reminders import health

PLAIN = "text/plain; charset=utf-8"


@login_not_required
@never_cache
@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    """The process answers; a process that does not should be started again."""
    return HttpResponse("ok\n", content_type=PLAIN)


@login_not_required
@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """The database answers and its schema is the one this version needs; otherwise no traffic should come here."""
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return HttpResponse("database: no answer\n", status=503, content_type=PLAIN)
    if missing:
        return HttpResponse(f"schema: {len(missing)} migrations missing\n", status=503, content_type=PLAIN)
    return HttpResponse("ok\n", content_type=PLAIN)


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Is mail well: 200 when every sign is good, else 503; each sign with a sentence, no person and no server named."""
    signs = health.signs(now=timezone.now())
    ok = all(sign.ok for sign in signs)
    body = {"status": "ok" if ok else "trouble", "signs": [vars(sign) for sign in signs]}
    return JsonResponse(body, status=200 if ok else 503, json_dumps_params={"ensure_ascii": False})
