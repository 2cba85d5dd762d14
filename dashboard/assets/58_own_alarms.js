/* The alarms of the screen itself: one for each root cause, whatever ingest can still say.

   What makes every number doubtful stands in the banner; it is medium, and sounds here, at once and
   without the server's help. Whoever is at the screen may pause its sound for a while; another cause
   breaks through. */
(function () {
  "use strict";
  const hourglass = (window.hourglass = window.hourglass || {});
  const { dueText, setData, setText } = hourglass;
  const SOUNDS = ["high", "medium"];

  let paused = null; // {causes, untilMs}

  function pauseMs() {
    const node = document.querySelector("[data-display]");
    return 1000 * Number((node && node.dataset.audioPauseS) || 0);
  }

  function loudest(alarms) {
    return SOUNDS.find((priority) => alarms.some((alarm) => alarm.priority === priority)) || null;
  }

  /* All that this screen alarms by itself: the banner's cause first. */
  function standing(cause, own) {
    const banner = cause === null ? [] : [{ id: cause.id, priority: "medium" }];
    return banner.concat(own);
  }

  let last = [];

  hourglass.ownAlarms = {
    /* The burst to repeat for them, null for silence. */
    sound(cause, own, counterMs) {
      last = standing(cause, own).filter((alarm) => SOUNDS.includes(alarm.priority));
      if (paused !== null && counterMs >= paused.untilMs) paused = null;
      const heard = last.filter((alarm) => paused === null || !paused.causes.includes(alarm.id));
      return loudest(heard);
    },
    /* Seconds for which their sound is still paused; 0 when it is not. */
    pausedS: (counterMs) => (paused === null ? 0 : Math.max(0, (paused.untilMs - counterMs) / 1000)),
    paint(nodes, own, counterMs) {
      const isOwn = last.length > 0 && pauseMs() > 0;
      if (nodes.pause.hidden === isOwn) nodes.pause.hidden = !isOwn;
      const left = hourglass.ownAlarms.pausedS(counterMs);
      setText(nodes.pause, left > 0 ? "audio paused " + dueText(left) : "Audio pause");
      setData(nodes.pause, "paused", left > 0 ? "yes" : "no");
      setText(nodes.list, own.map((alarm) => hourglass.alarmLine.MARKS[alarm.priority] + " " + alarm.text).join(" · "));
      setData(nodes.list, "priority", loudest(own) || (own.length ? "low" : "none"));
      if (nodes.list.hidden === own.length > 0) nodes.list.hidden = own.length === 0;
    },
  };

  document.addEventListener("click", (event) => {
    if (!event.target.closest || !event.target.closest("[data-own-pause]")) return;
    const nowMs = performance.now();
    paused = paused === null ? { causes: last.map((alarm) => alarm.id), untilMs: nowMs + pauseMs() } : null;
    hourglass.repaint();
  });
})();
