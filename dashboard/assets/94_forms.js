/* Forms work without this. With it, what is wrong is read out at once, a button is not pressed
   twice, and what was typed outlives a reload or a lost network: in this tab, for this person. */
(function () {
  "use strict";
  const PREFIX = "hourglass-draft ";
  const KEPT_MS = 8 * 3600 * 1000;
  const OWN_FORMS = "form[data-form]:not([data-shared])"; // of shared ones 94_shared.js takes care
  const OWN = ["form-token", "form-seen", "form-next"];

  function who() {
    const node = document.querySelector("[data-login-name]");
    return node ? node.textContent : "";
  }

  /* What the form is about, such as a device: the same form about another has its own draft. */
  const about = (form) =>
    Array.from(form.elements)
      .filter((field) => field.type === "hidden" && !OWN.includes(field.name) && field.value.length < 80)
      .map((field) => field.value)
      .join(" ");

  const key = (form) =>
    [PREFIX + who(), new URL(form.action, location.href).pathname, form.dataset.form, about(form)].join(" ");

  const isKept = (field) =>
    field.name && !OWN.includes(field.name) && !["password", "hidden", "submit"].includes(field.type);

  function save(form) {
    const held = [];
    for (const field of form.elements) {
      if (!isKept(field)) continue;
      if (field.type === "radio" || field.type === "checkbox") {
        if (field.checked) held.push([field.name, field.value]);
      } else if (field.value !== field.defaultValue) {
        held.push([field.name, field.value]);
      }
    }
    try {
      sessionStorage.setItem(key(form), JSON.stringify({ at: Date.now(), held }));
    } catch (refused) {
      /* a browser that keeps nothing: the form works as before */
    }
  }

  function restore(form) {
    let kept = null;
    try {
      kept = JSON.parse(sessionStorage.getItem(key(form)));
    } catch (refused) {
      return;
    }
    if (!kept || Date.now() - kept.at > KEPT_MS) return;
    let isChanged = false;
    kept.held.forEach(([name, value]) => {
      const found = Array.from(form.elements).filter((field) => field.name === name && isKept(field));
      found.forEach((field) => {
        if (field.type === "radio" || field.type === "checkbox") {
          if (field.value === value && !field.checked) {
            field.checked = true;
            isChanged = true;
          }
        } else if (field.value !== value) {
          field.value = value;
          isChanged = true;
        }
      });
    });
    if (isChanged) tell(form);
  }

  function tell(form) {
    const note = document.createElement("p");
    note.className = "notice";
    note.setAttribute("role", "status");
    note.dataset.draft = "";
    note.textContent = "What you typed before is here again; it is not saved yet.";
    form.prepend(note);
  }

  function forget(form) {
    try {
      sessionStorage.removeItem(key(form));
    } catch (refused) {
      /* nothing was kept */
    }
  }

  /* A form that was saved leads to another page, which says so: its draft is not needed any more. */
  function forgetSaved() {
    let sent = null;
    try {
      sent = sessionStorage.getItem(PREFIX + "sent");
      sessionStorage.removeItem(PREFIX + "sent");
      if (sent !== null && document.querySelector(".done")) sessionStorage.removeItem(sent);
    } catch (refused) {
      /* nothing was kept */
    }
  }

  function begin() {
    forgetSaved();
    document.querySelectorAll(OWN_FORMS).forEach((form) => {
      if (form.querySelector("[data-problem]") === null) restore(form);
    });
    const problem = document.querySelector("[data-problem]");
    if (problem) problem.focus();
  }

  document.addEventListener("input", (event) => {
    const form = event.target.closest && event.target.closest(OWN_FORMS);
    if (form) save(form);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches || !form.matches(OWN_FORMS)) return;
    if (form.dataset.sent === "yes") {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    form.querySelectorAll(".do").forEach((button) => button.setAttribute("aria-disabled", "true"));
    try {
      sessionStorage.setItem(PREFIX + "sent", key(form));
    } catch (refused) {
      forget(form);
    }
    setTimeout(() => {
      delete form.dataset.sent;
      form.querySelectorAll(".do").forEach((button) => button.removeAttribute("aria-disabled"));
    }, 8000); // the network may be gone: then it can be sent again, and is done once
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) document.querySelectorAll("form[data-form]").forEach((form) => delete form.dataset.sent);
  });

  begin(); // the last thing in the page: everything is there
})();
