/* The order of the beds: each in its place, unless somebody turns sorting on at this screen. */
(function () {
  "use strict";
  const hourglass = (window.hourglass = window.hourglass || {});
  const KEY = "order";

  hourglass.order = {
    isSorted: () => hourglass.kept.get(KEY, "fixed") === "urgency",
    paint(bound) {
      if (bound.grid === null) return; // a page of one bed
      const isSorted = hourglass.order.isSorted();
      hourglass.setData(bound.grid, "order", isSorted ? "urgency" : "fixed");
      bound.tiles.forEach((tile) => {
        const place = isSorted ? String(-hourglass.alarmLine.urgency(tile)) : "";
        if (tile.node.style.order !== place) tile.node.style.order = place;
      });
      document.querySelectorAll("[data-order-switch]").forEach((button) =>
        hourglass.setText(button, isSorted ? "Order: by urgency" : "Order: each bed in its place"));
    },
  };

  document.addEventListener("click", (event) => {
    if (!event.target.closest || !event.target.closest("[data-order-switch]")) return;
    hourglass.kept.set(KEY, hourglass.order.isSorted() ? "fixed" : "urgency");
    hourglass.repaint();
  });
})();
