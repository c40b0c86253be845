// Runs before the page is painted, so that a chosen theme does not flash.
"use strict";
(() => {
  const page = document.documentElement;
  page.classList.add("scripts");
  let chosen = null;
  try {
    chosen = localStorage.getItem("startrack-theme");
  } catch {
    // Storage is closed to some pages, such as those opened from a file: the reader's own setting holds.
  }
  if (chosen === "light" || chosen === "dark") page.dataset.theme = chosen;
})();
