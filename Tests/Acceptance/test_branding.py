"""What administrators set for their hosted pages is what people see, and nothing of it gets out of its place."""
import email
import email.policy
import re
import secrets

import pytest

from product import CALLBACK, CONNECTION, Person, eventually, is_error_page, page_of

LOGO = "https://cdn.example.com/logo.svg"
LAYOUT = """<!doctype html><html lang="{{ locale }}" dir="{{ dir }}"><head>{%- auth0:head -%}
<style>body { background: #123456 }</style></head>
<body class="_widget-auto-layout"><header>{{ tenant.friendly_name }}, {{ prompt.name }}/{{ prompt.screen.name }} for
{{ application.name }}</header>{%- auth0:widget -%}</body></html>"""


@pytest.fixture
def tenant(create_tenant):
    """A tenant whose pages are its own affair."""
    return create_tenant()


@pytest.fixture
def app(tenant):
    return tenant.create_client(name="Storefront")


def brand(tenant, **fields):
    answer = tenant.api("PATCH", "/branding", fields)
    assert answer.status_code == 200, answer.text


def settings(tenant, **fields):
    answer = tenant.api("PATCH", "/tenants/settings", fields)
    assert answer.status_code == 200, answer.text


def texts(tenant, prompt, language, **screens):
    answer = tenant.api("PUT", f"/prompts/{prompt}/custom-text/{language}", screens)
    assert answer.status_code == 200, answer.text


def login_page(tenant, app, **parameters):
    headers = parameters.pop("headers", {})
    person = Person(tenant.service.ca_file)
    person.http.headers.update(headers)
    return person.authorize(tenant, app, **parameters)


def policy(answer):
    return dict(part.strip().partition(" ")[::2] for part in answer.headers["Content-Security-Policy"].split(";"))


def style_sheet(tenant, page):
    link = re.search(r'href="(/assets/brand\.css\?v=[0-9a-f]{16})"', page.text)
    return tenant.http.get(tenant.url(link[1])) if link else None


def contrast(first, second):
    def luminance(colour):
        shares = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def properties(css):
    """The custom properties for light and for dark pages."""
    light, _, dark = css.partition("@media")
    return [dict(re.findall(r"(--[a-z-]+): ([^;]+);", part)) for part in (light, dark)]


# Branding


def test_logo_favicon_colours_and_font_are_on_the_pages_at_once(tenant, app):
    plain = login_page(tenant, app)
    assert style_sheet(tenant, plain) is None and "font-src" not in policy(plain)

    brand(tenant, logo_url=LOGO, favicon_url="https://cdn.example.com/icon.png",
          colors={"primary": "#e8b923", "page_background": {"type": "linear-gradient", "start": "#ffffff",
                                                           "end": "#0a2540", "angle_deg": 45}},
          font={"url": "https://cdn.example.com/brand.woff2?v=2"})
    page = login_page(tenant, app)
    assert f'<img class="logo" src="{LOGO}"' in page.text
    assert '<link rel="icon" href="https://cdn.example.com/icon.png">' in page.text
    assert policy(page)["font-src"] == "https://cdn.example.com/brand.woff2"
    assert policy(page)["style-src"] == "'self'"

    css = style_sheet(tenant, page)
    assert css.headers["Content-Type"].startswith("text/css") and "immutable" in css.headers["Cache-Control"]
    assert 'url("https://cdn.example.com/brand.woff2?v=2")' in css.text
    assert "--page: linear-gradient(45deg, #ffffff, #0a2540)" in css.text
    assert tenant.http.get(tenant.url("/assets/brand.css"), headers={"If-None-Match": css.headers["ETag"]}
                           ).status_code == 304

    brand(tenant, colors={"primary": "#0a2540"})
    assert style_sheet(tenant, login_page(tenant, app)).text != css.text


@pytest.mark.parametrize("primary", [
    "#000000", "#ffffff", "#FF0", "#e8b923", "#3b46c4", "#777777", "#00ff00", "#ff00007f", "#191c2a", "#0a2540"])
def test_text_on_and_in_any_colour_can_be_read(tenant, app, primary):
    brand(tenant, colors={"primary": primary})
    css = style_sheet(tenant, login_page(tenant, app)).text
    for values, paper in zip(properties(css), ("#ffffff", "#191c2a")):
        assert contrast(values["--on-button"], values["--button"]) >= 4.5
        assert contrast(values["--on-button"], values["--button-strong"]) >= 4.5
        assert contrast(values["--button"], paper) >= 3
        assert contrast(values["--accent"], paper) >= 4.5
        assert contrast(values["--accent-strong"], paper) >= 4.5


