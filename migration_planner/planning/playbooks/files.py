"""YAML as a playbook may use it: plain values, no aliases, each key once; and the line on which each of them stands."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

Path = tuple[Any, ...]
#: Larger than any playbook that somebody wrote by hand.
LARGEST = 500_000


@dataclass(frozen=True)
class Written:
    """A file as it was read. `lines` says where each entry begins, by its path from the top."""

    data: Any
    lines: Mapping[Path, int]

    def line(self, path: Path) -> int | None:
        """The line of the entry, or of the nearest one above it that stands in the file."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)


class Unreadable(Exception):
    """The text is no YAML of ours. `line` counts from 1, or is None when there is no line to point at."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


class _Loader(yaml.SafeLoader):
    """YAML without its guess at dates, so that the schema sees the text that stands in the file, and without aliases.

    An alias of an alias of an alias makes gigabytes out of ten lines.
    """

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise Unreadable(
                _t("aliases (*name) are not used here. Write the text out where it is needed."), mark.line + 1
            )
        return super().compose_node(parent, index)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load(raw: bytes) -> Written:
    """Read one document. Raises Unreadable with the line and what to do."""
    text = _decoded(raw)
    try:
        return _read(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Unreadable(_meant(error), mark.line + 1 if mark else None) from error
    except RecursionError:
        raise Unreadable(_t("things stand in things too deeply to be meant. Flatten the file.")) from None
    except (yaml.YAMLError, ValueError, TypeError) as error:
        raise Unreadable(_not_yaml(str(error).splitlines()[0])) from error


def _read(text: str) -> Written:
    loader = _Loader(text)
    node = loader.get_single_node()
    lines = dict(_lines(node, ())) if node else {}
    return Written(loader.construct_document(node) if node else None, lines)


def _decoded(raw: bytes) -> str:
    if len(raw) > LARGEST:
        raise Unreadable(
            _t("the file has more than %(limit)d kB. Leave out what does not belong into a playbook.")
            % {"limit": LARGEST // 1000}
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise Unreadable(_t("this is not UTF-8. Save the file as UTF-8 text."), line) from None


#: What the reader of YAML says, and what most probably happened.
MEANT = {
    "'\\t'": _("a tab stands where spaces belong. Indent with spaces."),
    "mapping values are not allowed": _(
        "there is a colon too many in this line. Put the text that holds it in quotes."
    ),
    "another document": _("a second document begins here (---). A file holds one playbook: remove it."),
    "constructor for the tag": _(
        "tags that begin with ! are not used here. Write the plain text, in quotes if it begins with !."
    ),
    "expected <block end>": _(
        "this line does not go on from those above it. Indent it like its neighbours; a quotation mark within quotes "
        "has a backslash before it."
    ),
}


def _meant(error: yaml.MarkedYAMLError) -> str:
    """What most probably happened, in words; else what the reader of YAML says."""
    problem = error.problem or error.context or ""
    found = [str(words) for part, words in MEANT.items() if part in problem]
    return _unclosed(error) or (found[0] if found else _not_yaml(problem))


def _unclosed(error: yaml.MarkedYAMLError) -> str:
    """Something that was opened and not closed: the reader says where it began, and has run on since."""
    context, line = error.context or "", error.context_mark.line + 1 if error.context_mark else 0
    if "quoted scalar" in context:
        return _t("a quotation mark that opens in line %(line)d is not closed. Close it.") % {"line": line}
    if "flow node" in context:
        return _t("a bracket or brace above this line is not closed. Close it, or write the list with hyphens.")
    if "flow" in context:
        words = _t(
            "a bracket or brace that opens in line %(line)d is not closed. Close it, or write the list with hyphens."
        )
        return words % {"line": line}
    return ""


def _not_yaml(problem: str) -> str:
    return _t(
        "not readable YAML: %(problem)s. Check indentation, quotes and colons there; put texts with a colon in quotes."
    ) % {"problem": problem.rstrip(".")}


def _lines(node: Any, path: Path) -> Iterator[tuple[Path, int]]:
    """Every entry with its line. Raises Unreadable for a key that stands twice: YAML would silently take the last."""
    yield path, node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        for index, child in enumerate(node.value):
            yield from _lines(child, (*path, index))
    elif isinstance(node, yaml.MappingNode):
        seen: dict[Any, int] = {}
        for key, child in node.value:
            name, line = key.value if isinstance(key, yaml.ScalarNode) else repr(key), key.start_mark.line + 1
            if name in seen:
                raise Unreadable(
                    _t("“%(key)s” stands here a second time; line %(first)d has it already. Keep one of them.")
                    % {"key": name, "first": seen[name]},
                    line,
                )
            seen[name] = line
            yield from _lines(child, (*path, name))
            yield (*path, name), line
