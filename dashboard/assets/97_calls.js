/* Who is wanted where stands on top of every page of people within a second, and counts on. Walls
   say it on the tile. Times that are due count down. */
(function () {
  "use strict";
  const hourglass = (window.hourglass = window.hourglass || {});
  const EVERY_MS = 800;
  const LOST_MS = 5000;
  const PHONE = window.matchMedia("(max-width: 699px)");
  let bar = null;
  let isAsking = false;
  let told = "";
  let calls = [];
  let heardMs = hourglass.counter();

  function lineOf(call) {
    const link = document.createElement("a");
    link.href = call.path;
    link.dataset.call = call.what;
    const words = call.what === "emergency" ? "EMERGENCY, " : "Help, ";
    link.textContent = words + call.label + (call.by ? ` (${call.by})` : "");
    return link;
  }

  /* Pages with a strip say there that the server is away; the others say it here. */
  function lost() {
    if (hourglass.counter() - heardMs < LOST_MS || document.querySelector("main.ward") !== null) return [];
    const note = document.createElement("span");
    note.dataset.callsLost = "";
    note.textContent = "No connection: who is wanted where is not known here";
    return [note];
  }

  function paint() {
    const gone = lost();
    const text = JSON.stringify([calls, gone.length]);
    if (text === told) return;
    told = text;
    if (bar === null) {
      bar = document.createElement("div");
      bar.className = "calls";
      bar.setAttribute("role", "alert");
      bar.dataset.calls = "";
      document.body.prepend(bar);
    }
    bar.replaceChildren(...calls.map(lineOf), ...gone);
    bar.hidden = calls.length + gone.length === 0;
  }

  /* On a phone the bed that calls is far down the ward screen. */
  function isAsked() {
    if (document.querySelector("[data-login-name], [data-bed-page]") !== null) return true;
    return PHONE.matches && document.querySelector('.ward[data-login="person"]') !== null;
  }

  async function ask() {
    isAsking = true;
    try {
      const answer = await hourglass.get("/calls");
      hourglass.clock.hear(answer);
      if (!answer.ok || answer.redirected) return;
      calls = await answer.json();
      heardMs = hourglass.counter();
    } catch (unreachable) {
      /* what was told stays */
    } finally {
      isAsking = false;
      paint();
    }
  }

  document.addEventListener("visibilitychange", () => { heardMs = hourglass.counter(); });
  setInterval(() => {
    if (!isAsked()) return;
    if (!isAsking && !document.hidden) ask();
    else if (!document.hidden) paint();
  }, EVERY_MS);

  setInterval(() => {
    document.querySelectorAll("[data-due-at]").forEach((node) => {
      const left = (Date.parse(node.dataset.dueAt) - hourglass.clock.now()) / 1000;
      if (!Number.isNaN(left)) hourglass.setText(node, hourglass.dueText(left));
    });
  }, 1000);
})();
