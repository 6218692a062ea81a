"""What ends a scan: a mistake of the caller, or something that cannot be read."""


class ScanError(Exception):
    """The scan cannot be done as asked. The message says what to do; the exit code is 2."""
