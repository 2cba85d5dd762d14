/* Chooses the grid: columns, arrangement and letter sizes, from the bed count and the window.

   Sizes: `digits` for SpO2, BP and HR, `bed` for bed and minutes, `small` for everything else,
   all in px. On a 43-inch screen, which is 53.5 cm high, digits must be 1.6 cm high with twelve beds
   and 2.5 cm with six; a digit is 0.727 of its letter size. With more than twelve everything
   shrinks alike. Where the goal cannot be met with all rows, the lowest rows give way. */
(function () {
  "use strict";
  const hourglass = (window.hourglass = window.hourglass || {});
  const SCREEN_CM = 53.5;
  const DIGIT_HEIGHT = 0.727;
  const PHONE_PX = 700;
  const SMALLEST_PX = 11;
  const GAP_PX = 8;
  const ROWS = [["spark", 1.7], ["dose", 1.35], ["pump", 1.35], ["due", 1.45], ["minor", 1.85]]; // first to go first
  const ARRANGEMENTS = {
    wide: { lines: 1, digitsEm: 8.45, gaps: 2.6 }, // SpO2, BP and HR beside each other
    tall: { lines: 2, digitsEm: 4.35, gaps: 1.6 }, // BP on a line of its own
  };

  function goals(beds, windowHeight) {
    const cm = (windowHeight / SCREEN_CM) * Math.min(1, Math.sqrt(12 / beds));
    const digits = ((beds <= 6 ? 2.5 : 1.6) * cm * 1.04) / DIGIT_HEIGHT;
    return { digits, small: Math.max(SMALLEST_PX, 0.8 * cm) };
  }

  /* Letter sizes in a tile of this size for one choice of small letters. */
  function sizesFor(width, height, small, arrangement, rowsHeight) {
    const { lines, digitsEm, gaps } = ARRANGEMENTS[arrangement];
    const fixed = small * (3.9 + 2.45 * lines + rowsHeight) + 6;
    const bedLimit = width * 0.15;
    const widest = (width - small * gaps) / digitsEm;
    const left = height - fixed;
    const together = left / (1.16 + 0.95 * lines);
    const bed = Math.min(together, bedLimit);
    const digits = Math.min(widest, (left - 1.16 * bed) / (0.95 * lines));
    return { digits, bed: Math.min(bedLimit, (left - 0.95 * lines * digits) / 1.16), small };
  }

  function largest(tileWidth, goal) {
    return Math.max(SMALLEST_PX - 3, Math.min(tileWidth / 25.5, goal.small * 1.15));
  }

  function better(a, b) {
    if (b === null) return true;
    if (Math.abs(a.fit - b.fit) > 0.001) return a.fit > b.fit;
    return Math.min(a.digits, 1.3 * a.bed) * a.small > Math.min(b.digits, 1.3 * b.bed) * b.small;
  }

  function choose(beds, width, height, windowHeight) {
    const goal = goals(beds, windowHeight);
    let best = null;
    for (let dropped = 0; dropped <= ROWS.length; dropped += 1) {
      const rowsHeight = ROWS.slice(dropped).reduce((sum, [, size]) => sum + size, 0);
      for (let columns = 1; columns <= beds; columns += 1) {
        const lines = Math.ceil(beds / columns);
        const tileWidth = (width - GAP_PX * (columns - 1)) / columns;
        const tileHeight = (height - GAP_PX * (lines - 1)) / lines;
        for (const arrangement of Object.keys(ARRANGEMENTS)) {
          for (let small = largest(tileWidth, goal); small >= SMALLEST_PX - 3; small -= 0.5) {
            const sizes = sizesFor(tileWidth, tileHeight, small, arrangement, rowsHeight);
            const fit = Math.min(
              1, sizes.digits / goal.digits, sizes.bed / goal.digits, small / goal.small);
            const found = Object.assign({ columns, lines, arrangement, dropped, fit }, sizes);
            if (better(found, best)) best = found;
          }
        }
      }
      if (best !== null && best.fit >= 1) break;
    }
    return best;
  }

  function chooseForPhone(width) {
    const small = Math.max(13, width / 24);
    const digits = (width - small * 3) / ARRANGEMENTS.wide.digitsEm;
    return { columns: 1, lines: 0, arrangement: "wide", dropped: 0, digits, bed: digits, small };
  }

  let last = "";

  hourglass.grid = {
    choose,
    fit(grid) {
      const beds = grid.children.length;
      const isPhone = window.innerWidth < PHONE_PX;
      const box = grid.getBoundingClientRect();
      if (beds === 0 || box.width === 0) return; // not on the page
      const key = [beds, Math.round(box.width), isPhone ? 0 : Math.round(box.height)].join();
      if (key === last && grid.dataset.arrangement) return;
      last = key;
      const chosen = isPhone
        ? chooseForPhone(box.width)
        : choose(beds, box.width, box.height, window.innerHeight);
      hourglass.setData(grid, "list", isPhone ? "yes" : "no");
      hourglass.setData(grid, "arrangement", chosen.arrangement);
      hourglass.setData(grid, "dropped", String(chosen.dropped));
      grid.style.setProperty("--columns", chosen.columns);
      grid.style.setProperty("--lines", chosen.lines);
      grid.style.setProperty("--digits", chosen.digits.toFixed(2) + "px");
      grid.style.setProperty("--bed", chosen.bed.toFixed(2) + "px");
      grid.style.setProperty("--small", chosen.small.toFixed(2) + "px");
    },
  };
})();
