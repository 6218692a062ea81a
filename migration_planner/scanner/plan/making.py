"""Makes a plan of a scanned tree: every artefact gets its row, and what moves safely its part of the patch."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from ..detectors import Detectors
from ..findings import Finding
from ..jsons import loads
from ..problems import ScanError
from ..reading import content, text_of
from ..report import Report
from ..servers import servers, transport, variables_in
from ..walking import Tree
from . import diffs
from .files import candidates, is_fixture, moved_file
from .keys import Settings
from .rows import BY_HAND, CARRIED, NOT_CARRIED, NOT_NEEDED, Row
from .secrets import line_of_secret
from .texts import Texts


@dataclass
class Plan:
    """`patch` is text in git's form. `mentions` are places in prose that somebody edits."""

    edition: str
    rows: list[Row] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    mentions: list[Finding] = field(default_factory=list)

    @property
    def patch(self) -> str:
        return "".join(self.parts)

    def add(self, row: Row, part: str = "") -> None:
        self.rows.append(row)
        if part:
            self.parts.append(part)


class Maker:
    """The work of one plan. `config` is what the chosen edition of the replacement is known to read."""

    def __init__(self, tree: Tree, report: Report, edition: str):
        self.tree, self.report, self.detectors = tree, report, report.detectors
        self.config = edition_of(report.detectors, edition)
        self.moves: list[dict[str, str]] = self.config["moves"]
        self.plan = Plan(edition or next(iter(report.detectors.conversion["editions"])))
        self.paths = {entry.path for entry in tree.entries}
        self.found = [row for row in candidates(tree, self.moves) if not is_fixture(row[0].path, row[1])]
        moved = {entry.path: target for entry, target, _workflow in self.found}
        self.texts = Texts(report.detectors.conversion, self.moves, moved, self.paths)
        self.done: set[str] = set()

    def make(self) -> Plan:
        self._files()
        self._settings()
        self._servers()
        self._rest()
        return self.plan

    def _files(self) -> None:
        portable = self.detectors.formats["portable"]
        taken: set[str] = set()
        for entry, target, workflow in self.found:
            row, part = moved_file(self.tree, entry, target, workflow, self.texts, portable)
            if part and target.lower() in taken:
                row.end, part = BY_HAND, ""
                row.look.append(f"Another file moves to {target} as well. Decide which holds.")
            taken.add(target.lower())
            self._check_size(row, self.config.get("rules_limit", 0))
            self.plan.add(row, part)
            self.done.add(entry.path)

    def _check_size(self, row: Row, limit: int) -> None:
        if limit and row.workflow == "rules" and row.target:
            size = len(text_of(content(self.tree.full(row.artefact)) or b""))
            if size > limit:
                row.lost.append(f"A rule may have {limit:,} signs there, this one has {size:,}.")
                row.settled()

    def _settings(self) -> None:
        pattern, move = self.detectors.compiled("settings"), self.config.get("settings")
        for entry in self.tree.entries:
            if not pattern.search(entry.path) or entry.path not in self._used():
                continue
            self.done.add(entry.path)
            source = move["from"] if move else ""
            if not move or not entry.path.endswith(source) or entry.is_link:
                why = "Personal settings are not copied; they may hold secrets. Take them out of the repository."
                self.plan.add(
                    Row(
                        entry.path,
                        "local-settings" if move else "settings",
                        BY_HAND,
                        look=[why if move else _unknown(self.plan)],
                    )
                )
                continue
            self._settings_file(entry.path, entry.path[: -len(source)] + move["to"])

    def _settings_file(self, path: str, target: str) -> None:
        text = text_of(content(self.tree.full(path)) or b"")
        data = loads(text)
        if not isinstance(data, dict):
            self.plan.add(Row(path, "settings", BY_HAND, look=["It is not JSON. Go through it by hand."]))
            return
        settings = Settings(path, target, self.detectors, self.texts)
        settings.convert(data)
        if target in self.paths:
            for row in settings.rows:
                row.end, row.target = (BY_HAND if row.end not in (NOT_CARRIED,) else row.end), ""
            settings.new = {}
            settings.rows.append(
                Row(
                    path,
                    "settings",
                    BY_HAND,
                    target,
                    look=[f"{target} exists already. Add by hand what is missing there."],
                )
            )
        self.plan.rows += settings.rows
        if settings.new:
            self.plan.parts.append(diffs.created(target, json.dumps(settings.new, indent=2, ensure_ascii=False) + "\n"))
        self._old_settings(path, text, settings.rows)

    def _old_settings(self, path: str, text: str, rows: list[Row]) -> None:
        """The old file goes once every key is settled; until then it stays, since the patch must not hold its values."""
        open_ = [row for row in rows if row.end in (BY_HAND, NOT_CARRIED)]
        if not open_ and not line_of_secret(text):
            entry = next(entry for entry in self.tree.entries if entry.path == path)
            data = (content(self.tree.full(path)) or b"").decode("utf-8", "surrogateescape")
            self.plan.add(
                Row(path, "settings", CARRIED, look=["Every key is carried over; the patch deletes the old file."]),
                diffs.deleted(entry, data),
            )
        else:
            keys = "key above that is not carried is" if len(open_) == 1 else "keys above that are not carried are"
            count = f"{len(open_)} " if len(open_) > 1 else ""
            self.plan.add(Row(path, "settings", BY_HAND, look=[f"Delete it when the {count}{keys} settled."]))

    def _servers(self) -> None:
        pattern = self.detectors.compiled("servers")
        for entry in self.tree.entries:
            if pattern.search(entry.path) and entry.path in self._found() and not entry.is_link:
                self.done.add(entry.path)
                data = loads(text_of(content(self.tree.full(entry.path)) or b""))
                for name, server in servers(data) if isinstance(data, dict) else ():
                    self.plan.add(self._server(entry.path, name, server))

    def _server(self, path: str, name: str, server: dict[str, Any]) -> Row:
        table, kind = self.detectors.conversion["servers"], transport(server, self.detectors)
        row = Row(f"{path}: {name}", "mcp-project", CARRIED, path)
        if not self.config.get("servers_stay"):
            row.end, row.target = BY_HAND, ""
            row.look.append(_unknown(self.plan))
            return row
        asked = [name for name in table["question_fields"] if name in server]
        if kind in table["by_hand"] or kind == "other":
            row.end = BY_HAND
            row.look.append("This transport is written differently there.")
        if asked:
            row.end = BY_HAND
            row.look.append(f"Compare {', '.join(asked)} with the documentation; the form may differ.")
        places = variables_in(server)
        if places:
            row.look.append(
                f"Variables stand in {', '.join(places)}: start the server and see whether they are filled in."
            )
        row.look.append(
            "The file stays where it is. The server waits there until somebody approves it; consent is not copied."
        )
        return row

    def _rest(self) -> None:
        """What no move covers: pipelines, scripts, containers … by hand; fixtures are nobody's workflow."""
        for finding in self.report.findings:
            if finding.path in self.done or finding.scope != "tool" or finding.accepted:
                continue
            if finding.kind == "mention":
                self.plan.mentions.append(finding)
            elif finding.kind == "example":
                if finding.line == 0:
                    self.plan.add(
                        Row(finding.path, finding.workflow, NOT_NEEDED, look=["A fixture, sample or template."])
                    )
            else:
                self.plan.add(self._by_hand(finding))

    def _by_hand(self, finding: Finding) -> Row:
        workflow = self.detectors.workflows[finding.workflow]
        end = NOT_CARRIED if workflow["compatibility"] == "none" else BY_HAND
        where = f"{finding.path}:{finding.line}" if finding.line else finding.path
        words = [self.detectors.rules[finding.rule].explanation]
        words += [str(workflow[key]) for key in ("loss", "question") if workflow.get(key)]
        return Row(where, finding.workflow, end, str(workflow.get("target", "")), look=words)

    def _used(self) -> set[str]:
        return {finding.path for finding in self.report.findings if finding.kind == "use" and not finding.accepted}

    def _found(self) -> set[str]:
        return {
            finding.path
            for finding in self.report.findings
            if finding.kind in ("use", "mention") and not finding.accepted
        }


def edition_of(detectors: Detectors, name: str) -> dict[str, Any]:
    """What an edition reads. Raises ScanError, naming those that are known."""
    editions: dict[str, Any] = detectors.conversion.get("editions", {})
    if not editions:
        raise ScanError("These detectors know no conversion, so that there is nothing to plan.")
    if name and name not in editions:
        raise ScanError(f"There is no edition {name}. Choose one of: {', '.join(editions)}.")
    chosen: dict[str, Any] = editions[name or next(iter(editions))]
    return chosen


def _unknown(plan: Plan) -> str:
    return f"Where the edition {plan.edition} reads this is not documented. Ask the vendor."
