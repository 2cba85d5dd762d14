/* Draws the trends of a page: what came with it at once, what is new every few seconds.

   Points go into the lines with Plotly.extendTraces; now and then the whole is asked for again, so
   that what arrived late finds its place. While nobody looks nothing is drawn. */
(function () {
  "use strict";
  const hourglass = (window.hourglass = window.hourglass || {});
  const NEWS_MS = 5000;
  const WHOLE_MS = 60000;
  const COLOURS = ["hr", "spo2", "resp", "nibp", "drug", "text", "soft", "line", "card"];
  const ORDER = ["hr", "spo2", "rr", "etco2", "nibp", "map", "rate", "dose", "ordered", "marks"];

  const trends = [];

  function colours() {
    const style = getComputedStyle(document.documentElement);
    const found = {};
    COLOURS.forEach((name) => { found[name] = style.getPropertyValue("--" + name).trim(); });
    found.mean = found.card;
    return found;
  }

  /* Give a figure the colours of the theme that is on. */
  function dress(figure) {
    const held = colours();
    figure.data.forEach((trace) => {
      const colour = held[trace.meta.colour] || held[trace.meta.colour.split(" ")[0]] || held.text;
      if (trace.line) trace.line.color = colour;
      if (trace.marker) {
        trace.marker.color = colour;
        if (trace.marker.line) trace.marker.line.color = colour;
      }
    });
    const layout = figure.layout;
    layout.font.color = held.text;
    layout.hoverlabel.bgcolor = held.card;
    layout.hoverlabel.bordercolor = held.line;
    layout.hoverlabel.font = { color: held.text };
    layout.modebar = { bgcolor: "rgba(0,0,0,0)", color: held.soft, activecolor: held.text };
    Object.keys(layout).forEach((name) => {
      if (/^[xy]axis/.test(name)) Object.assign(layout[name], { gridcolor: held.line, linecolor: held.line });
    });
    (layout.shapes || []).forEach((shape) => {
      if (shape.colour) shape.line.color = held[shape.colour] || held.text;
    });
    return figure;
  }

  function bind(node) {
    const held = JSON.parse(node.querySelector("[data-trend-figure]").textContent);
    return {
      node,
      plot: node.querySelector("[data-trend-plot]"),
      figure: held.figure,
      config: held.config,
      news: node.dataset.news || null,
      until: node.dataset.until || null,
      session: (node.closest("[data-session]") || node).dataset.session || "",
      wholeMs: hourglass.counter(),
      newsMs: hourglass.counter(),
      isAsking: false,
      wasDown: false,
    };
  }

  function draw(trend) {
    dress(trend.figure);
    const done = window.Plotly.react(trend.plot, trend.figure.data, trend.figure.layout, trend.config);
    hourglass.setData(trend.node, "drawn", "yes");
    return done;
  }

  /* Put news into the lines: short traces are replaced, long ones extended, in one drawing. */
  function take(trend, news) {
    const data = trend.plot.data;
    const place = (name) => data.findIndex((trace) => trace.meta && trace.meta.name === name);
    Object.entries(news.whole).forEach(([name, points]) => {
      const trace = data[place(name)];
      if (!trace) return;
      ["x", "y", "text", "customdata"].forEach((key) => { if (points[key]) trace[key] = points[key]; });
      if (points.symbols) trace.marker.symbol = points.symbols;
    });
    const range = trend.plot.layout.xaxis.range;
    if (trend.plot.layout.xaxis.autorange !== true && !trend.isZoomed && news.ends > range[1]) {
      trend.plot.layout.xaxis.range = [range[0], news.ends];
    }
    const update = { x: [], y: [] };
    const places = [];
    ORDER.filter((name) => news.add[name] && name !== "nibp").forEach((name) => {
      const index = place(name);
      if (index < 0) return;
      places.push(index);
      update.x.push(news.add[name].x);
      update.y.push(news.add[name].y);
    });
    addCuffs(data[place("nibp")], news.add.nibp);
    trend.until = news.until;
    if (places.length) return window.Plotly.extendTraces(trend.plot, update, places);
    return window.Plotly.redraw(trend.plot);
  }

  function addCuffs(trace, cuffs) {
    if (!trace || !cuffs) return;
    cuffs.x.forEach((x, index) => {
      if (trace.x.includes(x)) return;
      ["x", "y", "base", "text"].forEach((key) => trace[key].push(cuffs[key][index]));
    });
  }

  async function ask(trend, isWhole) {
    trend.isAsking = true;
    try {
      const query = isWhole || !trend.until ? "" : "?since=" + encodeURIComponent(trend.until);
      const answer = await hourglass.get(trend.news + query);
      if (!answer.ok || answer.redirected) return;
      const told = await answer.json();
      if (told.session !== trend.session) return location.reload();
      if (told.figure) {
        keepRange(trend, told.figure);
        trend.figure = told.figure;
        trend.until = told.until;
        await draw(trend);
      } else {
        await take(trend, told.news);
      }
      hourglass.setData(trend.node, "trendUntil", trend.until || "");
    } catch (unreachable) {
      trend.wasDown = true;
    } finally {
      trend.isAsking = false;
    }
  }

  /* Who looks at a part of the hour goes on looking at it. */
  function keepRange(trend, figure) {
    if (trend.isZoomed) figure.layout.xaxis.range = trend.plot.layout.xaxis.range.slice();
  }

  function watchZoom(trend) {
    trend.plot.on("plotly_relayout", (change) => {
      if ("xaxis.range[0]" in change) trend.isZoomed = true;
      if (change["xaxis.autorange"] || change.autosize === undefined && "xaxis.range" in change) {
        trend.isZoomed = false;
      }
    });
    trend.plot.on("plotly_doubleclick", () => { trend.isZoomed = false; });
  }

  function tick() {
    const nowMs = hourglass.counter();
    trends.forEach((trend) => {
      if (!trend.news || trend.isAsking || document.hidden) return;
      const root = trend.node.closest("[data-feed]");
      if (root && root.dataset.feed === "down") {
        trend.wasDown = true;
        return;
      }
      const isWhole = trend.wasDown || nowMs - trend.wholeMs > WHOLE_MS;
      if (!isWhole && nowMs - trend.newsMs < NEWS_MS) return;
      trend.newsMs = nowMs;
      if (isWhole) trend.wholeMs = nowMs;
      trend.wasDown = false;
      ask(trend, isWhole);
    });
  }

  async function begin() {
    const nodes = document.querySelectorAll("[data-trend]");
    if (!nodes.length || !window.Plotly) return;
    for (const node of nodes) {
      const trend = bind(node);
      await draw(trend);
      performance.mark("trend drawn");
      watchZoom(trend);
      trends.push(trend);
    }
    new MutationObserver(() => trends.forEach(draw)).observe(document.documentElement, {
      attributes: true,
      attributeFilter: ["data-theme", "data-dim"],
    });
    setInterval(tick, 500);
  }

  if (document.readyState === "complete" || window.Plotly) begin();
  else window.addEventListener("DOMContentLoaded", begin);
})();
