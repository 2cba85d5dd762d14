/* The alarms of the screen itself: one for each root cause, whatever ingest can still say.

   What makes every number doubtful stands in the banner; it is medium, and sounds here, at once and
   without the server's help. Whoever is at the screen may pause its sound for a while; another cause
   breaks through. A person by name may acknowledge it: the server tells every screen. The sound of a
   call for help is paused in the same way. */
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

  /* Who has seen an alarm, and when; empty while nobody has. */
  function seenWords(seen, id) {
    const said = seen[id];
    return said === undefined ? "" : " ✓ " + (said.by || "seen") + " " + hourglass.clock.minute(said.at_ms);
  }

  let last = [];
  let unseen = []; // what nobody has acknowledged, and the server can be told of

  hourglass.ownAlarms = {
    seenWords,
    /* Those of them that are to be heard. `seen`: acknowledged ones sound no more. */
    heard(cause, own, seen, counterMs) {
      const fresh = standing(cause, own).filter((alarm) => seen[alarm.id] === undefined);
      const canBeSeen = (alarm) => alarm.id !== "browser" && !alarm.isCall;
      unseen = fresh.filter(canBeSeen).map((alarm) => alarm.id);
      hourglass.sound.forget(Object.keys(seen)); // the next one is news
      last = fresh.filter((alarm) => SOUNDS.includes(alarm.priority));
      if (paused !== null && counterMs >= paused.untilMs) paused = null;
      return last.filter((alarm) => paused === null || !paused.causes.includes(alarm.id));
    },
    /* Seconds for which their sound is still paused; 0 when it is not. */
    pausedS: (counterMs) => (paused === null ? 0 : Math.max(0, (paused.untilMs - counterMs) / 1000)),
    paint(nodes, own, seen, counterMs, isReached) {
      const isOwn = last.length > 0 && pauseMs() > 0;
      if (nodes.pause.hidden === isOwn) nodes.pause.hidden = !isOwn;
      const left = hourglass.ownAlarms.pausedS(counterMs);
      setText(nodes.pause, left > 0 ? "audio paused " + dueText(left) : "Audio pause");
      setData(nodes.pause, "paused", left > 0 ? "yes" : "no");
      if (nodes.acknowledge !== null) nodes.acknowledge.hidden = unseen.length === 0 || !isReached;
      setText(nodes.list, own.map((alarm) =>
        hourglass.alarmLine.MARKS[alarm.priority] + " " + alarm.text + seenWords(seen, alarm.id)).join(" · "));
      setData(nodes.list, "priority", loudest(own) || (own.length ? "low" : "none"));
      if (nodes.list.hidden === own.length > 0) nodes.list.hidden = own.length === 0;
    },
  };

  async function acknowledge(button) {
    const ward = button.closest("[data-ward]").dataset.ward;
    const body = new URLSearchParams(unseen.map((id) => ["alarm", id]));
    button.disabled = true;
    try {
      const address = "/ward/" + encodeURIComponent(ward) + "/alarms/acknowledge";
      const answer = await fetch(address, { method: "POST", headers: { accept: "application/json" }, body });
      setData(button, "refused", answer.ok && !answer.redirected ? "no" : "yes");
    } catch (unreachable) {
      setData(button, "refused", "yes"); // the banner says why
    } finally {
      button.disabled = false;
    }
  }

  document.addEventListener("click", (event) => {
    if (!event.target.closest) return;
    const button = event.target.closest("[data-own-acknowledge]");
    if (button !== null) acknowledge(button);
    if (!event.target.closest("[data-own-pause]")) return;
    const nowMs = hourglass.counter();
    paused = paused === null ? { causes: last.map((alarm) => alarm.id), untilMs: nowMs + pauseMs() } : null;
    hourglass.repaint();
  });
})();
