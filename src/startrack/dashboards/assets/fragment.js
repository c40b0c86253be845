// What a reader chose, in the page's address behind the #: to be shared, and to come back to.
"use strict";
startrack.fragment = (() => {
  // Nothing else is read or written; whatever a value says, the control that it is for decides whether it takes it.
  const CHART = ["p", "of", "v", "every", "scale", "since", "range"];
  const TABLE = ["q", "section", "language", "license", "state", "sort"];
  const KEYS = [...CHART, ...TABLE];
  const LONGEST = 4000;
  const PAUSE = 250; // browsers count how often an address is changed
  let state = read();
  let waiting = null;

  function decoded(text) {
    try {
      return decodeURIComponent(text);
    } catch {
      return ""; // not written by us
    }
  }

  function read() {
    const pairs = location.hash.slice(1, LONGEST).split("&").map((pair) => pair.split("="));
    const found = pairs.filter(([key, value]) => KEYS.includes(key) && value);
    return new Map(found.map(([key, value]) => [key, decoded(value)]));
  }

  // As it stands in an address; commas, slashes and the like are left readable.
  function text(values) {
    const given = KEYS.filter((key) => values.get(key));
    const plain = (value) => encodeURIComponent(value).replace(/%(2F|2C|3A|40)/g, decodeURIComponent);
    return given.map((key) => `${key}=${plain(values.get(key))}`).join("&");
  }

  function write() {
    waiting = null;
    history.replaceState(null, "", `#${text(state)}`);
  }

  // An empty value leaves its key out.
  function set(values) {
    for (const [key, value] of Object.entries(values)) state.set(key, value);
    waiting ??= setTimeout(write, PAUSE);
  }

  addEventListener("hashchange", () => {
    const found = read();
    // A link to a place within the page is no choice.
    if (found.size === 0 && location.hash.length > 1) return;
    state = found;
    startrack.tell("fragment");
  });

  return {
    get: (key) => state.get(key) ?? "",
    set,
    link: (page, values) => `${page}#${text(new Map(Object.entries(values)))}`,
  };
})();
