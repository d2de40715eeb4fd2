// The graph of assets, drawn in layers from left to right.

import { h, s, fill, style, button, icon } from "./dom.js";
import { stateOf, plural, nameParts, STATES } from "./words.js";
import { stateMark } from "./card.js";
import { layOut, neighbourhood } from "./layers.js";
import { Viewport } from "./viewport.js";
import { showEmpty } from "./dialog.js";

const MOST = 300;
const BOX = { width: 184, height: 40, across: 72, down: 14 };
const MARGIN = 24;

/**
 * @param {import("./gallery.js").Gallery} gallery
 * @param {string | null} chosen
 * @returns {View}
 */
export function graphView(gallery, chosen) {
  const element = h("div", { class: "graph" });
  /** @type {ReturnType<typeof drawing> | null} */
  let drawn = null;
  const show = () => {
    drawn?.leave();
    drawn = drawing(gallery, chosen, element);
    drawn?.enter();
  };
  return {
    element,
    title: "Graph",
    entered: show,
    left: () => drawn?.leave(),
    changed: (what, ids) => {
      if (what === "wall") show();
      else if (ids) drawn?.refresh(ids);
    },
    key: (event) => drawn?.key(event) ?? false,
    keys: [["Tab", "from asset to asset"], ["← → ↑ ↓", "move along the lines, or within a layer"], ["Enter", "open the asset"], ["n", "show what is near the asset"],
      ["+ -", "zoom (or the wheel)"], ["0", "fit"], ["Esc", "back to the wall"]],
  };
}

/** @param {Wall} wall */
function linksOf(wall) {
  /** @type {Map<string, string[]>} */
  const parents = new Map();
  /** @type {Map<string, string[]>} */
  const children = new Map();
  const add = (/** @type {Map<string, string[]>} */ map, /** @type {string} */ from, /** @type {string} */ to) => {
    const list = map.get(from);
    if (list) list.push(to);
    else map.set(from, [to]);
  };
  for (const [from, to] of wall.edges) {
    const [parent, child] = [wall.assets[from]?.id, wall.assets[to]?.id];
    if (parent === undefined || child === undefined) continue;
    add(parents, child, parent);
    add(children, parent, child);
  }
  return { parents, children };
}

/**
 * Chooses what is drawn, with a word on what is not.
 * @param {Wall} wall
 * @param {string | null} chosen
 * @param {ReturnType<typeof linksOf>} links
 */
function selection(wall, chosen, { parents, children }) {
  const linked = wall.assets.filter((row) => parents.has(row.id) || children.has(row.id)).map((row) => row.id);
  const alone = wall.assets.length - linked.length;
  const aside = alone > 0 ? `${plural(alone, "asset")} without relations ${alone === 1 ? "is" : "are"} not drawn.` : "";
  if (chosen === null && linked.length <= MOST) return { ids: linked, note: aside, centre: null };
  const busy = (/** @type {string} */ id) => (parents.get(id)?.length ?? 0) + (children.get(id)?.length ?? 0);
  const centre = chosen ?? linked.reduce((best, id) => (busy(id) > busy(best) ? id : best), linked[0] ?? "");
  const near = neighbourhood(centre, parents, children, MOST);
  const name = wall.assets.find((row) => row.id === centre)?.name ?? "";
  return { ids: wall.assets.filter((row) => near.has(row.id)).map((row) => row.id), centre,
    note: `What is near ${name}: ${near.size} of ${linked.length} linked assets. ${near.size >= MOST ? `At most ${MOST} are drawn.` : ""}` };
}

/**
 * @param {import("./gallery.js").Gallery} gallery
 * @param {string | null} chosen
 * @param {HTMLElement} element
 */
