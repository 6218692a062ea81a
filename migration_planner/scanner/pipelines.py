"""Pipelines: how the action is pinned, which inputs it gets, which of its outputs somebody reads; agentic workflows."""

from __future__ import annotations

import re
from typing import Any, Iterable

from .detectors import Detectors
from .findings import Finding

USES = re.compile(r"^(\s*)(-\s+)?uses:\s*[\"']?([\w.-]+/[\w./-]+)@([\w./-]+)")
KEY = re.compile(r"^(\s*)([A-Za-z_][\w-]*)\s*:")
ID = re.compile(r"^\s*(?:-\s+)?id:\s*[\"']?([\w-]+)")
KNOWN_PINS = ("v1", "beta", "main")
FRONT = re.compile(r"\A---\s*\n(.*?)\n---\s*(?:\n|\Z)", re.DOTALL)


def with_action(detectors: Detectors, finding: Finding, text: str) -> Finding:
    """The finding of an action with its facts: pins, inputs of the action's own vocabulary, outputs that are read."""
    lines = text.split("\n")
    inputs: set[str] = set()
    pins: set[str] = set()
    outputs: set[str] = set()
    unknown = 0
    for number in finding.lines or (finding.line,):
        found = USES.match(lines[number - 1]) if number <= len(lines) else None
        if not found:
            continue
        pins.add(_pin(found.group(4)))
        names = list(_inputs(lines, number - 1))
        known = {name for name in names if name in detectors.vocabulary["action_inputs"]}
        inputs |= known
        unknown += len(set(names) - known)
        outputs |= set(_outputs(lines, number - 1, text, detectors.vocabulary["action_outputs"]))
    facts: dict[str, Any] = {"pins": sorted(pins), "inputs": sorted(inputs)}
    if unknown:
        facts["other_inputs"] = unknown
    if outputs:
        facts["outputs_read"] = sorted(outputs)
    facts["mode"] = "automation" if inputs & {"prompt", "direct_prompt"} else "waits for a mention"
    return finding.but(facts=facts)


def _pin(word: str) -> str:
    if re.match(r"^[0-9a-f]{40}$", word):
        return "commit"
    if word in KNOWN_PINS:
        return word
    return "release" if re.match(r"^v\d+(?:\.\d+)+$", word) else "other"


def _step(lines: list[str], at: int) -> tuple[int, int, int]:
    """First and last line of the step around `at`, and the column of its keys."""
    found = USES.match(lines[at])
    column = len(found.group(1)) + len(found.group(2) or "") if found else 0
    start = at
    for number in range(at - 1, -1, -1) if found and not found.group(2) else ():
        indent = _indent(lines[number])
        if not lines[number].strip() or indent >= column:
            continue
        start = number if lines[number].lstrip().startswith("- ") else number + 1
        break
    end = at + 1
    while end < len(lines) and (not lines[end].strip() or _indent(lines[end]) >= column):
        end += 1
    return start, end, column


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _inputs(lines: list[str], at: int) -> Iterable[str]:
    start, end, column = _step(lines, at)
    inside, deeper = False, -1
    for line in lines[start:end]:
        found = KEY.match(line.replace("- ", "  ", 1) if line.lstrip().startswith("- ") else line)
        if not found:
            continue
        indent = len(found.group(1))
        if indent <= column:
            inside, deeper = found.group(2) == "with", -1
        elif inside:
            deeper = indent if deeper < 0 else deeper
            if indent == deeper:
                yield found.group(2)


def _outputs(lines: list[str], at: int, text: str, known: list[str]) -> Iterable[str]:
    start, end, _column = _step(lines, at)
    names = [found.group(1) for found in map(ID.match, lines[start:end]) if found]
    for name in names:
        for output in re.findall(rf"steps\.{re.escape(name)}\.outputs\.([\w-]+)", text):
            if output in known:
                yield output


def agentic_findings(detectors: Detectors, path: str, text: str) -> list[Finding]:
    """A Markdown workflow whose front matter names the tool as its engine."""
    rule, front = detectors.one("agentic"), FRONT.match(text.replace("\r\n", "\n"))
    if rule is None or not front:
        return []
    engine = re.escape(detectors.formats["engine"])
    pattern = re.compile(
        rf"^engine:\s*(?:[\"']?{engine}\b|(?:#[^\n]*)?\n(?:[ \t]+[^\n]*\n)*?[ \t]+id:\s*[\"']?{engine}\b)", re.M
    )
    found = pattern.search(front.group(1) + "\n")
    if not found:
        return []
    line = text.count("\n", 0, text.index("\n") + 1 + found.start()) + 1
    return [Finding(rule.id, rule.workflow, path, line, "use", rule.scope, rule.severity)]