def test_a_brand_gets_out_of_no_style_sheet_attribute_or_header(tenant, app):
    for colour in ("red;}body{display:none}", "#fff;background:url(//evil)", "#12345", "#ggg", "javascript:1"):
        assert tenant.api("PATCH", "/branding", {"colors": {"primary": colour}}).status_code == 400
        assert tenant.api("PATCH", "/branding", {"colors": {"page_background": {
            "type": "linear-gradient", "start": colour, "end": "#fff"}}}).status_code == 400
    for url in ("javascript:alert(1)", "data:font/woff2;base64,AA", "//cdn.example.com/x"):
        for field in ("logo_url", "favicon_url"):
            assert tenant.api("PATCH", "/branding", {field: url}).status_code == 400
        assert tenant.api("PATCH", "/branding", {"font": {"url": url}}).status_code == 400

    hostile = "https://cdn.example.com/a\");}body{display:none}/*'><script>alert(1)</script>;script-src 'unsafe-inline',*"
    accepted = [
        tenant.api("PATCH", "/branding", body).status_code == 200
        for body in ({"logo_url": hostile}, {"favicon_url": hostile}, {"font": {"url": hostile}},
                     {"font": {"url": "https://cdn.example.com/a;script-src%20'unsafe-inline'"}})]
    page = login_page(tenant, app)
    assert "<script>alert" not in page.text and "display:none" not in page.text
    rules = policy(page)
    assert rules["script-src"] == "'self'" and rules["style-src"] == "'self'"
    css = style_sheet(tenant, page)
    if css is not None:
        assert css.text.count("{") == css.text.count("}") == 2 and '");' not in css.text.replace('"); font', "")
    assert any(accepted), "the last address is a good one"


def test_one_tenants_brand_is_not_anothers(tenant, globex):
    brand(tenant, colors={"primary": "#e8b923"}, logo_url=LOGO)
    assert globex.http.get(globex.url("/assets/brand.css")).status_code == 404
    assert LOGO not in login_page(globex, globex.create_client()).text


def test_every_page_wears_the_brand(tenant, app):
    brand(tenant, colors={"primary": "#e8b923"}, logo_url=LOGO)
    user = tenant.create_user()
    person = Person(tenant.service.ca_file)
    login = person.authorize(tenant, app)
    links = [tenant.url(link) for link in page_of(login).links]
    pages = [login, *(person.open(link) for link in links)]
    pages.append(tenant.http.get(tenant.url("/activate")))
    ticket = tenant.api("POST", "/tickets/password-change", {"user_id": user["user_id"]}).json()["ticket"]
    pages.append(person.open(ticket))
    pages.append(tenant.http.get(tenant.url("/v2/logout")))
    consent = person.submit(person.authorize(tenant, tenant.create_client(
        callbacks=["http://localhost:3000/cb"]), redirect_uri="http://localhost:3000/cb"),
        username=user["email"], password="Correct-Horse-9")
    assert "asks for access" in consent.text
    pages.append(consent)
    for page in pages:
        assert page.status_code == 200, page.text
        assert 'href="/assets/brand.css?v=' in page.text and LOGO in page.text, page.url
    error = tenant.http.get(tenant.url("/authorize?client_id=nobody"))
    assert is_error_page(error) and 'href="/assets/brand.css?v=' in error.text and LOGO in error.text


# Words and languages


def test_pages_speak_an_enabled_language_by_ui_locales_or_the_browser(tenant, app):
    german = {"Accept-Language": "fr;q=0.9, de-AT, en;q=0.5"}
    assert '<html lang="en">' in login_page(tenant, app, headers=german).text, "only English is enabled at first"

    settings(tenant, enabled_locales=["en", "de"])
    page = login_page(tenant, app, headers=german)
    assert '<html lang="de">' in page.text and "Willkommen zurück" in page.text and "Passwort" in page.text
    assert "Welcome back" not in page.text
    assert "Welcome back" in login_page(tenant, app, ui_locales="en", headers=german).text
    assert '<html lang="de">' in login_page(tenant, app, ui_locales="fr-CA de", headers={"Accept-Language": "en"}).text
    assert '<html lang="en">' in login_page(tenant, app, headers={"Accept-Language": "de;q=0, en"}).text
    for odd in ("zz", "'\"><script>", "de" * 2000, "*", ""):
        assert '<html lang="en">' in login_page(tenant, app, ui_locales=odd, headers={"Accept-Language": "zz"}).text

    person = Person(tenant.service.ca_file)
    page = person.authorize(tenant, app, ui_locales="de")
    wrong = person.submit(page, username="nobody@example.com", password="wrong")
    assert wrong.status_code == 401 and "E-Mail oder Passwort ist falsch." in wrong.text and 'lang="de"' in wrong.text
    sign_up = person.open(tenant.url(next(link for link in page_of(page).links if "signup" in link)))
    assert "Konto anlegen" in sign_up.text and "Mindestens 8 Zeichen" in sign_up.text
    error = tenant.http.get(tenant.url("/authorize?client_id=nobody&ui_locales=de"))
    assert "Unbekannte Anwendung: nobody" in error.text and 'lang="de"' in error.text
    assert tenant.logs()[0]["description"] == "Unknown client: nobody", "the log keeps one language"

    settings(tenant, enabled_locales=["de", "en"])
    assert '<html lang="de">' in login_page(tenant, app).text, "the first is the standard"


