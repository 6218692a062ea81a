"""The bans of a year, as days before its end: some closed, one withdrawn, some in force, one of them past its cutoff."""

from dataclasses import dataclass, replace

from migration_planner.local.demo import texts
from migration_planner.local.year.deeds import Temper


@dataclass(frozen=True)
class Obstacle:
    """What stops some people at a step. With a title it is a gap, decided about after that share of the window."""

    step: str
    words: str
    title: str = ""
    state: str = "open"
    answer: str = ""
    decided: float = 0.5


@dataclass(frozen=True)
class Wave:
    """Teams (below the company) that move by that share of the window. A wave that is not ready is put off by some days."""

    name: str
    share: float
    teams: tuple[str, ...]
    put_off: int = 0


@dataclass(frozen=True)
class Plan:
    """One ban. `published` in days before the end of the year, `window` in days from there to the cutoff, `ends` after that."""

    key: str
    playbook: str
    tool: str
    replacement: str
    scope: str
    reason: tuple[str, str]
    published: int
    window: int
    temper: Temper
    teams: tuple[str, ...] = ("",)
    ends: int | None = None
    end_words: str = ""
    withdrawn: bool = False
    zone: str = "Europe/Berlin"
    obstacles: tuple[Obstacle, ...] = ()
    waves: tuple[Wave, ...] = ()
    graces: tuple[int, ...] = ()
    levels: int = 1
    has_signals: bool = False
    has_scans: bool = False
    second_scope: str = ""

    @property
    def days(self) -> int:
        """How long it is in force, at most."""
        return self.published if self.ends is None else self.window + self.ends


