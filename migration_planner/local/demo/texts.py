"""What the bans of the demo say, and what its people write."""

HELP = "Ask in the channel **#move-help**, or write to Olga Lindqvist. The platform team holds open hours every day at 14:00 UTC."

FIRST_SCOPE = (
    "FileDrop may not be used for files of the company any more, in the browser, on the desktop or on phones. "
    "Links to FileDrop folders that customers have sent us may still be opened."
)
FIRST_REASON = (
    "The contract ends, and the vendor does not offer storage within the regions our customers have agreed to.",
    "Procurement note 2026-31",
)
CLOSED_BECAUSE = "The contract has ended; the few who are left have been told in person."

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

NOT_APPLICABLE_BECAUSE = [
    "I never used this.",
    "Our team has no such file.",
    "Only the other repository had it, and that one is archived.",
]
EVIDENCE = [
    "Checked in a fresh clone.",
    "https://git.halden.example/changes/4711",
    "Ran it twice; the output is the same.",
]
