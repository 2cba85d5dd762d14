/* Keeps a part of a page fresh, but never under somebody's hands. */
(function () {
  "use strict";
  const hourglass = (window.hourglass = window.hourglass || {});
  let askedMs = hourglass.counter();
  let isAsking = false;

  async function refresh(node) {
    isAsking = true;
    try {
      const answer = await hourglass.get(node.dataset.refresh);
      if (!answer.ok || answer.redirected) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector(".refreshed");
      const old = node.querySelector(".refreshed");
      if (fresh !== null && old !== null && !hourglass.isInUse(node)) old.replaceWith(document.adoptNode(fresh));
    } catch (unreachable) {
      /* its time stands still, and is marked as old */
    } finally {
      isAsking = false;
    }
  }

  setInterval(() => {
    const node = document.querySelector("[data-refresh]");
    if (node === null || isAsking || document.hidden) return;
    const nowMs = hourglass.counter();
    if (nowMs - askedMs < Number(node.dataset.every) || hourglass.isInUse(node)) return;
    askedMs = nowMs;
    refresh(node);
  }, 250);
})();
