"""Everything dated that is on record of a site, in one list."""
