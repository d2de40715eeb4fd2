// The gallery's start: the source, the frame, and one page after another by the address.

import { h, fill } from "./dom.js";
import { liveSource, staticSource, openSession, ActionError } from "./source.js";
import { Gallery } from "./gallery.js";
import { Frame } from "./frame.js";
import { loadSettings } from "./settings.js";
import { messageRegion, showKeys, say, showEmpty } from "./dialog.js";
import { wallView } from "./wall.js";
import { assetView } from "./asset.js";
import { compareView } from "./compare.js";
import { reviewView } from "./review.js";
import { graphView } from "./graph.js";
import { problemsView } from "./problems.js";
import { maskView } from "./mask.js";

/** @type {[string, string][]} */
const COMMON_KEYS = [["?", "these keys"], ["g w", "wall"], ["g r", "review"], ["g g", "graph"], ["g p", "problems"]];

/** @param {string} hash @returns {Route} */
export function readRoute(hash) {
  const [page = "", id = null, ...rest] = hash.replace(/^#\/?/, "").split("/").map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  });
  return { page: page || "wall", id: id || null, rest };
}

/** @param {Gallery} gallery @param {Route} route @returns {View} */
function viewOf(gallery, route) {
  const { page, id, rest } = route;
  if (page === "asset" && id) return assetView(gallery, id);
  if (page === "compare" && id) return compareView(gallery, id, rest);
  if (page === "mask" && id) return maskView(gallery, id);
  if (page === "review") return reviewView(gallery);
  if (page === "graph") return graphView(gallery, id);
  if (page === "problems") return problemsView(gallery);
  return wallView(gallery);
}

class App {
  /** @param {Gallery} gallery */
  constructor(gallery) {
    this.gallery = gallery;
    /** @type {View | null} */
    this.view = null;
    this.route = readRoute("");
    this.going = false;
    this.frame = new Frame(gallery, () => this.keys());
    this.main = h("main", { tabindex: "-1" });
    fill(document.body, h("a", { class: "skip", href: "#main", onclick: (/** @type {Event} */ event) => { event.preventDefault(); this.main.focus(); } }, "Skip to the page"),
      this.frame.element, this.frame.banner, this.main, messageRegion(), this.frame.live);
    window.addEventListener("hashchange", () => this.show());
    window.addEventListener("resize", () => this.view?.resized?.());
    document.addEventListener("keydown", (event) => this.key(event));
    gallery.on((what, ids) => this.changed(what, ids));
  }

  keys() {
    return [...(this.view?.keys ?? []), ...COMMON_KEYS];
  }

  show() {
    if (/token=/.test(location.hash)) {
      openSession().then(() => this.gallery.load()).catch(() => {});
      return;
    }
    this.view?.left?.();
    const before = this.route;
    this.route = readRoute(location.hash);
    this.view = viewOf(this.gallery, this.route);
    fill(this.main, this.view.element);
    this.main.dataset.page = this.route.page;
    this.frame.choose(this.route.page);
    document.title = `${this.view.title} · ${this.gallery.wall.project ?? "assetgen"}`;
    if (before.page !== this.route.page) this.main.focus({ preventScroll: true });
    this.view.entered?.();
  }

  /** @param {string} what @param {Set<string> | null} ids */
  changed(what, ids) {
    if (!this.gallery.data) return;
    this.frame.show();
    if (what === "job") this.tellJob();
    if (what === "connection") this.frame.live.textContent = this.gallery.connected ? "Connected again" : this.gallery.connection === "refused" ? "The gallery was started anew" : "Connection lost";
    if (what === "build" && this.gallery.build === null && ids === null) this.frame.live.textContent = "The build has ended";
    if (["wall", "rows", "build"].includes(what)) this.view?.changed?.(what, ids);
    else if (what === "job" && ids) this.view?.changed?.("rows", ids);
  }

  tellJob() {
    const job = this.gallery.lastJob;
    if (!job) return;
    const name = job.id ? this.gallery.rows.get(job.id)?.name ?? "" : "";
    if (job.state === "failed") say(`${job.what} ${name} failed: ${job.message ?? job.code ?? ""}`, { tone: "bad" });
    else if (job.state === "running" && job.message) say(job.message);
    else if (job.state === "done") say(doneWords(job, job.id ? this.gallery.rows.get(job.id) : undefined));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
    const target = /** @type {HTMLElement} */ (event.target);
    const typing = target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement
      || (target instanceof HTMLInputElement && !["radio", "checkbox"].includes(target.type));
    if (typing) {
      if (event.key === "Escape") target.blur();
      return;
    }
    const control = event.ctrlKey || event.metaKey || event.altKey;
    if (control && this.route.page !== "mask") return;
    if (target instanceof HTMLInputElement && event.key.startsWith("Arrow")) return;
    if (this.leap(event) || this.view?.key?.(event)) event.preventDefault();
    else if (event.key === "?") showKeys(this.keys());
    else if (event.key === "Escape") this.back();
    else if (event.key === "/") {
      location.hash = "#/";
      requestAnimationFrame(() => this.view?.key?.(event));
      event.preventDefault();
    }
  }

  /** Takes `g` and the letter after it. @param {KeyboardEvent} event */
  leap(event) {
    const going = this.going;
    this.going = event.key === "g" && !going;
    if (!going) return this.going;
    const hash = { w: "#/", r: "#/review", g: "#/graph", p: "#/problems" }[event.key];
    if (hash) location.hash = hash;
    return hash !== undefined;
  }

  back() {
    const { page, id } = this.route;
    if ((page === "compare" || page === "mask") && id) location.hash = `#/asset/${id}`;
    else if (page !== "wall") location.hash = "#/";
  }
}

/** @param {{ what: string, message: string | null }} job @param {Row | undefined} row */
function doneWords(job, row) {
  const name = row?.name ?? "";
  const words = job.what === "pick" ? `Draw ${row?.pick ?? ""} of ${name} is picked` : `${job.what} ${name} is done`;
  return job.message ? `${words}; ${job.message}` : words;
}

/** @param {unknown} error */
function refuse(error) {
  const place = h("main", {});
  fill(document.body, place);
  if (error instanceof ActionError && (error.status === 401 || error.status === 403)) {
    showEmpty(place, "This gallery needs its own link", "Open the link that stands last in the terminal where the gallery runs: it ends in #token=… Each opens the gallery in one browser; a fresh one is printed when a used one is opened.");
  } else {
    showEmpty(place, "The gallery cannot be shown", error instanceof Error ? error.message : String(error),
      [h("p", {}, h("button", { type: "button", class: "primary", onclick: () => location.reload() }, "Try again"))]);
  }
}

async function start() {
  loadSettings();
  const block = document.getElementById("assetgen-data");
  try {
    if (!block) await openSession();
    const gallery = new Gallery(block ? staticSource(JSON.parse(block.textContent ?? "{}")) : liveSource());
    await gallery.load();
    const app = new App(gallery);
    app.frame.show();
    app.show();
    gallery.listen();
  } catch (error) {
    refuse(error);
  }
}

start();
