/* The strip and the banner: clock, links, lag, and the one line when there is no live data. */
(function () {
  "use strict";
  const hourglass = (window.hourglass = window.hourglass || {});
  const { setData, setText } = hourglass;
  const LAG_SHOWN_S = 2;
  /* Without any of these nothing on the screen is news; the first that is down is the cause. */
  const VITAL_LINKS = ["broker", "ingest", "record"];

  function unixMs(since) {
    const ms = since ? Date.parse(since) : NaN;
    return Number.isNaN(ms) ? null : ms;
  }

  function paintLink(node, link, nowMs) {
    const isUp = link.state === "up";
    setData(node, "state", isUp ? "up" : "down");
    const since = isUp ? null : unixMs(link.since);
    const words = isUp ? [] : [since === null ? "" : "since " + hourglass.clock.since(since, nowMs)];
    if (!isUp && link.detail) words.push(link.detail);
    const text = words.filter(Boolean).join(", ");
    setText(node.querySelector(".link-since"), text);
    if (node.title !== text) node.title = text;
  }

  function noLiveData(since, cause, nowMs) {
    const when = since === null ? "" : " since " + hourglass.clock.since(since, nowMs);
    return "NO LIVE DATA" + when + ", watch the bedside monitors (" + cause + ")";
  }

  hourglass.strip = {
    bind(root) {
      return {
        clock: root.querySelector("[data-clock]"),
        lag: root.querySelector("[data-lag]"),
        banner: root.querySelector("[data-banner]"),
        acknowledge: root.querySelector("[data-own-acknowledge]"),
        toSign: root.querySelector("[data-to-sign]"),
        pause: root.querySelector("[data-own-pause]"),
        list: root.querySelector("[data-own-alarms]"),
        links: Array.from(root.querySelectorAll("[data-link]"), (node) => [node.dataset.link, node]),
      };
    },
    /* The one root cause that makes every number doubtful: which link, and as the banner says it;
       null when all is up. */
    cause(links, browser, nowMs) {
      if (browser.state === "down") {
        if (!browser.isNews) return null;
        return { id: "browser", text: noLiveData(unixMs(browser.since), browser.detail, nowMs) };
      }
      for (const name of VITAL_LINKS) {
        const link = links[name];
        if (link && link.state === "down") {
          return { id: name, text: noLiveData(unixMs(link.since), name + " down", nowMs) };
        }
      }
      return null;
    },
    /* How many sessions wait for a signature; only people who may sign are told. */
    paintToSign(node, toSign, nowMs) {
      if (node === null) return;
      const count = toSign ? toSign.count : 0;
      if (node.hidden === count > 0) node.hidden = count === 0;
      if (count === 0) return;
      const age = nowMs === null ? "" : ", oldest " + hourglass.ageText((nowMs - toSign.oldest_ms) / 1000);
      setText(node, count + " to sign" + age);
    },
    paint(strip, links, browser, cause, lagS, counterMs) {
      const text = cause === null ? null : cause.text + (cause.seen || "");
      const nowMs = hourglass.clock.at(counterMs);
      if (nowMs !== null) setText(strip.clock, hourglass.clock.second(nowMs));
      for (const [name, node] of strip.links) {
        const link = name === "browser" ? browser : links[name];
        paintLink(node, link || { state: "down", detail: "not known" }, nowMs);
      }
      const behind = text === null && lagS > LAG_SHOWN_S;
      strip.lag.hidden = !behind;
      setText(strip.lag, behind ? "LAG " + lagS.toFixed(0) + " s behind" : "");
      const isShown = text !== null;
      if (strip.banner.hidden === isShown) strip.banner.hidden = !isShown;
      setText(strip.banner, text || "");
      setData(strip.banner, "seen", cause !== null && cause.seen ? "yes" : "no");
    },
  };
})();
