/* The spark lines of a tile: SpO2 as a line of the lowest of each step, cuff readings as dots.

   Drawn in seconds since the first of them; now is at the right edge, so a bed that falls silent shows
   a gap that grows, and old numbers move away from where new ones would stand. Nothing joins two
   numbers between which none was measured. */
(function () {
  "use strict";
  const hourglass = (window.hourglass = window.hourglass || {});
  const { setData } = hourglass;
  const SVG = "http://www.w3.org/2000/svg";
  const HEIGHT = 100;
  const MOVE_EVERY_MS = 5000;
  const MARGIN = 0.02; // of the width, so that a spot of this moment is whole
  const UNITS = { spo2: "%", sbp: "mmHg" };

  function settings() {
    const node = document.querySelector("[data-spark-lines]");
    const text = node === null ? "" : node.dataset.sparkLines;
    return text ? JSON.parse(text) : null;
  }

  function bindOne(node) {
    const plot = node.querySelector(".spark-plot");
    const svg = document.createElementNS(SVG, "svg");
    const path = document.createElementNS(SVG, "path");
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("aria-hidden", "true");
    path.setAttribute("vector-effect", "non-scaling-stroke");
    svg.append(path);
    plot.replaceChildren(svg);
    return { node, plot, svg, path, name: node.dataset.spark };
  }

  function height(value, [low, high]) {
    const share = Math.min(1, Math.max(0, (value - low) / (high - low)));
    return (HEIGHT * (1 - share)).toFixed(1);
  }

  /* A number without neighbours is a line of no length: its round ends make it a dot. */
  function line(spo2, stepS, span) {
    const parts = [];
    spo2.forEach((value, index) => {
      if (value === null) return;
      const point = ((index + 0.5) * stepS).toFixed(0) + " " + height(value, span);
      const isJoined = index > 0 && spo2[index - 1] !== null;
      parts.push(isJoined ? "L" + point : "M" + point + "h0");
    });
    return parts.join("");
  }

  function dots(readings, firstMs, span) {
    return readings
      .map(([atMs, value]) => "M" + ((atMs - firstMs) / 1000).toFixed(0) + " " + height(value, span) + "h0")
      .join("");
  }

  function words(label, unit, values, windowS) {
    const about = label + " of the last " + (windowS / 60).toFixed(0) + " min";
    if (values.length === 0) return about + ", nothing";
    const range = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(0));
    return about + ", " + range.join(" to ") + " " + unit;
  }

  function drawOne(spark, one, data) {
    const values =
      data === null ? [] : one.name === "spo2" ? data.spo2.filter((value) => value !== null) : data.sbp.map(([, value]) => value);
    let shape = "";
    if (values.length > 0) {
      shape = one.name === "spo2"
        ? line(data.spo2, data.step_ms / 1000, spark.lines.spo2_percent)
        : dots(data.sbp, spark.firstMs, spark.lines.sbp_mmhg);
    }
    one.path.setAttribute("d", shape);
    setData(one.node, "points", String(values.length));
    const label = one.node.querySelector(".label").textContent;
    one.plot.setAttribute("aria-label", words(label, UNITS[one.name], values, spark.lines.window_s));
  }

  function move(spark, counterMs) {
    const nowMs = hourglass.clock.at(counterMs);
    if (nowMs === null || spark.firstMs === null) return;
    spark.movedMs = counterMs;
    const windowS = spark.lines.window_s;
    const left = (nowMs - spark.firstMs) / 1000 - windowS;
    const box = [left.toFixed(1), -8, (windowS * (1 + MARGIN)).toFixed(0), HEIGHT + 16].join(" ");
    spark.all.forEach((one) => one.svg.setAttribute("viewBox", box));
  }

  hourglass.spark = {
    bind(article) {
      const all = Array.from(article.querySelectorAll("[data-spark]"), bindOne);
      const lines = settings();
      all.forEach((one) => { one.node.hidden = lines === null; });
      return { all, lines, firstMs: null, movedMs: -Infinity };
    },
    /* Take in the lines of a bed as a frame brought them; null: it has none. */
    take(spark, data, counterMs) {
      if (spark.lines === null) return;
      const spo2 = (data && data.spo2) || [];
      const sbp = (data && data.sbp) || [];
      const hasAny = spo2.length > 0 || sbp.length > 0;
      spark.firstMs = hasAny ? data.first_ms || sbp[0][0] : null;
      const drawn = hasAny ? { spo2, sbp, step_ms: data.step_ms } : null;
      spark.all.forEach((one) => drawOne(spark, one, drawn));
      move(spark, counterMs);
    },
    /* `states`: of the tile's numbers, so that a line never looks fresher than its number. */
    paint(spark, states, counterMs, isLost) {
      if (spark.lines === null) return;
      for (const one of spark.all) {
        const state = states[one.name === "sbp" ? "nibp" : "spo2"] || "never";
        setData(one.node, "state", isLost ? "stale" : state);
      }
      if (counterMs - spark.movedMs >= MOVE_EVERY_MS) move(spark, counterMs);
    },
  };
})();
