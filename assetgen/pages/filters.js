// Which rows the wall shows. Pure but for the facets, which are check boxes with counts.

import { h, fill } from "./dom.js";
import { STATES, CHANGES, stateOf, number } from "./words.js";
import { stateMark } from "./card.js";

/** @typedef {{ text: string, states: Set<string>, tags: Set<string>, providers: Set<string>,
 *   costs: Set<string>, changes: Set<string> }} Filters */

/** @type {Record<string, { label: string, fits: (row: Row) => boolean }>} */
export const COSTS = {
  free: { label: "cost nothing so far", fits: (row) => row.cost_usd === 0 },
  paid: { label: "paid for", fits: (row) => row.cost_usd > 0 },
  dear: { label: "over $0.25", fits: (row) => row.cost_usd > 0.25 },
  next: { label: "next build costs", fits: (row) => (row.estimate_usd ?? 0) > 0 },
};

/** @returns {Filters} */
export function noFilters() {
  return { text: "", states: new Set(), tags: new Set(), providers: new Set(), costs: new Set(),
    changes: new Set() };
}

/** @param {Filters} filters */
export function isFiltering(filters) {
  return countChosen(filters) > 0 || filters.text.trim() !== "";
}

/** @param {Filters} filters */
export function countChosen(filters) {
  const { states, tags, providers, costs, changes } = filters;
  return states.size + tags.size + providers.size + costs.size + changes.size;
}

/** @type {WeakMap<Row, string>} */
const haystacks = new WeakMap();

/** @param {Row} row */
function haystack(row) {
  let text = haystacks.get(row);
  if (text === undefined) {
    text = [row.name, row.description, row.alt ?? "", row.model ?? "", row.provider ?? "", ...row.tags]
      .join("\n").toLowerCase();
    haystacks.set(row, text);
  }
  return text;
}

/**
 * Returns the rows that fit all chosen groups, and any of the choices within a group.
 * @param {readonly Row[]} rows
 * @param {Filters} filters
 * @param {(row: Row) => string} state
 */
export function choose(rows, filters, state) {
  const words = filters.text.toLowerCase().split(/\s+/).filter(Boolean);
  const { states, tags, providers, costs, changes } = filters;
  const rules = [...costs].map((name) => COSTS[name]).filter((rule) => rule !== undefined);
  return rows.filter((row) =>
    words.every((word) => haystack(row).includes(word))
    && (states.size === 0 || states.has(state(row)))
    && (tags.size === 0 || row.tags.some((tag) => tags.has(tag)))
    && (providers.size === 0 || providers.has(row.provider ?? ""))
    && (changes.size === 0 || changes.has(row.change ?? ""))
    && (rules.length === 0 || rules.some((rule) => rule.fits(row))));
}

/**
 * @param {readonly Row[]} rows
 * @param {(row: Row) => Iterable<string>} groups
 */
function tally(rows, groups) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const row of rows) {
    for (const group of groups(row)) counts.set(group, (counts.get(group) ?? 0) + 1);
  }
  return counts;
}

const MOST_TAGS = 40;

/**
 * Fills the place with groups of check boxes; `changed` is called when one was turned.
 * @param {HTMLElement} place
 * @param {Wall} wall
 * @param {Filters} filters
 * @param {(row: Row) => string} state
 * @param {() => void} changed
 */
export function showFacets(place, wall, filters, state, changed) {
  const rows = wall.assets;
  const focused = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset.facet;
  /**
   * @param {string} title
   * @param {Set<string>} chosen
   * @param {[string, string, number][]} entries
   */
  const group = (title, chosen, entries) => {
    const shown = entries.filter(([value, , count]) => count > 0 || chosen.has(value));
    if (shown.length === 0 || (shown.length === 1 && chosen.size === 0 && shown[0]?.[2] === rows.length)) return null;
    return h("fieldset", { class: "facet" }, h("legend", {}, title), ...shown.map(([value, label, count]) => {
      const box = h("input", { type: "checkbox", "data-facet": `${title}/${value}`, onchange: () => {
        if (box.checked) chosen.add(value);
        else chosen.delete(value);
        changed();
      } });
      box.checked = chosen.has(value);
      return h("label", {}, box, title === "State" ? stateMark(value) : null,
        h("span", { class: "facet-name", title: label }, label), h("span", { class: "facet-count" }, number(count)));
    }));
  };
  const states = tally(rows, (row) => [state(row)]);
  const tags = tally(rows, (row) => row.tags);
  const providers = tally(rows, (row) => (row.provider ? [row.provider] : []));
  const changes = tally(rows, (row) => (row.change ? [row.change] : []));
  const stateNames = [...new Set([...Object.keys(STATES), ...states.keys()])];
  fill(place,
    group("Change", filters.changes, Object.entries(CHANGES).map(([value, label]) => [value, label, changes.get(value) ?? 0])),
    group("State", filters.states, stateNames.map((value) => [value, stateOf(value).label, states.get(value) ?? 0])),
    group("Tag", filters.tags, [...tags].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, MOST_TAGS)
      .map(([value, count]) => [value, value, count])),
    group("Provider", filters.providers, [...providers].map(([value, count]) => [value, value, count])),
    group("Cost", filters.costs, Object.entries(COSTS).map(([value, { label, fits }]) => [value, label, rows.filter(fits).length])));
  if (focused === undefined) return;
  for (const box of place.querySelectorAll("input")) {
    if (box.dataset.facet === focused) box.focus();
  }
}
