/* Dash lays a refreshed table out anew; what somebody opened in it stays open. */
(function () {
  "use strict";
  const opened = new Set();
  const KEPT = 50;

  document.addEventListener(
    "toggle",
    (event) => {
      const node = event.target;
      if (!node.matches || !node.matches("details[id]") || !node.isConnected) return;
      opened.delete(node.id);
      if (node.open) opened.add(node.id);
      if (opened.size > KEPT) opened.delete(opened.values().next().value);
    },
    true,
  );

  function openAgain() {
    document.querySelectorAll("details[id]:not([open])").forEach((node) => {
      if (opened.has(node.id)) node.open = true;
    });
  }

  let watched = null;
  const observer = new MutationObserver(openAgain);
  setInterval(() => {
    const body = document.querySelector(".page-body");
    if (body === watched) return;
    observer.disconnect();
    watched = body;
    if (body !== null) observer.observe(body, { childList: true, subtree: true });
  }, 500);
})();
