// Asks a security key what the form says and posts what it answers. Bytes travel as base64url.

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
  // Disabled until here: without the script the form would post nothing, which counts as a wrong try.
  const button = form.querySelector("button[type=submit]");
  button.disabled = false;
  button.focus();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const publicKey = readable(JSON.parse(form.dataset.options));
    try {
      const credential = await navigator.credentials[form.dataset.securityKey]({ publicKey });
      const { clientDataJSON, attestationObject, authenticatorData, signature } = credential.response;
      const answer = {
        credential_id: credential.rawId, client_data: clientDataJSON, attestation: attestationObject,
        authenticator_data: authenticatorData, signature,
      };
      for (const [name, value] of Object.entries(answer)) {
        if (form.elements[name] && value) form.elements[name].value = textOf(value);
      }
      form.submit();
    } catch {
      // Cancelled, too late, or not the right key: browsers do not say which, and neither does this page.
      say("The security key did not answer. Try again.");
    }
  });
}
