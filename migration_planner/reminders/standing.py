"""Does an obligation stand, so that somebody above may be told of it? One condition, in one place."""

from migration_planner.planning.waived import ASKED_OR_GRANTED

#: Over a row of `planning_checklist AS checklist`. Whatever makes it stand no more stops an escalation at once: it is asked
#: when an escalation is planned, when its mail is composed, and under lock in the moment before that goes.
OBLIGATION_STANDS = f"checklist.state NOT IN ('done', 'stopped', 'waived') AND NOT {ASKED_OR_GRANTED}"
