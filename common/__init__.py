"""The ground floor: used by every part, knows no noun of the field."""
