// Conveniences for the login and sign-up pages. Everything works without this file.

// What the page says is in its own language.
const texts = document.querySelector(".sheet").dataset;

for (const input of document.querySelectorAll("input[data-reveal]")) {
  const toggle = document.createElement("button");
  toggle.type = "button";
  toggle.className = "reveal";
  toggle.setAttribute("aria-controls", input.id);
  const show = (visible) => {
    input.type = visible ? "text" : "password";
    toggle.textContent = visible ? texts.hide : texts.show;
    toggle.setAttribute("aria-pressed", String(visible));
    toggle.setAttribute("aria-label", visible ? texts.hidePassword : texts.showPassword);
  };
  toggle.addEventListener("click", () => {
    show(input.type === "password");
    input.focus();
  });
  show(false);

  const wrapper = document.createElement("div");
  wrapper.className = "revealable";
  input.replaceWith(wrapper);
  wrapper.append(input, toggle);
  if (input.autofocus) input.focus();

  // A password manager may only save what is submitted as a password.
  input.form?.addEventListener("submit", () => show(false));
}

for (const form of document.querySelectorAll("form[data-busy-label]")) {
  const button = form.querySelector("button[type=submit]");
  const label = button.textContent;
  form.addEventListener("submit", (event) => {
    if (form.dataset.busy) {
      event.preventDefault(); // a second click must not post twice
      return;
    }
    form.dataset.busy = "true";
    button.setAttribute("aria-disabled", "true");
    button.textContent = form.dataset.busyLabel;
  });
  // The Back button may restore the page from memory as it was left.
  window.addEventListener("pageshow", () => {
    delete form.dataset.busy;
    button.removeAttribute("aria-disabled");
    button.textContent = label;
  });
}
