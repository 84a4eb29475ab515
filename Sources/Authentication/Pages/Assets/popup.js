// Answers the page that opened this popup, in the words of WinChan, which auth0.js and Lock speak: the popup says that it
// is ready, the opener asks, the popup responds and the opener closes it.
const { targetOrigin, message } = document.getElementById("authorization-response").dataset;
// Never to "*": only a page of that origin may read the response.
const tell = (what) => window.opener?.postMessage(JSON.stringify(what), targetOrigin);

window.addEventListener("message", ({ origin, source, data }) => {
  if (origin !== targetOrigin || source !== window.opener) return;
  let asked;
  try {
    asked = JSON.parse(data);
  } catch {
    return;
  }
  if (asked?.a === "request") tell({ a: "response", d: JSON.parse(message) });
});
tell({ a: "ready" });
