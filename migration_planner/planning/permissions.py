"""What a person may do. What a person may see is `visible_to` on the QuerySets; look up by that first, then ask here."""

from migration_planner.people.models import User
from migration_planner.planning.models import AccessToken, Ban, Checklist, Gap, Migration, Step, Waiver


def can_draft(user: User) -> bool:
    return user.is_owner or user.is_administrator


def can_see_portfolio(user: User) -> bool:
    """All bans one runs, or reads, side by side: owners, auditors, administrators."""
    return can_draft(user) or user.sees_everything or user.bans.exists()


def can_read_playbooks(user: User) -> bool:
    return can_draft(user) or user.sees_everything


def can_import_playbooks(user: User) -> bool:
    return user.is_administrator


def can_edit_tools(user: User) -> bool:
    """Decide on the tools of the catalogue."""
    return user.is_administrator


def can_run(user: User, ban: Ban) -> bool:
    """Edit, preview, change, close or withdraw this ban: its owners."""
    return ban.owners.filter(pk=user.pk).exists()


def can_name_owners(user: User, ban: Ban) -> bool:
    """Its owners; administrators once all of them have left, so that no ban goes on without anybody who can stop it."""
    return can_run(user, ban) or (user.is_administrator and not ban.owners.active().exists())


def can_publish(user: User, ban: Ban) -> bool:
    return can_run(user, ban)


def can_see_figures(user: User, ban: Ban) -> bool:
    """The figures of the whole audience: owners of the ban, auditors, administrators."""
    return user.sees_everything or can_run(user, ban)


def leads(user: User, path: str) -> bool:
    """Whether the person leads the team at `path`, itself or from above; also for somebody else, while they stand in for them."""
    return any(led.covers(path) for led in user.leaderships)


def leads_in_own_right(user: User, path: str) -> bool:
    """The same without what one leads only as a substitute: such rights are not handed on."""
    return any(led.covers(path) for led in user.leaderships if led.lead_id is None)


def leads_person(user: User, checklist: Checklist) -> bool:
    """Whether the person leads whom the checklist is of: not themselves, and not the lead in whose place alone they lead."""
    path, person = checklist.migration.path, checklist.person_id
    return person != user.pk and any(led.covers(path) and led.lead_id != person for led in user.leaderships)


def can_see_team(user: User, migration: Migration) -> bool:
    """What `Migration.objects.visible_to` says of many, said of one that is known: cheap where the reader leads or reads all."""
    if migration.ban.is_draft:
        return False
    return (
        user.sees_everything
        or leads(user, migration.path)
        or user.memberships.filter(team=migration.team_id).exists()
        or can_run(user, migration.ban)
    )


def can_see_people(user: User, migration: Migration) -> bool:
    """The single people of a team with their state: its leads, the ban's owners, auditors, administrators."""
    return leads(user, migration.path) or can_see_figures(user, migration.ban)


def can_nudge(user: User, migration: Migration) -> bool:
    return leads(user, migration.path) or can_run(user, migration.ban)


def can_mark(user: User, checklist: Checklist) -> bool:
    """A checklist is its person's own word: nobody marks for somebody else."""
    return checklist.person_id == user.pk


def can_ask_for_waiver(user: User, checklist: Checklist) -> bool:
    """The person, and on their behalf the leads of the team they are counted in, from above too."""
    return checklist.person_id == user.pk or leads(user, checklist.migration.path)


def can_note_leave(user: User, checklist: Checklist) -> bool:
    """Leads of the team the person is counted in, from above too; not for oneself."""
    return leads_person(user, checklist)


def can_review(user: User, checklist: Checklist) -> bool:
    """Confirm and return marks of somebody: their leads, and the ban's owners; nobody their own."""
    return leads_person(user, checklist) or (checklist.person_id != user.pk and can_run(user, checklist.ban))


def can_comment(user: User, checklist: Checklist) -> bool:
    """Say something about a checklist: its person, their leads, and the ban's owners."""
    return checklist.person_id == user.pk or can_review(user, checklist)


def can_name_substitute(user: User, migration: Migration) -> bool:
    """Leads of a team in their own right, from above too; the ban's owners, since a lead may be away. Never a substitute."""
    return leads_in_own_right(user, migration.path) or can_run(user, migration.ban)


