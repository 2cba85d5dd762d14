/* How much time passed: the browser's own counter, and what it missed while the machine slept.

   A tablet whose screen goes off stands still, and so does the counter, so that a number of half an
   hour ago would look a second old. The wall clock is used for nothing but to notice that it jumped. */
(function () {
  "use strict";
  const hourglass = (window.hourglass = window.hourglass || {});
  const NOTICED_MS = 2000; // a wall clock that is set right by less is no sleep

  let aheadMs = Date.now() - performance.now();

  hourglass.sleptMs = 0;
  /* Milliseconds since some moment; never stands still for long, never goes back. */
  hourglass.counter = function () {
    const counterMs = performance.now();
    const nowAheadMs = Date.now() - counterMs;
    if (nowAheadMs - aheadMs > NOTICED_MS) hourglass.sleptMs += nowAheadMs - aheadMs;
    aheadMs = nowAheadMs;
    return counterMs + hourglass.sleptMs;
  };
})();
