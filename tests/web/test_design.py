import re
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.template import engines
from django.test import RequestFactory

EXAMPLES = re.findall(r"```html\n(.*?)```", Path("docs/design.md").read_text(), re.DOTALL)


class ExampleForm(forms.Form):
    name = forms.CharField(label="Name", help_text="As people know it.")
    risk = forms.ChoiceField(label="Risk", choices=[("low", "Low"), ("high", "High")], widget=forms.RadioSelect)
    note = forms.CharField(label="Note", required=False, widget=forms.Textarea(attrs={"rows": 2}))


def render(source: str, **context: Any) -> str:
    template = engines["django"].from_string("{% load i18n planner %}" + source)
    return template.render(context, RequestFactory().get("/?sort=done&page=2"))


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_every_example_of_the_design_page_renders(example: str, now: Any) -> None:
    page = render(example, now=now, form=ExampleForm({}), user=None)
    assert "{%" not in page
    assert "style=" not in page


def test_a_form_says_its_errors_on_top_and_at_the_field_and_links_the_two() -> None:
    page = render("{{ form }}", form=ExampleForm({"name": ""}))
    assert 'href="#id_name"' in page
    assert 'href="#id_risk_0"' in page
    assert 'id="id_risk_0"' in page
    assert re.search(r'<input[^>]*name="name"[^>]*aria-describedby="id_name_helptext id_name_error"', page)
    assert "(optional)" in page.split('for="id_note"')[1].split("</label>")[0]
