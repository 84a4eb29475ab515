"""Silent renewal as auth0-spa-js does it: a hidden frame, /authorize with `prompt=none`, and a message back."""
import secrets

import pytest

from application_pages import address_of, callback, origin, port, told  # noqa: F401 - fixtures
from product import claims_of
from test_browser import fill_in
from test_cross_origin import home, open_page  # noqa: F401 - fixtures


@pytest.fixture(scope="module")
def renewing(acme, origin, callback):
    return acme.create_client(callbacks=[callback], web_origins=[origin], allowed_origins=[origin],
                              grant_types=["authorization_code", "implicit", "refresh_token"])


def renew(page, tenant, client, **parameters):
    address = address_of(tenant, client, prompt="none", response_mode="web_message", state="renewal", **parameters)
    return page.evaluate("address => renew(address)", address)


def test_tokens_are_renewed_in_a_hidden_frame(acme, renewing, ada, origin, open_page):
    page = open_page(allows_other_sites=True)
    page.goto(f"{origin}/")
    before = renew(page, acme, renewing)
    assert before["response"]["error"] == "login_required" and before["response"]["state"] == "renewal"

    page.goto(address_of(acme, renewing))
    fill_in(page, ada["email"])
    told(page, renewing)
    page.goto(f"{origin}/")
    by_code = renew(page, acme, renewing)
    assert by_code["origin"] == acme.issuer.rstrip("/") and by_code["fromFrame"]
    assert by_code["response"]["state"] == "renewal"
    assert "error" not in by_code["response"], by_code
    tokens = acme.redeem(renewing, by_code["response"]["code"]).json()
    assert claims_of(tokens["id_token"])["sub"] == ada["user_id"]

    nonce = secrets.token_hex(8)
    by_token = renew(page, acme, renewing, response_type="token id_token", nonce=nonce)["response"]
    assert claims_of(by_token["id_token"])["nonce"] == nonce
    assert acme.userinfo(by_token["access_token"]).json()["sub"] == ada["user_id"]
    assert {"ssa", "fsa"} <= set(acme.log_types(client_id=renewing.client_id))


def test_a_page_of_another_origin_gets_no_message(acme, renewing, ada, port, open_page):
    page = open_page(allows_other_sites=True)
    page.goto(address_of(acme, renewing))
    fill_in(page, ada["email"])
    told(page, renewing)
    page.goto(f"http://evil.localhost:{port}/")
    page.evaluate("window.setTimeout = ((later) => (work) => later(work, 1500))(window.setTimeout)")
    assert renew(page, acme, renewing) == "nothing came"


def test_a_page_of_a_login_is_never_framed(acme, renewing, origin, open_page):
    page = open_page(allows_other_sites=True)
    page.goto(f"{origin}/")
    page.evaluate("address => { const frame = document.createElement('iframe'); frame.src = address;"
                  " document.body.append(frame); }", address_of(acme, renewing))
    page.wait_for_timeout(1000)
    assert "Welcome back" not in "".join(frame.content() for frame in page.frames)


def test_a_browser_that_keeps_cookies_of_other_sites_to_itself_is_told_to_log_in(acme, renewing, ada, origin, open_page):
    page = open_page(allows_other_sites=False)
    page.goto(address_of(acme, renewing))
    fill_in(page, ada["email"])
    told(page, renewing)
    page.goto(f"{origin}/")
    assert renew(page, acme, renewing)["response"]["error"] == "login_required"
