"""Whether a line that names the tool uses it, mentions it, or shows it as an example."""

from __future__ import annotations

import io
import re
import tokenize

from .detectors import Rule

COMMENT = re.compile(r"^\s*(?:#(?!!)|//|/\*|\*(?!\*?/)|<!--|--\s|;|%|rem\s|::)", re.IGNORECASE)
#: Roles in which a line that begins with a mark of comment does nothing.
COMMENTED = frozenset("ci gitlab lock image devcontainer make manifest hook shell config code editor".split())
SHELLS = ("shell", "make", "ci", "gitlab", "lock", "hook")
#: Where a command in quotes is only shown to somebody.
SHOWN = re.compile(
    r"^\s*(?:-\s+)?(?:(?:run|script)\s*:\s*)?[\"']?(?:@?echo|printf|Write-(?:Host|Output)|cat\s*<<)\b", re.IGNORECASE
)
#: A line of data that only says something to people; in a pipeline the name of a job or a step, too.
DESCRIBED = re.compile(
    r"^\s*(?:-\s+)?[\"']?(?:title|description|summary|comment|\$comment)[\"']?\s*:\s*\S", re.IGNORECASE
)
DESCRIBED_IN = ("ci", "gitlab", "lock", "devcontainer", "manifest", "config", "editor")
NAMED = re.compile(r"^\s*(?:-\s+)?name\s*:\s*\S")
#: A command that runs although it stands in something that is shown.
RUNS = re.compile(r"\$\(|\|\s*\w|`[^`]*`|&&|;\s*\w")
LOOKS_REAL = re.compile(r"sk-ant-[A-Za-z0-9_-]{24,}")
PLACEHOLDER = re.compile(
    r"x{4}|X{4}|\*{3}|\.{3}|0{6}|1234|your|dummy|fake|test|example|placeholder|secret|redacted|abc", re.I
)


def judge(rule: Rule, line: str, role: str, kind: str, context: bool, own: bool = False) -> tuple[str, str]:
    """Class and scope of a line that the rule matches. `context` tells that the file uses the tool otherwise, `own`
    that it is one of the tool's own settings."""
    scope = rule.scope if rule.scope != "context" else ("tool" if context else "vendor")
    if rule.more.get("secret"):
        return _secret(line, kind), scope
    if kind == "example":
        return "example", scope
    if kind == "document" or role in ("prose", "data") or (role in COMMENTED and COMMENT.match(line)):
        return "mention", scope
    if role in SHELLS and SHOWN.match(line) and not RUNS.search(line):
        return "mention", scope
    if (role in DESCRIBED_IN and DESCRIBED.match(line)) or (role in ("ci", "lock") and NAMED.match(line)):
        return "mention", scope
    if _uses(rule, line, role) or (own and rule.more.get("in_own_settings")):
        return ("credential" if rule.more.get("credential") and role != "code" else "use"), scope
    return str(rule.more.get("elsewhere", "mention")), scope


def _uses(rule: Rule, line: str, role: str) -> bool:
    if role == "code" and "code_use" in rule.more:
        return bool(rule.more["code_use"].search(line))
    return role in rule.more["use_in"]


def _secret(line: str, kind: str) -> str:
    """A key that could be real is one wherever it lies; what is plainly made up is an example."""
    found = LOOKS_REAL.search(line)
    if not found or PLACEHOLDER.search(found.group()) or len(set(found.group())) < 14:
        return "example"
    return "example" if kind == "example" and len(found.group()) < 90 else "credential"


#: A folded or literal text under the key `description`, as far as its lines stand further in.
DESCRIPTION = re.compile(
    r"(?m)^([ ]*)(?:- )?(?:description|title|summary):[ ]*[>|][-+\d]*[ ]*\n(?:(?:\1[ ]+\S.*|[ ]*)\n)+"
)
UNWANTED = re.compile(r'"unwantedRecommendations"\s*:\s*\[[^\]]*\]')


#: What a manifest says of the project itself, none of which is a dependency: words to find it by, and its name.
KEYWORDS = re.compile(r"(?m)^\s*[\"']?(?:keywords|classifiers)[\"']?\s*[:=]\s*\[[^\]]*\]")
OWN_NAME = re.compile(r"(?m)^[ \t{]*[\"']?name[\"']?\s*[:=]\s*[\"']((?:@[\w.-]+/)?[\w.-]+)[\"']")


def shown_lines(path: str, text: str) -> set[int]:
    """Lines in which something stands that does nothing: docstrings of Python, descriptions over several lines in YAML,
    recommendations against an extension; in a manifest the project's own name, and the words it is found by."""
    if path.endswith(("package.json", "pyproject.toml")):
        return _about_itself(text)
    if path.endswith(".py"):
        return _docstrings(text)
    if path.endswith((".yml", ".yaml")):
        return {line for found in DESCRIPTION.finditer(text) for line in _lines(text, found.start(), found.end() - 1)}
    if path.endswith("extensions.json"):
        return {line for found in UNWANTED.finditer(text) for line in _lines(text, found.start(), found.end())}
    return set()


def own_variables(text: str, tool: str) -> re.Pattern[str] | None:
    """The variables that a project called after the tool (claude-code-log) calls after itself; `text` is its manifest."""
    own = OWN_NAME.search(text)
    prefix = re.sub(r"[-_.]+", "_", own.group(1)).upper() if own else ""
    is_longer = prefix.startswith(tool.upper().replace(" ", "_") + "_")
    return re.compile(rf"\b{re.escape(prefix)}_[A-Z0-9_]+") if is_longer else None


def _about_itself(text: str) -> set[int]:
    """The lines of a manifest with its keywords, and those that name the project: who makes the tool does not use it by that."""
    lines = {line for found in KEYWORDS.finditer(text) for line in _lines(text, found.start(), found.end() - 1)}
    own = OWN_NAME.search(text)
    if own is None:
        return lines
    parts = (re.escape(part) for part in re.split(r"[-_.]+", own.group(1)))
    name = re.compile(rf"(?i)(?<![\w@/.-]){'[-_.]+'.join(parts)}(?![\w-])")
    return lines | {number for number, line in enumerate(text.splitlines(), start=1) if name.search(line)}


def _lines(text: str, start: int, end: int) -> range:
    return range(text.count("\n", 0, start) + 1, text.count("\n", 0, end) + 2)


def _docstrings(text: str) -> set[int]:
    """The lines of strings that are a statement of their own. As far as it goes where the program does not parse."""
    lines: set[int] = set()
    before = tokenize.NEWLINE
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.STRING and before in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT):
                lines.update(range(token.start[0], token.end[0] + 1))
            if token.type not in (tokenize.NL, tokenize.COMMENT):
                before = token.type
    except (tokenize.TokenError, SyntaxError, ValueError):
        return lines
    return lines
