"""From a request to a confirmed session, on a phone of 360 px."""

from __future__ import annotations

from playwright.sync_api import Page, Response, expect

from common.facts import today
from tests.browser.visitor import next_page


def press(page: Page, name: str) -> Response:
    """Press the button called `name`; the answer that the next page came with."""
    with next_page(page) as loading:
        page.get_by_role("button", name=name, exact=True).click()
    return loading.value


def test_a_site_asks_a_host_accepts_and_the_site_confirms(visit):
    officer, coach = visit("municipality", phone=True), visit("coach", phone=True)
    asking = officer.open("/sites/sokcho-2023")
    asking.get_by_role("link", name="코치로 알맞은 곳과 그 까닭").click()
    expect(asking.locator(".hs-card").first).to_contain_text("점")
    assert officer.at_width(360) == []
    asking.goto("/requests/new?host=seongdong")
    asking.locator("[name=question]").fill("견본: 인수 시험을 어떻게 하나요?")
    assert press(asking, "요청하기").status == 200
    address = asking.url

    host = coach.open(address)
    host.locator("[name=minutes]").fill("120")
    host.locator("[name=ends_on]").fill(today().replace(month=12, day=31).isoformat())
    assert coach.at_width(360) == []
    assert press(host, "수락하고 이 시간으로 협약").status == 200
    expect(host.locator("main")).to_contain_text("120분")

    host.goto("/coaching/new?site=sokcho-2023")
    expect(host.locator("[data-part=agreement]")).to_contain_text("120분 가운데 0분")
    host.locator("label:has(input[name=mode][value=online])").click()
    host.locator("[name=duration_min]").fill("90")
    host.locator("[name=heads_online]").fill("2")
    host.locator("[name=advice]").fill("견본 조언")
    assert coach.at_width(360) == []
    with next_page(host) as loading:
        host.locator("form[data-session] button.primary").click()
    assert loading.value.status == 200

    asking.goto(host.url)
    assert officer.at_width(360) == []
    asking.locator("label:has(input[name=satisfaction][value='5'])").click()
    assert press(asking, "이 만남 확인").status == 200
    expect(asking.locator("#review").locator("..")).to_contain_text("사업지가 확인함")
    asking.goto("/sites/sokcho-2023")
    expect(asking.locator("main")).to_contain_text("30분 남음")
