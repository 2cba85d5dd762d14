/* A page that refreshes itself says when it last did; when it stops doing so, it says that. */
(function () {
  "use strict";
  const hourglass = (window.hourglass = window.hourglass || {});
  const OLD_MS = 7000; // refreshed every 2 s

  let node = null;
  let text = "";
  let changedMs = 0;

  setInterval(() => {
    const found = document.querySelector("[data-as-of]");
    const nowMs = hourglass.counter();
    if (found !== node || (found !== null && found.textContent !== text)) {
      node = found;
      text = found === null ? "" : found.textContent;
      changedMs = nowMs;
    }
    if (node !== null) hourglass.setData(node, "asOf", nowMs - changedMs > OLD_MS ? "old" : "");
  }, 1000);
})();
