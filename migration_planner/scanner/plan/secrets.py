"""Whether a text holds something that looks like a secret. Then nothing of it goes into a patch."""

from __future__ import annotations

import re

KNOWN = re.compile(
    r"sk-ant-[A-Za-z0-9_-]{8,}|\bsk-[A-Za-z0-9_-]{20,}|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_[A-Za-z0-9_]{20,}"
    r"|\bglpat-[A-Za-z0-9_-]{16,}|\bxox[abeprs]-[A-Za-z0-9-]{10,}|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bAIza[A-Za-z0-9_-]{30,}"
    r"|\bnpm_[A-Za-z0-9]{30,}|\bpypi-[A-Za-z0-9_-]{30,}|\beyJ[A-Za-z0-9_-]{15,}\.eyJ[A-Za-z0-9_-]{10,}\."
    r"|-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----|\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@\"'$<{]{1,80}:[^\s/@\"'$<{]{6,80}@"
)
NAMED = re.compile(
    r"(?:pass(?:word|wd|phrase)?|secret|token|api[_-]?key|access[_-]?key|auth(?:orization)?|credential)s?[\"']?\s{0,4}[:=]\s{0,4}"
    r"[\"']?(?:Bearer\s+|Basic\s+)?([A-Za-z0-9+/_=-]{16,200})",
    re.IGNORECASE,
)
PLACEHOLDER = re.compile(
    r"x{4}|your|example|placeholder|change|dummy|fake|redacted|secret|token|password|key|<|\*", re.IGNORECASE
)


def line_of_secret(text: str) -> int:
    """The number of the first line that holds one; 0 when none does."""
    for number, line in enumerate(text.split("\n"), 1):
        if holds(line[:4_000]):
            return number
    return 0


def holds(line: str) -> bool:
    if KNOWN.search(line):
        return True
    return any(_is_random(found.group(1)) for found in NAMED.finditer(line))


def _is_random(value: str) -> bool:
    """A value with letters and digits mixed, and not a word that stands for one."""
    mixed = re.search(r"\d", value) and re.search(r"[A-Za-z]", value) and len(set(value)) >= 8
    return bool(mixed) and not PLACEHOLDER.search(value)
