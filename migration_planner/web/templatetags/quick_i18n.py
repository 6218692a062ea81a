"""Django's library `i18n`, with a `translate` that looks each constant up once for every language.

Pages say the same words to everybody: a page of a hundred labels spent more time on finding its words in the catalogue
than on anything else. Catalogues do not change while a process runs. Settings put this in the place of `{% load i18n %}`.
"""

from typing import Any

from django import template
from django.template.base import FilterExpression, Parser, Token, Variable
from django.templatetags import i18n
from django.utils.translation import get_language

register = template.Library()
register.tags.update(i18n.register.tags)
register.filters.update(i18n.register.filters)


class TranslateNode(i18n.TranslateNode):
    """A constant, in words found once for each language."""

    def __init__(self, words: FilterExpression, name: str | None) -> None:
        super().__init__(words, noop=False)
        self.name = name
        self.found: dict[str | None, str] = {}

    def render(self, context: template.Context) -> str:
        language = get_language()
        words = self.found.get(language)
        if words is None:
            words = self.found[language] = super().render(context)
        if self.name is None:
            return words
        context[self.name] = words
        return ""


@register.tag("translate")
@register.tag("trans")
def translate(parser: Parser, token: Token) -> template.Node:
    node = i18n.do_translate(parser, token)
    plain = isinstance(node, i18n.TranslateNode) and not node.noop and node.message_context is None
    if not plain or node.filter_expression.filters or _varies(node.filter_expression.var):
        return node
    return TranslateNode(node.filter_expression, node.asvar)


def _varies(words: Any) -> bool:
    return not isinstance(words, Variable) or words.lookups is not None
