"""Settings, key by key: what has a documented counterpart is copied, everything else is listed by name."""

from __future__ import annotations

import json
from typing import Any, Callable, Mapping

from ..detectors import Detectors
from ..settings import handlers, is_bare
from .rows import BY_HAND, CARRIED, NOT_CARRIED, NOT_NEEDED, Row
from .secrets import line_of_secret
from .texts import Texts


class Settings:
    """The conversion of one settings file: `new` is what the new file holds, `rows` what became of each key."""

    def __init__(self, path: str, target: str, detectors: Detectors, texts: Texts):
        self.path, self.target, self.detectors, self.texts = path, target, detectors, texts
        self.table = {row["key"]: row for row in detectors.conversion["settings"]}
        self.new: dict[str, Any] = {}
        self.rows: list[Row] = []

    def convert(self, data: Mapping[str, Any]) -> None:
        for key, value in data.items():
            if key == "$schema":
                continue
            if key == "permissions" and isinstance(value, dict):
                for below, inner in value.items():
                    self._key(f"permissions.{below}", inner)
            else:
                self._key(str(key), value)

    def _key(self, key: str, value: Any) -> None:
        how = self.table.get(key)
        rule = self.detectors.setting(key)
        row = Row(f"{self.path}: {key}", rule.workflow if rule else "settings", NOT_CARRIED)
        self.rows.append(row)
        if how is None:
            row.look.append("No counterpart is documented. Ask the vendor before you do without it.")
            row.control = bool(rule and rule.more.get("control"))
            return
        if value in ([], {}):
            row.end, row.look = NOT_NEEDED, ["It is empty."]
            return
        row.control = bool(how.get("control"))
        act: Callable[[Row, dict[str, Any], Any], None] = {
            "copy": self._copy,
            "values": self._values,
            "hooks": self._hooks,
        }.get(how["how"], self._leave)
        act(row, how, value)

    def _leave(self, row: Row, how: dict[str, Any], _value: Any) -> None:
        row.end = NOT_CARRIED if how["how"] in ("trust", "secret") else BY_HAND
        row.look.append(how["say"])

    def _copy(self, row: Row, how: dict[str, Any], value: Any) -> None:
        if not isinstance(value, list) or line_of_secret(json.dumps(value, indent=0)):
            row.end = BY_HAND
            row.look.append("It holds something like a secret, or is not a list. Nothing of it is in the patch.")
            return
        row.end, row.target = CARRIED, f"{self.target}: {how['to']}"
        row.lost += [how["loss"]] if how.get("loss") else []
        named = [number for number, item in enumerate(value, 1) if ".claude" in str(item) or "CLAUDE" in str(item)]
        if named:
            row.look.append(
                f"Rule {', '.join(map(str, named))} names a path of the old tool. Look whether it should name the new one."
            )
        if row.control and value:
            row.look.append(
                f"{len(value)} security control{'s' if len(value) != 1 else ''}: try each and keep the refusal."
            )
        self._put(how["to"], value)
        row.settled()

    def _values(self, row: Row, how: dict[str, Any], value: Any) -> None:
        new = how["values"].get(value) if isinstance(value, str) else None
        if new is None:
            row.look.append(how.get("else", "This value has no counterpart."))
            return
        row.end, row.target = CARRIED, f"{self.target}: {how['to']}"
        if row.control:
            row.look.append("A security control: try it and keep the refusal.")
        self._put(how["to"], new)

    def _hooks(self, row: Row, how: dict[str, Any], value: Any) -> None:
        self.rows.remove(row)
        for event, groups in value.items() if isinstance(value, dict) else ():
            new = Row(f"{self.path}: hooks.{event}", row.workflow, CARRIED, f"{self.target}: {how['to']}.{event}")
            self.rows.append(new)
            kept = self._event(str(event), groups, new)
            if kept:
                self.new.setdefault(how["to"], {})[event] = kept
            new.settled()

    def _event(self, event: str, groups: Any, row: Row) -> list[Any]:
        table = self.detectors.conversion["hooks"]
        if event not in table["events"]:
            row.end, row.target = (BY_HAND, "") if event in table["asked"] else (NOT_CARRIED, "")
            asked = "The documentation of the new tool does not name this event. Ask the vendor."
            row.look.append(asked if row.end == BY_HAND else "The new tool has no such event.")
            return []
        if not isinstance(groups, list) or line_of_secret(json.dumps(groups, indent=0)):
            row.end, row.target = BY_HAND, ""
            row.look.append("It holds something like a secret, or is not a list. Nothing of it is in the patch.")
            return []
        if any(is_bare(group) for group in groups):
            row.end, row.target = BY_HAND, ""
            row.look.append("A handler stands here without the list “hooks” around it. Write it as documented first.")
            return []
        kept = [group for group in (self._group(group, row) for group in groups) if group]
        if not kept:
            row.end, row.target = NOT_CARRIED, ""
        row.look.append("Set it off once and keep what it printed.")
        return kept

    def _group(self, group: Any, row: Row) -> Any:
        table = self.detectors.conversion["hooks"]
        kept = []
        for handler in handlers([group]):
            kind = handler.get("type", "command")
            if kind not in table["types"]:
                row.lost.append(f"A handler of type {kind} has no counterpart.")
                continue
            asked = [name for name in handler if name not in table["plain_fields"]]
            if asked:
                row.look.append(
                    f"Nobody has compared what {', '.join(map(str, asked))} {'mean' if len(asked) > 1 else 'means'} there."
                )
            kept.append({name: self._word(inner, row) for name, inner in handler.items()})
        return {**group, "hooks": kept} if kept else None

    def _word(self, value: Any, row: Row) -> Any:
        return self.texts.convert(value, row) if isinstance(value, str) else value

    def _put(self, to: str, value: Any) -> None:
        *above, last = to.split(".")
        place = self.new
        for name in above:
            place = place.setdefault(name, {})
        old = place.get(last)
        place[last] = old + [item for item in value if item not in old] if isinstance(old, list) else value
