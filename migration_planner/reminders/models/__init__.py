from migration_planner.reminders.models.clock import Heartbeat, Notice, Origin, Pause, Rest
from migration_planner.reminders.models.mails import Attempt, Mail, Reason
from migration_planner.reminders.models.reminders import Reminder
from migration_planner.reminders.models.rungs import Rung

__all__ = ["Attempt", "Heartbeat", "Mail", "Notice", "Origin", "Pause", "Reason", "Reminder", "Rest", "Rung"]
