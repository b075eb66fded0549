import time, pytest
from tests.browser.test_pages import *
def test_measure(visit):
    for path in ["/solutions","/solutions/smart-crosswalk"]:
      for lang in ["ko","en"]:
        t=[time.perf_counter()]
        v=visit(None,lang=lang); t.append(time.perf_counter())
        v.open(path); t.append(time.perf_counter())
        for w in (1280,1024,768,360,320): v.at_width(w); t.append(time.perf_counter())
        x=violations(v); t.append(time.perf_counter())
        v.open(path); t.append(time.perf_counter())
        print(path,lang,[round(b-a,2) for a,b in zip(t,t[1:])], x, v.amiss)
