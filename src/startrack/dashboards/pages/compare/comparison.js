// The chart of several projects or sections, on the overview and on the comparison page.
"use strict";
startrack.Comparison = (() => {
  const { attempt, copy, displayName, draw, escapeMarkup, retainedTraces, inView, singlePointMarkers } = startrack.charts;
  const MAX_LINES = 16;
  const COLOURS = MAX_LINES / 2; // a second line of the same colour is dotted

  const PICTURED = { of: "stars", values: "absolute", every: "counted", scale: "linear", since: null, range: "all" };

  class Comparison {
    constructor(section) {
      this.element = section.querySelector(".chart");
      this.element.dataset.shell = "lines";
      this.legend = section.querySelector(".legend");
      this.status = section.querySelector(".status");
      this.summary = section.querySelector(".summary");
      this.hasSlider = "slider" in section.dataset;
      this.slots = new Map(); // slug → colour number, unchanged while the line is in the chart
      this.histories = new Map();
      this.section = section;
      this.view = { ...PICTURED };
      this.message = "";
      this.shown = null; // the lines in the interactive chart
      this.isStarted = false; // whether the interactive chart is shown or loading
      this.legend.addEventListener("click", ({ target }) => target.matches("button") && this.drop(target.closest("li")));
    }

    get slugs() {
      return [...this.slots.keys()];
    }

    has(slug) {
      return this.slots.has(slug);
    }

    add(slug) {
      if (this.has(slug)) return;
      this.message = "";
      if (this.slots.size >= MAX_LINES) this.message = `The chart holds at most ${MAX_LINES} lines. Remove one first.`;
      else this.assignSlot(slug);
      this.changed();
    }

    assignSlot(slug) {
      const taken = new Set(this.slots.values());
      this.slots.set(slug, [...Array(MAX_LINES).keys()].find((slot) => !taken.has(slot)));
    }

    remove(slug) {
      this.slots.delete(slug);
      this.message = "";
      this.changed();
    }

    // Replaces all lines, and shows a message.
    replace(slugs, message) {
      this.slots.clear();
      for (const slug of slugs.slice(0, MAX_LINES)) this.assignSlot(slug);
      this.message = message;
      this.changed();
    }

    say(text) {
      this.message = text;
      this.changed();
    }

    // Whether the picture in the page shows the reader's choice.
    isPictured() {
      const isDefault = Object.entries(PICTURED).every(([name, value]) => this.view[name] === value);
      return isDefault && this.slugs.join(" ") === this.section.dataset.plotted;
    }

    changed() {
      startrack.notify("plotted", this.slugs);
      this.showStatus();
      const isPictured = this.isPictured();
      this.element.classList.toggle("other", !isPictured);
      if (this.isStarted) this.redraw();
      else if (!isPictured) inView(this.section).then(() => this.start());
    }

    // Shows the interactive chart from now on. Fulfilled when it is drawn, or could not be drawn.
    start() {
      if (!this.isStarted) this.redraw();
      return this.drawing;
    }

    redraw() {
      this.isStarted = true;
      this.drawing = attempt(this.element, () => this.show());
    }

    showStatus() {
      const { omitted = [], lines = [] } = this.shown ?? {};
      const missing = omitted.map(({ history, why }) => `${displayName(history)}: n/a, ${why}.`);
      const partial = lines.filter(({ note }) => note).map(({ history, note }) => `${displayName(history)}: ${note}.`);
      this.status.textContent = [this.message, ...missing, ...partial].filter(Boolean).join(" ");
    }

    async show() {
      const definitions = startrack.loadPlotly();
      definitions.catch(() => null); // reported below
      await Promise.all(this.slugs.map((slug) => this.fetch(slug)));
      const loaded = this.slugs.filter((slug) => this.histories.has(slug));
      this.shown = startrack.views.show(new Map(loaded.map((slug) => [slug, this.histories.get(slug)])), this.view);
      this.list(loaded);
      this.showStatus();
      startrack.summaries.fill(this.summary, this.shown, this.range());
      this.element.hidden = this.shown.lines.length === 0; // no empty axes
      if (!this.element.hidden) await this.draw(await definitions);
    }

    range() {
      return startrack.ranges.read(this.view.range, this.shown.lines, this.shown.ageAxis !== "");
    }

    async fetch(slug) {
      if (this.histories.has(slug)) return;
      try {
        const isSum = slug.startsWith("@");
        this.histories.set(slug, await (isSum ? startrack.loadData(`sums/${slug.slice(1)}`) : startrack.loadHistory(slug)));
      } catch (error) {
        this.slots.delete(slug);
        this.message = `Left out: ${error.message}.`;
      }
    }

    async draw(definitions) {
      const range = this.range();
      const traces = this.shown.lines.flatMap((line) => this.traces(definitions, line));
      await draw(this.element, definitions, traces, (layout) => this.arrange(layout, range));
      startrack.notify("drawn");
    }

    arrange(layout, range) {
      const { isSigned, decimals, ageAxis, title, lines } = this.shown;
      const isLog = this.view.scale === "log";
      if (isLog) Object.assign(layout.yaxis, { type: "log", dtick: undefined });
      if (isSigned) layout.yaxis.tickformat = "+,";
      if (decimals) Object.assign(layout.yaxis, { tickformat: ",~f", dtick: undefined });
      if (ageAxis) this.arrangeAges(layout, ageAxis);
      if (!this.hasSlider) return;
      layout.yaxis.title = { text: escapeMarkup(title), standoff: 12 };
      layout.yaxis.fixedrange = true; // follows the visible range
      layout.yaxis.range = (range && startrack.ranges.fit(lines, range, isLog)) ?? undefined;
      layout.xaxis.range = range ?? layout.xaxis.range;
      layout.xaxis.rangeslider = { visible: true, thickness: 0.09 };
      layout.margin.b = 8; // the slider takes the room below the picture's axis
    }

    arrangeAges(layout, title) {
      const days = { type: "linear", range: undefined, dtick: undefined, tickformat: ",~d", hoverformat: ",.0f" };
      Object.assign(layout.xaxis, days, { title: { text: title } });
      layout.margin.b += 32; // the slider pushes the title down
    }

    style(definitions, slug) {
      const { colorway } = definitions.templates[startrack.theme()].layout;
      const slot = this.slots.get(slug);
      return { color: colorway[slot % COLOURS], dash: slot < COLOURS ? "solid" : "dot" };
    }

    traces(definitions, line) {
      const counted = this.trace(definitions, line);
      if (!line.before) return [counted];
      const before = retainedTraces(counted, line.history, counted.line.color);
      return [counted, ...before.map((trace) => ({ ...trace, x: line.before.x }))];
    }

    trace(definitions, { slug, history, x, y }) {
      const shell = copy(definitions.shells.lines.data[0]);
      const { isSigned, decimals } = this.shown;
      // A log scale cannot show 0, so there is a gap in its place.
      const placed = this.view.scale === "log" ? y.map((value) => (value > 0 ? value : null)) : y;
      return {
        ...shell,
        x,
        y: placed,
        name: escapeMarkup(displayName(history)),
        ...singlePointMarkers(placed),
        line: { ...shell.line, ...this.style(definitions, slug) },
        hovertemplate: isSigned ? "%{y:+,d}" : decimals ? `%{y:,.${decimals}f}` : shell.hovertemplate,
      };
    }

    list(slugs) {
      this.legend.replaceChildren(...slugs.map((slug) => this.item(slug)));
    }

    item(slug) {
      const history = this.histories.get(slug);
      const slot = this.slots.get(slug);
      const item = document.createElement("li");
      item.dataset.slug = slug;
      const key = document.createElement("span");
      key.className = `key c${slot % COLOURS}${slot < COLOURS ? "" : " dot"}`;
      const name = document.createElement("bdi");
      name.textContent = history.name;
      const remove = document.createElement("button");
      remove.type = "button";
      remove.textContent = "×";
      remove.setAttribute("aria-label", `Remove ${history.name} from the chart`);
      const chips = [...this.chip("label", history.label), ...this.chip("quiet", this.coverage(history))];
      item.append(key, name, ...chips, remove);
      return item;
    }

    // Removes the line of a legend item.
    drop(item) {
      this.remove(item.dataset.slug);
      startrack.notify("chosen");
      this.legend.focus(); // the button is removed
    }

    // How many of the listed projects are in a section's total.
    coverage(history) {
      const track = history.tracks.find((candidate) => candidate.known && this.view.of in candidate.columns);
      return track ? `sum of ${track.known} of ${track.listed} projects` : "";
    }

    chip(kind, text) {
      if (!text) return [];
      const chip = document.createElement("span");
      chip.className = `chip ${kind}`;
      chip.textContent = text;
      return [chip];
    }
  }

  return Comparison;
})();
