from typing import Any

from django import template

from migration_planner.people.models.saved_views import LONGEST_NAME
from migration_planner.web.saving import can_be_saved

register = template.Library()


@register.inclusion_tag("views/_save.html", takes_context=True)
def save_view(context: template.Context) -> dict[str, Any]:
    """On a list that can be saved, the form that saves it as it is shown now; nothing elsewhere."""
    request = context.get("request")
    if request is None or request.method != "GET" or not can_be_saved(request.resolver_match):
        return {}
    if not request.user.is_authenticated:
        return {}
    return {"at": request.get_full_path(), "csrf_token": context.get("csrf_token"), "longest": LONGEST_NAME}
