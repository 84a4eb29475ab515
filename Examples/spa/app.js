import { OidcClient, peek } from "./oidc.js";

const element = (id) => document.getElementById(id);
const pretty = (value) => JSON.stringify(value, null, 2);

const config = await (await fetch("config.json")).json();
const oidc = new OidcClient(config);
let renewals = 0;

function show(state) {
  document.body.dataset.state = state;
  for (const part of document.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== state;
}

function complain(error) {
  element("problem").textContent = error ? `${error.code ? `${error.code}: ` : ""}${error.message}` : "";
  element("problem").hidden = !error;
}

function render() {
  const tokens = oidc.tokens;
  if (!tokens) {
    show("logged-out");
    return;
  }
  const { claims } = tokens;
  element("bar-name").textContent = claims.nickname ?? claims.name ?? "";
  element("profile-name").textContent = claims.name ?? claims.nickname ?? claims.sub;
  element("profile-email").textContent = claims.email ?? claims.sub;
  element("picture").hidden = !claims.picture;
  if (claims.picture) element("picture").src = claims.picture;
  element("expires").textContent = new Date(tokens.expiresAt).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
  element("renewals").textContent = renewals;
  element("scope").textContent = tokens.scope;
  element("claims").textContent = pretty(claims);
  const decoded = peek(tokens.accessToken);
  element("access-token").textContent = decoded ? pretty(decoded) : `${tokens.accessToken}\n\n(opaque)`;
  show("logged-in");
}

/** Runs a button's work; what goes wrong is told on the page. */
function onClick(id, work) {
  const button = element(id);
  button.addEventListener("click", async () => {
    complain();
    button.disabled = true;
    try {
      await work();
    } catch (error) {
      complain(error);
    } finally {
      button.disabled = false;
    }
  });
}

async function callApi() {
  const response = await fetch(config.api, { headers: { Authorization: `Bearer ${await oidc.accessToken()}` } });
  return { status: response.status, body: await response.json() };
}

async function showAnswer(answer) {
  element("api-answer").textContent = "Calling…";
  element("api-answer").hidden = false;
  try {
    element("api-answer").textContent = pretty(await answer());
  } catch (error) {
    element("api-answer").hidden = true;
    throw error;
  }
}

element("domain").textContent = config.domain;
// A broken picture says less than none.
element("picture").addEventListener("error", () => {
  element("picture").hidden = true;
});
oidc.addEventListener("change", render);
onClick("login", () => oidc.login());
onClick("logout", () => oidc.logout());
onClick("call-api", () => showAnswer(callApi));
onClick("call-userinfo", () => showAnswer(() => oidc.userinfo()));
onClick("renew", async () => {
  await oidc.renew();
  renewals += 1;
  render();
});

try {
  await oidc.resume();
} catch (error) {
  complain(error);
}
render();
