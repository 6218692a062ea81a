from django.test import Client

from tests.doors import DOORS, House


def test_every_page_tells_browsers_what_may_be_done_with_it_and_is_kept_nowhere(house: House, client: Client) -> None:
    owner = house.people["owner"]
    assert owner
    client.force_login(owner)
    for name in [name for method, name in DOORS if method == "get"]:
        answer = client.get(house.path(name))
        policy = answer["Content-Security-Policy"]
        assert answer["X-Content-Type-Options"] == "nosniff", name
        assert answer["Referrer-Policy"] == "same-origin", name
        assert "default-src 'none'" in policy, name
        assert "frame-ancestors" in policy, name
        assert "unsafe-eval" not in policy, name
        assert "no-store" in answer["Cache-Control"], name
