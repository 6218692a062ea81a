"""Whether this process lives, and whether it can serve people. Load balancers and container engines ask, signed in as nobody."""

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

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
