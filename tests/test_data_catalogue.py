"""The catalogue of data: every list and file, as other catalogues read it."""

from __future__ import annotations

from urllib.parse import urlsplit

import shapely

from tests.test_opendata import PUBLISHED
from tracker.opendata.dcat import CONTEXT


def test_the_catalogue_of_data_names_every_list_and_file(app, client):
    answer = client.get("/catalog.jsonld")
    assert answer.mimetype == "application/ld+json"
    told, home = answer.json, "http://localhost"
    assert told["@context"] == CONTEXT  # nobody has to fetch one
    assert {it["dct:identifier"] for it in told["dcat:dataset"]} == set(PUBLISHED)
    assert "dct:license" not in answer.text  # none is stated for the data
    assert "확인되지 않았습니다" in str(told["dct:rights"])
    assert told["dct:modified"]["@value"] == max(
        it["dct:modified"]["@value"] for it in told["dcat:dataset"] if "dct:modified" in it
    )
    addresses = app.url_map.bind("localhost")
    for it in told["dcat:dataset"]:
        titles = {title["@language"]: title["@value"] for title in it["dct:title"]}
        assert set(titles) == {"ko", "en"}
        assert titles["ko"] != titles["en"]
        kinds = {file["dcat:accessURL"]["@id"] for file in it["dcat:distribution"]}
        assert len(kinds) >= 3
        for address in kinds | {it["dcat:landingPage"]["@id"]}:
            assert address.startswith(home)
            assert addresses.match(urlsplit(address).path)
    site = next(it for it in told["dcat:dataset"] if it["dct:identifier"] == "sites")
    assert site["dct:temporal"]["dcat:startDate"]["@value"] == "2023-04-13"
    assert shapely.from_wkt(site["dct:spatial"]["dcat:bbox"]["@value"]).contains(
        shapely.Point(128.59, 38.2)
    )
    assert 'type="application/ld+json"' in client.get("/downloads").text
    files = {it["@id"] for it in typed(told) if it["@type"] == "dcat:Distribution"}
    for address in (it.removeprefix(home) for it in files if ".csv?" in it):
        assert client.get(address).status_code == 200, address


# Mandatory in DCAT-AP 3.0, https://semiceu.github.io/DCAT-AP/releases/3.0.0/
MANDATORY = {
    "dcat:Catalog": {"dct:title", "dct:description", "dct:publisher"},
    "dcat:Dataset": {"dct:title", "dct:description"},
    "dcat:Distribution": {"dcat:accessURL"},
    "dcat:DataService": {"dct:title", "dcat:endpointURL"},
    "foaf:Agent": {"foaf:name"},
}


def typed(node: object) -> list[dict]:
    """Every node of a document that says what it is."""
    if isinstance(node, list):
        return [found for it in node for found in typed(it)]
    if not isinstance(node, dict):
        return []
    own = [node] if "@type" in node and "@value" not in node else []
    return own + typed(list(node.values()))


def test_the_catalogue_of_data_holds_what_dcat_ap_asks_for(client):
    told = client.get("/catalog.jsonld").json
    nodes = typed(told)
    assert set(MANDATORY) <= {it["@type"] for it in nodes}
    lacking = [
        (it["@id"], name)
        for it in nodes
        for name in MANDATORY.get(it["@type"], ())
        if not it.get(name)
    ]
    assert lacking == []
    named = {it["@id"] for it in nodes if "@id" in it}
    wished = [told["dct:publisher"], *(it["dct:publisher"] for it in told["dcat:dataset"])]
    for it in nodes:
        wished += [it["dcat:accessService"]] if "dcat:accessService" in it else []
        wished += it.get("dcat:servesDataset", [])
    assert {it["@id"] for it in wished} <= named, "what it points to stands in it"
    used = {key for it in nodes for key in it if ":" in key} | {it["@type"] for it in nodes}
    assert {name.partition(":")[0] for name in used} <= set(CONTEXT), "every prefix is explained"
