/* Asking the server for something small. A line that went dead says nothing: whoever waits for it
   would ask never again, so an answer that does not come in time is given up. */
(function () {
  "use strict";
  const hourglass = (window.hourglass = window.hourglass || {});
  const LIMIT_MS = 8000;

  hourglass.get = (address) =>
    fetch(address, { cache: "no-store", signal: AbortSignal.timeout(LIMIT_MS) });
})();
