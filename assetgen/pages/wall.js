// The wall: every asset as a card, with search and filters beside it.

import { h, fill, button, icon } from "./dom.js";
import { number, plural } from "./words.js";
import { noFilters, choose, countChosen, isFiltering, showFacets } from "./filters.js";
import { WindowedGrid } from "./grid.js";
import { sheet, showEmpty } from "./dialog.js";
import { backdropSwitch, cardSizeSwitch } from "./switches.js";
import { currentSettings } from "./settings.js";

const memory = { filters: noFilters(), top: 0, active: 0 };

/**
 * @param {import("./gallery.js").Gallery} gallery
 * @returns {View}
 */
export function wallView(gallery) {
  const { filters } = memory;
  const grid = new WindowedGrid(gallery, () => currentSettings().cards);
  const facets = h("div", { class: "facets" });
  const count = h("p", { class: "count", role: "status" });
  const empty = h("div", { class: "wall-empty" });
  const clear = button("Clear filters", () => {
    Object.assign(filters, noFilters());
    search.value = "";
    filtered();
  }, { class: "bare" });
  const search = h("input", { type: "search", placeholder: "Search", "aria-label": "Search assets",
    "aria-keyshortcuts": "/", autocomplete: "off", spellcheck: "false", oninput: () => {
      filters.text = search.value;
      filtered();
    } });
  search.value = filters.text;
  const filterButton = button("Filters", () => {
    sheet("Filters", facets).then(() => side.append(facets));
  }, { class: "filter-button" }, icon("filter"), h("span", { class: "filter-count" }));
  const side = h("aside", { class: "side", "aria-label": "Filters" }, facets);
  const bar = h("div", { class: "bar" },
    h("label", { class: "search" }, icon("search"), search, h("kbd", {}, "/")),
    filterButton, count, clear, h("span", { class: "push" }),
    cardSizeSwitch(() => grid.measure()), backdropSwitch());
  const element = h("div", { class: "wall" }, side, h("section", { class: "wall-main" }, bar, empty, grid.element));

  const state = (/** @type {Row} */ row) => gallery.stateOf(row);
  let waiting = false;
  const filtered = () => {
    show();
    grid.element.scrollTop = 0;
  };
  const show = () => {
    const { wall } = gallery;
    const rows = choose(wall.assets, filters, state);
    gallery.order = rows.map((row) => row.id);
    showFacets(facets, wall, filters, state, filtered);
    fill(count, rows.length === wall.assets.length ? plural(rows.length, "asset")
      : `${number(rows.length)} of ${number(wall.assets.length)}`);
    clear.hidden = !isFiltering(filters);
    const chosen = countChosen(filters);
    filterButton.lastElementChild?.replaceChildren(chosen > 0 ? String(chosen) : "");
    empty.hidden = rows.length > 0;
    grid.element.hidden = rows.length === 0;
    if (rows.length === 0) showNothing(gallery, empty);
    grid.setItems(rows);
  };
  show();
  return {
    element,
    title: "Wall",
    entered: () => {
      grid.measure();
      grid.active = Math.min(memory.active, Math.max(0, grid.items.length - 1));
      grid.element.scrollTop = memory.top;
      grid.render(false, true);
      if (memory.top > 0 || memory.active > 0) grid.focus(grid.active);
    },
    left: () => {
      memory.active = grid.active;
      memory.top = grid.element.scrollTop;
      grid.watcher.disconnect();
    },
    changed: (what, ids) => {
      if (what === "build" && filters.states.size === 0) {
        grid.refresh(ids ?? new Set(grid.items.map((row) => row.id)));
      } else if (["wall", "rows", "build"].includes(what) && !waiting) {
        // A build tells of many rows in a row; they are counted once for each frame.
        waiting = true;
        requestAnimationFrame(() => {
          waiting = false;
          show();
        });
      }
    },
    key: (event) => {
      if (event.key === "/") {
        search.focus();
        search.select();
        return true;
      }
      if (event.key === "ArrowDown" && !grid.space.contains(document.activeElement)) {
        grid.focus(grid.active);
        return true;
      }
      return false;
    },
    keys: [["/", "search"], ["← → ↑ ↓", "move between assets"], ["Enter", "open the asset"],
      ["Home End", "first and last asset"]],
  };
}

/**
 * @param {import("./gallery.js").Gallery} gallery
 * @param {HTMLElement} place
 */
function showNothing(gallery, place) {
  const { wall } = gallery;
  if (wall.assets.length > 0) {
    showEmpty(place, "Nothing fits these filters", "Take one away, or search for something else.");
  } else if (wall.diagnostics.some((each) => each.severity === "error")) {
    showEmpty(place, "The spec cannot be read yet", `The problems in ${wall.spec} are listed with their lines.`,
      [h("p", {}, h("a", { class: "button primary", href: "#/problems" }, "Show the problems"))]);
  } else {
    showEmpty(place, "No assets yet", `Add the first one to ${wall.spec}; it appears here once the file is saved.`,
      [h("pre", { class: "code" }, "assets:\n  hero:\n    prompt: A lighthouse at dawn\n    outputs: [hero.webp]")]);
  }
}
