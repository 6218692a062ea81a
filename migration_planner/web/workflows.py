"""How something people built on the old tool carries over, as everybody under a ban reads it."""

import json
from functools import lru_cache
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from migration_planner.planning.models import Workflow

#: All that the template shows of a workflow beside its sources.
SHOWN = [
    "title", "what", "compatibility", "question", "question_for", "loss", "target", "conversion", "limits", "listing", "verify",
    "checked_on",
]  # fmt: skip


def render(workflow: Workflow, *, number: int, level: int) -> SafeString:
    """A workflow under a heading of that level. `number` keeps it apart from the others of its page."""
    shown = tuple(getattr(workflow, name) for name in SHOWN)
    return _render(shown, json.dumps(workflow.sources), number, level, get_language())


@lru_cache(maxsize=1024)
def _render(shown: tuple[Any, ...], sources: str, number: int, level: int, language: str | None) -> SafeString:
    """Kept under all that is shown, so that another word is another entry. Nothing here is about a person or their clock."""
    workflow = Workflow(**dict(zip(SHOWN, shown, strict=True)), sources=json.loads(sources))
    return render_to_string("checklists/_workflow.html", {"workflow": workflow, "number": number, "level": level})
