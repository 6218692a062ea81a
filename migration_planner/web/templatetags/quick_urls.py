"""Django's `url`, which finds the shape of an address once for each route: lists have several links in every row.

Settings put this in the place of the tag of the same name.
"""

from functools import cache
from typing import Any

from django import template
from django.template.base import Parser, Token
from django.template.defaulttags import URLNode, url
from django.urls import reverse

register = template.Library()
#: Digits that no route has of its own.
PLACE = 987_654_321_000


class QuickURLNode(URLNode):
    """An address whose parts are all numbers is put together; any other is found as Django finds it."""

    def render(self, context: template.Context) -> str:
        parts = [part.resolve(context) for part in self.args]
        if self.asvar or self.kwargs or any(type(part) is not int or part < 0 for part in parts):
            return str(super().render(context))
        return shape(self.view_name.resolve(context), len(parts)).format(*parts)


@cache
def shape(route: str, count: int) -> str:
    """The address of a route with a place for each of its numbers. Raises NoReverseMatch when it takes other parts."""
    places: list[Any] = [PLACE + place for place in range(count)]
    address = reverse(route, args=places)
    for place, number in enumerate(places):
        address = address.replace(str(number), f"{{{place}}}")
    return address


@register.tag("url")
def quick_url(parser: Parser, token: Token) -> template.Node:
    node = url(parser, token)
    return QuickURLNode(node.view_name, node.args, node.kwargs, node.asvar)