function drawing(gallery, chosen, element) {
  const { wall } = gallery;
  const links = linksOf(wall);
  const { ids, note, centre } = selection(wall, chosen, links);
  if (ids.length === 0) {
    showEmpty(element, "No relations", "No asset needs another one. Edits, layers and sheets draw lines here.");
    return null;
  }
  const places = layOut(ids, links.parents, links.children);
  const spots = spotsOf(places);
  const nodes = new Map(ids.map((id) => [id, nodeOf(gallery, id, spots, id === centre)]));
  const edges = ids.flatMap((id) => (links.parents.get(id) ?? []).filter((parent) => places.has(parent)).map((parent) => edgeOf(spots, parent, id)));
  const canvas = s("svg", { class: "graph-drawing", role: "group", "aria-label": `${ids.length} assets` },
    s("g", { class: "edges" }, ...edges), s("g", {}, ...nodes.values()));
  const area = h("div", { class: "graph-area" });
  const end = { width: Math.max(...[...spots.values()].map((spot) => spot.x)) + BOX.width + MARGIN,
    height: Math.max(...[...spots.values()].map((spot) => spot.y)) + BOX.height + MARGIN };
  canvas.setAttribute("viewBox", `0 0 ${end.width} ${end.height}`);
  const plane = h("div", { class: "plane" }, canvas);
  area.append(plane);
  const view = new Viewport(area, end, () => {
    view.apply(plane);
    plane.classList.remove("pixels");
  });
  view.pans = (event) => !(event.target instanceof Element && event.target.closest("a"));
  const search = finder(gallery);
  fill(element, h("div", { class: "bar" }, search, chosen !== null ? h("a", { class: "button", href: "#/graph" }, "Whole graph") : null,
    h("p", { class: "quiet" }, note), h("span", { class: "push" }), legend(ids.map((id) => gallery.rows.get(id))),
    button("Fit", () => view.fit(), { class: "bare" }, icon("fit"))), area);
  const watcher = new ResizeObserver(() => {
    view.resize(area.clientWidth, area.clientHeight);
    if (view.fitting && view.scale < (area.clientWidth < 720 ? 0.75 : 0.45)) startReadable(view, spots.get(centre ?? ids[0] ?? ""));
  });
  return {
    enter: () => watcher.observe(area),
    leave: () => watcher.disconnect(),
    refresh: (/** @type {Set<string>} */ moved) => {
      for (const id of moved) {
        const node = nodes.get(id);
        if (!node) continue;
        const fresh = nodeOf(gallery, id, spots, id === centre);
        node.replaceWith(fresh);
        nodes.set(id, fresh);
      }
    },
    key: (/** @type {KeyboardEvent} */ event) => walk(event, nodes, places, links) || view.key(event),
  };
}

/** Shows a large graph at a size that can be read, from its most important asset.
 * @param {Viewport} view @param {{ x: number, y: number } | undefined} spot */
function startReadable(view, spot) {
  view.scale = 0.8;
  const { pane, picture } = view;
  // Nothing is left empty on one side while something is out of sight on the other.
  const put = (/** @type {number} */ room, /** @type {number} */ length, /** @type {number} */ middle) => (length <= room
    ? (room - length) / 2 : Math.max(room - length, Math.min(0, room / 2 - middle)));
  view.x = put(pane.width, picture.width * view.scale, ((spot?.x ?? 0) + BOX.width / 2) * view.scale);
  view.y = put(pane.height, picture.height * view.scale, ((spot?.y ?? 0) + BOX.height / 2) * view.scale);
  view.fitting = false;
  view.moved(view);
}

/** @param {Map<string, import("./layers.js").Place>} places */
function spotsOf(places) {
  /** @type {Map<number, number>} */
  const counts = new Map();
  for (const { layer } of places.values()) counts.set(layer, (counts.get(layer) ?? 0) + 1);
  const tallest = Math.max(...counts.values());
  const row = BOX.height + BOX.down;
  return new Map([...places.values()].map(({ id, layer, order }) => [id, {
    x: MARGIN + layer * (BOX.width + BOX.across),
    y: MARGIN + (order + (tallest - (counts.get(layer) ?? 0)) / 2) * row,
  }]));
}