CERTIFICATE = Obstacle(
    "do-one-real-task",
    "Our internal tool server refuses the new client's certificate.",
    "The new client does not read our certificate store",
    "workaround",
    "Start it with `NODE_EXTRA_CA_CERTS=/etc/halden/ca.pem` until version 1.4 is out. "
    "The platform team's [page](https://wiki.halden.example/ca) shows how.",
    0.55,
)
LICENCE = Obstacle("", "No licence for the new tool yet; the request is with IT.")
GROUP = Obstacle("", "My account is not in the right group.")
FILEDROP = Plan(
    key="filedrop",
    playbook="any-tool",
    tool="FileDrop",
    replacement="TeamShare",
    scope=texts.FIRST_SCOPE,
    reason=texts.FIRST_REASON,
    published=352,
    window=28,
    ends=6,
    end_words=texts.CLOSED_BECAUSE,
    teams=("Storage", "Developer Tools"),
    temper=Temper(0.97, 0.01, 0.0),
    obstacles=(LICENCE,),
)
LASTPASS = Plan(
    key="lastpass",
    playbook="lastpass-to-bitwarden",
    tool="LastPass",
    replacement="Bitwarden",
    scope="LastPass may not be used for passwords of the company, in the browser, on phones or on the command line. "
    "Private vaults are not affected.",
    reason=("Our customers ask for a vault that we can host ourselves.", "Security review 2026-04"),
    published=300,
    window=35,
    ends=14,
    end_words="Everybody who is left has a waiver or has been spoken to.",
    temper=Temper(0.94, 0.03, 0.01),
    levels=2,
    obstacles=(
        Obstacle(
            "",
            "Shared folders lose their members on import.",
            "Members of shared folders are not carried over",
            "fixed",
            "The import script of the platform team now sets the members too. Run it once more.",
            0.6,
        ),
        GROUP,
    ),
)
SLACK = Plan(
    key="slack",
    playbook="slack-to-microsoft-teams",
    tool="Slack",
    replacement="Microsoft Teams",
    scope="Slack may not be used for work with customers' data, in any workspace. Reading what was exported stays allowed.",
    reason=("The contract was ended at short notice.", "Procurement note 2026-52"),
    published=238,
    window=7,
    ends=19,
    end_words="The workspaces have been closed.",
    teams=("Product Engineering",),
    temper=Temper(0.9, 0.04, 0.03),
    obstacles=(GROUP, LICENCE),
)
DOCKER = Plan(
    key="docker",
    playbook="docker-desktop-to-podman-desktop",
    tool="Docker Desktop",
    replacement="Podman Desktop",
    scope=texts.DRAFT_SCOPE,
    reason=texts.DRAFT_REASON,
    published=195,
    window=56,
    ends=16,
    end_words="Three people keep it with a waiver that ends with the licence.",
    teams=("Cloud", "Product Engineering"),
    temper=Temper(0.93, 0.05, 0.02),
    graces=(2, 3),
    waves=(Wave("Pilot", 0.3, ("Cloud/Release",)), Wave("Wave 1", 0.6, ("Cloud",), put_off=5)),
    obstacles=(
        Obstacle(
            "",
            "The build image does not have the new tool; waiting for the platform team.",
            "The build image lacks the new tool",
            "fixed",
            "Image 2026.07 has it. Pull it once, then go on.",
            0.55,
        ),
        LICENCE,
    ),
)
MEMOBOT = Plan(
    key="memobot",
    playbook="any-tool",
    tool="MemoBot",
    replacement="TeamShare",
    scope="MemoBot may not record meetings of the company.",
    reason=("It keeps recordings of meetings outside of the company.", "Privacy review 2026-61"),
    published=110,
    window=20,
    ends=-11,
    withdrawn=True,
    end_words="The vendor now keeps recordings within our region; the ban is not needed any more.",
    teams=("Cloud",),
    temper=Temper(0.8, 0.03),
)
SKETCH = Plan(
    key="sketch",
    playbook="any-tool",
    tool="QuickSketch",
    replacement="DrawTogether",
    scope="QuickSketch may not be used for drawings of the company. Drawings that customers sent us may still be opened.",
    reason=("The vendor ends the product, and security mends with it.", "Architecture note 2026-09"),
    published=88,
    window=30,
    ends=12,
    end_words="The product has ended; everybody has their drawings.",
    temper=Temper(0.95, 0.02, 0.01),
    graces=(3,),
    has_signals=True,
    obstacles=(GROUP,),
)
PIXEL = Plan(
    key="pixel",
    playbook="any-tool",
    tool="PixelNote",
    replacement="TeamShare",
    scope="PixelNote may not be used for notes of the company.",
    reason=("Nobody looks after it any more, and it has known holes.", "Security advisory HLD-2026-097"),
    published=45,
    window=38,
    teams=("Data Services", "Storage"),
    temper=Temper(0.9, 0.05, 0.02),
    graces=(1, 2),
    obstacles=(LICENCE,),
)
PRESENT = Plan(
    key="present",
    playbook="claude-code-to-qoder",
    tool="",
    replacement="",
    scope=texts.PRESENT_SCOPE,
    second_scope=texts.PRESENT_SCOPE + " Generated files that are already in a repository may stay there.",
    reason=texts.PRESENT_REASON,
    published=21,
    window=28,
    zone="Asia/Shanghai",
    temper=Temper(0.82, 0.1),
    graces=(2, 3),
    waves=(
        Wave("Pilot", 0.45, ("Developer Tools", "Storage")),
        Wave("Wave 1", 0.85, ("Cloud",)),
    ),
    levels=2,
    has_signals=True,
    has_scans=True,
    obstacles=(
        CERTIFICATE,
        Obstacle("", "Our hook depends on an event the new tool does not send.", "No event before a file is written"),
        Obstacle(
            "",
            "The build image does not have the new tool; waiting for the platform team.",
            "The build image lacks the new tool",
            "fixed",
            "Image 2026.11 has it. Pull it once, then go on.",
            0.5,
        ),
        LICENCE,
        GROUP,
    ),
)
PAPER = Plan(
    key="paper",
    playbook="any-tool",
    tool="PaperTrail",
    replacement="SignWell",
    scope="PaperTrail may not be used for contracts any more. What is signed already stays where it is.",
    reason=("Two tools for the same work; legal has chosen one.", "Legal note 2026-18"),
    published=12,
    window=33,
    teams=("Cloud", "Storage"),
    temper=Temper(0.92, 0.03),
    obstacles=(GROUP,),
)


def year() -> list[Plan]:
    """The bans of a whole year, the earliest first."""
    return [FILEDROP, LASTPASS, SLACK, DOCKER, MEMOBOT, SKETCH, PIXEL, PRESENT, PAPER]


def of_demo() -> list[Plan]:
    """What the demo shows: two that are over, one in full swing, one that has begun lately, one past its cutoff."""
    first = replace(FILEDROP, published=75, window=21, ends=3)
    second = replace(SKETCH, published=68, window=24, ends=9, teams=("Cloud", "Data Services"))
    overdue = replace(PIXEL, published=33, window=27, teams=("Data Services",))
    return [first, second, overdue, PRESENT, PAPER]