def test_custom_texts_replace_ours_and_are_text(tenant, app):
    texts(tenant, "login", "en", login={
        "title": "<b>Hi</b> \"there\"", "pageTitle": "Enter ${clientName}</title><script>alert(1)</script>",
        "description": "${clientName} by ${companyName} <img src=x onerror=alert(1)> ${unknown}",
        "wrong-email-credentials": "Nope, ${1}."})
    page = login_page(tenant, app)
    assert "<h1>&lt;b&gt;Hi&lt;/b&gt; &quot;there&quot;</h1>" in page.text
    assert "<title>Enter Storefront&lt;/title&gt;&lt;script&gt;" in page.text
    assert "<strong>Storefront</strong> by <strong>" in page.text and "&lt;img src=x onerror=alert(1)&gt; ${unknown}" in page.text
    assert ">Log in</button>" in page.text, "what is not said stays as it is"
    wrong = Person(tenant.service.ca_file)
    assert "Nope, ${1}." in wrong.submit(wrong.authorize(tenant, app), username="a@example.com", password="b").text

    hostile = tenant.create_client(name="A ${companyName} \" x")
    assert "<strong>A ${companyName} &quot; x</strong>" in login_page(tenant, hostile).text

    assert tenant.api("PUT", "/prompts/login/custom-text/en", {}).status_code == 200
    assert "Welcome back" in login_page(tenant, app).text


def test_a_language_of_the_tenants_own(tenant, app):
    settings(tenant, enabled_locales=["en", "ar"])
    assert '<html lang="en">' in login_page(tenant, app, ui_locales="ar").text, "there are no Arabic words yet"
    texts(tenant, "login", "ar", login={"title": "مرحبا"})
    page = login_page(tenant, app, ui_locales="ar")
    assert '<html lang="ar" dir="rtl">' in page.text and "<h1>مرحبا</h1>" in page.text


# Pages of the tenant's own


def test_the_layout_of_the_tenant_is_around_every_page(tenant, app):
    path = "/branding/templates/universal-login"
    for bad in ("", "<html>{%- auth0:head -%}</html>", "{%- auth0:widget -%}", LAYOUT + "{%- auth0:widget -%}",
                "auth0:head auth0:widget", "{% if x %}{%- auth0:head -%}{%- auth0:widget -%}{% endif %}",
                LAYOUT + "{% if x %}", LAYOUT + "{% include 'x' %}", LAYOUT + "x" * 102_400):
        assert tenant.api("PUT", path, {"template": bad}).status_code == 400, bad[:80]
    settings(tenant, friendly_name="Acme & Sons", enabled_locales=["en", "de"])
    assert tenant.api("PUT", path, {"template": LAYOUT}).status_code == 201
    page = login_page(tenant, app, ui_locales="de")
    assert page.text.startswith('<!doctype html><html lang="de" dir="ltr">')
    assert "<header>Acme &amp; Sons, login/login for\nStorefront</header>" in page.text
    assert page.text.count("<main") == page.text.count("</main>") == page.text.count("<title>") == 1
    assert "unsafe-inline" in policy(page)["style-src"]
    assert policy(page)["frame-ancestors"] == "'none'" and page.headers["X-Frame-Options"] == "DENY"

    user, person = tenant.create_user(), Person(tenant.service.ca_file)
    assert "code" in person.log_in(tenant, app, user["email"]), "the widget works in it"
    error = tenant.http.get(tenant.url("/authorize?client_id=nobody"))
    assert "<header>" in error.text and error.status_code == 403

    assert tenant.api("DELETE", path).status_code == 204
    page = login_page(tenant, app)
    assert "<header>" not in page.text and "unsafe-inline" not in page.headers["Content-Security-Policy"]


