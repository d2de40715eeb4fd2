// A grid of cards of which only the rows in view exist. Cells have one fixed size, so that
// the length of the scroll bar is known from the first moment and nothing ever moves.

import { h, style } from "./dom.js";
import { makeCard } from "./card.js";

const GAP = 16;
const LABELS = 52;
const SPARE_ROWS = 2;
/** @type {Record<string, number>} */
const WIDTHS = { small: 132, medium: 196, large: 300 };

/** @typedef {{ element: HTMLElement, cards: import("./card.js").Card[], index: number }} GridRow */

export class WindowedGrid {
  /**
   * @param {import("./gallery.js").Gallery} gallery
   * @param {() => string} size Which of the card sizes is chosen.
   */
  constructor(gallery, size) {
    this.gallery = gallery;
    this.size = size;
    /** @type {readonly Row[]} */
    this.items = [];
    /** @type {Map<number, GridRow>} */
    this.shown = new Map();
    /** @type {GridRow[]} */
    this.spare = [];
    this.columns = 1;
    this.cell = WIDTHS.medium ?? 196;
    this.active = 0;
    this.width = 0;
    this.lastTop = 0;
    this.pending = false;
    this.space = h("div", { class: "grid-space", role: "grid", "aria-label": "Assets" });
    this.element = h("div", { class: "grid-scroller", tabindex: "-1" }, this.space);
    this.element.addEventListener("scroll", () => this.plan(), { passive: true });
    this.space.addEventListener("keydown", (event) => this.key(event));
    this.space.addEventListener("focusin", (event) => this.focused(event));
    this.watcher = new ResizeObserver(() => this.measure());
    this.watcher.observe(this.element);
  }

  get rowHeight() {
    return this.cell + LABELS + GAP;
  }

  /** @param {readonly Row[]} items */
  setItems(items) {
    this.items = items;
    this.active = Math.min(this.active, Math.max(0, items.length - 1));
    this.layOut();
  }

  measure() {
    const wanted = WIDTHS[this.size()] ?? 196;
    const style_ = getComputedStyle(this.space);
    const width = this.element.clientWidth - parseFloat(style_.marginLeft) - parseFloat(style_.marginRight);
    if (width <= 0) return;
    const least = Math.min(wanted, (width - GAP) / 2); // Two columns fit on any phone.
    const columns = Math.max(1, Math.floor((width + GAP) / (least + GAP)));
    const cell = Math.floor((width + GAP) / columns) - GAP;
    if (columns === this.columns && cell === this.cell && width === this.width) return;
    const anchor = Math.floor(this.element.scrollTop / this.rowHeight) * this.columns;
    if (columns !== this.columns) this.drop();
    this.columns = columns;
    this.cell = cell;
    this.width = width;
    this.layOut();
    this.element.scrollTop = Math.floor(anchor / columns) * this.rowHeight;
    this.render(false);
  }

  drop() {
    for (const row of this.shown.values()) row.element.remove();
    this.shown.clear();
    this.spare = [];
  }

  layOut() {
    const rows = Math.ceil(this.items.length / this.columns);
    style(this.space, { height: `${Math.max(0, rows * this.rowHeight - GAP)}px`, "--cell": `${this.cell}px` });
    this.space.setAttribute("aria-rowcount", String(rows));
    this.space.setAttribute("aria-colcount", String(this.columns));
    this.render(false, true);
  }

  plan() {
    if (this.pending) return;
    this.pending = true;
    requestAnimationFrame(() => {
      this.pending = false;
      const moved = Math.abs(this.element.scrollTop - this.lastTop);
      this.render(moved > this.rowHeight * 1.5);
    });
  }

