"""Markdown that people wrote, as HTML that is safe to print. The one place where written text is declared safe."""

import re
from functools import lru_cache

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

#: No raw HTML goes in (`html` is off, so it is printed as text) and, should a bug let some pass, none of it comes out.
_parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
TAGS = {
    "p", "br", "hr", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a",
    "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}, "h3": set(), "code": set()}
SCHEMES = {"http", "https", "mailto"}
#: Where a link may lead: to a host that is named, or to an address. What is relative would lead to a page of ours, or with two
#: slashes to whichever host follows, by the scheme of the page it stands on; browsers take back slashes for slashes.
ABSOLUTE = re.compile(r"https?://[^\s/\\]|mailto:[^\s/\\]", re.IGNORECASE)


@lru_cache(maxsize=512)
def render(text: str) -> SafeString:
    """HTML of `text`: headings begin at the third level, links are absolute or mail and tell the other side nothing.

    Everybody under a ban reads the same guidance, so the newest texts are kept rendered.
    """
    tokens = _parser.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 2, 6)}"
    dirty = _parser.renderer.render(tokens, _parser.options, {})
    clean = nh3.clean(
        dirty,
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=_absolute,
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )
    return mark_safe(clean)  # noqa: S308 - nh3 has just cleaned it


def _absolute(tag: str, attribute: str, value: str) -> str | None:
    """Takes away the address of a link that leads nowhere by itself: its words stay."""
    return None if attribute == "href" and not ABSOLUTE.match(value) else value
