/* The socket to the server: opens it, keeps it open, and knows when nothing comes any more. */
(function () {
  "use strict";
  const hourglass = (window.hourglass = window.hourglass || {});
  const CONNECT_MS = 3000;
  const SILENT_MS = 2200; // frames come at least once a second
  const ABANDON_MS = 6000;
  const BEHIND_MS = 5000; // a new socket has nothing that waits before the news ...
  const BEHIND_FOR_MS = 10000; // ... so one that stays so far behind is given up
  const BACKOFF_MS = [250, 500, 1000, 2000];
  const REFUSALS = 3; // as many sockets in a row that never opened: ask for the page itself
  const REASONS = {
    4408: "this screen reads too slowly",
    4409: "too many open screens for this login",
  };

  /* `heard(frame, arrivedMs)` gets every frame and tells how long it waited on its way, ms, null if
     it was none of ours; `login` is "person" or "screen". */
  hourglass.open = function (ward, login, heard) {
    let socket = null;
    let openedMs = 0;
    let everOpened = false;
    let tries = 0;
    let refusals = 0;
    let retry = null;
    let closed = false;
    let told = {};
    let heardMs = null;
    let reason = "";
    let promptMs = 0; // when a frame last came that had not waited long
    let sleptMs = 0;
    const begunMs = hourglass.counter();

    function address() {
      const scheme = location.protocol === "https:" ? "wss://" : "ws://";
      return scheme + location.host + "/live?ward=" + encodeURIComponent(ward);
    }

    function leave() {
      const here = location.pathname + location.search;
      if (login === "screen") location.reload();
      else location.assign("/login?next=" + encodeURIComponent(here));
    }

    /* A refused socket does not say why. The page does: it leads to the login where that is due.
       Nobody stands at a wall to reload it, so it never leaves for a page that is not there. */
    async function askForPage(isRefused) {
      try {
        const answer = await fetch(location.href, { cache: "no-store", credentials: "same-origin" });
        const isElsewhere = answer.redirected && new URL(answer.url).pathname !== location.pathname;
        const isOut = isElsewhere || answer.status === 401 || answer.status === 403;
        if (!closed && (isOut || (isRefused && answer.ok))) leave();
      } catch (unreachable) {
        /* the server is away: keep trying */
      }
    }

    function drop() {
      if (socket === null) return;
      const old = socket;
      socket = null;
      old.onopen = old.onmessage = old.onclose = old.onerror = null;
      old.close();
    }

    function again() {
      if (closed || retry !== null) return;
      const wait = BACKOFF_MS[Math.min(tries, BACKOFF_MS.length - 1)];
      tries += 1;
      retry = setTimeout(() => {
        retry = null;
        connect();
      }, wait * (0.8 + 0.2 * Math.random()));
    }

    function connect() {
      if (closed) return;
      drop();
      openedMs = promptMs = hourglass.counter();
      sleptMs = hourglass.sleptMs;
      everOpened = false;
      const mine = new WebSocket(address());
      socket = mine;
      mine.onopen = () => {
        everOpened = true;
        told = {};
        refusals = 0;
      };
      mine.onmessage = (event) => {
        const arrivedMs = hourglass.counter();
        const waitedMs = heard(JSON.parse(event.data), arrivedMs);
        if (waitedMs !== null) {
          if (waitedMs < BEHIND_MS) promptMs = arrivedMs;
          heardMs = arrivedMs;
          tries = 0;
          reason = "";
        }
      };
      mine.onclose = (event) => {
        if (socket !== mine) return;
        socket = null;
        reason = REASONS[event.code] || "";
        if (event.code === 4401 && login === "person") return leave();
        if (event.code === 4401 || event.code === 4403) askForPage(true);
        else if (!everOpened && (refusals += 1) % REFUSALS === 0) askForPage(false);
        again();
      };
    }

    function hurry() {
      if (closed || navigator.onLine === false) return;
      const isWaiting = socket === null && retry !== null;
      if (!isWaiting) return;
      clearTimeout(retry);
      retry = null;
      connect();
    }

    const wakes = [
      [document, "visibilitychange"],
      [window, "pageshow"],
      [window, "online"],
    ];
    wakes.forEach(([target, name]) => target.addEventListener(name, hurry));
    connect();

    return {
      /* The link between server and browser: a few times a second. */
      link(counterMs) {
        const silentMs = counterMs - (heardMs === null ? begunMs : heardMs);
        const isSilent = silentMs > SILENT_MS;
        if (heardMs !== null && !isSilent && navigator.onLine !== false) {
          return { state: "up", since: null, detail: "" };
        }
        const since = heardMs === null ? null : hourglass.clock.at(heardMs);
        const unplugged = navigator.onLine === false ? "network unplugged" : "server unreachable";
        return {
          state: "down",
          since: since === null ? null : new Date(since).toISOString(),
          detail: reason || (heardMs === null && !isSilent ? "connecting" : unplugged),
          isNews: isSilent || (heardMs !== null && navigator.onLine === false),
        };
      },
      /* Tell the server something of this screen, once for as long as it is the same. */
      tell(name, value) {
        if (socket === null || !everOpened || socket.readyState !== 1 || told[name] === value) return;
        told[name] = value;
        socket.send(JSON.stringify({ [name]: value }));
      },
      /* Give up a socket that is open but silent, that never opens, that was open while this machine
         slept, or that stays behind. */
      watch(counterMs) {
        if (socket === null || closed) return;
        const isStuck = !everOpened && counterMs - openedMs > CONNECT_MS;
        const quietSince = Math.max(openedMs, heardMs === null ? 0 : heardMs);
        const isBehind = heardMs !== null && heardMs - promptMs > BEHIND_FOR_MS;
        const hasSlept = sleptMs !== hourglass.sleptMs;
        if (isStuck || isBehind || hasSlept || counterMs - quietSince > ABANDON_MS) {
          drop();
          again();
        }
      },
      close() {
        closed = true;
        clearTimeout(retry);
        wakes.forEach(([target, name]) => target.removeEventListener(name, hurry));
        drop();
      },
    };
  };
})();
