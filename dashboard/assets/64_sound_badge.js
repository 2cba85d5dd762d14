/* What the strip says of this screen's sound, and what a person sets there. */
(function () {
  "use strict";
  const hourglass = (window.hourglass = window.hourglass || {});
  const { setData, setText } = hourglass;
  const WORDS = {
    on: "sound on",
    blocked: "sound blocked: press any key",
    fault: "SOUND FAULT: the speaker stands still, reload this page",
    none: "NO SOUND in this browser",
  };

  function words(state, stations) {
    if (state !== "quiet") return WORDS[state];
    if (stations === null) return "quiet room: silent here";
    if (stations === 0) return "quiet room: silent here, NO STATION SOUNDS";
    return "quiet room: silent here, " + stations + (stations === 1 ? " station sounds" : " stations sound");
  }

  hourglass.soundBadge = {
    /* `stations`: how many screens of this ward can be heard; null where that is not known. */
    paint(root, stations) {
      const state = hourglass.sound.state();
      const badge = root.querySelector("[data-sound]");
      setData(badge, "sound", state);
      setData(badge, "alone", state === "quiet" && stations === 0 ? "yes" : "no");
      setText(badge, words(state, stations));
      const isQuiet = hourglass.sound.isQuietRoom();
      setData(document.documentElement, "room", isQuiet ? "quiet" : "station");
      document.querySelectorAll("[data-room-switch]").forEach((button) =>
        setText(button, isQuiet ? "Room: quiet, dark and silent" : "Room: station, with sound"));
      root.querySelectorAll(".volume-word").forEach((node) =>
        setText(node, "Volume " + hourglass.sound.volume() + " %"));
      return state;
    },
  };

  document.addEventListener("click", (event) => {
    if (!event.target.closest) return;
    if (event.target.closest("[data-room-switch]")) {
      hourglass.sound.setRoom(hourglass.sound.isQuietRoom() ? "station" : "quiet");
      hourglass.repaint();
    } else if (event.target.closest("[data-sound-try]")) {
      hourglass.sound.tryOut();
    } else if (event.target.closest("[data-volume-step]")) {
      const step = Number(event.target.closest("[data-volume-step]").dataset.volumeStep);
      hourglass.sound.setVolume(hourglass.sound.volume() + step);
      hourglass.repaint();
    }
  });
})();
