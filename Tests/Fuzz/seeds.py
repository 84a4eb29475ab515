"""What well-formed requests look like, by group of endpoints: the material that is mutated.

A seed is (method, path, kind of body, parameters); a parameter's value is a text, or a list of texts to choose from.
`{client}`, `{secret}`, `{code}` … stand for real values of the tenant that is fuzzed; `{state}` and `{csrf}` for those of a
login that is really under way (or a second factor that is really asked for), so that mutations get past the door.
"""
GRANTS = [
    "authorization_code", "client_credentials", "refresh_token", "password",
    "http://auth0.com/oauth/grant-type/password-realm", "http://auth0.com/oauth/grant-type/passwordless/otp",
    "http://auth0.com/oauth/grant-type/mfa-otp", "http://auth0.com/oauth/grant-type/mfa-oob",
    "http://auth0.com/oauth/grant-type/mfa-recovery-code", "urn:ietf:params:oauth:grant-type:device_code",
    "urn:ietf:params:oauth:grant-type:token-exchange",
]
AUTHORIZE = {
    "client_id": "{client}", "redirect_uri": "{callback}", "state": "s",
    "response_type": ["code", "token", "id_token", "code id_token", "id_token token", "code token", "code id_token token"],
    "response_mode": ["query", "fragment", "form_post", "web_message"], "scope": ["openid", "openid profile offline_access"],
    "nonce": "n", "prompt": ["none", "login", "consent"], "max_age": ["0", "3600"], "login_hint": "ada@example.com",
    "audience": ["{api}", "https://api.example.com/"], "connection": "{connection}", "code_challenge_method": "S256",
    "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "ui_locales": "de", "acr_values": "mfa",
    "id_token_hint": "{id_token}", "request_uri": "urn:ietf:params:oauth:request_uri:x", "login_ticket": "t", "realm": "r",
}
TOKEN = {
    "grant_type": GRANTS, "client_id": "{client}", "client_secret": "{secret}", "code": "{code}",
    "redirect_uri": "{callback}", "code_verifier": "v" * 43, "refresh_token": "{code}", "username": "ada@example.com",
    "password": "{password}", "realm": "{connection}", "audience": "{api}", "scope": "openid profile", "otp": "123456",
    "mfa_token": "m", "oob_code": "o", "binding_code": "123456", "recovery_code": "A" * 24, "device_code": "d",
    "subject_token": "{token}", "subject_token_type": "urn:ietf:params:oauth:token-type:access_token",
    "client_assertion": "{id_token}",
    "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
}
KEY = {"ceremony": "{code}", "credential_id": "AAAA", "client_data": "e30", "authenticator_data": "A" * 50, "signature": "AAAA",
       "attestation": "o2NmbXQ", "user_handle": "AAAA"}
FORM = {"state": "{state}", "_csrf": "{csrf}"}
CREDENTIALS = {"client_id": "{client}", "client_secret": "{secret}"}
USER = {"email": ["ada@example.com", "new@example.com"], "connection": "{connection}", "password": "{password}"}
LOGIN = {**USER, "username": "ada@example.com", "scope": "openid", "id_token": "{id_token}", "device": "d"}

