// Two pictures of one asset against each other, in five ways, with zoom and pan in step.

import { h, fill, style, button, icon } from "./dom.js";
import { size, moment, money } from "./words.js";
import { nameLabel, pictureElement } from "./card.js";
import { Viewport } from "./viewport.js";
import { backdropSwitch, segments, slider } from "./switches.js";
import { drawKey, pickDraw } from "./actions.js";
import { showEmpty } from "./dialog.js";

const FLICKER_MS = 500;
/** @type {[string, string][]} */
const MODES = [["side", "Side by side"], ["slider", "Slider"], ["onion", "Onion skin"], ["flicker", "Flicker"], ["difference", "Difference"]];
const memory = { mode: "side" };

/** @typedef {Pic & { key: string, draw: number | null, note: string }} Choice */

/** Returns everything of an asset that can be compared.
 * @param {AssetPage} page @returns {Choice[]} */
function choicesOf(page) {
  /** @type {Choice[]} */
  const choices = [];
  for (const key of /** @type {const} */ (["before", "after"])) {
    const pic = page.compare?.[key];
    if (pic) choices.push({ ...pic, key, draw: null, label: key === "before" ? "before" : "after", note: pic.label });
  }
  for (const draw of page.draws) {
    if (!draw.pic || !draw.width || !draw.height) continue;
    const key = drawKey(page.draws, draw);
    choices.push({ pic: draw.pic, width: draw.width, height: draw.height, bytes: draw.bytes, key: String(key), draw: key > 0 ? key : null,
      label: `${key < 0 ? "earlier " : ""}draw ${draw.number}${draw.picked ? ", picked" : ""}`, note: [moment(draw.at), draw.cost_usd ? money(draw.cost_usd) : ""].filter(Boolean).join(" · ") });
  }
  return choices;
}

/** @param {Choice[]} choices @param {AssetPage} page @param {string[]} wanted @returns {[Choice, Choice] | null} */
function pairOf(choices, page, wanted) {
  const find = (/** @type {string | undefined} */ key) => choices.find((choice) => choice.key === key);
  const picked = find("after") ?? find(String(page.row.pick)) ?? choices[0];
  const second = find(wanted[1]) ?? picked;
  const first = find(wanted[0]) ?? find("before") ?? choices.find((choice) => choice !== second);
  return first && second ? [first, second] : null;
}

/**
 * @param {import("./gallery.js").Gallery} gallery
 * @param {string} id
 * @param {string[]} wanted Keys of the two choices.
 * @returns {View}
 */
export function compareView(gallery, id, wanted) {
  const element = h("div", { class: "compare" }, h("p", { class: "quiet loading" }, "…"));
  /** @type {ReturnType<typeof stageOf> | null} */
  let stage = null;
  gallery.page(id).then((page) => {
    const choices = choicesOf(page);
    const pair = pairOf(choices, page, wanted);
    if (!pair) {
      showEmpty(element, "Nothing to compare yet", "An asset needs two draws, or a picture of before.",
        [h("p", {}, h("a", { class: "button", href: `#/asset/${id}` }, "Back to the asset"))]);
      return;
    }
    stage = stageOf(gallery, page, choices, pair);
    fill(element, stage.head, stage.element);
    stage.enter();
  }, (error) => showEmpty(element, "This asset cannot be shown", String(error.message)));
  return {
    element,
    title: `Compare ${gallery.rows.get(id)?.name ?? ""}`,
    left: () => stage?.leave(),
    key: (event) => {
      if (event.key === "j" || event.key === "k") {
        const next = comparedNext(gallery, id, event.key === "j" ? 1 : -1);
        if (next) location.hash = `#/compare/${next}`;
        return true;
      }
      if (!stage) return false;
      const mode = MODES[Number(event.key) - 1];
      if (mode) {
        stage.setMode(mode[0]);
        return true;
      }
      if (event.key === "x") {
        stage.swap();
        return true;
      }
      return stage.view.key(event);
    },
    keys: [["1 … 5", "side by side, slider, onion skin, flicker, difference"], ["+ -", "zoom (or the wheel)"], ["0", "fit"],
      ["← → ↑ ↓", "pan (or drag)"], ["x", "swap the two"], ["j k", "next and previous asset"], ["Esc", "back"]],
  };
}