def test_answers_to_applications_stay_strict_in_any_layout(tenant, app):
    tenant.api("PUT", "/branding/templates/universal-login", {"template": LAYOUT})
    user, person = tenant.create_user(), Person(tenant.service.ca_file)
    page = person.authorize(tenant, app, response_mode="form_post")
    answer = person.submit(page, username=user["email"], password="Correct-Horse-9")
    assert page_of(answer).forms[0]["action"] == CALLBACK
    assert "<header>" not in answer.text and "unsafe-inline" not in answer.headers["Content-Security-Policy"]


def test_partials_are_put_into_their_prompt(tenant, app):
    assert tenant.api("PUT", "/prompts/login/partials", {"login": {"form-content-start": "{% if %}"}}).status_code == 400
    answer = tenant.api("PUT", "/prompts/login/partials", {"login": {
        "form-content-end": '<p id="terms">By logging in to {{ application.name }} you agree.</p>'}})
    assert answer.status_code == 200, answer.text
    page = login_page(tenant, app)
    assert '<p id="terms">By logging in to Storefront you agree.</p>\n<button class="primary"' in page.text
    user, person = tenant.create_user(), Person(tenant.service.ca_file)
    assert "code" in person.log_in(tenant, app, user["email"])
    assert 'id="terms"' not in tenant.http.get(tenant.url("/activate")).text


def test_the_error_page_of_the_tenant(tenant, app):
    assert tenant.api("PATCH", "/tenants/settings", {"error_page": {"html": "{% nonsense %}"}}).status_code == 400
    settings(tenant, friendly_name="Acme", support_url="https://help.example.com", support_email="help@example.com")
    plain = tenant.http.get(tenant.url("/authorize?client_id=nobody"))
    assert 'href="https://help.example.com"' in plain.text and "mailto:help@example.com" in plain.text

    assert "<dt>Log</dt>" not in plain.text
    settings(tenant, error_page={"show_log_link": True})
    for path in ("/authorize?client_id=nobody", "/login?state=lost"):
        shown = re.search(r"<dt>Log</dt><dd><code>(\w+)</code>", tenant.http.get(tenant.url(path)).text)[1]
        assert tenant.api("GET", f"/logs/{shown}").json()["type"] == "f"

    settings(tenant, error_page={"html": (
        "<h1>{{ tenant.friendly_name }}: {{ error }}</h1><p>{{ error_description }} {{ tracking }} {{ client_id }} "
        "{{ lang }} {{ tenant.support_email }}</p>")})
    answer = tenant.http.get(tenant.url(
        f"/authorize?client_id={app.client_id}&redirect_uri=https://evil.example/%22%3E%3Cscript%3Ealert(1)%3C/script%3E"
        "&response_type=code"))
    assert answer.status_code in (400, 403)
    assert answer.text.startswith("<h1>Acme: unauthorized_client</h1><p>Callback URL mismatch.")
    assert "<script>" not in answer.text and app.client_id in answer.text and " en help@example.com" in answer.text
    assert policy(answer)["frame-ancestors"] == "'none'"

    settings(tenant, error_page={"url": "https://errors.example.com/show"})
    answer = tenant.http.get(tenant.url("/authorize?client_id=nobody"), allow_redirects=False)
    assert answer.status_code in (302, 303)
    assert answer.headers["Location"].startswith("https://errors.example.com/show?error=unauthorized_client&")
    assert "&lang=en&tracking=" in answer.headers["Location"]


def test_a_lost_login_may_start_again_where_the_tenant_says(tenant):
    lost = tenant.http.get(tenant.url("/login?state=nonsense"))
    assert is_error_page(lost) and "Start again" not in lost.text
    settings(tenant, default_redirection_uri="https://app.example.com/start")
    assert 'href="https://app.example.com/start"' in tenant.http.get(tenant.url("/login?state=nonsense")).text


def test_the_password_page_of_the_tenant(tenant):
    settings(tenant, change_password={"enabled": True, "html": (
        '<form method="post" action="/lo/reset"><input type="hidden" name="ticket" value="{{ ticket }}">'
        '<input type="hidden" name="_csrf" value="{{ csrf_token }}"><input name="newPassword">'
        '<input name="confirmNewPassword"></form>{{ email }} {{ password_policy }} '
        "{{ password_complexity_options.min_length }} {{ error }}")})
    user, person = tenant.create_user(), Person(tenant.service.ca_file)
    ticket = tenant.api("POST", "/tickets/password-change", {"user_id": user["user_id"]}).json()["ticket"]
    page = person.open(ticket)
    assert page.text.startswith("<form") and user["email"] in page.text and "good 8" in page.text
    weak = person.submit(page, newPassword="short", confirmNewPassword="short")
    assert weak.status_code == 400 and "Password is too weak" in weak.text
    changed = person.submit(weak, newPassword="Another-Horse-7", confirmNewPassword="Another-Horse-7")
    assert "Password changed" in changed.text

    settings(tenant, change_password={"enabled": False})
    ticket = tenant.api("POST", "/tickets/password-change", {"user_id": user["user_id"]}).json()["ticket"]
    assert "Choose a new password" in person.open(ticket).text


