/* Dark, light, or by the clock; remembered in this browser. Dark screens dim at night. */
(function () {
  "use strict";
  const hourglass = (window.hourglass = window.hourglass || {});
  const KEY = "hourglass-theme";
  const CHOICES = ["dark", "light", "auto"];
  const WORDS = { dark: "Dark", light: "Light", auto: "By the clock" };

  function remembered() {
    try {
      const kept = localStorage.getItem(KEY);
      return CHOICES.includes(kept) ? kept : null;
    } catch (refused) {
      return null; // a browser that keeps nothing begins anew each time
    }
  }

  function settings() {
    const node = document.querySelector("[data-display]");
    return node ? node.dataset : {};
  }

  function isNight(at) {
    const { nightBegins: begins, nightEnds: ends } = settings();
    if (!begins || !ends) return false;
    return begins < ends ? begins <= at && at < ends : at >= begins || at < ends;
  }

  let chosen = remembered();

  hourglass.theme = {
    paint(counterMs) {
      const choice = chosen || settings().themeDefault || "dark";
      const now = hourglass.clock.at(counterMs);
      const night = isNight(hourglass.clock.minute(now === null ? Date.now() : now));
      const isQuietRoom = hourglass.kept.get("room", "station") === "quiet";
      const byChoice = choice === "auto" ? (night ? "dark" : "light") : choice;
      const theme = isQuietRoom ? "dark" : byChoice;
      const root = document.documentElement;
      hourglass.setData(root, "theme", theme);
      hourglass.setData(root, "dim", isQuietRoom || (night && theme === "dark") ? "yes" : "no");
      document.querySelectorAll("[data-theme-switch]").forEach((button) => {
        hourglass.setText(button, "Theme: " + WORDS[choice]);
      });
    },
    next() {
      const choice = chosen || settings().themeDefault || "dark";
      chosen = CHOICES[(CHOICES.indexOf(choice) + 1) % CHOICES.length];
      try {
        localStorage.setItem(KEY, chosen);
      } catch (refused) {
        /* it holds until this page is closed */
      }
      hourglass.theme.paint(hourglass.counter());
    },
  };

  document.addEventListener("click", (event) => {
    if (event.target.closest && event.target.closest("[data-theme-switch]")) hourglass.theme.next();
  });
})();
