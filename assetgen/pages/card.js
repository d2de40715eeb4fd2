// One asset as a card: a picture in a frame of fixed size, its name, its state.

import { h, s, fill, style, icon } from "./dom.js";
import { stateOf, money, nameParts, CHANGES } from "./words.js";

/** @param {string} state */
export function stateMark(state) {
  const { tone, shape } = stateOf(state);
  return s("svg", { class: `mark tone-${tone}`, viewBox: "0 0 12 12", "aria-hidden": "true", "data-state": state },
    s("path", { d: shape }));
}

/** @param {string} name */
export function nameLabel(name) {
  const [folder, leaf] = nameParts(name);
  return h("span", { class: "name", title: name },
    folder ? h("span", { class: "folder" }, folder) : null, h("span", { class: "leaf" }, leaf));
}

/** Returns whether a placeholder is worth a word: not where nothing else is drawn.
 * @param {Wall} wall */
function mixed(wall) {
  return wall.providers.some((provider) => provider !== "placeholder");
}

const PIXEL_ART = 96;

/**
 * Sizes a picture inside a box: small ones grow by a whole factor so that their pixels
 * stay square, larger ones never grow.
 * @param {HTMLImageElement} image
 * @param {number | null} width
 * @param {number | null} height
 * @param {number} across Room for it, in CSS pixels.
 * @param {number} [down] The same by default.
 */
export function fitPicture(image, width, height, across, down = across) {
  const side = Math.max(width ?? 0, height ?? 0);
  const small = side > 0 && side <= PIXEL_ART;
  image.classList.toggle("pixels", small);
  if (!width || !height) {
    style(image, { width: null, height: null });
    return;
  }
  const room = Math.min(across / width, down / height);
  const factor = small ? Math.max(1, Math.floor(room)) : Math.min(1, room);
  style(image, { width: `${Math.max(1, width * factor)}px`, height: `${Math.max(1, height * factor)}px` });
}

/**
 * Returns how large a picture of an asset's page is. The row's size is of its largest
 * file, which need not be the picture that the page shows.
 * @param {AssetPage | null} page
 * @param {string | null} pic
 * @param {Row} row
 * @returns {{ width: number | null, height: number | null }}
 */
export function sizeOf(page, pic, row) {
  if (page?.image_size && pic === page.image) return { width: page.image_size[0], height: page.image_size[1] };
  return page?.draws.find((each) => each.pic === pic) ?? page?.files.find((each) => each.pic === pic) ?? row;
}

/**
 * Returns a picture that says so when its file is missing.
 * @param {string} url
 * @param {string} label
 */
export function pictureElement(url, label) {
  const image = h("img", { alt: label, decoding: "async", draggable: "false" });
  image.addEventListener("error", () => {
    image.replaceWith(h("span", { class: "no-picture" }, icon("picture"), h("span", {}, "picture missing")));
  });
  if (url) image.src = url;
  else queueMicrotask(() => image.dispatchEvent(new Event("error")));
  return image;
}

/**
 * @typedef {object} Card
 * @property {HTMLAnchorElement} element
 * @property {(gallery: import("./gallery.js").Gallery, row: Row, box: number, later: boolean) => void} show
 * @property {() => void} stop
 */

/**
 * Makes a card that can be shown with one asset after another.
 * @returns {Card}
 */
export function makeCard() {
  const image = h("img", { alt: "", decoding: "async", draggable: "false" });
  const none = h("span", { class: "no-picture" });
  const badge = h("span", { class: "badge" });
  const trouble = h("span", { class: "trouble" });
  const shot = h("span", { class: "shot backdrop" }, image, none, badge, trouble);
  const name = h("span", { class: "card-name" });
  const facts = h("span", { class: "facts" });
  const element = h("a", { class: "card", draggable: "false" }, shot, name, facts);
  /** @type {number | undefined} */
  let waiting;
  const missing = (/** @type {string} */ text) => {
    image.hidden = true;
    none.hidden = false;
    fill(none, icon("picture"), h("span", {}, text));
  };
  image.addEventListener("error", () => {
    if (image.getAttribute("src")) missing("picture missing");
  });
  /** @type {Card["show"]} */
  const show = (gallery, row, box, later) => {
    clearTimeout(waiting);
    const running = gallery.running.get(row.id);
    const state = gallery.stateOf(row);
    element.href = `#/asset/${row.id}`;
    element.dataset.id = row.id;
    element.dataset.state = state;
    element.setAttribute("aria-label", [row.name, stateOf(state).label, row.change ?? ""].filter(Boolean).join(", "));
    fill(name, nameLabel(row.name));
    fill(facts, stateMark(state), h("span", { class: "fact-state" }, stateOf(state).label),
      row.draws > 1 ? h("span", { class: "fact" }, `${row.pick ?? "–"}/${row.draws}`) : null,
      row.cost_usd > 0 ? h("span", { class: "fact" }, money(row.cost_usd)) : null);
    badge.textContent = row.change ? CHANGES[row.change] ?? row.change : row.frozen && state !== "frozen" ? "frozen" : row.placeholder && mixed(gallery.wall) ? "placeholder" : "";
    badge.hidden = badge.textContent === "";
    trouble.textContent = row.error ?? "";
    trouble.hidden = row.error === null;
    const url = running?.partial ?? (row.thumb ? gallery.source.thumbUrl(row.thumb, box > 200 ? 640 : 320) : "");
    if (!url) {
      image.removeAttribute("src");
      missing(state === "running" ? "being drawn" : "not drawn yet");
      return;
    }
    none.hidden = true;
    image.hidden = false;
    fitPicture(image, row.width, row.height, box);
    if (image.getAttribute("src") === url) return;
    image.removeAttribute("src");
    // While rows fly by, nothing is asked of the server for those that do not stay.
    if (later) waiting = setTimeout(() => { image.src = url; }, 120);
    else image.src = url;
  };
  return { element, show, stop: () => clearTimeout(waiting) };
}

/**
 * Returns a small card for lists of relatives.
 * @param {import("./gallery.js").Gallery} gallery
 * @param {Row} row
 */
export function smallCard(gallery, row) {
  const url = row.thumb ? gallery.source.thumbUrl(row.thumb, 160) : "";
  const image = url ? pictureElement(url, "") : h("span", { class: "no-picture" }, icon("picture"));
  if (image instanceof HTMLImageElement) fitPicture(image, row.width, row.height, 40);
  return h("a", { class: "small-card", href: `#/asset/${row.id}` }, h("span", { class: "shot backdrop" }, image),
    nameLabel(row.name), stateMark(gallery.stateOf(row)));
}
