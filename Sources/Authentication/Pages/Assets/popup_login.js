// Asks the page that opened this popup for name and password, in the words of WinChan, which auth0.js 7 and Lock 10 speak,
// and logs in by them. What comes of it is told by the page the login ends at; what goes wrong is told here.
const { action, clientId } = document.getElementById("popup-login").dataset;

// The names of auth0.js 7, and behind them those of 8.
const names = {
  redirect_uri: ["redirect_uri", "redirectUri", "callbackURL"],
  response_type: ["response_type", "responseType"],
  response_mode: ["response_mode", "responseMode"],
  scope: ["scope"],
  audience: ["audience"],
  state: ["state"],
  nonce: ["nonce"],
  _csrf: ["_csrf"],
  _intstate: ["_intstate"],
  connection: ["connection"],
  username: ["username", "email"],
  password: ["password"],
  auth0Client: ["auth0Client"],
};

const wanted = (params) => {
  const given = { ...params, ...params?.options };
  const body = {};
  for (const [name, spellings] of Object.entries(names)) {
    const value = spellings.map((spelling) => given[spelling]).find((value) => typeof value === "string");
    if (value !== undefined) body[name] = value;
  }
  return body;
};

// The answer is a form of this host that carries the login on.
const submit = (html) => {
  const answer = new DOMParser().parseFromString(html, "text/html").querySelector("form");
  const form = document.createElement("form");
  form.method = "post";
  form.action = answer.action;
  for (const { name, value } of answer.querySelectorAll("input[type=hidden]")) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name, value });
    form.append(field);
  }
  document.body.append(form);
  form.submit();
};

const logIn = async (params, origin) => {
  const tell = (what) => window.opener?.postMessage(JSON.stringify({ a: "response", d: what }), origin);
  try {
    const answer = await fetch(action, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ ...wanted(params), client_id: clientId, opener: origin, owp: "true" }),
    });
    const text = await answer.text();
    if (answer.ok) return submit(text);
    let details;
    try {
      details = JSON.parse(text);
    } catch {
      details = { code: "server_error", description: text };
    }
    tell({ err: { ...details, status: answer.status, details } });
  } catch {
    tell({ err: { status: 0, code: "request_error", details: { code: "request_error" } } });
  }
};

let isAsked = false;
window.addEventListener("message", ({ origin, source, data }) => {
  if (source !== window.opener) return;
  let asked;
  try {
    asked = JSON.parse(data);
  } catch {
    return;
  }
  if (asked?.a === "die") return window.close();
  if (asked?.a !== "request" || isAsked) return;
  isAsked = true;
  logIn(asked.d, origin);
});
// To whoever opened it: it says only that the page is there.
window.opener?.postMessage(JSON.stringify({ a: "ready" }), "*");
