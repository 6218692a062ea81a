from migration_planner.reminders.models.clock import Check, Heartbeat, Notice, Pause
from migration_planner.reminders.models.mails import Attempt, Mail, Reason
from migration_planner.reminders.models.reminders import Reminder
from migration_planner.reminders.models.rungs import Rung

__all__ = ["Attempt", "Check", "Heartbeat", "Mail", "Notice", "Pause", "Reason", "Reminder", "Rung"]
