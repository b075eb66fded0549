"""An officer edits a list or the register of units in a spreadsheet and sees each difference."""

from __future__ import annotations

from datetime import date

from openpyxl import load_workbook
from playwright.sync_api import expect

from tests.browser.test_pages import NARROWEST, violations
from tests.browser.visitor import next_page
from tests.samples import UNIT

LANG = "en"


def test_an_officer_edits_a_list_in_a_spreadsheet(visit, tmp_path):
    visitor = visit("municipality", lang=LANG)
    page = visitor.open("/sites/sokcho-2023")
    with page.expect_download() as download:
        page.get_by_role("link", name="Edit in Excel: quantities").first.click()
    path = tmp_path / "quantities.xlsx"
    download.value.save_as(path)
    book = load_workbook(path)
    sheet = book.worksheets[0]
    sheet["G4"], sheet["G5"], sheet["H5"], sheet["G6"] = 18, 16, date(2025, 3, 20), 1
    book.save(path)
    with next_page(page):
        page.get_by_role("link", name="Upload an edited workbook").first.click()
    page.set_input_files("#f-file", path)
    with next_page(page) as shown:
        page.get_by_role("button", name="Show the differences").click()
    assert shown.value.status == 200
    assert visitor.at_width(visitor.window["width"]) == []
    main = page.locator("main")
    expect(main.locator("tbody tr")).to_have_count(4)
    expect(main).to_contain_text("H6: This is needed")
    expect(page.locator("[name=cells][value=G4]")).to_be_checked()
    expect(page.locator("[name=cells][value=G6]")).not_to_be_checked()
    page.locator("[name=cells][value=G4]").uncheck()
    with next_page(page) as taken:
        page.get_by_role("button", name="Accept the ticked cells").click()
    assert taken.value.status == 200
    expect(main.locator("tr", has_text="G5")).to_contain_text("Taken")
    expect(main.locator("tr", has_text="G4")).to_contain_text("Left out")
    with next_page(page):
        page.get_by_role("button", name="Undo the whole import").click()
    expect(main.locator(".hs-summary")).to_contain_text("Undone")
    assert visitor.amiss == []


def test_an_officer_sees_what_a_register_changes_before_it_is_taken(
    visit, registered, tmp_path, client
):
    unit = registered(asset_number="견본-1")
    visitor = visit("municipality", lang=LANG, phone=True)
    page = visitor.open("/units?site=sokcho-2023")
    with page.expect_download() as download:
        page.get_by_role("link", name="XLSX").first.click()
    path = tmp_path / "units.xlsx"
    download.value.save_as(path)
    book = load_workbook(path)
    sheet = book.worksheets[0]
    column = next(it.column for it in sheet[1] if it.value == "maker")
    sheet.cell(2, column).value = "표본 <b>제조사</b>"
    book.save(path)
    visitor.open("/sites/sokcho-2023/units/import")
    page.set_input_files("#f-file", path)
    with next_page(page) as shown:
        page.get_by_role("button", name="Check the file").click()
    assert shown.value.status == 200
    row = page.locator("tr", has_text="견본-1")
    for cell in (UNIT["maker"], "표본 <b>제조사</b>"):
        expect(row).to_contain_text(cell)
    assert violations(visitor) == []
    assert visitor.at_width(NARROWEST) == []
    assert client.get(f"/api/v1/units/{unit}").json["maker"] == UNIT["maker"], "not changed yet"
    with next_page(page):
        page.get_by_role("button", name="Put 1 row on record").click()
    assert client.get(f"/api/v1/units/{unit}").json["maker"] == "표본 <b>제조사</b>"
