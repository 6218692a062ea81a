"""Where links of written guidance may lead: to a named host, or to an address. Their words stay in any case."""

import pytest

from migration_planner.web import markdown

LEADS = ["https://docs.example/a", "http://docs.example", "HTTPS://docs.example", "mailto:help@acme.example"]
LEADS_NOWHERE = [
    "//evil.example/x",
    "/bans/7/close/",
    "page.html",
    "#part",
    "?q=1",
    "../up",
    r"\\evil.example",
    r"/\evil.example",
    "http:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "ftp://files.example",
    "&#47;&#47;evil.example",
    "&#x2F;/evil.example",
    "%20//evil.example",
    "mailto:",
    "mailto://evil.example",
]


@pytest.mark.parametrize("address", LEADS)
def test_a_whole_address_is_a_link(address: str) -> None:
    assert f'<a href="{address}"' in markdown.render(f"[the docs]({address})")


@pytest.mark.parametrize("address", LEADS_NOWHERE)
def test_everything_else_is_words_alone(address: str) -> None:
    for text in (f"[the docs]({address})", f"[the docs](<{address}> 'a title')", f"[the docs][1]\n\n[1]: {address}"):
        shown = markdown.render(text)
        assert "href" not in shown
        assert "the docs" in shown


def test_an_address_in_pointed_brackets_is_a_link() -> None:
    assert 'href="https://docs.example"' in markdown.render("<https://docs.example>")
    assert 'href="mailto:help@acme.example"' in markdown.render("<help@acme.example>")
