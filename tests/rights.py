"""Rights: who may use a route that not everybody may use."""

from __future__ import annotations

from common.permissions import Role

PEOPLE = {
    "operator": (Role.OPERATOR, "molit"),
    "ministry": (Role.MINISTRY, "molit"),
    "municipality": (Role.MUNICIPALITY, "sokcho"),
    "other_municipality": (Role.MUNICIPALITY, "boryeong"),
    "coach": (Role.COACH, "seongdong"),
    "consultant": (Role.CONSULTANT, "smart-city-association"),
}
# Routes that libraries bring: their own static files, and signing in and out.
LIBRARY_ROUTES = {
    "static",
    "security.static",
    "security.login",
    "security.logout",
    "security.verify",
}
# What a route that does not answer everybody answers instead: 401 to strangers, 403 to members,
# and 2xx or a redirect to those named here. Coach "own" and "other" are coach and consultant.
ONLY_FOR = {
    "accounts.account": set(PEOPLE),
    "tracker.new_session": {"coach", "consultant", "municipality", "other_municipality"},
    "tracker.add_session": {"coach", "consultant", "municipality"},
    "tracker.edit_session": {"coach"},
    "tracker.change": {"coach"},
    "tracker.close_action": {"coach", "municipality"},
    "tracker.add_quantity": {"municipality"},
    "tracker.close_period": {"ministry"},
    "tracker.reopen_period": {"ministry"},
    "tracker.add_money": {"municipality"},
    "tracker.add_checks": {"municipality"},
    "tracker.add_decision": {"ministry"},
    "tracker.add_state": {"municipality"},
    "tracker.add_revision": {"municipality"},
    "tracker.write_report": {"municipality"},
    "tracker.approve_revision": {"ministry"},
    "tracker.refuse_revision": {"ministry"},
    "tracker.return_report": {"ministry"},
    "tracker.approve_report": {"ministry"},
    "tracker.new_unit": {"municipality", "other_municipality"},
    "tracker.add_unit": {"municipality"},
    "tracker.edit_unit": {"municipality"},
    "tracker.change_unit": {"municipality"},
    "tracker.inspect_unit": {"municipality"},
    "tracker.add_inspection": {"municipality"},
    "tracker.add_repair": {"municipality"},
    "tracker.add_photos": {"municipality"},
    "tracker.photo": {"municipality", "ministry"},
    "tracker.labels": {"municipality"},
    "tracker.import_form": {"municipality"},
    "tracker.import_units": {"municipality"},
    "tracker.new_outcome": {"municipality"},
    "tracker.add_outcome": {"municipality"},
    "tracker.submit_outcome": {"municipality"},
    "tracker.decide_outcome": {"ministry"},
    "catalog.proposals": set(PEOPLE) - {"operator"},
    "catalog.new_proposal": set(PEOPLE) - {"operator"},
    "catalog.add_proposal": set(PEOPLE) - {"operator"},
    "catalog.proposal": {"municipality", "ministry"},
    "catalog.edit_proposal": {"municipality"},
    "catalog.change_proposal": {"municipality"},
    "catalog.decide_proposal": {"ministry"},
    "tracker.alerts": set(PEOPLE),
    "tracker.alerts_file": set(PEOPLE),
    "tracker.alert": set(PEOPLE),
    "tracker.alert_count": set(PEOPLE),
    "tracker.add_alert_step": {"municipality", "ministry"},
    "tracker.outbox": {"ministry", "operator"},
    "tracker.propose_terms": {"coach"},
    "tracker.answer_terms": {"municipality"},
    "tracker.decide_terms": {"ministry"},
    "tracker.new_planned": {"coach", "consultant", "municipality", "other_municipality"},
    "tracker.add_planned": {"coach", "consultant", "municipality"},
    "tracker.move_planned": {"coach", "municipality"},
    "tracker.cancel_planned": {"coach", "municipality"},
    "tracker.new_request": {"municipality", "other_municipality"},
    "tracker.add_request": {"municipality"},
    "tracker.accept_request": {"coach"},
    "tracker.decline_request": {"coach"},
    "tracker.withdraw_request": {"municipality"},
    "tracker.confirm_session": {"municipality"},
    "tracker.return_session": {"municipality"},
    "tracker.add_materials": {"coach"},
    "tracker.material": {"coach", "municipality", "ministry"},
    "tracker.add_office": {"coach"},
    "tracker.actions": set(PEOPLE),
    "tracker.actions_file": set(PEOPLE),
    "tracker.calendar_addresses": set(PEOPLE),
    "tracker.add_calendar": set(PEOPLE),
    "tracker.revoke_calendar": set(),  # an address of somebody else's: see test_calendars.py
    "tracker.finish_action": {"coach", "municipality"},
    "tracker.drop_action": {"coach"},  # what a coach owes, the site does not drop
    "tracker.session_minutes": {"coach", "municipality", "ministry"},
    "tracker.minutes_file": {"coach", "municipality", "ministry"},
    "tracker.site_pack": {"municipality", "ministry"},
    "tracker.site_pack_file": {"municipality", "ministry"},
    "tracker.host_pack": {"coach", "ministry"},
    "tracker.host_pack_file": {"coach", "ministry"},
    "tracker.persons": set(PEOPLE) - {"operator"},
    "tracker.persons_file": set(PEOPLE) - {"operator"},
    "tracker.person_reads": {"ministry"},
    "tracker.exchange": {"municipality", "other_municipality"},
    "tracker.exchange_file": {"municipality", "other_municipality"},
    "tracker.add_exchange": {"municipality"},  # the workbook is Sokcho's
    "tracker.exchange_import": {"municipality"},
    "tracker.accept_import": {"municipality"},
    "tracker.undo_import": {"municipality"},
    "tracker.papers": set(PEOPLE),
    "tracker.add_paper": set(PEOPLE),
    "tracker.paper": {"municipality"},
    "tracker.paper_progress": {"municipality"},
    "tracker.paper_file": {"municipality"},
}
# A draft of another site is not even told of.
HIDDEN = {("tracker.submit_outcome", "other_municipality")}
HIDDEN |= {
    (f"catalog.{name}", who)
    for name in ("proposal", "edit_proposal", "change_proposal")
    for who in ("other_municipality", "coach", "consultant")
}
# Nor is an action that one may not read, or an address that another account made.
HIDDEN |= {(f"tracker.{it}_import", "other_municipality") for it in ("exchange", "accept", "undo")}
HIDDEN |= {("tracker.revoke_calendar", name) for name in PEOPLE}
STRANGERS = ("operator", "other_municipality", "consultant")
HIDDEN |= {(f"tracker.{it}_action", name) for it in ("finish", "drop") for name in STRANGERS}
# Nor a report that somebody with other rights asked for.
NOT_THEIRS = set(PEOPLE) - {"municipality"}
HIDDEN |= {(f"tracker.paper{it}", name) for it in ("", "_progress", "_file") for name in NOT_THEIRS}
FORMS = {"tracker.new_session", "tracker.edit_session", "tracker.new_unit", "tracker.edit_unit"}
FORMS |= {
    "tracker.inspect_unit",
    "tracker.labels",
    "tracker.import_form",
    "tracker.new_outcome",
    "catalog.new_proposal",
    "catalog.edit_proposal",
    "tracker.new_request",
    "tracker.new_planned",
    "tracker.session_minutes",
    "tracker.site_pack",
    "tracker.host_pack",
}  # pages only: the API takes POST and PATCH