GROUPS = {
    "authorize": [
        ("GET", "/authorize", "query", AUTHORIZE), ("POST", "/authorize", "form", AUTHORIZE),
        ("POST", "/oauth/par", "form", {**AUTHORIZE, **CREDENTIALS}),
    ],
    "approval": [
        ("POST", "/bc-authorize", "form",
         {**CREDENTIALS, "scope": "openid", "binding_message": "1234", "requested_expiry": "300",
          "login_hint": '{"format":"iss_sub","iss":"https://fuzz.localhost/","sub":"auth0|1"}'}),
        ("POST", "/oauth/token", "form",
         {**CREDENTIALS, "grant_type": "urn:openid:params:grant-type:ciba", "auth_req_id": "{code}"}),
        ("GET", "/u/approve", "query", {"ticket": "{code}"}),
        ("POST", "/u/approve", "form", {**FORM, "ticket": "{code}", "decision": "accept"}),
        ("GET", "/u/approve/login", "query", {"ticket": "{code}"}),
        ("POST", "/u/approve/login", "form", {**FORM, "ticket": "{code}", "decision": "deny"}),
    ],
    "token": [
        ("POST", "/oauth/token", "json", TOKEN), ("POST", "/oauth/token", "form", TOKEN),
        ("POST", "/oauth/revoke", "form", {**CREDENTIALS, "token": "{code}"}),
        ("POST", "/oauth/device/code", "form", {**CREDENTIALS, "scope": "openid", "audience": "{api}"}),
        ("POST", "/oidc/register", "json",
         {"client_name": "x", "redirect_uris": "https://x.example/cb", "token_endpoint_auth_method": "none"}),
    ],
    "userinfo": [("GET", "/userinfo", "query", {}), ("POST", "/userinfo", "form", {"access_token": "{token}"})],
    "pages": [
        ("GET", "/login", "query", {"state": "{state}", "client": "{client}"}),
        ("POST", "/login", "form", {**FORM, **LOGIN}),
        ("GET", "/signup", "query", {"state": "{state}"}), ("POST", "/signup", "form", {**FORM, **USER, "username": "ada"}),
        ("GET", "/u/signup", "query", {"state": "{state}"}), ("POST", "/u/signup", "form", {**FORM, **USER}),
        ("GET", "/decision", "query", {"state": "{state}"}),
        ("POST", "/decision", "form", {**FORM, "decision": ["accept", "deny"]}),
        ("GET", "/activate", "query", {"user_code": "ABCD-EFGH"}),
        ("POST", "/activate", "form", {"user_code": "ABCD-EFGH", **FORM}),
        ("GET", "/activate/confirm", "query", {"state": "{state}"}),
        ("POST", "/activate/confirm", "form", {**FORM, "decision": ["confirm", "cancel"]}),
        ("GET", "/activate/consent", "query", {"state": "{state}"}),
        ("POST", "/activate/consent", "form", {**FORM, "decision": ["accept", "deny"]}),
        ("GET", "/lo/forgot", "query", {"state": "{state}"}), ("POST", "/lo/forgot", "form", {**FORM, **USER}),
        ("GET", "/mfa/enrollment", "query", {"ticket": "t" * 32}), ("POST", "/mfa/enrollment", "form", {"ticket": "t" * 32, "code": "123456", "enrolment": "x", **FORM}),
        ("GET", "/lo/unblock", "query", {"ticket": "t" * 32}), ("POST", "/lo/unblock", "form", {"ticket": "t" * 32, **FORM}),
        ("POST", "/oidc/logout", "form", {"id_token_hint": "{id_token}", "client_id": "{client}", "state": "s"}),
        ("POST", "/oidc/logout/confirm", "form", FORM), ("GET", "/logout", "query", {"returnTo": "{callback}"}),
        ("GET", "/mobile", "query", {}),
        ("GET", "/u/mfa", "query", {"state": "{state}"}), ("GET", "/u/mfa/enroll", "query", {"state": "{state}"}),
        ("GET", "/u/passkey/offer", "query", {"state": "{state}"}),
        ("POST", "/u/passkey/offer", "form", {**FORM, **KEY, "action": "later"}),
        ("POST", "/u/passkey", "form", {**FORM, **KEY}),
        ("GET", "/lo/reset", "query", {"ticket": "t" * 32}), ("POST", "/lo/reset", "form", {"ticket": "t" * 32, **FORM, **USER}),
        ("GET", "/lo/verify_email", "query", {"ticket": "t" * 32}),
        ("POST", "/lo/verify_email", "form", {"ticket": "t" * 32, **FORM}),
        ("GET", "/v2/logout", "query", {"client_id": "{client}", "returnTo": "{callback}", "federated": ""}),
        ("GET", "/oidc/logout", "query",
         {"id_token_hint": "{id_token}", "post_logout_redirect_uri": "{callback}", "state": "s", "client_id": "{client}"}),
        ("GET", "/continue", "query", {"state": "{state}"}), ("GET", "/assets/pages.css", "query", {"v": "0"}),
    ],
    "database": [
        ("POST", "/dbconnections/signup", "json", {"client_id": "{client}", **USER, "user_metadata": "{}"}),
        ("POST", "/dbconnections/change_password", "json", {"client_id": "{client}", **USER}),
    ],
    "passwordless": [
        ("POST", "/passwordless/start", "json",
         {**CREDENTIALS, "connection": ["email", "sms"], "email": "ada@example.com", "phone_number": "+4915112345678",
          "send": ["code", "link"], "authParams": "{}"}),
        ("POST", "/passwordless/verify", "json",
         {"connection": "email", "email": "ada@example.com", "verification_code": "123456"}),
        ("GET", "/passwordless/verify_redirect", "query",
         {**AUTHORIZE, "connection": "email", "email": "ada@example.com", "verification_code": "123456"}),
        ("POST", "/passwordless/verify_redirect", "form", FORM),
        ("GET", "/u/passwordless", "query", {"state": "{state}", "connection": ["email", "sms"]}),
        ("POST", "/u/passwordless", "form",
         {**FORM, "connection": ["email", "sms"], "address": ["ada@example.com", "+4915112345678"],
          "action": ["code", "link", ""], "code": "123456"}),
    ],
    "mfa": [
        ("POST", "/mfa/challenge", "json",
         {**CREDENTIALS, "mfa_token": "{mfa_token}", "challenge_type": ["otp oob", "oob"], "authenticator_id": "sms|dev_x"}),
        ("POST", "/mfa/associate", "json",
         {**CREDENTIALS, "mfa_token": "{mfa_token}", "authenticator_types": "otp", "oob_channels": "sms",
          "phone_number": "+4915112345678"}),
        ("GET", "/mfa/authenticators", "query", {}), ("DELETE", "/mfa/authenticators/totp%7Cdev_x", "query", {}),
        ("POST", "/oauth/token", "form",
         {**TOKEN, "mfa_token": "{mfa_token}", "grant_type": [grant for grant in GRANTS if "mfa" in grant]}),
        ("GET", "/u/mfa", "query", {"state": "{state}", "factor": ["recovery-code", "x"]}),
        ("POST", "/u/mfa", "form",
         {**FORM, **KEY, "factor": ["recovery-code", "x"], "code": "123456", "action": "send", "oob": "o", "remember": "1"}),
        ("GET", "/u/mfa/enroll", "query", {"state": "{state}", "factor": ["otp", "sms", "email", "webauthn-roaming"]}),
        ("POST", "/u/mfa/enroll", "form",
         {**FORM, **KEY, "factor": ["otp", "sms", "email", "webauthn-roaming"], "code": "123456", "phone": "+4915112345678",
          "oob": "o", "enrolment": "{code}"}),
        ("POST", "/u/mfa/recovery-code", "form", {**FORM, "saved": "1"}),
    ],
    "legacy": [
        ("POST", "/oauth/ro", "json", {"client_id": "{client}", "grant_type": "password", **LOGIN}),
        ("POST", "/oauth/access_token", "json",
         {"client_id": "{client}", "access_token": "{token}", "connection": "facebook", "scope": "openid"}),
        ("POST", "/delegation", "json",
         {"client_id": "{client}", "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
          "id_token": "{id_token}", "target": "{client}", "api_type": "app", "scope": "openid"}),
        ("POST", "/tokeninfo", "json", {"id_token": "{id_token}"}),
        ("POST", "/co/authenticate", "json",
         {"client_id": "{client}", "credential_type": "http://auth0.com/oauth/grant-type/password-realm",
          "username": "ada@example.com", "password": "{password}", "realm": "{connection}"}),
        ("POST", "/usernamepassword/login", "json", {**AUTHORIZE, **LOGIN, "tenant": "fuzz", "_csrf": "c", "_intstate": "i"}),
        ("POST", "/login/callback", "form", {"wa": "wsignin1.0", "wresult": "{id_token}", "wctx": "{}"}),
        ("GET", "/user/ssodata", "query", {"client_id": "{client}"}),
        ("GET", "/client/{client}.js", "query", {"t1": ""}),
        ("GET", "/co/verifier", "query", {"state": "{state}"}), ("POST", "/co/verifier", "form", {**FORM, "verifier": "v"}),
        ("POST", "/usernamepassword/challenge", "json", {"client_id": "{client}", "state": "s"}),
        ("GET", "/sso_dbconnection_popup/{client}", "query", {}),
        ("POST", "/sso_dbconnection_popup/{client}", "json",
         {"client_id": "{client}", "opener": "https://app.example.com", "username": "u", "password": "p", "owp": "true"}),
        ("POST", "/login/unlink", "json", {"access_token": "{token}", "user_id": "auth0|1"}),
        ("POST", "/unlink", "json", {"access_token": "{token}", "user_id": "auth0|1"}),
        ("POST", "/users/auth0%7C1/impersonate", "json", {"protocol": "oauth2", "impersonator_id": "x", "client_id": "{client}"}),
        ("GET", "/users/auth0%7C1/impersonate", "query", {"bewit": "{code}"}),
        ("POST", "/public/api/users/validate_userpassword", "json",
         {"client_id": "{client}", "email": "ada@example.com", "password": "{password}", "connection": "{connection}"}),
        ("GET", "/public/api/{client}/connections", "query", {"t": "1"}),
    ],
    # The forms of old SDKs that carry everything in the query.
    "jsonp": [
        ("GET", path, "query", {**parameters, "cbx": ["Auth0.cb1", "x;alert(1)//"]})
        for path, parameters in [
            ("/dbconnections/signup", {"client_id": "{client}", **USER}),
            ("/dbconnections/change_password", {"client_id": "{client}", **USER}),
            ("/oauth/ro", {"client_id": "{client}", "grant_type": "password", **LOGIN}),
            ("/oauth/access_token", {"client_id": "{client}", "access_token": "{token}", "connection": "facebook"}),
            ("/delegation", {"client_id": "{client}", "id_token": "{id_token}", "target": "{client}"}),
            ("/tokeninfo", {"id_token": "{id_token}"}), ("/user/ssodata", {"client_id": "{client}"}),
            ("/usernamepassword/login", {**AUTHORIZE, **LOGIN, "tenant": "fuzz"}),
        ]
    ],
    "discovery": [
        ("GET", path, "query", {"t": "1"}) for path in [
            "/.well-known/openid-configuration", "/.well-known/jwks.json", "/pem", "/cer", "/pb7", "/test", "/testall",
            "/info-v1.js", "/tenants/v1/fuzz.js", "/client/{client}.js", "/user/geoloc/country", "/nowhere", "/relay.html",
            "/samlp/metadata/{client}", "/wsfed/{client}/FederationMetadata/2007-06/FederationMetadata.xml",
            "/wsfed/FederationMetadata/2007-06/FederationMetadata.xml",
        ]
    ],
    "management": [
        ("GET", "/api/v2/clients", "query", {"fields": "name", "include_fields": "true", "page": "0", "per_page": "5"}),
        ("POST", "/api/v2/clients", "json", {"name": "x", "app_type": "spa", "callbacks": "https://x.example/"}),
        ("PATCH", "/api/v2/clients/{client}", "json", {"name": "x", "description": "d"}),
        ("GET", "/api/v2/users", "query", {"q": "email:\"ada@example.com\"", "sort": "email:1", "per_page": "2"}),
        ("POST", "/api/v2/users", "json", {**USER, "email_verified": "true"}),
        ("GET", "/api/v2/logs", "query", {"from": "900", "take": "2", "q": "type:f"}),
        ("GET", "/api/v2/connections", "query", {"strategy": "auth0"}),
        ("DELETE", "/api/v2/users/auth0%7C1", "query", {}),
    ],
}
