"""A login in a popup that answers its opener, as auth0.js and Lock ask for it by `owp`."""
import json
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from product import CONNECTION, PASSWORD, eventually
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


ASKING_OPENER = """<!doctype html><title>Opener</title><button>Log in</button><script>
const [url, params] = %s;
const heard = [];
addEventListener("message", (event) => {
  if (event.source !== window.popup) return;
  const told = JSON.parse(event.data);
  heard.push([event.origin, told.a]);
  // As WinChan does: each time the popup says that it is ready it is asked again.
  if (told.a === "ready") event.source.postMessage(JSON.stringify({ a: "request", d: params }), event.origin);
  if (told.a !== "response") return;
  window.answer = { heard, response: told.d };
  document.title = "Answered";
});
document.querySelector("button").onclick = () => { window.popup = open(url, "login", "width=500,height=600"); };
</script>"""


def asking_opener(page, tenant, client, params, origin="https://app.example.com"):  # noqa: F811
    asked = json.dumps([tenant.url(f"sso_dbconnection_popup/{client.client_id}"), params]).replace("</", "<\\/")
    page.context.route(
        f"{origin}/**", lambda route: route.fulfill(body=ASKING_OPENER % asked, content_type="text/html"))
    page.goto(f"{origin}/")
    with page.expect_popup() as popup:
        page.get_by_role("button").click()
    return popup.value


@pytest.fixture(scope="module")
def old_widget(acme):
    return acme.create_client(grant_types=["implicit"], oidc_conformant=False)


def credentials(old_widget, ada, **more):
    """The parameters of auth0.js 7, nested as it nests them."""
    options = {"username": ada["email"], "password": PASSWORD, "connection": CONNECTION, "scope": "openid",
               "response_type": "token", "state": "</script>", "callbackURL": old_widget.callback, **more}
    return {"domain": "acme", "clientID": old_widget.client_id, "options": options}


def test_the_page_that_opened_the_popup_logs_in_by_it(page, acme, old_widget, ada):  # noqa: F811
    asking_opener(page, acme, old_widget, credentials(old_widget, ada))
    expect(page).to_have_title("Answered")
    answer = page.evaluate("window.answer")
    host = acme.issuer.rstrip("/")
    assert answer["heard"] == [[host, "ready"], [host, "ready"], [host, "response"]]
    assert answer["response"]["state"] == "</script>"
    assert answer["response"]["access_token"] and answer["response"]["id_token"]


def test_a_wrong_password_is_told_to_the_page_that_gave_it(page, acme, old_widget, ada):  # noqa: F811
    asking_opener(page, acme, old_widget, credentials(old_widget, ada, password="wrong"))
    expect(page).to_have_title("Answered")
    error = page.evaluate("window.answer")["response"]["err"]
    assert error["status"] == 401 and error["details"]["code"] == "invalid_user_password"
    assert error["details"]["description"] == "Wrong email or password."


def test_L1_a_page_of_another_origin_logs_nobody_in(page, acme, old_widget, ada):  # noqa: F811
    asking_opener(page, acme, old_widget, credentials(old_widget, ada), origin="https://evil.example")
    expect(page).to_have_title("Answered")
    error = page.evaluate("window.answer")["response"]["err"]
    assert error["status"] == 403 and "access_token" not in str(error)
    assert not [cookie for cookie in page.context.cookies() if cookie["name"] in ("auth0", "__Host-login-result")]


def test_the_relay_passes_on_what_a_page_of_its_host_gives_it(page, acme):  # noqa: F811
    body = """<!doctype html><script>
    addEventListener("message", (event) => { window.heard = [event.origin, event.data]; });
    </script><iframe src="%s"></iframe>""" % acme.url("relay.html")
    page.context.route("https://app.example.com/**", lambda route: route.fulfill(body=body, content_type="text/html"))
    page.goto("https://app.example.com/")
    frame = page.frames[1]
    # Not by wait_for_function, which needs eval: the page's policy has none.
    assert eventually(lambda: frame.evaluate("typeof window.doPost") == "function", 15)
    frame.evaluate("""window.doPost('{"a":"ready"}', "https://app.example.com")""")
    page.wait_for_function("window.heard")
    assert page.evaluate("window.heard") == [acme.issuer.rstrip("/"), '{"a":"ready"}']
