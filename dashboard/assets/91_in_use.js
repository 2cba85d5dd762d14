/* What somebody has the hands on is not exchanged under them. */
(function () {
  "use strict";
  const hourglass = (window.hourglass = window.hourglass || {});

  hourglass.isInUse = (node) => {
    const focused = document.activeElement;
    return focused !== null && focused !== document.body && node.contains(focused);
  };
})();
