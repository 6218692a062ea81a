"""The roster import: a CSV file of who belongs to which team, into people, teams and memberships.

One row is one person's place in one team. What the file says, and what it leaves open:

- The columns `email`, `name` and `team` must be there, in any order; `role`, `home_team`, `timezone`, `language`, `manager`,
  `site`, `external_id` and `active` may be. A column that is missing leaves what it is about as it was. So does an empty
  cell of `timezone`, `language` and `external_id`; an empty `manager` or `site` takes the old one away.
- People are recognised by `external_id` where both sides have one, else by their address, compared without case.
- For a person whom the file names, the file's teams are the truth: other memberships end. People whom it does not name stay
  as they are, or leave when the file is `full`. `active` = no makes a person leave in every mode.
- The home team is the row with `home_team` = yes; else the home there was, if the file still names it; else the first row.
- Leavers cannot sign in any more, their sessions end, and they belong to no team. People without any team (accounts made by
  hand, such as the first administrator) are not of the roster and never leave by it.
- A time zone or language that people have chosen themselves stands until the roster says something new.
- A bad row stops the import, unless the person importing goes on without it; then the person it names loses nothing.

Modules in the order of the work: reading (file → clean cells), staging (COPY), preparing and checking (temporary tables of
one transaction), comparing (what would change), writing (the changes). All of them work on sets, in PostgreSQL.
"""
