"""What `manage.py check --deploy --database default` says about history."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import DatabaseError

from migration_planner.evidence import roles

HINT = (
    "Let manage.py grant_role make a role for the application, and put that into DATABASE_URL; see docs/operating.md."
)


@register(Tags.database, deploy=True)
def history_is_kept_from_the_application(databases: Sequence[str] | None = None, **_kwargs: Any) -> list[CheckMessage]:
    """Warns where the role we connect as could rewrite history. The one database of local mode is everybody's anyway."""
    if not databases or settings.LOCAL_MODE:
        return []
    try:
        tables = roles.rewritable()
    except DatabaseError:
        return []  # nothing to ask: other checks say so
    if not tables:
        return []
    return [Warning(f"The role of DATABASE_URL could rewrite {', '.join(tables)}.", hint=HINT, id="evidence.W001")]
