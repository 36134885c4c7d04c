"""The HTTP door over stages that run in this process: queries, as addresses hold them."""

from __future__ import annotations

import httpx

from tests.functional.http_door import code_of


async def test_a_querys_text_is_in_utf_8(client: httpx.AsyncClient) -> None:
    similar = "/v1/products/p-03/similar"
    for query in ("brands=Acme&brands=%EC%98%B7", "brands=Acme&brands=%EF%BF%BD"):
        hits = (await client.get(f"{similar}?{query}")).json()["hits"]
        assert {hit["product"]["brand"] for hit in hits} == {"Acme"}
    for query, named in (("brands=Acme&brands=%BF%CA", "brands"), ("%BF%CA=1", "??")):
        reply = await client.get(f"{similar}?{query}")
        assert code_of(reply) == (422, "bad_request")
        assert reply.json()["error"]["message"] == f"{named}: must be valid UTF-8 in the address"
