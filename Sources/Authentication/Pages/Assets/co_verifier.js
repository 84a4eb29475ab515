// Gets the verifier of a cross-origin login from the application's own page and sends it on.
const form = document.querySelector("form[data-co-id]");
const { coLocation, coOrigin, coId } = form.dataset;

const frame = document.createElement("iframe");
frame.hidden = true;
frame.src = `${coLocation}#origin=${encodeURIComponent(window.location.origin)}`;

// Without an answer the form goes without a verifier, and the application is told that the login failed.
const submit = (verifier) => {
  window.removeEventListener("message", answer);
  form.elements.verifier.value = typeof verifier === "string" ? verifier : "";
  form.submit();
};
const patience = window.setTimeout(submit, 5_000);

function answer(event) {
  if (event.source !== frame.contentWindow || event.origin !== coOrigin) return;
  if (event.data?.type === "ready") {
    frame.contentWindow.postMessage({ type: "co_verifier_request", request: { id: coId } }, coOrigin);
  } else if (event.data?.type === "co_verifier_response") {
    window.clearTimeout(patience);
    submit(event.data.response?.verifier);
  }
}

window.addEventListener("message", answer);
document.body.append(frame);