/** Returns the asset after or before this one; against a base, the next that changed.
 * @param {import("./gallery.js").Gallery} gallery @param {string} id @param {number} by */
function comparedNext(gallery, id, by) {
  const order = gallery.order ?? gallery.wall.assets.map((row) => row.id);
  let at = order.indexOf(id) + by;
  const passes = () => gallery.wall.base !== null && order[at] !== undefined && !gallery.rows.get(order[at] ?? "")?.change;
  while (passes()) at += by;
  return order[at];
}

/**
 * @param {import("./gallery.js").Gallery} gallery
 * @param {AssetPage} page
 * @param {Choice[]} choices
 * @param {[Choice, Choice]} pair
 */
function stageOf(gallery, page, choices, pair) {
  const { id } = page.row;
  const panes = pair.map((choice, index) => {
    const plane = h("div", { class: "plane backdrop" }, pictureElement(gallery.source.pictureUrl(choice.pic), choice.label));
    const pane = h("div", { class: `pane pane-${index === 0 ? "a" : "b"}` }, h("div", { class: "ground backdrop" }), plane,
      h("span", { class: "pane-label" }, h("b", {}, index === 0 ? "A" : "B"), ` ${choice.label}`));
    return { pane, plane };
  });
  const [a, b] = /** @type {[typeof panes[0], typeof panes[0]]} */ (panes);
  const handle = h("div", { class: "handle", "aria-hidden": "true" });
  const area = h("div", { class: "compare-area", tabindex: "0", role: "group", "aria-label": `${pair[0].label} and ${pair[1].label}; drag to pan, + and - zoom` }, a.pane, b.pane, handle);
  const zoomText = h("output", { class: "zoom-text" });
  const view = new Viewport(area, pair[0], () => {
    view.apply(a.plane);
    view.apply(b.plane);
    zoomText.textContent = `${Math.round(view.scale * 100)} %`;
  });
  const controls = { split: 50, onion: 50, rate: 0 };
  /** @type {number | undefined} */
  let timer;
  const setSplit = (/** @type {number} */ percent) => {
    controls.split = percent;
    style(area, { "--split": `${percent}%` });
  };
  const split = slider("Split", { min: 0, max: 100, value: 50, unit: " %" }, setSplit);
  const onion = slider("B over A", { min: 0, max: 100, value: 50, unit: " %" }, (value) => style(area, { "--onion": String(value / 100) }));
  const boost = slider("Amplify", { min: 1, max: 16, value: 2, unit: "×" }, (value) => style(area, { "--boost": String(value) }));
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const flip = () => area.classList.toggle("flipped");
  const run = (/** @type {boolean} */ on) => {
    clearInterval(timer);
    if (on) timer = setInterval(flip, FLICKER_MS);
    play.setAttribute("aria-pressed", String(on));
    play.textContent = on ? "Stop" : "Flicker";
  };
  const play = button("Flicker", () => run(play.getAttribute("aria-pressed") !== "true"), { "aria-pressed": "false" });
  const flicker = h("span", { class: "flicker" }, play, button("Swap once", () => { run(false); flip(); }));
  const note = h("p", { class: "compare-note quiet" }, ...differenceWords(page, pair));
  const extras = h("div", { class: "extras" });
  /** @type {Record<string, HTMLElement | null>} */
  const extraOf = { side: null, slider: split.element, onion: onion.element, flicker, difference: boost.element };
  const modes = h("div", { class: "modes" });
  const setMode = (/** @type {string} */ mode) => {
    memory.mode = mode;
    area.dataset.mode = mode;
    area.classList.remove("flipped");
    run(mode === "flicker" && !still);
    fill(extras, extraOf[mode] ?? null, note);
    fill(modes, segments("Way of comparing", MODES, () => mode, setMode, (value) => MODES.find(([each]) => each === value)?.[1] ?? value));
    measure();
  };
  const measure = () => view.resize(memory.mode === "side" ? area.clientWidth / (narrow() ? 1 : 2) : area.clientWidth,
    memory.mode === "side" && narrow() ? area.clientHeight / 2 : area.clientHeight);
  const watcher = new ResizeObserver(measure);
  slideWith(area, handle, view, setSplit);
  const go = (/** @type {string} */ first, /** @type {string} */ second) => { location.hash = `#/compare/${id}/${first}/${second}`; };
  const chooser = (/** @type {string} */ label, /** @type {Choice} */ current, /** @type {(key: string) => void} */ chosen) => {
    const select = h("select", { "aria-label": label, onchange: () => chosen(select.value) },
      ...choices.map((choice) => h("option", { value: choice.key }, choice.label)));
    select.value = current.key;
    return h("label", { class: "chooser" }, h("b", {}, label), select);
  };
  const swap = () => go(pair[1].key, pair[0].key);
  const pick = pair[1].draw ?? pair[0].draw;
  const head = h("header", { class: "compare-head" },
    h("div", { class: "crumbs" }, h("a", { class: "button bare", href: `#/asset/${id}` }, icon("left"), "Back"), h("h1", {}, nameLabel(page.row.name)), h("span", { class: "push" }),
      chooser("A", pair[0], (key) => go(key, pair[1].key)), button("Swap A and B", swap, { class: "bare" }, "⇄"),
      chooser("B", pair[1], (key) => go(pair[0].key, key)),
      gallery.source.actions && pick !== null && pair[1].draw !== page.row.pick && pair[1].draw !== null
        ? button("Pick B", () => { pickDraw(gallery, id, pick); }, { class: "primary" }) : null),
    h("div", { class: "compare-tools" }, modes, extras, h("span", { class: "push" }),
      h("span", { class: "zoom" }, button("Zoom out", () => view.zoom(1 / 1.5), { class: "bare" }, icon("minus")), zoomText,
        button("Zoom in", () => view.zoom(1.5), { class: "bare" }, icon("plus")), button("Fit", () => view.fit(), { class: "bare" }, icon("fit"))),
      backdropSwitch()));
  return { head, element: area, view, setMode, swap,
    enter: () => { setMode(memory.mode); watcher.observe(area); area.focus({ preventScroll: true }); },
    leave: () => { clearInterval(timer); watcher.disconnect(); } };
}

