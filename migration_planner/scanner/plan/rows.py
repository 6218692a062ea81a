"""What becomes of one artefact. Every artefact ends in exactly one of five ways."""

from __future__ import annotations

from dataclasses import dataclass, field

CARRIED, WITH_LOSS, BY_HAND = "carried", "carried with loss", "by hand"
NOT_CARRIED, NOT_NEEDED = "not carried", "not needed"
ENDS = (CARRIED, WITH_LOSS, BY_HAND, NOT_CARRIED, NOT_NEEDED)


@dataclass
class Row:
    """`lost` says what the new tool does not get, `look` what somebody has to look at. `control`: a security control."""

    artefact: str
    workflow: str
    end: str
    target: str = ""
    lost: list[str] = field(default_factory=list)
    look: list[str] = field(default_factory=list)
    control: bool = False

    def settled(self) -> Row:
        """What was carried while something was lost is carried with loss."""
        if self.end == CARRIED and self.lost:
            self.end = WITH_LOSS
        return self

    def as_dict(self) -> dict[str, object]:
        return {
            "artefact": self.artefact,
            "workflow": self.workflow,
            "end": self.end,
            "target": self.target,
            "lost": self.lost,
            "look": self.look,
            "control": self.control,
        }
