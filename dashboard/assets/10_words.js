/* Ages, times and states as a screen says them. Shared by the scripts that follow. */
(function () {
  "use strict";
  const hourglass = (window.hourglass = window.hourglass || {});

  hourglass.ageText = function (seconds) {
    if (seconds < 60) return Math.floor(seconds) + " s";
    if (seconds < 3600) return Math.floor(seconds / 60) + " min";
    if (seconds < 172800) return Math.floor(seconds / 3600) + " h";
    return Math.floor(seconds / 86400) + " days";
  };

  const twoDigits = (n) => (n < 10 ? "0" : "") + n;

  /* Seconds until something is due: 4:05 as "04:05", one past its time as "overdue 02:10". */
  hourglass.dueText = function (seconds) {
    const whole = seconds >= 0 ? Math.ceil(seconds) : Math.floor(-seconds);
    const text = twoDigits(Math.floor(whole / 60)) + ":" + twoDigits(whole % 60);
    return seconds >= 0 ? text : "overdue " + text;
  };

  /* The worse of what a number says of itself and what its age in seconds says. Without a live
     feed nothing is live, whatever its age. */
  hourglass.stateAt = function (number, ageS, isLost) {
    const state = number.state;
    if (state !== "live" && state !== "late" && state !== "stale") return state;
    if (isLost || state === "stale") return "stale";
    if (ageS !== null && number.stale_s !== undefined) {
      if (ageS >= number.stale_s) return "stale";
      if (ageS >= number.late_s) return "late";
    }
    return state;
  };

  hourglass.setText = function (node, text) {
    if (node.firstChild && node.firstChild === node.lastChild && node.firstChild.nodeType === 3) {
      if (node.firstChild.data !== text) node.firstChild.data = text;
    } else if (node.textContent !== text) {
      node.textContent = text;
    }
  };

  hourglass.setData = function (node, name, value) {
    if (node.dataset[name] !== value) node.dataset[name] = value;
  };
})();
