"""How large a file may be that somebody sends us."""

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

#: More than half a million rows of a roster.
LARGEST_FILE = 50_000_000


class SizeLimit(FileUploadHandler):
    """Stands before Django's own handlers: what is too large is read to its end and forgotten, never kept on the disk."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.size = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.size += len(raw_data)
        if self.size > LARGEST_FILE and self.request is not None:
            self.request.META["UPLOAD_TOO_LARGE"] = "yes"
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """The handlers after this one make the file."""


def was_too_large(request: HttpRequest) -> bool:
    return "UPLOAD_TOO_LARGE" in request.META
