// Asks a security key or a passkey what the form says and posts what it answers. Bytes travel as base64url.

const bytesOf = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const textOf = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");

function readable(options) {
  const credentials = (list) => list?.map((credential) => ({ ...credential, id: bytesOf(credential.id) }));
  return {
    ...options,
    challenge: bytesOf(options.challenge),
    user: options.user && { ...options.user, id: bytesOf(options.user.id) },
    allowCredentials: credentials(options.allowCredentials),
    excludeCredentials: credentials(options.excludeCredentials),
  };
}

function say(problem) {
  const text = document.createElement("p");
  text.className = "problem";
  text.textContent = problem;
  document.querySelector(".problem-region").replaceChildren(text);
}

for (const form of document.querySelectorAll("form[data-security-key]")) {
  // Browsers without WebAuthn keep the button as it is: disabled, or hidden beside other ways in.
  if (!window.PublicKeyCredential) continue;
  // Disabled until here: without the script the form would post nothing, which counts as a wrong try.
  const button = form.querySelector("button[type=submit]");
  button.disabled = false;
  form.hidden = false;
  // On a page that asks for a password too, that has the focus.
  if (!document.querySelector("[autofocus]")) button.focus();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const publicKey = readable(JSON.parse(form.dataset.options));
    try {
      const credential = await navigator.credentials[form.dataset.securityKey]({ publicKey });
      const { clientDataJSON, attestationObject, authenticatorData, signature, userHandle } = credential.response;
      const answer = {
        credential_id: credential.rawId, client_data: clientDataJSON, attestation: attestationObject,
        authenticator_data: authenticatorData, signature, user_handle: userHandle,
      };
      for (const [name, value] of Object.entries(answer)) {
        if (form.elements[name] && value) form.elements[name].value = textOf(value);
      }
      form.submit();
    } catch {
      // Cancelled, too late, or not the right key: browsers do not say which, and neither does this page.
      say(form.dataset.problem ?? "The security key did not answer. Try again.");
    }
  });
}
