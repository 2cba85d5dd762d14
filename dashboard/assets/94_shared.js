/* Forms that several people fill in at one bed: what is typed survives reload, a lost network and a
   server that restarts, here and at another device of the same person; whoever has the same form
   open is told. Without this script the forms still work. */
(function () {
  "use strict";
  const hourglass = (window.hourglass = window.hourglass || {});
  const SAY_MS = 4000;
  const AGAIN_MS = 3000;
  const KEPT_MS = 12 * 3600 * 1000;
  const HIDDEN = ["pin", "password"];

  function place(form) {
    const path = /^\/session\/([^/]+)\/do\/([^/]+)/.exec(new URL(form.action).pathname);
    if (path === null) return null;
    const of = (field) => (form.elements.namedItem(field) || {}).value || "";
    const about = { observe: of("set") || "usual", amend: of("observation") }[path[2]];
    const name = about === undefined ? path[2] : path[2] + "-" + about;
    return { session: path[1], name, url: `/session/${path[1]}/draft/${name}` };
  }

  function read(form) {
    const typed = {};
    for (const [name, value] of new FormData(form)) {
      if (typeof value === "string" && !HIDDEN.includes(name)) typed[name] = value;
    }
    return typed;
  }

  const isSaid = (typed, item, value) =>
    "sys" in value
      ? Number(typed[item + "-sys"]) === Math.round(value.sys) &&
        Number(typed[item + "-dia"]) === Math.round(value.dia)
      : Number(typed[item]) === Number(value.value);

  /* What a person entered. What a device filled in is left out: after a while it says another thing,
     and its old number would stand under the time of the new one. */
  function entered(typed) {
    const kept = { ...typed };
    for (const name of Object.keys(typed).filter((one) => one.startsWith("device-"))) {
      delete kept[name];
      const item = name.slice("device-".length);
      try {
        if (!isSaid(typed, item, JSON.parse(typed[name]).value)) continue;
      } catch (nothing) {
        continue; // no device filled it in
      }
      ["", "-sys", "-dia"].forEach((part) => delete kept[item + part]);
    }
    return kept;
  }

  function write(form, typed) {
    for (const control of form.elements) {
      if (!control.name || HIDDEN.includes(control.name)) continue;
      if (control.type === "radio" || control.type === "checkbox") {
        control.checked = typed[control.name] === control.value;
      } else if (control.name in typed) {
        control.value = typed[control.name];
      }
    }
  }

  class Draft {
    constructor(form) {
      this.form = form;
      this.place = place(form);
      this.key = `draft-${this.place.session}-${this.place.name}`;
      this.opened = read(form);
      this.isSent = false;
      this.hasTyped = false;
      form.addEventListener("input", () => this.keep());
      form.addEventListener("submit", (event) => this.send(event));
    }

    get isTouched() {
      const now = read(this.form);
      return Object.keys({ ...now, ...this.opened }).some((n) => now[n] !== this.opened[n]);
    }

    keep() {
      const typed = this.isTouched ? entered(read(this.form)) : {};
      hourglass.kept.set(this.key, JSON.stringify({ typed, atMs: Date.now() }));
    }

    drop(isSent = true) {
      this.isSent = isSent;
      hourglass.kept.set(this.key, "");
    }

    /* What was typed before the page was closed, here or at another device of the same person. */
    async restore() {
      let local = null;
      try {
        local = JSON.parse(hourglass.kept.get(this.key, "") || "null");
      } catch (unreadable) {
        local = null;
      }
      const localAgeMs = local === null ? Infinity : Date.now() - local.atMs;
      const token = (local !== null && local.typed && local.typed["form-token"]) || "";
      const news = await this.ask(undefined, token);
      if (this.isTouched) return;
      const isSaved = news !== null && news.is_saved; // before the page could be told so
      if (isSaved) this.drop(false);
      if (!isSaved && localAgeMs < KEPT_MS && this.fill(local.typed, localAgeMs)) return;
      if (news !== null) this.fill(news.typed, news.age_s * 1000);
    }

    fill(typed, ageMs) {
      if (!typed || Object.keys(typed).length === 0) return false;
      write(this.form, entered(typed));
      this.hasTyped = true;
      const minutes = Math.round(ageMs / 60000);
      const words = minutes < 1 ? "a moment ago" : `${minutes} min ago`;
      const note = document.createElement("p");
      note.className = "notice";
      note.dataset.draft = "restored";
      note.textContent = `What you typed ${words} is back. `;
      const away = document.createElement("button");
      away.type = "button";
      away.className = "quiet";
      away.textContent = "Throw it away";
      away.addEventListener("click", async () => {
        this.drop();
        await this.say({});
        location.reload();
      });
      note.append(away);
      this.form.prepend(note);
      return true;
    }

    async ask(body, token = "") {
      try {
        const sent = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
        const url = token ? `${this.place.url}?token=${encodeURIComponent(token)}` : this.place.url;
        const answer = await fetch(url, { cache: "no-store", ...sent });
        return answer.ok && !answer.redirected ? await answer.json() : null;
      } catch (unreachable) {
        return null;
      }
    }

    async say(typed) {
      const seen = Number((this.form.elements.namedItem("form-seen") || {}).value) || 0;
      const news = await this.ask({ typed, seen });
      const node = document.querySelector("[data-presence]");
      if (news === null || node === null) return;
      const told = news.others.map((name) => `${name} has this form open, too.`);
      news.saved.forEach((words) => told.push(`${words} since you opened it.`));
      node.textContent = told.join(" ");
      node.hidden = told.length === 0;
    }

    /* A page on which nobody has typed yet says only that it is open: what was typed at another
       device of the same person stays. */
    tick() {
      if (this.isSent || !document.contains(this.form)) return;
      if (this.isTouched) this.hasTyped = true;
      this.say(this.isTouched ? entered(read(this.form)) : this.hasTyped ? {} : null);
    }

    async send(event) {
      event.preventDefault();
      if (this.isSending) return;
      this.isSending = true;
      this.keep();
      const body = new URLSearchParams(new FormData(this.form));
      let answer = null;
      try {
        answer = await fetch(this.form.action, { method: "POST", body });
      } catch (unreachable) {
        this.isSending = false;
        this.wait();
        return;
      }
      this.isSending = false;
      if (answer.redirected) {
        this.drop();
        location.assign(answer.url);
        return;
      }
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("#content");
      const old = document.querySelector("#content");
      if (fresh === null || old === null) {
        this.refused(answer.status);
        return;
      }
      old.replaceWith(document.adoptNode(fresh));
      const problem = document.querySelector("[data-problem], [role=alert]");
      if (problem !== null) {
        problem.tabIndex = -1;
        problem.focus();
      }
      begin(false);
    }

    /* The answer is no form: somebody has to know, and what was typed stays. */
    refused(status) {
      const isOut = status === 401 || status === 403;
      const node = document.createElement("div");
      node.className = "problem";
      node.setAttribute("role", "alert");
      node.dataset.draft = "refused";
      node.textContent = isOut
        ? "Not saved: nobody is logged in here any more. What you typed is kept on this device. "
        : "Not saved: Hourglass made a mistake. What you typed is kept on this device; send it again. ";
      if (isOut) {
        const link = document.createElement("a");
        link.href = "/login?next=" + encodeURIComponent(location.pathname + location.search);
        link.textContent = "Log in";
        node.append(link);
      }
      this.form.querySelectorAll("[data-draft=refused]").forEach((old) => old.remove());
      this.form.prepend(node);
      node.tabIndex = -1;
      node.focus();
    }

    /* Nothing is lost: the time it was seen is noted, and it is sent again with the same token. */
    wait() {
      const when = this.form.elements.namedItem("when");
      if (when !== null && when.type === "time" && !when.value) {
        when.value = hourglass.clock.minute(hourglass.clock.now()); // by the clinic's clock
        this.keep();
      }
      let node = this.form.querySelector("[data-draft=waiting]");
      if (node === null) {
        node = document.createElement("div");
        node.className = "problem";
        node.setAttribute("role", "alert");
        node.dataset.draft = "waiting";
        node.textContent =
          "Not saved yet: Hourglass cannot be reached. What you typed is kept on this device, " +
          "and is sent as soon as it can be. Watch the bedside monitor.";
        this.form.prepend(node);
      }
      setTimeout(() => {
        if (document.contains(this.form) && !this.isSent) this.form.requestSubmit();
      }, AGAIN_MS);
    }
  }

  let draft = null;

  function begin(mayRestore) {
    draft = null;
    const form = document.querySelector("form[data-shared]");
    if (form === null || place(form) === null) return;
    draft = new Draft(form);
    if (mayRestore && document.querySelector("[data-problem]") === null) draft.restore();
    draft.tick();
  }

  setInterval(() => {
    if (draft !== null && !document.hidden) draft.tick();
  }, SAY_MS);
  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", () => begin(true));
  } else {
    begin(true);
  }
})();
