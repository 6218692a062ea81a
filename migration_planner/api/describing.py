"""How the interface is described (OpenAPI): names without what only tells our classes apart."""

from typing import Any

from drf_spectacular.openapi import AutoSchema


class Schema(AutoSchema):
    def _get_serializer_name(self, serializer: Any, direction: Any, bypass_extensions: bool = False) -> str:
        name: str = super()._get_serializer_name(serializer, direction, bypass_extensions)
        return name.removesuffix("Shape")
