/* A page whose script hangs can say nothing. The veil's animation runs in the compositor, which
   does not need the script: it comes up by itself unless it is pushed back a few times a second. */
(function () {
  "use strict";
  const hourglass = (window.hourglass = window.hourglass || {});
  const FROZEN_AFTER_MS = 5000;
  const FADE_MS = 300;

  hourglass.veil = {
    bind(root) {
      const node = root.querySelector("[data-veil]");
      if (node === null || typeof node.animate !== "function") return null;
      const total = FROZEN_AFTER_MS + FADE_MS;
      return node.animate(
        [
          { opacity: 0, offset: 0 },
          { opacity: 0, offset: FROZEN_AFTER_MS / total },
          { opacity: 1, offset: 1 },
        ],
        { duration: total, fill: "forwards" },
      );
    },
    pushBack(animation) {
      if (animation === null) return;
      animation.currentTime = 0;
      if (animation.playState !== "running") animation.play();
    },
  };
})();
