/* Runs the ward screen: finds it on the page, keeps its socket, paints it four times a second. */
(function () {
  "use strict";
  const hourglass = (window.hourglass = window.hourglass || {});
  const TICK_MS = 250;
  const QUIET_MS = 30000; // nobody has touched the screen for as long

  let screen = null;
  let touchedMs = 0;

  function bind(root) {
    const grid = root.querySelector(".grid");
    const bound = {
      root,
      grid,
      tiles: new Map(),
      strip: hourglass.strip.bind(root),
      veil: hourglass.veil.bind(root),
      links: {},
      own: [],
      calls: {},
      seen: {}, // who has acknowledged which of the screen's own alarms
      toSign: null,
      stations: null,
      test: { id: "", bursts: 0 }, // the self-test under way, and the bursts begun before it
      lagS: 0,
      waitedS: 0,
      build: null,
      isFirst: true,
      isReloading: false,
      live: null,
      resized: grid === null ? null : new ResizeObserver(() => hourglass.grid.fit(grid)),
    };
    root.querySelectorAll("[data-bed]").forEach((article) => {
      bound.tiles.set(article.dataset.bed, hourglass.tiles.bind(article));
    });
    if (grid !== null) {
      bound.resized.observe(grid);
      hourglass.grid.fit(grid);
    }
    hourglass.clock.forget();
    bound.live = hourglass.open(root.dataset.ward, root.dataset.login, (frame, arrivedMs) =>
      take(bound, frame, arrivedMs));
    return bound;
  }

  function unbind(bound) {
    bound.live.close();
    if (bound.resized) bound.resized.disconnect();
    if (bound.veil) bound.veil.cancel();
  }

  /* Take in a frame and paint it at once. How long it waited on its way, ms; null if none of ours. */
  function take(bound, frame, arrivedMs) {
    if (frame.ward !== bound.root.dataset.ward) return null;
    if (frame.full) hourglass.clock.forget();
    const waitedMs = hourglass.clock.sync(frame.sent_ms, arrivedMs);
    bound.waitedS = waitedMs / 1000;
    bound.lagS = frame.lag_s || 0;
    bound.links = frame.links || bound.links;
    bound.own = frame.own || [];
    bound.calls = frame.calls || {};
    bound.seen = frame.seen || {};
    bound.toSign = frame.to_sign || null;
    bound.stations = frame.stations === undefined ? null : frame.stations;
    if (frame.full) bound.tiles.forEach((tile) => forget(tile, arrivedMs));
    Object.entries(frame.beds || {}).forEach(([bed, entry]) => {
      const tile = bound.tiles.get(bed);
      if (tile) hourglass.tiles.take(tile, entry.tile, arrivedMs - waitedMs - entry.held_ms);
    });
    Object.entries(frame.sparks || {}).forEach(([bed, lines]) => {
      const tile = bound.tiles.get(bed);
      if (tile) hourglass.spark.take(tile.spark, lines, arrivedMs);
    });
    noteBuild(bound, frame.build);
    const isCalled = takeCalls(bound);
    if (frame.full && !bound.isFirst) askForScripts(bound);
    bound.isFirst = false;
    const only = isCalled ? undefined : new Set(Object.keys(frame.beds || {}));
    paint(bound, arrivedMs, { state: "up", since: null, detail: "" }, only);
    return waitedMs;
  }

  /* Who is wanted where; true if that is news. */
  function takeCalls(bound) {
    let isNews = false;
    bound.tiles.forEach((tile, bed) => {
      const call = bound.calls[bed] || null;
      isNews = isNews || JSON.stringify(call) !== JSON.stringify(tile.wanted || null);
      tile.wanted = call;
    });
    return isNews;
  }

  /* A first frame has everything: what it does not say of a bed is not so any more. */
  function forget(tile, arrivedMs) {
    hourglass.tiles.take(tile, null, arrivedMs);
    hourglass.spark.take(tile.spark, null, arrivedMs);
  }

  /* One tile that cannot be painted must neither look live nor take the others with it. */
  function paintTile(tile, counterMs, isLost) {
    try {
      hourglass.tiles.paint(tile, counterMs, isLost);
    } catch (error) {
      hourglass.tiles.giveUp(tile);
      if (!tile.isGivenUp) console.error("bed " + tile.bed + " cannot be shown", error);
      tile.isGivenUp = true;
      return;
    }
    tile.isGivenUp = false;
  }

  /* Paint the strip and the tiles; `only` names the beds that changed, all without it. */
  function paint(bound, counterMs, browser, only) {
    const nowMs = hourglass.clock.at(counterMs);
    const cause = hourglass.strip.cause(bound.links, browser, nowMs);
    if (cause !== null) cause.seen = hourglass.ownAlarms.seenWords(bound.seen, cause.id);
    const isLost = cause !== null || browser.state === "down";
    const wasLost = bound.root.dataset.feed === "down";
    hourglass.setData(bound.root, "feed", isLost ? "down" : "up");
    bound.tiles.forEach((tile, bed) => {
      if (only === undefined || wasLost !== isLost || only.has(bed)) {
        paintTile(tile, counterMs, isLost);
      }
    });
    hourglass.order.paint(bound);
    hourglass.strip.paint(bound.strip, bound.links, browser, cause, bound.lagS + bound.waitedS, counterMs);
    hourglass.strip.paintToSign(bound.strip.toSign, bound.toSign, nowMs);
    sound(bound, cause, isLost, browser.state === "up", counterMs);
  }

  /* Whoever is wanted at a bed sounds as a high alarm until somebody came and ended the call. */
  function callAlarms(calls) {
    return Object.entries(calls).map(([bed, call]) =>
      ({ id: ["call", bed, call.what, call.since_ms].join("/"), priority: "high", isCall: true }));
  }

  /* The rules say in one word what sounds at a bed; its first alarm names it. */
  function heardAtBed(data) {
    const alarm = data && data.alarm;
    if (alarm && alarm.signal_state === "acknowledged") hourglass.sound.forget([alarm.id]);
    return data && data.sound ? [{ id: alarm ? alarm.id : "", priority: data.sound }] : [];
  }

  /* The loudest that should be heard here now. Without live data no bed's alarm is believed to go
     on: what sounds then is the one alarm of this screen itself. Calls come from the record, so
     they sound for as long as the server is there. */
  function sound(bound, cause, isLost, isReached, counterMs) {
    const own = isReached ? bound.own.concat(callAlarms(bound.calls)) : bound.own;
    const wanted = hourglass.ownAlarms.heard(cause, own, bound.seen, counterMs);
    if (!isLost) bound.tiles.forEach((tile) => wanted.push(...heardAtBed(tile.data)));
    const loudest = ["high", "medium"].find((priority) => wanted.some((a) => a.priority === priority)) || null;
    noteTest(bound, isLost);
    hourglass.sound.want(loudest, counterMs, hourglass.sound.isNews(wanted, counterMs));
    hourglass.ownAlarms.paint(bound.strip, bound.own, bound.seen, counterMs, isReached);
    const state = hourglass.soundBadge.paint(bound.root, bound.stations);
    bound.live.tell("sound", state);
    tellOfTest(bound);
  }

  /* A new self-test has a burst of its own, also where something sounds already. */
  function noteTest(bound, isLost) {
    let test = "";
    if (!isLost) bound.tiles.forEach((tile) => { test = (tile.data && tile.data.test) || test; });
    if (test === bound.test.id) return;
    bound.test = { id: test, bursts: hourglass.sound.bursts };
    if (test !== "") hourglass.sound.anew();
  }

  /* It asks how far its alarm got: onto the glass of this screen, out of its speaker. */
  function tellOfTest(bound) {
    const { id, bursts } = bound.test;
    if (id === "") return;
    requestAnimationFrame(() => setTimeout(() => bound.live.tell("painted", id)));
    if (hourglass.sound.bursts > bursts && hourglass.sound.isPlaying()) bound.live.tell("sounded", id);
  }

  /* A new server brings new scripts: load them when no alarm stands and nobody is at the screen. */
  function noteBuild(bound, build) {
    if (build === undefined || build === bound.build) return;
    if (bound.build === null) bound.build = build;
    else bound.isReloading = true;
  }

  const filesOf = (page) =>
    Array.from(page.querySelectorAll("script[src], link[href]"), (node) =>
      node.getAttribute("src") || node.getAttribute("href"))
      .filter((address) => /^\/(assets|kept)\//.test(address)).sort().join();

  /* After a reconnect another server may be there: are its scripts those of this page? */
  async function askForScripts(bound) {
    try {
      const answer = await fetch(location.href, { cache: "no-store" });
      if (!answer.ok || answer.redirected) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (filesOf(page) !== filesOf(document)) bound.isReloading = true;
    } catch (unreachable) {
      /* it is asked again after the next reconnect */
    }
  }

  async function reloadWhenQuiet(bound, counterMs) {
    const isQuiet =
      counterMs - touchedMs > QUIET_MS &&
      bound.root.dataset.feed === "up" &&
      !bound.root.querySelector('[data-alarm-priority="high"], [data-alarm-priority="medium"]');
    if (!isQuiet) return;
    bound.isReloading = false;
    try {
      const answer = await fetch(location.href, { cache: "no-store" });
      if (answer.ok) location.reload();
      else bound.isReloading = true;
    } catch (unreachable) {
      bound.isReloading = true;
    }
  }

  function tick() {
    const counterMs = hourglass.counter();
    hourglass.theme.paint(counterMs);
    const root = document.querySelector("main.ward[data-ward]");
    if (screen !== null && screen.root !== root) {
      unbind(screen);
      screen = null;
    }
    if (root === null) return;
    if (screen === null) screen = bind(root);
    screen.live.watch(counterMs);
    paint(screen, counterMs, screen.live.link(counterMs));
    hourglass.veil.pushBack(screen.veil); // only after painting: a screen that fails at it is veiled
    if (screen.isReloading) reloadWhenQuiet(screen, counterMs);
  }

  /* The three times of a number, only for whoever points at it. */
  document.addEventListener("pointerover", (event) => {
    const holder = event.target.closest ? event.target.closest("[data-of]") : null;
    if (holder === null || screen === null) return;
    const tile = screen.tiles.get(holder.closest("[data-bed]").dataset.bed);
    if (!tile) return;
    const text = hourglass.tiles.times(tile, holder.dataset.of);
    const number = holder.querySelector("[data-number]");
    if (number.title !== text) number.title = text;
    if (holder.title !== text) holder.title = text;
  });
  ["keydown", "pointerdown"].forEach((name) =>
    document.addEventListener(name, () => { touchedMs = hourglass.counter(); }));
  hourglass.repaint = tick;
  window.addEventListener("offline", tick);
  document.addEventListener("visibilitychange", tick);

  setInterval(tick, TICK_MS);
  tick();
})();
