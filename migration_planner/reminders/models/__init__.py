from migration_planner.reminders.models.allowances import Allowance
from migration_planner.reminders.models.clock import Heartbeat, Notice, Pause
from migration_planner.reminders.models.mails import Attempt, Mail, Reason
from migration_planner.reminders.models.reminders import Reminder
from migration_planner.reminders.models.rungs import Rung

__all__ = ["Allowance", "Attempt", "Heartbeat", "Mail", "Notice", "Pause", "Reason", "Reminder", "Rung"]