@pytest.mark.parametrize("page", [
    "{% assign a = '" + "a" * 40_000 + "' %}{{ a | replace: 'a', a }}",
    "{% assign a = '" + "a," * 20_000 + "' | split: ',' %}{{ a | join: '" + "b" * 40_000 + "' }}",
    "{% assign l = '" + "a," * 5_000 + "' | split: ',' %}{% assign t = '" + "x" * 60_000 + "' %}"
    "{% for i in l %}{% assign y = t | upcase %}{% endfor %}",
], ids=["replace", "join", "loop"])
def test_a_page_that_would_take_the_machine_is_given_up(tenant, page):
    settings(tenant, error_page={"html": page})
    answer = tenant.http.get(tenant.url(f"/authorize?client_id={secrets.token_hex(4)}"), timeout=30)
    assert answer.status_code == 403 and "Oops!" in answer.text, "the built-in page does instead"
    assert answer.elapsed.total_seconds() < 10


# Mails


def test_standard_mails_wear_the_brand_and_say_where_help_is(tenant, app):
    settings(tenant, friendly_name="Acme & Sons", support_email="help@example.com", support_url="https://help.example.com")
    brand(tenant, logo_url=LOGO, colors={"primary": "#ffe600"})
    user = tenant.create_user()
    tenant.http.post(tenant.url("dbconnections/change_password"), json={
        "client_id": app.client_id, "email": user["email"], "connection": CONNECTION}, timeout=30)
    html = eventually(lambda: html_mail(tenant.service, user["email"]))
    assert f'<img src="{LOGO}" alt="Acme &amp; Sons"' in html
    assert 'href="mailto:help@example.com"' in html and 'href="https://help.example.com"' in html
    background, text = re.search(r"\.button {[^}]*background: (#\w+);\s*color: (#\w+);", html).groups()
    assert contrast(background, text) >= 4.5 and contrast(background, "#ffffff") >= 3


def html_mail(service, recipient):
    for path in (service.data / "outbox").glob("[!.]*.eml"):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        if message["To"] == recipient:
            return message.get_body(("html",)).get_content()


# Themes


def theme(**changes):
    colours = {name: "#222222" for name in (
        "body_text", "error", "header", "icons", "input_background", "input_border", "input_filled_text",
        "input_labels_placeholders", "links_focused_components", "primary_button_label", "secondary_button_border",
        "secondary_button_label", "success", "widget_background", "widget_border")}
    text = {"bold": False, "size": 100}
    return {
        "borders": {"button_border_radius": 3, "button_border_weight": 1, "buttons_style": "rounded",
                    "input_border_radius": 3, "input_border_weight": 1, "inputs_style": "rounded",
                    "show_widget_shadow": True, "widget_border_weight": 0, "widget_corner_radius": 5},
        "colors": {**colours, "primary_button": changes.get("primary_button", "#b3261e")},
        "fonts": {"body_text": text, "buttons_text": text, "font_url": "", "input_labels": text, "links": text,
                  "links_style": "normal", "reference_text_size": 16, "subtitle": text, "title": text},
        "page_background": {"background_color": "#0a2540", "background_image_url": "", "page_layout": "center"},
        "widget": {"header_text_alignment": "center", "logo_height": 52, "logo_position": "center", "logo_url": "",
                   "social_buttons_layout": "bottom"},
    }


def test_a_theme_counts_before_the_brand_and_goes_with_it(tenant, app):
    brand(tenant, colors={"primary": "#0a7d5a"}, logo_url=LOGO)
    made = tenant.api("POST", "/branding/themes", theme())
    assert made.status_code == 200, made.text
    page = login_page(tenant, app)
    assert LOGO in page.text
    css = style_sheet(tenant, page).text
    assert "--button: #b3261e" in css and "--page: #0a2540" in css
    identifier = made.json()["themeId"]
    assert tenant.api("PATCH", f"/branding/themes/{identifier}", theme(primary_button="#1e66b3")).status_code == 200
    assert "--button: #1e66b3" in style_sheet(tenant, login_page(tenant, app)).text
    assert tenant.api("DELETE", f"/branding/themes/{identifier}").status_code == 204
    assert "--button: #0a7d5a" in style_sheet(tenant, login_page(tenant, app)).text
