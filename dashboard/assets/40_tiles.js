/* Paints tiles: what a frame said, aged to this very moment. Only what changed is touched. */
(function () {
  "use strict";
  const hourglass = (window.hourglass = window.hourglass || {});
  const { ageText, dueText, setData, setText, stateAt } = hourglass;
  const NOTHING_YET = "··";
  const AGE_SHOWN_S = 1.6; // one reading a second is no news; one that is missed is
  const LONG_DUE = 46; // letters from which they are set smaller, so that the time is read
  const DASH = "–";
  const COURSE_STATES = ["infusing", "paused"];

  function numberParts(node) {
    const holder = node.closest("[data-of]");
    return {
      node,
      holder,
      sub: holder.querySelector(".sub"),
      unit: holder.querySelector(".unit"),
      delta: holder.querySelector(".delta"),
      name: node.dataset.number,
      isSpot: node.dataset.number === "nibp",
    };
  }

  function bind(article) {
    const part = (selector) => article.querySelector(selector);
    return {
      node: article,
      bed: article.dataset.bed,
      numbers: Array.from(article.querySelectorAll("[data-number]"), numberParts),
      session: part(".session-state"),
      sessionSince: part(".session-since"),
      initials: part(".initials"),
      series: part(".series"),
      nurse: part(".nurse"),
      simulated: part(".simulated"),
      minutes: part(".minutes"),
      minutesNumber: part("[data-minutes]"),
      minutesWord: part(".minutes-word"),
      bar: part(".bar"),
      barFill: part(".bar-fill"),
      alarm: hourglass.alarmLine.bind(article),
      due: part(".due"),
      call: part(".call"),
      note: part(".note"),
      steps: part(".steps"),
      ordered: part(".ordered"),
      ends: part(".ends"),
      drug: part(".drug"),
      spark: hourglass.spark.bind(article),
      isGivenUp: false,
      data: null,
      madeAt: 0, // our counter, ms: when the ages of `data` were true
      paintedMs: null, // the server's clock when `data` was painted
    };
  }

  function show(node, isShown) {
    if (node.hidden === isShown) node.hidden = !isShown;
  }

  function subText(number, state, age, isSpot) {
    if (state === "never") return "";
    if (state === "invalid") return number.why;
    if (age === null) return state === "stale" ? "last known" : "";
    return isSpot || state !== "live" || age >= AGE_SHOWN_S ? ageText(age) : "";
  }

  function paintNumber(parts, number, sinceS, isLost) {
    show(parts.holder, number !== undefined);
    if (number === undefined) {
      setData(parts.node, "state", "never");
      setText(parts.node, NOTHING_YET);
      return "never";
    }
    const age = number.age_s === undefined ? null : number.age_s + sinceS;
    const state = stateAt(number, age, isLost);
    setData(parts.node, "state", state);
    setData(parts.holder, "shows", state);
    const empty = state === "invalid" ? DASH : NOTHING_YET;
    setText(parts.node, state === "invalid" || state === "never" ? empty : number.text || DASH);
    setText(parts.sub, subText(number, state, age, parts.isSpot));
    if (parts.delta) setText(parts.delta, state === "live" ? number.delta || "" : "");
    return state;
  }

  /* Minutes count on while the pump's last word may be believed, and no longer. */
  function runningS(tile, sinceS) {
    const session = tile.data.session;
    const rate = tile.data.numbers.rate;
    if (!session.is_counting) return session.running_s || 0;
    const believed =
      rate && rate.stale_s !== undefined ? Math.max(0, rate.stale_s - rate.age_s) : sinceS;
    return (session.running_s || 0) + Math.min(sinceS, believed);
  }

  function minutesLeft(leftS) {
    if (leftS < 0) return ["+" + Math.floor(-leftS / 60), "min over"];
    if (leftS < 60) return [String(Math.ceil(leftS)), "s left"];
    return [String(Math.round(leftS / 60)), "min left"];
  }

  function minutesShown(session, running, stateAge) {
    if (COURSE_STATES.includes(session.state)) {
      if (session.planned_s !== undefined) return minutesLeft(session.planned_s - running);
      return [String(Math.floor(running / 60)), "min running"];
    }
    if (session.open_steps !== undefined) return [String(session.open_steps), "open"];
    if (session.state === "recovery" && stateAge !== null) {
      return [String(Math.floor(stateAge / 60)), "min since stop"];
    }
    return ["", ""];
  }

  function initialsText(session) {
    if (!session || !session.initials) return "";
    return session.initials_shared ? "two " + session.initials + "!" : session.initials;
  }

  function paintSession(tile, sinceS, pumpState, isLost) {
    const data = tile.data;
    const session = data && data.session;
    setData(tile.node, "sessionState", session ? session.state : "none");
    const idle = data === null || data.is_empty ? "empty" : "no session";
    setText(tile.session, session ? session.state : idle);
    const stateAge =
      session && session.state_age_s !== undefined ? session.state_age_s + sinceS : null;
    const paused = session && session.state === "paused" && stateAge !== null;
    const why = paused && session.why ? " · " + session.why : "";
    setText(tile.sessionSince, paused ? ageText(stateAge) + why : "");
    setText(tile.initials, initialsText(session));
    setText(tile.series, (session && session.series) || "");
    setText(tile.nurse, (session && session.nurse) || "");
    setText(tile.steps, ((session && session.steps) || []).join(" · "));
    const running = session ? runningS(tile, sinceS) : 0;
    const [count, word] = session ? minutesShown(session, running, stateAge) : ["", ""];
    setText(tile.minutesNumber, count);
    setText(tile.minutesWord, word);
    const byPump = Boolean(session && COURSE_STATES.includes(session.state));
    const isSilent = byPump && pumpState === "stale";
    const doubted = isLost || data === null || data.is_retained || isSilent;
    setData(tile.minutes, "state", count === "" ? "never" : doubted ? "stale" : "live");
    const share = session && session.planned_s && COURSE_STATES.includes(session.state)
      ? Math.min(1, running / session.planned_s) : null;
    show(tile.bar, share !== null);
    const scale = "scaleX(" + (share === null ? 0 : share.toFixed(3)) + ")";
    if (tile.barFill.style.transform !== scale) tile.barFill.style.transform = scale;
  }

  /* What the record says comes before what ingest says: it is known without ingest, too. */
  function paintCall(tile, sinceS, nowMs) {
    const told = tile.data && tile.data.call;
    const call = tile.wanted || told;
    const isAged = tile.wanted && nowMs !== null;
    const forS = isAged ? (nowMs - tile.wanted.since_ms) / 1000 : told ? told.for_s + sinceS : 0;
    setData(tile.node, "call", call ? call.what : "none");
    setText(tile.call, call ? call.what.toUpperCase() + " " + ageText(Math.max(0, forS)) : "");
  }

  /* What the alarm line says already does not stand below it once more. */
  function isAlarmed(tile, note) {
    const alarm = tile.data.alarm;
    const begins = note.text.split(/ \d/)[0];
    return alarm !== undefined && begins.length > 8 && alarm.text.startsWith(begins);
  }

  function paintDue(tile, sinceS) {
    const due = tile.data && tile.data.due;
    setData(tile.due, "nextDue", due ? due.due_at : "");
    const left = due ? due.in_s - sinceS : 0;
    setText(tile.due, due ? due.what + " " + dueText(left) : "");
    setData(tile.due, "overdue", due && left < 0 ? "yes" : "no");
    setData(tile.due, "long", tile.due.textContent.length > LONG_DUE ? "yes" : "no");
    const told = (tile.data && tile.data.notes) || [];
    const notes = told.filter((note) => !isAlarmed(tile, note));
    const age = (note) => (note.age_s === undefined ? "" : " " + ageText(note.age_s + sinceS));
    setText(tile.note, notes.map((note) => note.text + age(note)).join(" · "));
  }

  function paintDose(tile) {
    const dose = (tile.data && tile.data.dose) || {};
    setText(tile.ordered, dose.ordered ? "of " + dose.ordered : "");
    setText(tile.ends, dose.end_ms ? "ends " + hourglass.clock.minute(dose.end_ms) : "");
    setText(tile.drug, dose.drug || "");
  }

  hourglass.tiles = {
    bind,
    /* Take in what a frame says of a bed; `madeAt` is when its ages were true, by our counter. */
    take(tile, data, madeAt) {
      tile.data = data;
      tile.madeAt = madeAt;
      tile.paintedMs = hourglass.clock.at(hourglass.counter());
    },
    paint(tile, counterMs, isLost) {
      const sinceS = Math.max(0, (counterMs - tile.madeAt) / 1000);
      const numbers = tile.data ? tile.data.numbers : {};
      const states = {};
      for (const parts of tile.numbers) {
        const isAlways = !tile.data && parts.holder.classList.contains("vital");
        const number = isAlways ? { state: "never" } : numbers[parts.name];
        states[parts.name] = paintNumber(parts, number, sinceS, isLost);
      }
      paintSession(tile, sinceS, states.rate || "never", isLost);
      hourglass.spark.paint(tile.spark, states, counterMs, isLost);
      hourglass.alarmLine.paint(tile, sinceS, isLost);
      paintDue(tile, sinceS);
      paintCall(tile, sinceS, hourglass.clock.at(counterMs));
      paintDose(tile);
      show(tile.simulated, Boolean(tile.data && tile.data.is_simulated));
      const isEmpty = !tile.data || Boolean(tile.data.is_empty);
      setData(tile.node, "known", isEmpty ? "no" : "yes");
    },
    /* What a tile holds cannot be painted: nothing of it may be believed. */
    giveUp(tile) {
      tile.numbers.forEach((parts) => setData(parts.node, "state", "stale"));
      setData(tile.minutes, "state", "stale");
      setText(tile.session, "cannot be shown");
    },
    /* Measured, received and painted times of a number, for whoever points at it. */
    times(tile, name) {
      const number = tile.data && tile.data.numbers[name];
      if (!number || number.measured_ms === undefined) return "";
      const at = hourglass.clock.second;
      const painted = tile.paintedMs === null ? "" : ", painted " + at(tile.paintedMs);
      return "measured " + at(number.measured_ms) + ", received " + at(number.received_ms) + painted;
    },
  };
})();
