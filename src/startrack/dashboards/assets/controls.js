// The controls of a comparison, and its place in the page's address.
"use strict";
(() => {
  const { seen } = startrack.charts;
  const KEYS = { of: "of", values: "v", every: "every", scale: "scale", range: "range" };
  const NONE = "-"; // in an address: no line at all
  const LONGEST = 200; // of what an address names and we do not know

  class Controls {
    constructor(section, comparison, known) {
      this.section = section;
      this.comparison = comparison;
      this.view = comparison.view;
      this.known = known;
      this.since = document.getElementById("compare-since");
      this.link = document.getElementById("compare-link");
      this.groups = Object.keys(KEYS).map((name) => [name, startrack.group(name, (value) => this.choose(name, value))]);
      this.since?.addEventListener("change", () => this.choose("since", this.day(this.since.value)));
    }

    // What the reader did is shown, and goes into the address.
    choose(name, value) {
      this.view[name] = value;
      this.settle();
      this.comparison.say("");
      this.save();
    }

    day(text) {
      const found = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : NaN;
      return Number.isNaN(found) ? null : found;
    }

    // A gain of nothing, or a loss, has no logarithm; and a gain of 28 days has no other day to start from.
    settle() {
      const isRolling = this.view.every === "rolling";
      if (isRolling && startrack.views.isBased(this.view)) this.view.values = "absolute";
      const isSigned = isRolling || this.view.values === "gain";
      if (isSigned) this.view.scale = "linear";
      const closed = {
        values: (value) => isRolling && startrack.views.isBased({ values: value }),
        scale: (value) => isSigned && value === "log",
      };
      for (const [name, group] of this.groups) {
        group.press(this.view[name]);
        for (const button of group.buttons) button.disabled = closed[name]?.(button.dataset[name]) ?? false;
      }
      if (this.since) this.since.closest(".field").hidden = !startrack.views.isBased(this.view);
    }

    // What differs from how the page begins.
    values() {
      const first = (name, group) => group.buttons[0]?.dataset[name];
      const chosen = this.groups.map(([name, group]) => [
        KEYS[name], this.view[name] === first(name, group) ? "" : this.view[name],
      ]);
      const since = this.view.since === null ? "" : startrack.views.iso(this.view.since);
      return { p: this.comparison.slugs.join(",") || NONE, ...Object.fromEntries(chosen), since };
    }

    save() {
      startrack.fragment.set(this.values());
      this.lead();
    }

    lead() {
      if (this.link) this.link.href = startrack.fragment.link(`${startrack.root}compare.html`, this.values());
    }

    restore() {
      for (const [name, { buttons }] of this.groups.filter(([, group]) => group.buttons.length > 0)) {
        const wanted = startrack.fragment.get(KEYS[name]);
        const offered = buttons.map((button) => button.dataset[name]);
        // A range may also go from one day to another.
        const isTaken = offered.includes(wanted) || (name === "range" && startrack.ranges.parse(wanted));
        this.view[name] = isTaken ? wanted : offered[0];
      }
      this.view.since = this.day(startrack.fragment.get("since"));
      if (this.since) this.since.value = this.view.since === null ? "" : startrack.views.iso(this.view.since);
      this.settle();
      const wanted = startrack.fragment.get("p") || this.section.dataset.plotted;
      const slugs = [...new Set(wanted.split(/[, ]/).filter((slug) => slug && slug !== NONE))];
      const strange = slugs.filter((slug) => !this.known.has(slug)).join(", ").slice(0, LONGEST);
      const message = strange && `Not in these lists, or never counted: ${strange}.`;
      this.comparison.replace(slugs.filter((slug) => this.known.has(slug)), message);
      this.lead();
    }

    plot({ slug, on }) {
      this.comparison[on ? "add" : "remove"](slug);
      this.save();
    }
  }

  // `known` are the slugs that have a line.
  startrack.compare = (section, known) => {
    const comparison = new startrack.Comparison(section);
    const controls = new Controls(section, comparison, known);
    controls.restore();
    document.addEventListener("startrack:plot", ({ detail }) => controls.plot(detail));
    document.addEventListener("startrack:chosen", () => controls.save());
    document.addEventListener("startrack:fragment", () => controls.restore());
    document.addEventListener("startrack:theme", () => comparison.changed());
    seen(comparison.element).then(() => {
      comparison.isSeen = true;
      comparison.changed();
    });
    return controls;
  };
})();
