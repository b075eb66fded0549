"""Faults: what an inspection can find at a unit, in standard words, by solution."""

from __future__ import annotations

from enum import StrEnum

from flask_babel import lazy_gettext as _l

from common.locale import name_values


class Result(StrEnum):
    """What an inspection found, in one word."""

    WORKING = "working"
    FAULTY = "faulty"
    MISSING = "missing"


class Condition(StrEnum):
    """What is known of a unit: the newest result, or that nobody has looked."""

    WORKING = "working"
    FAULTY = "faulty"
    MISSING = "missing"
    NOT_INSPECTED = "not_inspected"


class Fault(StrEnum):
    """What is wrong with a faulty unit; several may be at once."""

    DARK = "dark"
    WRONG_SIGNAL = "wrong_signal"
    OFFLINE = "offline"
    DAMAGED = "damaged"
    PART_MISSING = "part_missing"
    NO_SOUND = "no_sound"
    SCREEN = "screen"
    CAMERA = "camera"
    WRONG_READING = "wrong_reading"
    CHARGER = "charger"
    DOOR = "door"
    CLIMATE = "climate"
    JAMMED = "jammed"
    WORN = "worn"
    OTHER = "other"


# One call each: members of two enums that say the same are one key of a dictionary.
name_values(
    {
        Result.WORKING: _l("Works"),
        Result.FAULTY: _l("Faulty"),
        Result.MISSING: _l("Not there"),
    }
)
name_values(
    {
        Condition.WORKING: _l("Works"),
        Condition.FAULTY: _l("Faulty"),
        Condition.MISSING: _l("Not there"),
        Condition.NOT_INSPECTED: _l("Not inspected"),
    }
)
name_values(
    {
        Fault.DARK: _l("Dark, no power"),
        Fault.WRONG_SIGNAL: _l("Wrong signal or display"),
        Fault.OFFLINE: _l("Off-line"),
        Fault.DAMAGED: _l("Damaged"),
        Fault.PART_MISSING: _l("A part is missing"),
        Fault.NO_SOUND: _l("No sound or voice"),
        Fault.SCREEN: _l("Screen or kiosk does not work"),
        Fault.CAMERA: _l("Camera gives no picture"),
        Fault.WRONG_READING: _l("Sensor reads wrong or nothing"),
        Fault.CHARGER: _l("Charger does not work"),
        Fault.DOOR: _l("Door does not open or close"),
        Fault.CLIMATE: _l("Heating or cooling does not work"),
        Fault.JAMMED: _l("Jammed or full"),
        Fault.WORN: _l("Worn, dirty or hidden"),
        Fault.OTHER: _l("Something else (say it in the note)"),
    }
)

# What can be wrong with anything, and what only with units of one solution.
GENERAL = (Fault.DARK, Fault.OFFLINE, Fault.DAMAGED, Fault.PART_MISSING, Fault.WORN, Fault.OTHER)
SPECIAL: dict[str, tuple[Fault, ...]] = {
    "smart-crosswalk": (Fault.WRONG_SIGNAL, Fault.NO_SOUND, Fault.CAMERA, Fault.SCREEN),
    "smart-bus-shelter": (Fault.SCREEN, Fault.DOOR, Fault.CLIMATE, Fault.CHARGER, Fault.CAMERA),
    "smart-pole": (Fault.CAMERA, Fault.SCREEN, Fault.WRONG_READING, Fault.CHARGER, Fault.NO_SOUND),
    "smart-parking-sharing": (Fault.WRONG_READING, Fault.SCREEN, Fault.JAMMED),
    "integrated-platform": (Fault.CAMERA, Fault.SCREEN, Fault.WRONG_READING),
    "resource-recovery": (Fault.JAMMED, Fault.SCREEN, Fault.WRONG_READING, Fault.DOOR),
    "smart-healthcare-zone": (Fault.WRONG_READING, Fault.SCREEN, Fault.DOOR),
    "online-traditional-market": (Fault.SCREEN,),
}
ANY_SPECIAL = tuple(dict.fromkeys(fault for faults in SPECIAL.values() for fault in faults))


def faults_of(solution_slug: str) -> list[Fault]:
    """The faults that a unit of a solution can have, in the order of a form.

    A local special solution may be anything, so it takes them all.
    """
    fitting = {*GENERAL, *SPECIAL.get(solution_slug, ANY_SPECIAL)}
    return [fault for fault in Fault if fault in fitting]
