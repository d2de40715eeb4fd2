// What stands around every page: project, pages, money, the build that runs, banners.

import { h, fill, style, button, icon } from "./dom.js";
import { money, plural } from "./words.js";
import { themeSwitch } from "./switches.js";
import { question, showKeys } from "./dialog.js";
import { askBuild } from "./actions.js";
import { problemCount } from "./problems.js";

/** @type {[string, string, string][]} */
const PAGES = [["wall", "#/", "Wall"], ["review", "#/review", "Review"], ["graph", "#/graph", "Graph"], ["problems", "#/problems", "Problems"]];

export class Frame {
  /** @param {import("./gallery.js").Gallery} gallery @param {() => [string, string][]} keys */
  constructor(gallery, keys) {
    this.gallery = gallery;
    this.page = "";
    this.title = h("span", { class: "project" });
    this.tabs = new Map(PAGES.map(([page, href, label]) => [page, h("a", { href }, icon(page), h("span", {}, label), h("span", { class: "tab-count" }))]));
    this.money = h("span", { class: "money", title: "Spent in this session, and what the budget leaves" });
    this.building = h("span", { class: "building", role: "status" });
    this.build = button("Build", () => { askBuild(gallery); }, { class: "build-button" }, icon("build"), h("span", {}, "Build"));
    this.progress = h("div", { class: "progress", role: "progressbar", "aria-label": "Build", hidden: true }, h("i", {}));
    this.banner = h("div", { class: "banners", role: "alert" });
    this.live = h("p", { class: "unseen", role: "status", "aria-live": "polite" });
    const view = button("View", () => {
      question("View", [h("div", { class: "field" }, h("span", {}, "Theme"), themeSwitch())],
        [{ label: "Keys", value: "keys" }, { label: "Done", value: "", kind: "primary" }]).answer.then((answer) => { if (answer === "keys") showKeys(keys()); });
    }, { class: "bare" }, icon("sliders"));
    this.element = h("header", { class: "top" },
      h("a", { class: "brand", href: "#/", "aria-label": "Wall" }, h("i", { class: "logo" }), this.title),
      h("nav", { "aria-label": "Pages" }, ...this.tabs.values()),
      h("span", { class: "push" }), this.building, this.money, this.build, view, this.progress);
  }

  show() {
    const { gallery } = this;
    if (!gallery.data) return;
    const { wall } = gallery;
    fill(this.title, h("b", {}, wall.project ?? "assetgen"), h("span", { class: "quiet" }, wall.base ? ` against ${wall.base.rev}` : ""));
    const { errors, words } = problemCount(wall.diagnostics);
    const tab = this.tabs.get("problems");
    tab?.lastElementChild?.replaceChildren(wall.diagnostics.length > 0 ? String(wall.diagnostics.length) : "");
    tab?.classList.toggle("bad", errors > 0);
    this.showMoney();
    this.showBuild();
    const notes = [];
    if (gallery.connection === "refused") {
      notes.push(h("p", { class: "banner bad" }, h("b", {}, "The gallery was started anew."), " Open the link that it printed last; this page is old until then."));
    } else if (!gallery.connected) {
      notes.push(h("p", { class: "banner bad" }, h("b", {}, "Connection lost."), " Trying again; what is shown may be old. Is ", h("code", {}, "assetgen serve"), " still running?"));
    }
    if (errors > 0 && this.page !== "problems") {
      notes.push(h("p", { class: "banner warn" }, h("b", {}, words), ` in the spec or the last build.`, " ", h("a", { href: "#/problems" }, "Show them")));
    }
    const text = notes.map((note) => note.textContent).join("\n");
    if (this.banner.textContent !== text) fill(this.banner, ...notes); // an alert is read again when it is filled
  }

  showMoney() {
    const { wall, source } = this.gallery;
    this.build.hidden = source.actions === null;
    if (!wall.live) {
      this.money.hidden = true;
      return;
    }
    const { session_usd: session, left_usd: left, to_spend_usd: next } = wall.money;
    fill(this.money, h("span", { class: "session" }, h("b", {}, money(session)), " this session"),
      left === null ? null : h("span", { class: "left" }, h("b", {}, money(left)), " left"));
    fill(/** @type {HTMLElement} */ (this.build.lastElementChild), next ? `Build · ${money(next)}` : "Build");
  }

  showBuild() {
    const { build, running } = this.gallery;
    const busy = build !== null || running.size > 0;
    this.progress.hidden = !busy;
    const part = build && build.total > 0 ? build.done / build.total : 0;
    style(this.progress, { "--done": String(Math.min(1, part)) });
    this.progress.setAttribute("aria-valuenow", String(Math.round(part * 100)));
    const text = build ? `Building ${Math.min(build.done + 1, Math.max(1, build.total))} of ${Math.max(1, build.total)}` : busy ? `Drawing ${plural(running.size, "asset")}` : "";
    if (this.building.textContent !== text) this.building.textContent = text;
  }

  /** @param {string} page */
  choose(page) {
    this.page = page;
    this.show();
    for (const [name, tab] of this.tabs) {
      if (name === page) tab.setAttribute("aria-current", "page");
      else tab.removeAttribute("aria-current");
    }
  }
}
