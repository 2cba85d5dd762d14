/* Who is wanted where stands on top of every page of people within a second, and counts on. Walls
   say it on the tile. Times that are due count down. */
(function () {
  "use strict";
  const hourglass = (window.hourglass = window.hourglass || {});
  const EVERY_MS = 800;
  const PHONE = window.matchMedia("(max-width: 699px)");
  let bar = null;
  let isAsking = false;
  let told = "";

  function paint(calls) {
    const text = JSON.stringify(calls);
    if (text === told) return;
    told = text;
    if (bar === null) {
      bar = document.createElement("div");
      bar.className = "calls";
      bar.setAttribute("role", "alert");
      bar.dataset.calls = "";
      document.body.prepend(bar);
    }
    bar.replaceChildren(
      ...calls.map((call) => {
        const link = document.createElement("a");
        link.href = call.path;
        link.dataset.call = call.what;
        const words = call.what === "emergency" ? "EMERGENCY, " : "Help, ";
        link.textContent = words + call.label + (call.by ? ` (${call.by})` : "");
        return link;
      }),
    );
    bar.hidden = calls.length === 0;
  }

  /* On a phone the bed that calls is far down the ward screen. */
  function isAsked() {
    if (document.querySelector("[data-login-name], [data-bed-page]") !== null) return true;
    return PHONE.matches && document.querySelector('.ward[data-login="person"]') !== null;
  }

  async function ask() {
    isAsking = true;
    try {
      const answer = await fetch("/calls", { cache: "no-store" });
      if (answer.ok && !answer.redirected) paint(await answer.json());
    } catch (unreachable) {
      /* the strip and the banner say so; what was told stays */
    } finally {
      isAsking = false;
    }
  }

  setInterval(() => {
    if (!isAsked()) return;
    if (!isAsking && !document.hidden) ask();
  }, EVERY_MS);

  setInterval(() => {
    document.querySelectorAll("[data-due-at]").forEach((node) => {
      const left = (Date.parse(node.dataset.dueAt) - Date.now()) / 1000;
      if (!Number.isNaN(left)) hourglass.setText(node, hourglass.dueText(left));
    });
  }, 1000);
})();
