/* The server's clock as this browser knows it, and how long frames wait on their way here.

   Two clocks are never compared as such: the smallest of (arrival by our own counter minus the
   server's sent time) over the last minute is taken as the way without waiting. What a frame took
   beyond it, it waited. */
(function () {
  "use strict";
  const hourglass = (window.hourglass = window.hourglass || {});
  const SLICE_MS = 30000;

  let zone = null;
  let formats = null;
  let older = null; // smallest offset of the slice before this one
  let newest = null;
  let sliceBegun = 0;

  function offset() {
    if (newest === null) return null;
    return older === null ? newest : Math.min(older, newest);
  }

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
      if (newest === null || arrivedMs - sliceBegun > SLICE_MS) {
        older = newest;
        newest = way;
        sliceBegun = arrivedMs;
      } else if (way < newest) {
        newest = way;
      }
      return Math.max(0, way - offset());
    },
    /* Forget what was learnt: another server may answer after a reconnect. */
    forget() {
      older = newest = null;
    },
    /* Unix ms by the server's clock; null before the first frame. */
    at(counterMs) {
      const known = offset();
      return known === null ? null : counterMs - known;
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
