/* Help from a staff screen that nobody is logged in at: two touches, so that none is by mistake. It
   shows on every screen at once; who came ends it by name, at a screen of people. */
(function () {
  "use strict";
  const CLOSES_MS = 4000;
  const UNREACHED = "NOT called: Hourglass cannot be reached. Shout, or use the phone.";

  function part(tag, words, attributes) {
    const node = document.createElement(tag);
    node.textContent = words;
    Object.entries(attributes || {}).forEach(([name, value]) => node.setAttribute(name, value));
    return node;
  }

  function ask(button) {
    const ward = button.closest("[data-ward]").dataset.ward;
    const bed = button.closest("[data-bed]").dataset.bed;
    const label = button.dataset.callHelp;
    const dialog = part("dialog", "", { class: "help-dialog", "aria-labelledby": "help-title", "data-help-dialog": "" });
    const told = part("p", "", { role: "status", "data-help-told": "" });
    const call = part("button", "Call for help", { type: "button", class: "do" });
    const away = part("button", "Cancel", { type: "button", class: "quiet" });
    away.addEventListener("click", () => dialog.close());
    call.addEventListener("click", () => send(ward, bed, { dialog, told, call, away }));
    dialog.addEventListener("close", () => {
      dialog.remove();
      button.focus();
    });
    dialog.append(part("h2", `Help at ${label}?`, { id: "help-title" }), call, away, told);
    document.body.append(dialog);
    dialog.showModal();
    call.focus();
  }

  async function send(ward, bed, parts) {
    parts.call.disabled = true;
    const address = `/ward/${encodeURIComponent(ward)}/bed/${encodeURIComponent(bed)}/help`;
    let words = UNREACHED;
    try {
      const answer = await fetch(address, {
        method: "POST", headers: { accept: "application/json" }, body: new URLSearchParams() });
      const said = await answer.json();
      if (said.done) {
        words = "Help is called.";
        parts.call.hidden = true;
      } else words = `${said.reason}: ${said.what_to_do}.`;
    } catch (unreachable) {
      parts.call.disabled = false; // it can be tried again
    }
    parts.told.textContent = words;
    parts.away.textContent = "Close";
    if (words !== UNREACHED) setTimeout(() => parts.dialog.open && parts.dialog.close(), CLOSES_MS);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest ? event.target.closest("[data-call-help]") : null;
    if (button !== null && document.querySelector("[data-help-dialog]") === null) ask(button);
  });
})();
