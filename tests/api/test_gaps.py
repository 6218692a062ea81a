from typing import Any

from django.urls import reverse
from rest_framework.test import APIClient

from migration_planner.planning.models import Gap


def test_the_board_is_read_and_filtered_and_a_gap_is_opened_by_a_blocked_step(
    checklist: Any, employee: Any, outsider: Any
) -> None:
    api = APIClient()
    api.force_authenticate(employee)
    step = checklist.steps()[0]
    link = reverse("api-step", args=[checklist.pk, step.pk])
    api.put(link, {"state": "blocked", "note": "Nothing runs.", "gap_title": "No hooks"}, format="json")
    [row] = api.get(reverse("api-gaps")).json()["results"]
    assert (row["title"], row["state"], row["people"], row["teams"], row["votes"]) == ("No hooks", "open", 1, 1, 0)
    assert api.get(reverse("api-gaps"), {"ban": checklist.ban_id, "state": "open"}).json()["results"] == [row]
    for unfit in ({"state": "fixed"}, {"workflow": "rules"}):
        assert api.get(reverse("api-gaps"), unfit).json()["results"] == []
    assert api.get(reverse("api-gaps"), {"ban": "x"}).json()["fields"] == {"ban": ["A valid integer is required."]}
    assert api.put(link, {"state": "blocked", "gap": Gap.objects.get().pk + 1}, format="json").status_code == 409
    api.force_authenticate(outsider)
    assert api.get(reverse("api-gaps")).json()["results"] == []
