// What must be known before the page is painted: the reader's theme, so that the other one does not flash, and whether
// the next count is overdue, so that the line that says so moves nothing.
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
  if (Date.now() >= Date.parse(page.dataset.overdueFrom)) page.classList.add("is-overdue");
  if (theme === "light" || theme === "dark") page.dataset.theme = theme;
})();
