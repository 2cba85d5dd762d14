/* The server's clock as this browser knows it, and how long frames wait on their way here.

   Two clocks are never compared as such: the smallest of (arrival by our own counter minus the
   server's sent time) is taken as the way without waiting. What a frame took beyond it, it waited.
   What was taken grows by no more than two clocks drift apart, so that a line that falls behind and
   stays there does not look prompt after a while. */
(function () {
  "use strict";
  const hourglass = (window.hourglass = window.hourglass || {});
  const DRIFT = 0.0006; // a clock that is slewed (500 ppm) against one that is not quite right

  let zone = null;
  let formats = null;
  let offset = null;
  let syncedMs = 0;

  function inZone() {
    const settings = document.querySelector("[data-display]");
    const wanted = settings ? settings.dataset.timeZone : undefined;
    if (formats === null || zone !== wanted) {
      zone = wanted;
      const make = (parts) =>
        new Intl.DateTimeFormat("en-GB", Object.assign({ timeZone: zone || undefined }, parts));
      formats = {
        second: make({ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }),
        minute: make({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }),
        day: make({ weekday: "short", day: "numeric", month: "short" }),
      };
    }
    return formats;
  }

  hourglass.clock = {
    /* Take in a frame; gives how long it waited on its way, ms. */
    sync(sentMs, arrivedMs) {
      const way = arrivedMs - sentMs;
      const drifted = DRIFT * Math.max(0, arrivedMs - syncedMs);
      offset = offset === null ? way : Math.min(way, offset + drifted);
      syncedMs = arrivedMs;
      return way - offset;
    },
    /* Forget what was learnt: another server may answer after a reconnect. */
    forget() {
      offset = null;
    },
    /* Unix ms by the server's clock; null before it is known. */
    at(counterMs) {
      return offset === null ? null : counterMs - offset;
    },
    /* Now by the server's clock, ms; where no server said, by that of this machine. */
    now() {
      return offset === null ? Date.now() : hourglass.counter() - offset;
    },
    /* On a page without frames: what an answer says of the time, to the second. */
    hear(answer) {
      const sentMs = Date.parse(answer.headers.get("Date") || "");
      if (Number.isNaN(sentMs) || document.querySelector("main.ward[data-ward]") !== null) return;
      hourglass.clock.sync(sentMs, hourglass.counter());
    },
    second: (unixMs) => inZone().second.format(unixMs),
    minute: (unixMs) => inZone().minute.format(unixMs),
    /* "14:02", with the day where it is not today's. */
    since(unixMs, nowMs) {
      const text = inZone().minute.format(unixMs);
      const day = inZone().day.format(unixMs);
      return nowMs !== null && day !== inZone().day.format(nowMs) ? day + " " + text : text;
    },
  };
})();
