from migration_planner.reminders.models.allowances import Allowance, Quota
from migration_planner.reminders.models.clock import Check, Heartbeat, Notice, Origin, Pause, Rest
from migration_planner.reminders.models.escalations import Escalation
from migration_planner.reminders.models.feeds import Feed
from migration_planner.reminders.models.hooks import Delivery, DeliveryAttempt, Hook
from migration_planner.reminders.models.mails import Attempt, Mail, Reason
from migration_planner.reminders.models.reminders import Reminder
from migration_planner.reminders.models.rooms import Room, RoomAttempt, RoomMessage
from migration_planner.reminders.models.rungs import Rung
from migration_planner.reminders.models.snoozes import Snooze

__all__ = [
    "Allowance",
    "Attempt",
    "Check",
    "Delivery",
    "DeliveryAttempt",
    "Escalation",
    "Feed",
    "Heartbeat",
    "Hook",
    "Mail",
    "Notice",
    "Origin",
    "Pause",
    "Quota",
    "Reason",
    "Reminder",
    "Rest",
    "Room",
    "RoomAttempt",
    "RoomMessage",
    "Rung",
    "Snooze",
]
