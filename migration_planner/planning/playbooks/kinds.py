"""What a playbook is made of. Frozen: a ban copies from it when it is drafted, and nothing here changes afterwards."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Any, TypeVar

from django.db.models import TextChoices
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from migration_planner.lib.errors import DomainError
from migration_planner.lib.lists import listed
from migration_planner.planning.models import Step as BanStep
from migration_planner.planning.models import Workflow as BanWorkflow

#: A place in a text that a parameter fills: [[cli]] becomes what the chosen edition calls its command.
PLACE = re.compile(r"\[\[([a-z_]+)\]\]")
T = TypeVar("T", "Workflow", "Step", "Playbook")


class Phase(TextChoices):
    """What kind of step it is, in the order of a move."""

    ANNOUNCE = "announce", _("announce")
    INVENTORY = "inventory", _("take stock")
    EXPORT = "export", _("export")
    CARRY_OVER = "carry-over", _("carry over")
    VERIFY = "verify", _("verify")
    REMOVE = "remove", _("remove")
    REVOKE = "revoke", _("revoke")
    CONFIRM = "confirm", _("confirm")


@dataclass(frozen=True)
class Source:
    """Where a fact stands, and when somebody last looked."""

    url: str
    checked_on: date


@dataclass(frozen=True)
class Option:
    """One value of a parameter, with the words it puts into the texts."""

    value: str
    title: str
    words: Mapping[str, str]


@dataclass(frozen=True)
class Parameter:
    """What the owner chooses when drafting, such as the edition of the replacement. The first option is the default."""

    key: str
    title: str
    options: tuple[Option, ...]

    def option(self, value: str) -> Option:
        for option in self.options:
            if option.value == value:
                return option
        known = listed(option.value for option in self.options)
        raise DomainError(
            _t("“%(value)s” is not a choice for %(parameter)s. Choose one of: %(known)s.")
            % {"value": value, "parameter": self.key, "known": known}
        )


@dataclass(frozen=True)
class Workflow:
    """Something people built on the old tool, and how far the replacement carries it over."""

    key: str
    title: str
    compatibility: BanWorkflow.Compatibility
    severity: BanWorkflow.Severity
    what: str = ""
    #: How one finds out in words, and by which rules of the scanner.
    detected: str = ""
    detectors: tuple[str, ...] = ()
    loss: str = ""
    target: str = ""
    conversion: str = ""
    limits: str = ""
    #: How to see that it is there, and (`verify`) that it does what it did.
    listing: str = ""
    verify: str = ""
    question: str = ""
    #: Who can answer; empty for the owners of the ban.
    question_for: str = ""
    sources: tuple[Source, ...] = ()
    #: Of tool and replacement, as ranges.
    versions: Mapping[str, str] | None = None
    #: Values of parameters this was checked for; empty when it holds for all.
    checked_for: Mapping[str, tuple[str, ...]] | None = None

    @property
    def checked_on(self) -> date | None:
        """The verdict is as fresh as its stalest source."""
        return min((source.checked_on for source in self.sources), default=None)

    def is_stale(self, *, today: date, days: int) -> bool:
        """Whether the verdict was last checked more than so many days ago. What has no source is a question anyway."""
        return self.checked_on is not None and self.checked_on < today - timedelta(days=days)

    def holds_for(self, chosen: Mapping[str, str]) -> bool:
        return all(chosen.get(key) in values for key, values in (self.checked_for or {}).items())


@dataclass(frozen=True)
class Step:
    """One line of the checklist."""

    key: str
    title: str
    guidance: str = ""
    workflow: str = ""
    per: BanStep.Per = BanStep.Per.PERSON
    required: bool = True
    minutes: int = 5
    evidence: str = ""
    phase: Phase = Phase.CARRY_OVER
    after: tuple[str, ...] = ()
    #: What scans of the team's repositories can say about it, and of which workflows; its own when none are named.
    scan: BanStep.Scan = BanStep.Scan.SILENT
    scan_for: tuple[str, ...] = ()


@dataclass(frozen=True)
class Playbook:
    slug: str
    version: str
    title: str
    summary: str
    tool: str
    replacement: str
    scope: str
    reason: str
    reason_source: str
    risk_class: str
    help: str
    parameters: tuple[Parameter, ...]
    workflows: tuple[Workflow, ...]
    steps: tuple[Step, ...]
    #: The names of tool and replacement only stand in for those the owner gives.
    generic: bool = False
    versions: Mapping[str, str] | None = None

    @property
    def open_questions(self) -> int:
        """How many workflows are unknown when nobody chooses anything else than the defaults."""
        chosen = self.choose({})
        unknown = BanWorkflow.Compatibility.UNKNOWN
        return sum(each.compatibility == unknown or not each.holds_for(chosen) for each in self.workflows)

    def choose(self, values: Mapping[str, str]) -> dict[str, str]:
        """A value for every parameter: the given one, else the default. Raises DomainError for what does not exist."""
        known = {parameter.key for parameter in self.parameters}
        if strange := sorted(set(values) - known):
            raise DomainError(
                _t("The playbook %(playbook)s has no parameter called %(parameter)s.")
                % {"playbook": self.slug, "parameter": strange[0]}
            )
        return {
            parameter.key: parameter.option(values.get(parameter.key) or parameter.options[0].value).value
            for parameter in self.parameters
        }

    def fitted(self, values: Mapping[str, str]) -> "Playbook":
        """The playbook for the chosen values: its texts filled in, and what was checked for others only become a question."""
        chosen = self.choose(values)
        options = [parameter.option(chosen[parameter.key]) for parameter in self.parameters]
        words = {place: word for option in options for place, word in option.words.items()}
        titles = listed(option.title for option in options)
        doubtful = (
            _doubted(workflow, titles) if not workflow.holds_for(chosen) else workflow for workflow in self.workflows
        )
        return replace(
            _filled(self, words),
            workflows=tuple(_filled(workflow, words) for workflow in doubtful),
            steps=tuple(_filled(step, words) for step in self.steps),
        )


def rank(version: str) -> tuple[int, ...]:
    """Versions in their order: 2026-11-25 after 2026-11-22, 10 after 9, and anything after nothing."""
    return tuple(int(number) for number in re.findall(r"\d+", version))


def _filled(part: T, words: Mapping[str, str]) -> T:
    texts = {field.name: getattr(part, field.name) for field in fields(part)}
    filled: dict[str, Any] = {
        name: PLACE.sub(lambda place: words[place[1]], text) for name, text in texts.items() if type(text) is str
    }
    return replace(part, **filled)


def _doubted(workflow: Workflow, titles: str) -> Workflow:
    unchecked = _t("This was not checked for %(titles)s. Try it there and write down what you find.") % {
        "titles": titles
    }
    question = f"{unchecked} {workflow.question}".strip()
    return replace(workflow, compatibility=BanWorkflow.Compatibility.UNKNOWN, question=question)
