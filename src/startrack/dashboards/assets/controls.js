// The controls of a comparison. The reader's choices are also in the page's address.
"use strict";
(() => {
  const { touched, touchedOrIdle } = startrack.charts;
  const KEYS = { of: "of", values: "v", every: "every", scale: "scale", range: "range" };
  const NONE = "-"; // no lines, in an address
  const MAX_UNKNOWN = 200; // characters of unknown names in a message

  class Controls {
    constructor(section, comparison, knownSlugs) {
      this.section = section;
      this.comparison = comparison;
      this.view = comparison.view;
      this.knownSlugs = knownSlugs;
      this.since = document.getElementById("compare-since");
      this.link = document.getElementById("compare-link");
      const group = (name) => startrack.buttonGroup(name, (value) => this.choose(name, value));
      this.groups = Object.keys(KEYS).map((name) => [name, group(name)]);
      this.since?.addEventListener("change", () => this.choose("since", this.parseDay(this.since.value)));
    }

    // Called for each choice of the reader.
    choose(name, value) {
      this.view[name] = value;
      this.enableOptions();
      this.comparison.say("");
      this.save();
    }

    parseDay(text) {
      const day = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : NaN;
      return Number.isNaN(day) ? null : day;
    }

    // A log scale cannot show gains, which may be 0 or negative. A 28-day gain has no other start day.
    enableOptions() {
      const isRolling = this.view.every === "rolling";
      if (isRolling && startrack.views.isRelative(this.view)) this.view.values = "absolute";
      const isSigned = isRolling || this.view.values === "gain";
      if (isSigned) this.view.scale = "linear";
      const isDisabled = {
        values: (value) => isRolling && startrack.views.isRelative({ values: value }),
        scale: (value) => isSigned && value === "log",
      };
      for (const [name, group] of this.groups) {
        group.press(this.view[name]);
        for (const button of group.buttons) button.disabled = isDisabled[name]?.(button.dataset[name]) ?? false;
      }
      if (this.since) this.since.closest(".field").hidden = !startrack.views.isRelative(this.view);
    }

    // The choices that differ from the defaults, for the address.
    values() {
      const defaultOf = (name, group) => group.buttons[0]?.dataset[name];
      const choices = this.groups.map(([name, group]) => [
        KEYS[name], this.view[name] === defaultOf(name, group) ? "" : this.view[name],
      ]);
      const since = this.view.since === null ? "" : startrack.views.iso(this.view.since);
      return { p: this.comparison.slugs.join(",") || NONE, ...Object.fromEntries(choices), since };
    }

    save() {
      startrack.fragment.set(this.values());
      this.updateLink();
    }

    updateLink() {
      if (this.link) this.link.href = startrack.fragment.link(`${startrack.root}compare.html`, this.values());
    }

    restore() {
      for (const [name, { buttons }] of this.groups.filter(([, group]) => group.buttons.length > 0)) {
        const value = startrack.fragment.get(KEYS[name]);
        const options = buttons.map((button) => button.dataset[name]);
        // A range may also be from one day to another.
        const isValid = options.includes(value) || (name === "range" && startrack.ranges.parse(value));
        this.view[name] = isValid ? value : options[0];
      }
      this.view.since = this.parseDay(startrack.fragment.get("since"));
      if (this.since) this.since.value = this.view.since === null ? "" : startrack.views.iso(this.view.since);
      this.enableOptions();
      const names = startrack.fragment.get("p") || this.section.dataset.plotted;
      const slugs = [...new Set(names.split(/[, ]/).filter((slug) => slug && slug !== NONE))];
      const unknown = slugs.filter((slug) => !this.knownSlugs.has(slug)).join(", ").slice(0, MAX_UNKNOWN);
      const message = unknown && `Not in these lists, or not counted yet: ${unknown}.`;
      this.comparison.replace(slugs.filter((slug) => this.knownSlugs.has(slug)), message);
      this.updateLink();
    }

    plot({ slug, on }) {
      this.comparison[on ? "add" : "remove"](slug);
      this.save();
    }
  }

  // After a failure, the next touch tries again.
  async function start(comparison, section) {
    await touchedOrIdle(comparison.element, section);
    comparison.start();
    while (!await comparison.drawing) {
      await touched(section);
      comparison.redraw();
    }
  }

  // `knownSlugs` are those of projects and sections with data.
  startrack.compare = (section, knownSlugs) => {
    const comparison = new startrack.Comparison(section);
    const controls = new Controls(section, comparison, knownSlugs);
    controls.restore();
    document.addEventListener("startrack:plot", ({ detail }) => controls.plot(detail));
    document.addEventListener("startrack:chosen", () => controls.save());
    document.addEventListener("startrack:fragment", () => controls.restore());
    document.addEventListener("startrack:theme", () => comparison.isStarted && comparison.changed());
    start(comparison, section);
    return controls;
  };
})();
