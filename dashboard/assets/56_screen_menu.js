/* The menu of a screen covers beds while it is open: it closes by itself when nobody is at it. */
(function () {
  "use strict";
  const LEFT_MS = 20000; // nobody has touched anything for as long
  let timer = null;

  function close() {
    clearTimeout(timer);
    document.querySelectorAll("details.screen-menu[open]").forEach((menu) => { menu.open = false; });
  }

  function touched(event) {
    const menu = document.querySelector("details.screen-menu[open]");
    if (menu === null) return;
    const isOutside = event.type === "pointerdown" && !menu.contains(event.target);
    if (isOutside || event.key === "Escape") {
      if (event.key === "Escape") menu.querySelector("summary").focus();
      return close();
    }
    clearTimeout(timer);
    timer = setTimeout(close, LEFT_MS);
  }

  ["pointerdown", "keydown", "toggle"].forEach((name) => document.addEventListener(name, touched, true));
})();
