// Applies the reader's theme before the page is painted, so that the other theme does not flash.
"use strict";
(() => {
  const page = document.documentElement;
  page.classList.add("scripts");
  let theme = null;
  try {
    theme = localStorage.getItem("startrack-theme");
  } catch {
    // Some pages, such as those opened from a file, have no storage. The system's theme applies then.
  }
  if (theme === "light" || theme === "dark") page.dataset.theme = theme;
})();
