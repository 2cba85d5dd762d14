/* Keeps the panel of the bed page fresh, but never under somebody's hands. */
(function () {
  "use strict";
  const hourglass = (window.hourglass = window.hourglass || {});
  const EVERY_MS = 5000;
  let shown = null;
  let askedMs = performance.now();
  let isAsking = false;

  async function refresh(node) {
    isAsking = true;
    try {
      const answer = await fetch(node.dataset.panel, { cache: "no-store" });
      if (!answer.ok || answer.redirected) return;
      const text = await answer.text();
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
    } catch (unreachable) {
      /* the strip and the banner say so */
    } finally {
      isAsking = false;
    }
  }

  document.addEventListener("hourglass-alarms", () => {
    const node = document.querySelector("[data-panel]");
    if (node !== null && !isAsking) refresh(node);
  });

  setInterval(() => {
    const node = document.querySelector("[data-panel]");
    const nowMs = performance.now();
    if (node === null || isAsking || document.hidden || nowMs - askedMs < EVERY_MS) return;
    if (hourglass.isInUse(node)) return;
    askedMs = nowMs;
    refresh(node);
  }, 500);
})();
