from typing import Any

from django.urls import reverse
from django.utils import timezone

from migration_planner.planning import catalogue
from migration_planner.planning.models import Tool

TOOLS = reverse("tools")


def add(name: str, status: str, by: Any, **more: Any) -> Tool:
    facts = {"note": "", "alternatives": (), **more}
    return catalogue.decide(None, name=name, status=status, by=by, now=timezone.now(), **facts)


def test_everybody_asks_and_is_answered_with_replacement_and_checklist(
    client: Any, ban: Any, employee: Any, checklist: Any
) -> None:
    client.force_login(employee)
    page = client.get(TOOLS, {"q": "old ed"}).content.decode()
    assert "Old Editor" in page
    assert "New Editor" in page
    assert f'<a href="{reverse("checklist", args=[checklist.pk])}">Open my checklist</a>' in page
    assert f'<a href="{reverse("ban", args=[ban.pk])}">Why it is banned</a>' in page
    assert "Change<span" not in page


def test_a_tool_nobody_has_decided_on_is_no_yes(client: Any, employee: Any) -> None:
    client.force_login(employee)
    assert "The catalogue is empty" in client.get(TOOLS).content.decode()
    page = client.get(TOOLS, {"q": "<Mystery>"}).content.decode()
    assert "Nothing here is called “&lt;Mystery&gt;”" in page
    assert "That is no permission" in page


def test_each_status_is_a_word_and_says_what_follows(client: Any, employee: Any, administrator: Any) -> None:
    add("Ant", "approved", administrator)
    add("Bee", "restricted", administrator, note="Only **indoors**.")
    add("Cat", "prohibited", administrator, alternatives=("Ant",))
    add("Dog", "sunset", administrator)
    client.force_login(employee)
    page = client.get(TOOLS).content.decode()
    for words in ("Yes.", "Only under these conditions:", "<strong>indoors</strong>", "Use instead:", "on its way out"):
        assert words in page


def test_an_administrator_adds_and_changes_with_history_and_mistakes_come_back(
    client: Any, administrator: Any, employee: Any
) -> None:
    client.force_login(administrator)
    new = reverse("tool-new")
    assert client.post(new, {"name": "", "status": "approved"}).status_code == 422
    assert client.post(new, {"name": "Fast", "status": "restricted"}).status_code == 409
    answer = client.post(new, {"name": "Fast", "status": "approved", "alternatives": "Slow\n\n  Slower  one \n"})
    assert answer.url == f"{TOOLS}?q=Fast"
    tool = Tool.objects.get(name="Fast")
    assert sorted(tool.alternatives.values_list("name", flat=True)) == ["Slow", "Slower one"]
    address = reverse("tool", args=[tool.pk])
    assert client.post(address, {"name": "Fast", "status": "prohibited", "why": "It leaks."}).status_code == 303
    page = client.get(address).content.decode()
    assert "From approved to prohibited." in page
    assert "It leaks." in page
    client.force_login(employee)
    assert client.get(address).status_code == 403


def test_the_page_asks_the_same_few_questions_for_many_tools(
    client: Any, ban: Any, employee: Any, administrator: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(28):
        add(f"Tool {number:02}", "approved", administrator, alternatives=("New Editor",))
    client.force_login(employee)
    with django_assert_max_num_queries(8):
        page = client.get(TOOLS).content.decode()
    assert "Tool 20" in page
