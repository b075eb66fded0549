def test_x(client):
    t=client.get("/map?lang=en").text
    i=t.index('<script type="module"'); print(t[i:i+1500]); print(t[-1500:])
