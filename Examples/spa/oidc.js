// A small OpenID Connect client for browsers: authorization code with PKCE, checked id tokens, silent renewal.
//
// It keeps the access token and the id token in memory. The refresh token lives in sessionStorage, so that a
// reload of the tab stays logged in; it is rotated by the server each time it is used, and a stolen copy that is
// used twice ends the whole family.

const LEEWAY_SECONDS = 60;
const RENEW_BEFORE_EXPIRY_SECONDS = 60;
const FRAME_TIMEOUT_MILLISECONDS = 10_000;

/** An error the authorization server answered with, or a response that cannot be trusted. */
export class OidcError extends Error {
  constructor(code, description) {
    super(description ?? code);
    this.name = "OidcError";
    this.code = code;
  }
}

export class OidcClient extends EventTarget {
  #discovery;
  #keys;
  #tokens;
  #renewal;
  #timer;

  /** @param {{domain: string, client_id: string, audience?: string, scope?: string}} config */
  constructor(config) {
    super();
    this.config = config;
    this.issuer = `https://${config.domain}/`;
    this.scope = config.scope ?? "openid profile email offline_access";
    this.redirectUri = `${location.origin}/`;
    this.storagePrefix = `oidc.${config.client_id}.`;
  }

  /** The tokens of the present login, or undefined. */
  get tokens() {
    return this.#tokens;
  }

  /** Finishes a login that just came back, or resumes the one of this tab. True when somebody is logged in. */
  async resume() {
    const query = new URLSearchParams(location.search);
    if (query.has("state") && (query.has("code") || query.has("error"))) {
      // The code must not stay in the address bar, the history or a Referer.
      history.replaceState(null, "", location.pathname);
      await this.#finish(query);
      return true;
    }
    if (sessionStorage.getItem(`${this.storagePrefix}refresh_token`)) {
      await this.renew();
      return true;
    }
    return false;
  }

  /** Leaves for the login page. */
  async login(extra = {}) {
    const { url } = await this.#authorizationRequest(extra);
    location.assign(url);
  }

