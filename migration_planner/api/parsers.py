"""Reading what is sent to the interface."""

from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext as _t
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class FlatJSONParser(JSONParser):
    """JSON whose depth no program can follow is the sender's mistake, not ours."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError(_t("This is nested too deeply.")) from error
