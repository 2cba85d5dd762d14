/* The alarm line of a tile: mark, text, who has seen it, how many more, what is held back. */
(function () {
  "use strict";
  const hourglass = (window.hourglass = window.hourglass || {});
  const { dueText, setData, setText } = hourglass;
  const MARKS = { high: "!!!", medium: "!!", low: "!" };
  const LONG = 27; // letters from which they are set smaller, so that value and limit are read
  const URGENCY = { high: 6, medium: 4, low: 2 };
  const SAID_MS = 10000;
  const CALLED = 8; // somebody is wanted there

  function word(alarm) {
    if (alarm.signal_state === "latched") return "over, not seen";
    if (alarm.signal_state === "acknowledged") return "✓ " + (alarm.by ? alarm.by.split(" ").pop() : "seen");
    return alarm.is_escalated ? "escalated" : "";
  }

  const heldWords = (data, sinceS) =>
    data && data.held && data.held.left_s > sinceS ? data.held.words : "nothing";

  /* What is held back, and for how long still; being off the monitor comes second. */
  function paintHeld(parts, data, sinceS) {
    const isHeld = heldWords(data, sinceS) !== "nothing";
    const isOff = Boolean(data && data.off_monitor_s !== undefined);
    if (parts.held.hidden === (isHeld || isOff)) parts.held.hidden = !(isHeld || isOff);
    if (!isHeld && !isOff) return;
    const words = isHeld ? data.held.words : "off monitor";
    const isShort = !isHeld && data.alarm; // the alarm needs the room
    const left = dueText((isHeld ? data.held.left_s : data.off_monitor_s) - sinceS);
    setData(parts.held, "bell", isHeld ? "yes" : "no");
    setText(parts.heldWords, (isShort ? "off" : words) + " ");
    setText(parts.left, left);
    if (parts.held.title !== words) parts.held.title = words;
  }

  /* The sound of a bed can be paused where staff stand; not by visitors, and not without the server. */
  function paintPause(tile, parts, isLost) {
    const screen = tile.node.closest("[data-audience]");
    const can = !isLost && Boolean(tile.data && tile.data.sound) &&
      screen !== null && screen.dataset.audience === "staff";
    if (parts.pause.hidden === can) parts.pause.hidden = !can;
  }

  /* Who does not see the screen hears of an alarm once, when it comes; not of what is silent. */
  function sayNews(tile, alarm) {
    const place = document.querySelector("[data-alarms-said]");
    const isNews = alarm && alarm.signal_state === "active" && alarm.priority !== "low";
    if (place === null || !isNews || alarm.id === tile.alarm.saidId) return;
    tile.alarm.saidId = alarm.id;
    const line = document.createElement("p");
    const bed = tile.node.querySelector(".bed").textContent.trim();
    line.textContent = bed + ": " + alarm.priority + " alarm, " + alarm.text;
    place.append(line);
    setTimeout(() => line.remove(), SAID_MS);
  }

  /* Lists that show the same alarms fetch themselves anew at once. */
  function tellOfNews(tile, parts, data) {
    const digest = data ? JSON.stringify([data.alarm, data.sound, Boolean(data.held)]) : "";
    if (digest === parts.digest) return;
    const isFirst = parts.digest === "";
    parts.digest = digest;
    if (isFirst) parts.saidId = data && data.alarm ? data.alarm.id : "";
    else sayNews(tile, data && data.alarm);
    if (!isFirst) document.dispatchEvent(new CustomEvent("hourglass-alarms"));
  }

  async function pauseSound(button) {
    const bed = button.closest("[data-bed]").dataset.bed;
    const ward = button.closest("[data-ward]").dataset.ward;
    const address = "/ward/" + encodeURIComponent(ward) + "/bed/" + encodeURIComponent(bed) + "/alarms/pause";
    button.disabled = true;
    try {
      const answer = await fetch(address, { method: "POST", headers: { accept: "application/json" },
        body: new URLSearchParams() });
      const told = answer.ok ? null : await answer.json();
      button.title = told === null ? "audio pause" : "not paused: " + told.reason;
      setData(button, "refused", told === null ? "no" : "yes");
    } catch (unreachable) {
      setData(button, "refused", "yes"); // the strip says why
    } finally {
      button.disabled = false;
    }
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest ? event.target.closest("[data-alarm-pause]") : null;
    if (button !== null) pauseSound(button);
  });

  hourglass.alarmLine = {
    MARKS,
    bind(article) {
      const part = (selector) => article.querySelector(selector);
      return {
        line: part(".alarm-line"),
        text: part(".alarm-text"),
        word: part(".alarm-word"),
        more: part(".alarm-more"),
        held: part(".alarm-held"),
        heldWords: part(".alarm-held-words"),
        left: part(".alarm-left"),
        pause: part("[data-alarm-pause]"),
        digest: "",
        saidId: "",
      };
    },
    paint(tile, sinceS, isLost) {
      const alarm = tile.data && tile.data.alarm;
      const parts = tile.alarm;
      setData(tile.node, "alarmPriority", alarm ? alarm.priority : "none");
      setData(tile.node, "alarmState", alarm ? alarm.signal_state : "none");
      setText(parts.text, alarm ? MARKS[alarm.priority] + " " + alarm.text : "");
      if (parts.text.title !== parts.text.textContent) parts.text.title = parts.text.textContent;
      setData(parts.line, "long", parts.text.textContent.length > LONG ? "yes" : "no");
      setText(parts.word, alarm ? word(alarm) : "");
      const unseen = (alarm && alarm.more_unseen) || "";
      setData(parts.more, "unseen", unseen || "none");
      setText(parts.more, alarm && alarm.more ? "+" + alarm.more + (unseen ? " " + MARKS[unseen] : "") : "");
      paintHeld(parts, tile.data, sinceS);
      setData(tile.node, "held", heldWords(tile.data, sinceS));
      paintPause(tile, parts, isLost);
      tellOfNews(tile, parts, tile.data);
    },
    /* How urgent a bed is, for whoever turns sorting on: higher first, 0 without an alarm. */
    urgency(tile) {
      if (tile.wanted || (tile.data && tile.data.call)) return CALLED;
      const alarm = tile.data && tile.data.alarm;
      if (!alarm) return 0;
      return URGENCY[alarm.priority] + (alarm.signal_state === "acknowledged" ? 0 : 1);
    },
  };
})();
