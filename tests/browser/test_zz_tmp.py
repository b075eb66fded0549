def test_map(visit):
    v=visit(); p=v.open("/map"); p.wait_for_timeout(3000)
    print(p.evaluate("() => [...document.querySelectorAll('.hs-map path')].map(x => x.getAttribute('class')).slice(0,30)"))
    p.screenshot(path="/tmp/map.png", full_page=True); print(v.amiss)
