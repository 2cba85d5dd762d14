/* What this browser remembers of its screen. One that keeps nothing begins anew each time. */
(function () {
  "use strict";
  const hourglass = (window.hourglass = window.hourglass || {});
  const PREFIX = "hourglass-";
  const unkept = new Map();

  hourglass.kept = {
    get(key, otherwise) {
      if (unkept.has(key)) return unkept.get(key);
      try {
        const kept = localStorage.getItem(PREFIX + key);
        return kept === null ? otherwise : kept;
      } catch (refused) {
        return otherwise;
      }
    },
    set(key, value) {
      try {
        localStorage.setItem(PREFIX + key, value);
        unkept.delete(key);
      } catch (refused) {
        unkept.set(key, value); // it holds until this page is closed
      }
    },
  };
})();
