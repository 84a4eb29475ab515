"""A login in a popup that answers its opener, as auth0.js and Lock ask for it by `owp`."""
import json
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from test_browser import browser, fill_in, home, page  # noqa: F401

OPENER = """<!doctype html><title>Opener</title><button>Log in</button><script>
const asked = %s;
const heard = [];
addEventListener("message", (event) => {
  const told = JSON.parse(event.data);
  heard.push([event.origin, told.a]);
  if (told.a === "ready") event.source.postMessage(JSON.stringify({ a: "request", d: {} }), event.origin);
  if (told.a !== "response") return;
  window.answer = { heard, response: told.d };
  document.title = "Answered";
});
document.querySelector("button").onclick = () => { window.popup = open(asked, "login", "width=500,height=600"); };
</script>"""


def opener(page, tenant, client, origin="https://app.example.com", **parameters):  # noqa: F811
    query = {"client_id": client.client_id, "redirect_uri": client.callback, "response_type": "token id_token",
             "scope": "openid", "nonce": "n", "state": "</script>", "owp": "true", **parameters}
    asked = json.dumps(tenant.url(f"authorize?{urlencode(query)}")).replace("</", "<\\/")
    page.context.route(f"{origin}/**", lambda route: route.fulfill(body=OPENER % asked, content_type="text/html"))
    page.goto(f"{origin}/")
    with page.expect_popup() as popup:
        page.get_by_role("button").click()
    return popup.value


@pytest.fixture(scope="module")
def widget(acme):
    return acme.create_client(grant_types=["implicit"])


def test_the_opener_is_told_when_the_login_ends(page, acme, widget, ada):  # noqa: F811
    popup = opener(page, acme, widget)
    fill_in(popup, ada["email"])
    expect(page).to_have_title("Answered")
    answer = page.evaluate("window.answer")
    assert answer["heard"] == [[acme.issuer.rstrip("/"), "ready"], [acme.issuer.rstrip("/"), "response"]]
    assert answer["response"]["state"] == "</script>" and answer["response"]["iss"] == acme.issuer
    assert answer["response"]["access_token"] and answer["response"]["id_token"]


def test_U13_an_opener_of_another_origin_is_told_nothing(page, acme, widget, ada):  # noqa: F811
    popup = opener(page, acme, widget, origin="https://evil.example")
    fill_in(popup, ada["email"])
    expect(popup.get_by_text("You can close this window.")).to_be_visible()
    page.wait_for_timeout(500)
    assert page.title() == "Opener" and page.evaluate("window.answer") is None