def can_decide_waiver(user: User, waiver: Waiver) -> bool:
    """Whoever could have a say at one of its levels: owners, leads, the line manager. Whether now, `deciding` says in words."""
    return leads_person(user, waiver.checklist) or waiver.person.line_manager_id == user.pk or can_run(user, waiver.ban)


def can_revoke_waiver(user: User, ban: Ban) -> bool:
    return can_run(user, ban)


def can_see_debt(user: User, ban: Ban) -> bool:
    """Who is waived, for how long and why, over the whole audience."""
    return can_see_figures(user, ban)


def can_mark_team_step(user: User, migration: Migration, step: Step) -> bool:
    """Leads, and the member whom a lead has named for this step."""
    return leads(user, migration.path) or migration.assignments.filter(step=step, person=user).exists()


def can_assign(user: User, migration: Migration) -> bool:
    """Leads; the ban's owners too, since a team may have no lead."""
    return leads(user, migration.path) or can_run(user, migration.ban)


def can_manage_scans(user: User, migration: Migration) -> bool:
    """Make tokens for a team's reports, send reports by hand, set evidence aside: its leads, and the ban's owners."""
    return leads(user, migration.path) or can_run(user, migration.ban)


def can_set_calendars(user: User) -> bool:
    return user.is_administrator


def can_see_calendars(user: User) -> bool:
    return user.sees_everything


def can_import_roster(user: User) -> bool:
    """Administrators; owners too, since a ban over the people of last month is no ban."""
    return user.is_administrator or user.is_owner


def can_pause_all_mail(user: User) -> bool:
    return user.is_administrator


def can_pause_mail(user: User, ban: Ban) -> bool:
    """Stop the mail about this ban, and let it go on: its owners."""
    return can_run(user, ban)


def can_see_rooms(user: User) -> bool:
    """Which teams have a room, and what became of the messages: never an address."""
    return user.sees_everything


def can_set_rooms(user: User) -> bool:
    """Set, test and remove rooms: whoever does that decides where figures go."""
    return user.is_administrator


def can_see_hooks(user: User) -> bool:
    """Which programs are told of events of all bans: never an address."""
    return user.sees_everything


def can_set_hooks(user: User, ban: Ban | None) -> bool:
    """Have programs elsewhere told of events: administrators, of all bans; of one ban its owners."""
    return can_run(user, ban) if ban else user.is_administrator


def can_restore_address(user: User, ban: Ban) -> bool:
    """Say that the address of somebody in the audience works again: the ban's owners, and administrators."""
    return user.is_administrator or can_run(user, ban)


def can_see_rosters(user: User) -> bool:
    """What was imported, by whom and when; which of the imports is `RosterImport.objects.visible_to`."""
    return can_import_roster(user) or user.sees_everything


def can_answer_gap(user: User, gap: Gap) -> bool:
    """Say what becomes of a gap: who looks after it, and the ban's owners."""
    return gap.owner_id == user.pk or can_run(user, gap.ban)


def can_vote(user: User, ban: Ban) -> bool:
    """Say that a gap concerns oneself too: whom the ban asks for something."""
    return ban.is_live and user.checklists.counted().filter(ban=ban).exists()


def can_import_signals(user: User) -> bool:
    """Administrators; owners too, who need them to close a ban."""
    return user.is_administrator or user.is_owner


def can_see_signal_sources(user: User) -> bool:
    """Which sources reported how far: nothing of any person."""
    return can_import_signals(user) or user.sees_everything


def can_make_tokens(user: User) -> bool:
    """Make tokens on the page of the signals, and see there what there are."""
    return user.is_administrator


def can_revoke_token(user: User, token: AccessToken) -> bool:
    """One's own; those of everybody for administrators."""
    return token.made_by_id == user.pk or user.is_administrator


def can_see_contradictions(user: User, ban: Ban) -> bool:
    """Those who answer for the ban, and leads, of their own people."""
    return can_see_figures(user, ban) or bool(user.led_paths)


def can_ask(user: User, ban: Ban) -> bool:
    """Have people asked about contradictions: the ban's owners, and leads, their own people."""
    return can_run(user, ban) or bool(user.led_paths)
