"""Reading what is sent to the interface."""

from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext as _t
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

#: Larger than any list of signals that is taken at once.
LARGEST = 20_000_000


class FlatJSONParser(JSONParser):
    """JSON that is too large, or whose depth no program can follow, is the sender's mistake, not ours."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        length = str((parser_context or {}).get("request", stream).META.get("CONTENT_LENGTH") or 0)
        if not length.isdecimal() or int(length) > LARGEST:
            raise ParseError(_t("This is too large. Send it in several parts."))
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError(_t("This is nested too deeply.")) from error
