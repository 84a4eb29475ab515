// Sends the authorization response on its way.
document.querySelector("form[data-autosubmit]")?.submit();
