"""The one exception that speaks to people."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from django.utils.functional import Promise


class DomainError(Exception):
    """The product said no. The message is a sentence for the person, and says what to do."""

    #: What programs are told beside the sentence.
    more: "Mapping[str, Any]" = MappingProxyType({})

    def __init__(self, message: "str | Promise") -> None:
        self.message = message
        super().__init__(message)

    def __str__(self) -> str:
        return str(self.message)


class ChangedMeanwhile(DomainError):
    """Somebody else has saved what this person was still editing. Nothing was overwritten."""