  /** Gets new tokens without the user: by refresh token, else in a hidden frame where the server offers it. */
  renew() {
    this.#renewal ??= this.#renew().finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  /** An access token that is good for at least the next minute. */
  async accessToken() {
    if (!this.#tokens) throw new OidcError("login_required", "Nobody is logged in.");
    if (this.#tokens.expiresAt - Date.now() < RENEW_BEFORE_EXPIRY_SECONDS * 1000) await this.renew();
    return this.#tokens.accessToken;
  }

  /** The user's claims from the userinfo endpoint. */
  async userinfo() {
    const { userinfo_endpoint } = await this.#discover();
    const response = await fetch(userinfo_endpoint, {
      headers: { Authorization: `Bearer ${await this.accessToken()}` },
    });
    if (!response.ok) throw new OidcError("userinfo_failed", `${response.status} ${await response.text()}`);
    return response.json();
  }

  /** Forgets the tokens and ends the session at the server. */
  logout(returnTo = this.redirectUri) {
    this.#forget();
    const query = new URLSearchParams({ client_id: this.config.client_id, returnTo });
    location.assign(`${this.issuer}v2/logout?${query}`);
  }

  async #authorizationRequest(extra) {
    const { authorization_endpoint } = await this.#discover();
    const verifier = randomText();
    const transaction = { state: randomText(), nonce: randomText(), verifier };
    sessionStorage.setItem(`${this.storagePrefix}transaction`, JSON.stringify(transaction));
    const query = new URLSearchParams({
      client_id: this.config.client_id,
      redirect_uri: this.redirectUri,
      response_type: "code",
      scope: this.scope,
      state: transaction.state,
      nonce: transaction.nonce,
      code_challenge: base64url(await sha256(verifier)),
      code_challenge_method: "S256",
      ...(this.config.audience ? { audience: this.config.audience } : {}),
      ...extra,
    });
    return { url: `${authorization_endpoint}?${query}` };
  }

  async #finish(response) {
    const key = `${this.storagePrefix}transaction`;
    const transaction = JSON.parse(sessionStorage.getItem(key) ?? "null");
    sessionStorage.removeItem(key);
    if (!transaction || transaction.state !== response.get("state")) {
      throw new OidcError("invalid_state", "The answer does not belong to a login started in this tab.");
    }
    // RFC 9207 §2.4: an answer of another authorization server is a mix-up attack.
    if (response.has("iss") && response.get("iss") !== this.issuer) {
      throw new OidcError("invalid_issuer", "The answer comes from another authorization server.");
    }
    if (response.has("error")) throw new OidcError(response.get("error"), response.get("error_description"));
    const answer = await this.#requestToken({
      grant_type: "authorization_code",
      code: response.get("code"),
      redirect_uri: this.redirectUri,
      code_verifier: transaction.verifier,
    });
    await this.#accept(answer, transaction.nonce);
  }

  async #renew() {
    const refreshToken = sessionStorage.getItem(`${this.storagePrefix}refresh_token`);
    try {
      if (refreshToken) {
        try {
          const answer = await this.#requestToken({ grant_type: "refresh_token", refresh_token: refreshToken });
          return await this.#accept(answer);
        } catch (error) {
          if (error.code !== "invalid_grant") throw error;
          sessionStorage.removeItem(`${this.storagePrefix}refresh_token`);
        }
      }
      await this.#renewInFrame();
    } catch (error) {
      if (error.code === "login_required" || error.code === "invalid_grant") this.#forget();
      throw error;
    }
  }

  async #renewInFrame() {
    const { response_modes_supported = [] } = await this.#discover();
    if (!response_modes_supported.includes("web_message")) {
      throw new OidcError("login_required", "The session is over. Please log in again.");
    }
    const { url } = await this.#authorizationRequest({ prompt: "none", response_mode: "web_message" });
    await this.#finish(new URLSearchParams(await answerOfFrame(url, new URL(this.issuer).origin)));
  }

  async #requestToken(parameters) {
    const { token_endpoint } = await this.#discover();
    const response = await fetch(token_endpoint, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ client_id: this.config.client_id, ...parameters }),
    });
    const body = await response.json();
    if (!response.ok) throw new OidcError(body.error, body.error_description);
    return body;
  }

  async #accept(answer, nonce) {
    const previous = this.#tokens?.claims;
    const claims = await this.#verify(answer.id_token, nonce);
    if (previous && previous.sub !== claims.sub) {
      throw new OidcError("invalid_token", "The renewed token belongs to another user.");
    }
    this.#tokens = {
      accessToken: answer.access_token,
      idToken: answer.id_token,
      scope: answer.scope ?? this.scope,
      expiresAt: Date.now() + answer.expires_in * 1000,
      claims,
    };
    if (answer.refresh_token) {
      sessionStorage.setItem(`${this.storagePrefix}refresh_token`, answer.refresh_token);
    }
    this.#schedule(answer.expires_in);
    this.dispatchEvent(new Event("change"));
  }

  #schedule(seconds) {
    clearTimeout(this.#timer);
    const delay = Math.max(5, seconds - RENEW_BEFORE_EXPIRY_SECONDS) * 1000;
    // A longer delay than a signed 32-bit number of milliseconds would fire at once.
    this.#timer = setTimeout(() => this.renew().catch(() => {}), Math.min(delay, 2 ** 31 - 1));
  }

  #forget() {
    clearTimeout(this.#timer);
    this.#tokens = undefined;
    sessionStorage.removeItem(`${this.storagePrefix}refresh_token`);
    this.dispatchEvent(new Event("change"));
  }

  /** OpenID Connect Core §3.1.3.7. */
  async #verify(idToken, nonce) {
    const { header, claims, signed, signature } = parts(idToken);
    if (header.alg !== "RS256") {
      throw new OidcError("invalid_token", `The id token is signed with ${header.alg}; this client needs RS256.`);
    }
    const key = await this.#key(header.kid);
    const authentic = await crypto.subtle.verify("RSASSA-PKCS1-v1_5", key, signature, signed);
    const audience = [claims.aud].flat();
    const now = Date.now() / 1000;
    const rules = [
      [authentic, "its signature is not good"],
      [claims.iss === this.issuer, `its issuer is ${claims.iss}`],
      [audience.includes(this.config.client_id), "it is meant for another client"],
      [audience.length === 1 || claims.azp === this.config.client_id, "it was issued to another client"],
      [claims.exp > now - LEEWAY_SECONDS, "it has expired"],
      [claims.iat < now + LEEWAY_SECONDS, "it was issued in the future"],
      [nonce === undefined || claims.nonce === nonce, "it belongs to another login"],
    ];
    for (const [holds, complaint] of rules) {
      if (!holds) throw new OidcError("invalid_token", `The id token is refused: ${complaint}.`);
    }
    return claims;
  }

  async #key(kid) {
    // An unknown key id may be a freshly rotated key: look once more before refusing.
    for (const fresh of [false, true]) {
      if (fresh || !this.#keys) {
        const { jwks_uri } = await this.#discover();
        this.#keys = (await (await fetch(jwks_uri)).json()).keys;
      }
      const jwk = this.#keys.find((candidate) => candidate.kid === kid && candidate.kty === "RSA");
      if (jwk) {
        const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
        return crypto.subtle.importKey("jwk", { kty: jwk.kty, n: jwk.n, e: jwk.e }, algorithm, false, ["verify"]);
      }
    }
    throw new OidcError("invalid_token", "The id token is signed with an unknown key.");
  }

  async #discover() {
    this.#discovery ??= fetch(`${this.issuer}.well-known/openid-configuration`).then((response) => {
      if (!response.ok) throw new OidcError("discovery_failed", `${this.issuer} answered ${response.status}.`);
      return response.json();
    });
    try {
      return await this.#discovery;
    } catch (error) {
      this.#discovery = undefined;
      throw error;
    }
  }
}

