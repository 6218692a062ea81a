"""What the bans of the demo say, and how their stories go."""

from migration_planner.local.demo.history import Story

HELP = "Ask in the channel **#move-help**, or write to Olga Lindqvist. The platform team holds open hours every day at 14:00 UTC."

FIRST = Story(finish=0.97, blocked=0.01, seed=3)
FIRST_SCOPE = (
    "FileDrop may not be used for files of the company any more, in the browser, on the desktop or on phones. "
    "Links to FileDrop folders that customers have sent us may still be opened."
)
FIRST_REASON = (
    "The contract ends, and the vendor does not offer storage within the regions our customers have agreed to.",
    "Procurement note 2026-31",
)
CLOSED_BECAUSE = "The contract has ended; the few who are left have been told in person."

PRESENT = Story(
    finish=0.68,
    blocked=0.07,
    late=("Halden/Data Services", "Halden/Cloud/Release"),
    still=("Halden/Developer Tools",),
    seed=11,
)
PRESENT_SCOPE = (
    "Claude Code may not be used on company machines or on company code after the cutoff: not the command line, not the editor "
    "extensions, not the desktop application, not in pipelines. Calling a model through our own gateway from a product of ours "
    "is not covered by this ban. Reading its documentation stays allowed."
)
PRESENT_REASON = (
    "Information security has classified the tool as high-risk software, since it can run commands and read any file its user "
    "can read, and its traffic cannot be inspected within our network.",
    "Security advisory HLD-2026-114 (an invented document of an invented company)",
)
DRAFT_SCOPE = "Docker Desktop may not be used on company machines. Container images and registries are not affected."
DRAFT_REASON = ("The licence for a company of our size costs more than the work of moving.", "Finance memo 2026-77")

#: The catalogue: name, status, note, alternatives.
TOOLS: list[tuple[str, str, str, tuple[str, ...]]] = [
    ("Qoder", "approved", "", ()),
    ("TeamShare", "approved", "", ()),
    ("PaperTrail", "restricted", "For contracts only, and only with a seat from Legal. Never for customers' data.", ()),
    ("QuickSketch", "sunset", "The contract ends next summer. Finish what you have begun.", ("DrawTogether",)),
    ("MemoBot", "prohibited", "It keeps recordings of meetings outside of the company.", ("TeamShare",)),
]

#: The gaps of the present ban: the reason people gave (see history.py), title, state, answer.
GAPS: list[tuple[str, str, str, str]] = [
    (
        "Our hook depends on an event the new tool does not send.",
        "No event before a file is written",
        "open",
        "",
    ),
    (
        "Our internal tool server refuses the new client's certificate.",
        "The new client does not read our certificate store",
        "workaround",
        "Start it with `NODE_EXTRA_CA_CERTS=/etc/halden/ca.pem` until version 1.4 is out. "
        "The platform team's [page](https://wiki.halden.example/ca) shows how.",
    ),
    (
        "The build image does not have the new tool; waiting for the platform team.",
        "The build image lacks the new tool",
        "will_not_fix",
        "The image stays as it is. Install the tool in the job itself: two lines, shown in the channel **#move-help**.",
    ),
]
