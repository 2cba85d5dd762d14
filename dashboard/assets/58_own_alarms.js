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

  const turns = new Map(); // by alarm: when its bursts began, when it last stood, when it is due

  /* Whether it may be heard. One that comes back before its next burst waits for that: a link that
     goes and comes is heard no more often than one that stays away. */
  function isTurn(alarm, counterMs) {
    const everyMs = hourglass.sound.everyMs(alarm.priority);
    const known = turns.get(alarm.id);
    let turn = known;
    if (known === undefined || counterMs - known.lastMs > everyMs) {
      turn = { beganMs: counterMs, dueMs: counterMs };
    } else if (!last.some((other) => other.id === alarm.id)) {
      const bursts = Math.ceil((counterMs - known.beganMs) / everyMs);
      turn.dueMs = known.beganMs + bursts * everyMs;
    }
    turn.lastMs = counterMs;
    turns.set(alarm.id, turn);
    return counterMs >= turn.dueMs;
  }

  let last = [];
  let unseen = []; // what nobody has acknowledged, and the server can be told of

  hourglass.ownAlarms = {
    seenWords,
    /* The burst to repeat for them, null for silence. `seen`: acknowledged ones sound no more. */
    sound(cause, own, seen, counterMs) {
      const fresh = standing(cause, own).filter((alarm) => seen[alarm.id] === undefined);
      const canBeSeen = (alarm) => alarm.id !== "browser" && !alarm.isCall;
      unseen = fresh.filter(canBeSeen).map((alarm) => alarm.id);
      Object.keys(seen).forEach((id) => turns.delete(id)); // the next one is news
      const audible = fresh.filter((alarm) => SOUNDS.includes(alarm.priority));
      const due = audible.filter((alarm) => isTurn(alarm, counterMs));
      last = audible;
      if (paused !== null && counterMs >= paused.untilMs) paused = null;
      const heard = due.filter((alarm) => paused === null || !paused.causes.includes(alarm.id));
      return loudest(heard);
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
