/* The bursts of alarms (IEC 60601-1-8), played by this screen, and what keeps it from doing so.

   Nothing here fails in silence: `state()` always says whether this screen could be heard now, and
   the strip shows it. A browser lets no page sound before somebody has touched it; a speaker that
   stands still although it should run is told from one that plays. */
(function () {
  "use strict";
  const hourglass = (window.hourglass = window.hourglass || {});
  const STUCK_MS = 3000; // the speaker's own clock must move within this
  const AHEAD_S = 0.05;
  const FIRST_PULSE_S = 0.25;
  const RANK = { high: 2, medium: 1 };

  let speaker = null; // AudioContext
  let gain = null; // volume of the whole screen
  let hasFailed = false;
  let moved = { at: -1, seenMs: 0 }; // when the speaker's clock was last seen moving
  let playing = null; // {priority, startS, everyS, end}: the bursts that go on
  let last = null; // the burst that began last, whether it was cut short or not
  const stood = new Map(); // by alarm: how urgent it was, and when it last was to be heard
  let settings = null;
  let settingsText = "";

  function sounds() {
    const node = document.querySelector("[data-display]");
    const text = (node && node.dataset.sounds) || "";
    if (text !== settingsText) {
      settingsText = text;
      settings = text ? JSON.parse(text) : null;
    }
    return settings;
  }

  function volume() {
    if (sounds() === null) return 0;
    const { lowest_volume: lowest, first_volume: first } = sounds();
    const kept = Number(hourglass.kept.get("volume", String(first)));
    return Math.min(100, Math.max(lowest, Number.isFinite(kept) ? kept : first));
  }

  function isQuietRoom() {
    return hourglass.kept.get("room", "station") === "quiet";
  }

  function open() {
    const Speaker = window.AudioContext;
    if (Speaker === undefined || hasFailed) return;
    try {
      speaker = new Speaker();
      gain = speaker.createGain();
      gain.connect(speaker.destination);
      moved = { at: -1, seenMs: hourglass.counter() };
    } catch (failed) {
      hasFailed = true;
      console.error("this browser has no sound", failed);
    }
  }

  /* Lay one burst out on a speaker's clock, from `startS` on; gives what ends it. */
  function schedule(onto, into, burst, harmonics, startS) {
    const wave = onto.createPeriodicWave(
      new Float32Array(harmonics.length + 1), Float32Array.from([0, ...harmonics]));
    const oscillator = onto.createOscillator();
    const shape = onto.createGain();
    oscillator.setPeriodicWave(wave);
    oscillator.frequency.value = burst.fundamental_hz;
    oscillator.connect(shape);
    shape.connect(into);
    shape.gain.setValueAtTime(0, startS);
    for (const onsetMs of burst.onsets_ms) {
      const at = startS + onsetMs / 1000;
      const full = at + burst.rise_ms / 1000;
      const end = at + burst.pulse_ms / 1000;
      shape.gain.setValueAtTime(0, at);
      shape.gain.linearRampToValueAtTime(1, full);
      shape.gain.setValueAtTime(1, Math.max(full, end - burst.fall_ms / 2000));
      shape.gain.linearRampToValueAtTime(0, end + burst.fall_ms / 2000);
    }
    const last = burst.onsets_ms[burst.onsets_ms.length - 1];
    oscillator.start(startS);
    oscillator.stop(startS + (last + burst.pulse_ms + burst.fall_ms) / 1000);
    oscillator.onended = () => shape.disconnect();
    return () => {
      shape.gain.cancelScheduledValues(0);
      shape.gain.setValueAtTime(0, onto.currentTime);
      oscillator.stop();
    };
  }

  function hush() {
    if (playing === null) return;
    playing.end();
    playing = null;
  }

  function play(priority) {
    const { bursts, harmonics } = sounds();
    const burst = bursts[priority];
    const startS = speaker.currentTime + AHEAD_S;
    gain.gain.value = volume() / 100;
    playing = {
      priority,
      startS,
      everyS: burst.every_ms / 1000,
      end: schedule(speaker, gain, burst, harmonics, startS),
    };
    last = playing;
    hourglass.sound.bursts += 1;
  }

  /* From one burst to the next the pause is kept, also where an alarm comes and goes: so it is heard
     no more often than one that stays. What is more urgent than the last burst waits for nothing,
     and what is news only for a burst that goes on. */
  function isDue(priority, isNews) {
    if (last === null || RANK[priority] > RANK[last.priority]) return true;
    return (playing === null && isNews) || speaker.currentTime >= last.startS + last.everyS - AHEAD_S;
  }

  function newsAfterMs() {
    return 1000 * Number(document.querySelector("[data-display]").dataset.soundsAgainS);
  }

  function watchSpeaker(counterMs) {
    if (speaker.state !== "running" || speaker.currentTime !== moved.at) {
      moved = { at: speaker.currentTime, seenMs: counterMs };
    }
  }

  hourglass.sound = {
    bursts: 0, // begun on this page
    schedule,
    /* Whether this screen can be heard: on, blocked, quiet, fault, none. */
    state() {
      if (sounds() === null) return "none";
      if (isQuietRoom()) return "quiet";
      if (speaker === null) return "none";
      if (speaker.state !== "running") return "blocked";
      return hourglass.counter() - moved.seenMs > STUCK_MS ? "fault" : "on";
    },
    isQuietRoom,
    /* Whatever is wanted next begins at once. */
    anew() {
      hush();
      last = null;
    },
    /* Whether any of the alarms that are to be heard ({id, priority}) was not a while ago, or was
       less urgent. Called with all of them a few times a second. */
    isNews(alarms, counterMs) {
      if (sounds() === null) return false;
      const againMs = newsAfterMs();
      stood.forEach((known, id) => { if (counterMs - known.atMs > againMs) stood.delete(id); });
      let isAny = false;
      alarms.forEach(({ id, priority }) => {
        const known = stood.get(id);
        isAny = isAny || known === undefined || RANK[priority] > known.rank;
        stood.set(id, { atMs: counterMs, rank: Math.max(RANK[priority], known === undefined ? 0 : known.rank) });
      });
      return isAny;
    },
    /* Somebody has seen these: when they are to be heard again, that is news. */
    forget: (ids) => ids.forEach((id) => stood.delete(id)),
    /* Whether the first pulse of a burst has left the speaker. */
    isPlaying: () => playing !== null && speaker.currentTime > playing.startS + FIRST_PULSE_S,
    volume,
    /* Repeat the burst of `priority` from now on; null is silence. Called a few times a second.
       `isNews`: it is not the alarm of a moment ago. */
    want(priority, counterMs, isNews) {
      if (sounds() === null) return;
      if (speaker === null) open();
      if (speaker === null) return;
      watchSpeaker(counterMs);
      const canPlay = !isQuietRoom() && speaker.state === "running" && priority in RANK;
      if (!canPlay) return hush();
      if (!isDue(priority, isNews)) return;
      hush();
      play(priority);
    },
    /* One burst of each, so that somebody can hear how loud this screen is. */
    tryOut() {
      unblock();
      if (speaker === null || sounds() === null) return;
      const { bursts, harmonics } = sounds();
      gain.gain.value = volume() / 100;
      const startS = speaker.currentTime + AHEAD_S;
      schedule(speaker, gain, bursts.medium, harmonics, startS);
      schedule(speaker, gain, bursts.high, harmonics, startS + 2);
    },
    setVolume(percent) {
      hourglass.kept.set("volume", String(Math.min(100, Math.max(0, percent))));
      hourglass.kept.set("volume", String(volume()));
      if (gain !== null) gain.gain.value = volume() / 100;
    },
    setRoom(room) {
      hourglass.kept.set("room", room);
    },
  };

  function unblock() {
    if (speaker === null) open();
    if (speaker !== null && speaker.state !== "running") {
      speaker.resume().catch(() => {}); // refused: the badge stays
    }
  }

  ["keydown", "pointerdown", "touchend"].forEach((name) =>
    document.addEventListener(name, unblock, { capture: true, passive: true }));
})();
