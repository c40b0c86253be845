// The reader's choices in the page's address, after the #, so that the address can be shared and bookmarked.
"use strict";
startrack.fragment = (() => {
  // Other keys are ignored. Each control checks its own value.
  const CHART = ["p", "of", "v", "every", "scale", "since", "range"];
  const TABLE = ["q", "section", "language", "license", "state", "sort"];
  const KEYS = [...CHART, ...TABLE];
  const MAX_LENGTH = 4000;
  const PAUSE = 250; // milliseconds: browsers limit how often a page may change its address
  let state = read();
  let waiting = null;

  function decode(text) {
    try {
      return decodeURIComponent(text);
    } catch {
      return ""; // not written by this script
    }
  }

  function read() {
    const pairs = location.hash.slice(1, MAX_LENGTH).split("&").map((pair) => pair.split("="));
    const valid = pairs.filter(([key, value]) => KEYS.includes(key) && value);
    return new Map(valid.map(([key, value]) => [key, decode(value)]));
  }

  // The text after the #. Commas, slashes and similar characters stay readable.
  function render(values) {
    const present = KEYS.filter((key) => values.get(key));
    const encode = (value) => encodeURIComponent(value).replace(/%(2F|2C|3A|40)/g, decodeURIComponent);
    return present.map((key) => `${key}=${encode(values.get(key))}`).join("&");
  }

  function write() {
    waiting = null;
    history.replaceState(null, "", `#${render(state)}`);
  }

  // Keys with an empty value are left out.
  function set(values) {
    for (const [key, value] of Object.entries(values)) state.set(key, value);
    waiting ??= setTimeout(write, PAUSE);
  }

  addEventListener("hashchange", () => {
    const values = read();
    // A link to an element of the page is not a choice.
    if (values.size === 0 && location.hash.length > 1) return;
    state = values;
    startrack.notify("fragment");
  });

  return {
    get: (key) => state.get(key) ?? "",
    set,
    link: (page, values) => `${page}#${render(new Map(Object.entries(values)))}`,
  };
})();