/** Decodes a JWT without checking it, to be looked at; undefined for an opaque token. */
export function peek(token) {
  try {
    const { header, claims } = parts(token);
    return { header, claims };
  } catch {
    return undefined;
  }
}

function parts(token) {
  const pieces = token.split(".");
  if (pieces.length !== 3) throw new OidcError("invalid_token", "This is not a signed JWT.");
  const [header, claims] = pieces.slice(0, 2).map((piece) => JSON.parse(new TextDecoder().decode(bytes(piece))));
  const signed = new TextEncoder().encode(`${pieces[0]}.${pieces[1]}`);
  return { header, claims, signed, signature: bytes(pieces[2]) };
}

/** Loads an authorization request in a hidden frame and waits for its web_message answer. */
function answerOfFrame(url, origin) {
  return new Promise((resolve, reject) => {
    const frame = document.createElement("iframe");
    frame.hidden = true;
    const done = (settle, value) => {
      clearTimeout(timer);
      window.removeEventListener("message", listen);
      frame.remove();
      settle(value);
    };
    const listen = (event) => {
      if (event.origin !== origin || event.source !== frame.contentWindow) return;
      if (event.data?.type === "authorization_response") done(resolve, event.data.response);
    };
    const timeout = () => done(reject, new OidcError("login_required", "The server did not answer in time."));
    const timer = setTimeout(timeout, FRAME_TIMEOUT_MILLISECONDS);
    window.addEventListener("message", listen);
    frame.src = url;
    document.body.append(frame);
  });
}

const sha256 = (text) => crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));

const randomText = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

function base64url(buffer) {
  const text = btoa(String.fromCharCode(...new Uint8Array(buffer)));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function bytes(text) {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
