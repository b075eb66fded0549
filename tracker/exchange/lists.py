"""Lists for a spreadsheet, each declared in a file of its own; a new one is added here."""

from __future__ import annotations

from tracker.exchange.check_sheet import CHECKS
from tracker.exchange.imports import ExchangeList
from tracker.exchange.inspection_sheet import INSPECTIONS
from tracker.exchange.money_sheet import MONEY
from tracker.exchange.quantity_sheet import QUANTITIES
from tracker.exchange.sheets import Sheet
from tracker.exchange.state_sheet import STATES

SHEETS: dict[ExchangeList, Sheet] = {
    it.name: it for it in (QUANTITIES, STATES, MONEY, CHECKS, INSPECTIONS)
}
