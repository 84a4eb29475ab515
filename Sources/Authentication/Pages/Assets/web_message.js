// Hands the authorization response to the window that asked for it: the page around the frame, or the opener.
const { targetOrigin, message } = document.getElementById("authorization-response").dataset;
const asker = window.parent !== window ? window.parent : window.opener;
// Never to "*": only a page of that origin may read the response.
asker?.postMessage(JSON.parse(message), targetOrigin);
