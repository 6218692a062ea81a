"""Numbers in Simplified Chinese are grouped by thousands, as Unicode's CLDR has it; Django leaves them ungrouped."""

THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
