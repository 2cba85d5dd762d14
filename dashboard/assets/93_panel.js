/* Keeps the panel of the bed page fresh, but never under somebody's hands. */
(function () {
  "use strict";
  const hourglass = (window.hourglass = window.hourglass || {});
  const EVERY_MS = 5000;
  const OLD_MS = 15000;
  let shown = null;
  let freshMs = hourglass.counter(); // when what stands there was so
  let askedMs = hourglass.counter();
  let isAsking = false;

  async function refresh(node) {
    isAsking = true;
    try {
      const answer = await hourglass.get(node.dataset.panel);
      if (!answer.ok || answer.redirected) return;
      const text = await answer.text();
      if (text === shown) freshMs = hourglass.counter();
      if (text === shown || hourglass.isInUse(node)) return;
      const page = new DOMParser().parseFromString(text, "text/html");
      const fresh = page.querySelector(".panel-inner");
      const old = node.querySelector(".panel-inner");
      if (fresh === null || old === null) return;
      const root = node.closest("[data-session]");
      if (root !== null && fresh.dataset.panelSession !== root.dataset.session) {
        location.reload();
        return;
      }
      if (!fresh.isEqualNode(old)) old.replaceWith(document.adoptNode(fresh));
      shown = text;
      freshMs = hourglass.counter();
    } catch (unreachable) {
      /* it says that it is old */
    } finally {
      isAsking = false;
    }
  }

  /* What is not refreshed, for whatever reason, says so. */
  function tellAge(node, nowMs) {
    const isOld = nowMs - freshMs > OLD_MS;
    let note = node.querySelector("[data-panel-old]");
    if (note === null) {
      if (!isOld) return;
      note = document.createElement("p");
      note.className = "problem";
      note.dataset.panelOld = "";
      node.prepend(note);
    }
    note.hidden = !isOld;
    if (isOld) hourglass.setText(note, "Last known " + hourglass.ageText((nowMs - freshMs) / 1000) + " ago");
  }

  document.addEventListener("hourglass-alarms", () => {
    const node = document.querySelector("[data-panel]");
    if (node !== null && !isAsking) refresh(node);
  });

  function tick() {
    const node = document.querySelector("[data-panel]");
    if (node === null) return;
    const nowMs = hourglass.counter();
    tellAge(node, nowMs);
    if (isAsking || document.hidden || nowMs - askedMs < EVERY_MS) return;
    if (hourglass.isInUse(node)) return;
    askedMs = nowMs;
    refresh(node);
  }

  document.addEventListener("visibilitychange", tick);
  setInterval(tick, 500);
})();