  /**
   * @param {boolean} flying Whether rows pass too fast to be looked at.
   * @param {boolean} [anew] Whether rows that stay have to be filled again.
   */
  render(flying, anew = false) {
    if (this.width === 0) return;
    const top = this.element.scrollTop;
    this.lastTop = top;
    const last = Math.ceil(this.items.length / this.columns) - 1;
    const from = Math.max(0, Math.floor(top / this.rowHeight) - SPARE_ROWS);
    const to = Math.min(last, Math.floor((top + this.element.clientHeight) / this.rowHeight) + SPARE_ROWS);
    const held = this.space.contains(document.activeElement) ? Math.floor(this.active / this.columns) : -1;
    for (const [index, row] of this.shown) {
      if ((index >= from && index <= to) || (index === held && index <= last)) continue;
      for (const card of row.cards) card.stop();
      row.element.hidden = true;
      this.shown.delete(index);
      this.spare.push(row);
    }
    for (let index = from; index <= to; index += 1) {
      const row = this.shown.get(index);
      if (row && !anew) continue;
      this.fillRow(row ?? this.takeRow(index), index, flying);
    }
    if (anew && held >= 0 && (held < from || held > to)) {
      const row = this.shown.get(held);
      if (row) this.fillRow(row, held, flying);
    }
  }

  /** @param {number} index @returns {GridRow} */
  takeRow(index) {
    let row = this.spare.pop();
    if (!row) {
      const cards = Array.from({ length: this.columns }, makeCard);
      const cells = cards.map((card, column) => h("div", { role: "gridcell", "aria-colindex": column + 1 }, card.element));
      row = { element: h("div", { class: "grid-row", role: "row" }, ...cells), cards, index };
      this.space.append(row.element);
    }
    this.shown.set(index, row);
    return row;
  }

  /**
   * @param {GridRow} row
   * @param {number} index
   * @param {boolean} flying
   */
  fillRow(row, index, flying) {
    row.index = index;
    row.element.hidden = false;
    row.element.setAttribute("aria-rowindex", String(index + 1));
    style(row.element, { transform: `translateY(${index * this.rowHeight}px)` });
    row.cards.forEach((card, column) => {
      const position = index * this.columns + column;
      const item = this.items[position];
      const cell = /** @type {HTMLElement} */ (card.element.parentElement);
      cell.hidden = item === undefined;
      if (!item) return;
      card.element.dataset.position = String(position);
      card.element.tabIndex = position === this.active ? 0 : -1;
      card.show(this.gallery, item, this.cell - 16, flying);
    });
  }

  /** Shows assets anew whose rows moved. @param {Set<string>} ids */
  refresh(ids) {
    for (const [index, row] of this.shown) {
      row.cards.forEach((card, column) => {
        const item = this.items[index * this.columns + column];
        if (item && ids.has(item.id)) card.show(this.gallery, item, this.cell - 16, false);
      });
    }
  }

  /** @param {number} position */
  focus(position) {
    if (this.items.length === 0) return;
    const before = this.cardAt(this.active);
    if (before) before.tabIndex = -1;
    this.active = Math.max(0, Math.min(this.items.length - 1, position));
    const top = Math.floor(this.active / this.columns) * this.rowHeight;
    const view = this.element;
    if (top < view.scrollTop) view.scrollTop = top;
    const bottom = top + this.rowHeight;
    if (bottom > view.scrollTop + view.clientHeight) view.scrollTop = bottom - view.clientHeight;
    this.render(false);
    const card = this.cardAt(this.active);
    if (!card) return;
    card.tabIndex = 0;
    card.focus({ preventScroll: true });
  }

  /** @param {number} position @returns {HTMLAnchorElement | undefined} */
  cardAt(position) {
    const row = this.shown.get(Math.floor(position / this.columns));
    return row?.cards[position % this.columns]?.element;
  }

  /** @param {FocusEvent} event */
  focused(event) {
    const card = /** @type {HTMLElement} */ (event.target).closest("a.card");
    if (!(card instanceof HTMLElement)) return;
    const before = this.cardAt(this.active);
    if (before) before.tabIndex = -1;
    this.active = Number(card.dataset.position);
    card.tabIndex = 0;
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(this.element.clientHeight / this.rowHeight)) * this.columns;
    /** @type {Record<string, number>} */
    const steps = {
      ArrowRight: this.active + 1, ArrowLeft: this.active - 1,
      ArrowDown: this.active + this.columns, ArrowUp: this.active - this.columns,
      PageDown: this.active + page, PageUp: this.active - page,
      Home: 0, End: this.items.length - 1,
    };
    const next = steps[event.key];
    if (next === undefined) return;
    event.preventDefault();
    this.focus(next);
  }
}
