"""Addresses: every page of the app, with who sees it; variable parts are real slugs."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask

from tests.doors import WISH

NO_PAGES = {"static", "security.static", "health.healthz", "health.readyz", "openapi_short"}
NO_PAGES |= {"offline.worker", "offline.manifest"}
NO_PAGES |= {"openapi", "tracker.map_file", "tracker.land", "tracker.map_months"}
NO_PAGES |= {"tracker.map_leaders_file", "tracker.map_links_file"}
NO_PAGES |= {"tracker.check"}  # the seeds hold no answer: test_checklists.py walks it
NO_PAGES |= {"tracker.outcome"}  # nor an outcome: test_outcome_pages.py walks a sample
# A proposal and a form of one: test_editing.py walks them.
NO_PAGES |= {"catalog.guideline_sheet", "catalog.proposal", "catalog.edit_proposal"}
NO_PAGES |= {"catalog.entry", "catalog.new_proposal"}
NO_PAGES |= {"tracker.calendar_feed", "tracker.session_invitation"}
# A request and an agreement: test_agreements.py walks them.
NO_PAGES |= {"tracker.request", "tracker.agreement", "tracker.material"}
NO_PAGES |= {"tracker.planned-session", "tracker.planned_ics"}  # test_planned.py walks a sample
NO_PAGES |= {f"pages.ogc_{name}" for name in ("api", "conformance", "item", "items")}
NO_PAGES |= {"pages.catalog_document"}
NO_PAGES |= {"tracker.exchange_import"}  # test_exchange.py walks one
NO_PAGES |= {"tracker.paper", "tracker.paper_progress"}  # test_reports_made.py walks one
NO_PAGES |= {"tracker.alert_count", "tracker.scanned", "tracker.map_units", "tracker.photo"}


@dataclass(frozen=True)
class Address:
    """One page: its path, whose it is, with which status it comes."""

    path: str
    who: str | None = None
    status: int = 200
    ready: str = "main"  # what stands on the page once its scripts have done their work

    def __str__(self) -> str:
        return self.path.strip("/").replace("/", "-") or "home"


PAGES = [
    Address("/"),
    Address("/solutions"),
    Address("/solutions?q=쉘터&grade=A"),
    Address("/solutions/smart-crosswalk"),
    Address("/solutions/online-traditional-market"),
    Address("/solutions/compare"),
    Address("/solutions/compare?slug=smart-crosswalk&slug=smart-pole&slug=smart-bus-shelter"),
    Address("/solutions/compare?slug=moon", status=422),
    Address("/solutions/select"),
    Address(f"/solutions/select{WISH}&lanes=2&population=82000&town_kind=city"),
    Address("/solutions/select?national_won=-1&local_won=x&population=0", status=422),
    Address(f"/solutions/select/memo{WISH}"),
    Address("/solutions/smart-crosswalk/coaches?population=82000&town_kind=city"),
    Address("/guidelines"),
    Address("/guidelines/kwcag22"),
    Address("/guidelines/molit-smart-crosswalk"),
    Address("/proposals", who="municipality"),
    Address("/alerts", who="ministry"),
    Address("/alerts/budget_not_passed:uiwang-2023", who="ministry"),
    Address("/alerts/rules"),
    Address("/outbox", who="operator"),
    Address("/exchange", who="municipality"),
    Address("/papers", who="ministry"),
    Address("/items"),
    Address("/evidence"),
    Address("/costs"),
    Address("/discrepancies"),
    Address("/sources"),
    Address("/sites"),
    Address("/sites/sokcho-2023"),
    Address("/sites/okcheon-2023"),
    Address("/sites/sokcho-2023/timeline"),
    Address("/sites/uiwang-2023"),
    Address("/sites/yecheon-2023"),
    Address("/sites/yecheon-2023/money"),
    Address("/sites/sokcho-2023/money", who="municipality"),
    Address("/money"),
    Address("/deployments"),
    Address("/deployments/uiwang-2023-smart-crosswalk"),
    Address("/deployments/sokcho-2023-smart-pole", who="municipality"),
    Address("/deployments/sokcho-2023-smart-pole/checklist"),
    Address("/deployments/sokcho-2023-smart-pole/checklist?stage=accept", who="municipality"),
    Address("/compliance"),
    Address("/compliance?by=item&site=sokcho-2023"),
    Address("/checks"),
    Address("/indicators"),
    Address("/outcomes"),
    Address("/deployments/sokcho-2023-smart-crosswalk/outcomes/new", who="municipality"),
    Address("/sites/sokcho-2023/plan", who="municipality"),
    Address("/sites/yangju-2023/plan"),
    Address("/sites/sokcho-2023/reports/2026-01", who="municipality"),
    Address("/milestones"),
    Address("/budgets"),
    Address("/revisions"),
    Address("/reports"),
    Address("/reporting"),
    Address("/coaching"),
    Address("/coaching/boryeong-living-lab"),
    Address("/coaching/boryeong-living-lab/edit", who="other_municipality"),
    Address("/coaching/new", who="consultant"),
    Address("/coaching/new?site=sokcho-2023", who="coach"),
    Address("/coaching/boryeong-living-lab/minutes", who="ministry"),
    Address("/actions?whose=all", who="municipality"),
    Address("/calendar"),
    Address("/calendar?span=week", who="ministry"),
    Address("/account/calendar", who="coach"),
    Address("/persons", who="coach"),
    Address("/persons/reads", who="ministry"),
    Address("/sites/sokcho-2023/handover", who="municipality"),
    Address("/organisations/seongdong/handover", who="coach"),
    Address("/coaches"),
    Address("/coaches?site=sokcho-2023"),
    Address("/coaches/seongdong"),
    Address("/planned-sessions"),
    Address("/planned-sessions/new?site=sokcho-2023", who="coach"),
    Address("/requests"),
    Address("/requests/new", who="municipality"),
    Address("/agreements"),
    Address("/rubric"),
    Address("/price-indices"),
    Address("/municipalities"),
    Address("/municipalities/sokcho"),
    Address("/rounds"),
    Address("/rounds/2023-diffusion"),
    # No unit is known, so none is seeded; test_inspection.py walks over a sample.
    Address("/units"),
    Address("/units?state=faulty&unseen_months=12"),
    Address("/units/new", who="municipality"),
    Address("/units/there-is-none", status=404),
    Address("/units/there-is-none/edit", who="municipality", status=404),
    Address("/units/there-is-none/inspect", who="municipality", status=404),
    Address("/sites/sokcho-2023/labels", who="municipality"),
    Address("/sites/sokcho-2023/units/import", who="municipality"),
    Address("/map", ready=".hs-map path.hs-land"),
    Address("/map?layer=execution&by=province&links=1&leaders=1", ready=".hs-map path.hs-leader"),
    Address("/dashboard"),
    Address("/dashboard?site=sokcho-2023&against=2024-12-31"),
    Address("/dashboard?deployment=boryeong-2023-smart-pole"),
    Address("/dashboard/methods"),
    Address("/periods"),
    Address("/periods/2025-03", who="ministry"),
    Address("/search"),
    Address("/search?q=쉘터"),
    Address("/about"),
    Address("/downloads"),
    Address("/data/columns"),
    Address("/near"),
    Address("/near?q=there-is-none"),
    Address("/sites/sokcho-2023/plain"),
    Address("/ogc?f=html"),
    Address("/ogc/collections?f=html"),
    Address("/ogc/collections/sites?f=html"),
    Address("/api/v1/docs"),
    Address("/api/v1/docs?part=coaching"),
    Address("/offline", who="coach"),
    Address("/login"),
    Address("/verify", who="consultant"),
    Address("/account", who="ministry"),
    Address("/account", status=401),
    Address("/coaching/new", who="ministry", status=403),
    Address("/solutions/there-is-none", status=404),
    Address("/solutions?field=moon", status=422),
    Address("/solutions?state=working&q=there-is-none", status=422),
]


def endpoint_of(app: Flask, path: str) -> str:
    """Which view answers `path`."""
    endpoint, _values = app.url_map.bind("").match(path.partition("?")[0])
    return str(endpoint)


def page_endpoints(app: Flask) -> set[str]:
    """Every view that answers GET with a page."""
    return {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and rule.endpoint not in NO_PAGES
        and not rule.endpoint.startswith("api.")
        and not rule.endpoint.endswith("_file")
    }