function narrow() {
  return matchMedia("(max-width: 720px)").matches;
}

/** Lets the split follow the pointer when it takes the handle.
 * @param {HTMLElement} area @param {HTMLElement} handle @param {Viewport} view @param {(percent: number) => void} set */
function slideWith(area, handle, view, set) {
  let sliding = false;
  const move = (/** @type {PointerEvent} */ event) => {
    const box = area.getBoundingClientRect();
    set(Math.max(0, Math.min(100, ((event.clientX - box.left) / box.width) * 100)));
  };
  view.pans = (event) => event.target !== handle;
  handle.addEventListener("pointerdown", (event) => {
    sliding = true;
    handle.setPointerCapture(event.pointerId);
  });
  handle.addEventListener("pointermove", (event) => { if (sliding) move(event); });
  for (const name of ["pointerup", "pointercancel"]) handle.addEventListener(name, () => { sliding = false; });
}

/** @param {AssetPage} page @param {[Choice, Choice]} pair @returns {string[]} */
function differenceWords(page, pair) {
  const [a, b] = pair;
  const words = [];
  if (a.width !== b.width || a.height !== b.height) words.push(`A is ${size(a.width, a.height)}, B is ${size(b.width, b.height)}; B is shown as large as A.`);
  if (a.key === "before" && b.key === "after" && page.compare) {
    const { pixels_changed: share, distance, distance_name: name } = page.compare;
    if (share !== null) words.push(share === 0 ? "No pixel differs." : `${(share * 100).toFixed(share < 0.01 ? 2 : 1)} % of the pixels differ.`);
    if (distance !== null) words.push(`${name ?? "distance"} ${distance.toFixed(3)}`);
  }
  return [words.join(" ")];
}