/** @param {Map<string, { x: number, y: number }>} spots @param {string} from @param {string} to */
function edgeOf(spots, from, to) {
  const a = spots.get(from) ?? { x: 0, y: 0 };
  const b = spots.get(to) ?? { x: 0, y: 0 };
  const [x1, y1, x2, y2] = [a.x + BOX.width, a.y + BOX.height / 2, b.x, b.y + BOX.height / 2];
  const bend = Math.max(24, (x2 - x1) / 2);
  return s("path", { d: `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}` });
}

/**
 * @param {import("./gallery.js").Gallery} gallery
 * @param {string} id
 * @param {Map<string, { x: number, y: number }>} spots
 * @param {boolean} centre
 */
function nodeOf(gallery, id, spots, centre) {
  const row = /** @type {Row} */ (gallery.rows.get(id));
  const spot = spots.get(id) ?? { x: 0, y: 0 };
  const state = gallery.stateOf(row);
  const { tone, label, shape } = stateOf(state);
  const [folder, leaf] = nameParts(row.name);
  const cut = (/** @type {string} */ text, /** @type {number} */ most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
  return s("a", { href: `#/asset/${id}`, class: `node ${centre ? "centre" : ""}`, "data-id": id, "aria-label": `${row.name}, ${label}`,
    transform: `translate(${spot.x} ${spot.y})` },
  s("title", {}, `${row.name}, ${label}`),
  s("rect", { width: BOX.width, height: BOX.height, rx: 6 }),
  s("g", { class: `mark tone-${tone}`, transform: "translate(10 12) scale(1.33)" }, s("path", { d: shape })),
  folder ? s("text", { x: 34, y: 16, class: "folder" }, cut(folder, 24)) : null,
  s("text", { x: 34, y: folder ? 30 : 24 }, cut(leaf, 20)));
}

/** @param {(Row | undefined)[]} rows */
function legend(rows) {
  const states = new Set(rows.map((row) => row?.state));
  return h("span", { class: "legend" }, ...Object.keys(STATES).filter((state) => states.has(/** @type {State} */ (state)))
    .map((state) => h("span", {}, stateMark(state), stateOf(state).label)));
}

/** @param {import("./gallery.js").Gallery} gallery */
function finder(gallery) {
  const options = h("datalist", { id: "graph-names" });
  const input = h("input", { type: "search", placeholder: "Find an asset", "aria-label": "Find an asset", list: "graph-names", autocomplete: "off" });
  input.addEventListener("input", () => {
    const text = input.value.toLowerCase();
    const fits = gallery.wall.assets.filter((row) => row.name.includes(text)).slice(0, 20);
    fill(options, ...fits.map((row) => h("option", { value: row.name })));
    const exact = fits.find((row) => row.name === text);
    if (exact) location.hash = `#/graph/${exact.id}`;
  });
  return h("label", { class: "search" }, icon("search"), input, options);
}

/**
 * Moves the focus along lines, or up and down a layer.
 * @param {KeyboardEvent} event
 * @param {Map<string, SVGAElement>} nodes
 * @param {Map<string, import("./layers.js").Place>} places
 * @param {ReturnType<typeof linksOf>} links
 */
function walk(event, nodes, places, links) {
  const id = document.activeElement instanceof SVGElement ? document.activeElement.dataset.id : undefined;
  const here = id === undefined ? undefined : places.get(id);
  if (!here) return false;
  if (event.key === "n") {
    location.hash = `#/graph/${here.id}`;
    return true;
  }
  const level = (/** @type {number} */ by) => [...places.values()].find((place) => place.layer === here.layer && place.order === here.order + by)?.id;
  const first = (/** @type {Map<string, string[]>} */ map) => (map.get(here.id) ?? []).find((other) => places.has(other));
  /** @type {Record<string, () => string | undefined>} */
  const moves = { ArrowLeft: () => first(links.parents), ArrowRight: () => first(links.children), ArrowUp: () => level(-1), ArrowDown: () => level(1) };
  const next = moves[event.key]?.();
  if (next === undefined) return event.key.startsWith("Arrow");
  nodes.get(next)?.focus();
  return true;
}
