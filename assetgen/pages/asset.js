// One asset: its picture and draws, what it asks for, what came of it, whom it needs.

import { h, s, fill, style, button, icon } from "./dom.js";
import { stateOf, money, bytes, size, plural, CHANGES } from "./words.js";
import { stateMark, nameLabel, pictureElement, fitPicture, sizeOf } from "./card.js";
import { backdropSwitch } from "./switches.js";
import { isChosen, drawKey, pickDraw, askReroll, toggleFrozen } from "./actions.js";
import { promptPart, changesPart, requestPart, filesPart, historyPart, relativesPart, placePart } from "./facts.js";

/**
 * @param {import("./gallery.js").Gallery} gallery
 * @param {string} id
 * @returns {View}
 */
export function assetView(gallery, id) {
  const row = gallery.rows.get(id);
  const element = h("div", { class: "asset" });
  if (!row) {
    fill(element, h("div", { class: "empty" }, h("h2", {}, "This asset is gone"),
      h("p", { class: "quiet" }, "It was renamed or removed from the spec."), h("p", {}, h("a", { href: "#/", class: "button" }, "Back to the wall"))));
    return { element, title: "Gone" };
  }
  /** @type {{ page: AssetPage | null, shown: number | null }} */
  const now = { page: null, shown: null };
  const head = h("header", { class: "asset-head" });
  const stage = h("div", { class: "stage backdrop", role: "img" });
  const strip = h("div", { class: "strip" });
  const facts = h("div", { class: "asset-facts" });
  fill(element, h("div", { class: "asset-main" }, head, stage, strip), facts);
  const current = () => gallery.rows.get(id) ?? row;

  const show = () => {
    showHead(gallery, head, current(), now.page, (number) => pickDraw(gallery, id, number), now.shown);
    showStage(gallery, stage, current(), now.page, now.shown);
    showStrip(gallery, strip, current(), now.page, now.shown, (number) => {
      now.shown = number;
      show();
    });
  };
  const load = async () => {
    try {
      const page = await gallery.page(id);
      now.page = page;
      fill(facts, promptPart(page), changesPart(page), requestPart(page), filesPart(gallery, page), relativesPart(gallery, page),
        historyPart(page), placePart(page));
      show();
    } catch (error) {
      fill(facts, h("p", { class: "notice bad" }, error instanceof Error ? error.message : String(error)));
    }
  };
  load();
  const step = (/** @type {number} */ by) => {
    const next = neighbour(gallery, id, by);
    if (next) location.hash = `#/asset/${next}`;
  };
  return {
    element,
    title: row.name,
    entered: show, // sizes are known only once it is in the document
    resized: show,
    changed: (what, ids) => {
      if (ids && !ids.has(id)) return;
      show();
      if (what !== "build" || !gallery.running.has(id)) load();
    },
    key: (event) => {
      if (event.key === "j") step(1);
      else if (event.key === "k") step(-1);
      else if (event.key === "r" && isChosen(current())) askReroll(gallery, current());
      else if (event.key === "c") location.hash = `#/compare/${id}`;
      else if (event.key === "m" && canPaint(gallery, now.page)) location.hash = `#/mask/${id}`;
      else if (event.key === "p" && now.shown !== null && now.shown > 0 && isChosen(current())) pickDraw(gallery, id, now.shown);
      else if (/^[1-9]$/.test(event.key) && drawOf(now.page, Number(event.key))) {
        now.shown = Number(event.key);
        show();
      } else return false;
      return true;
    },
    keys: [["j k", "next and previous asset"], ["1 … 9", "look at a draw"], ["p", "pick the draw that is shown"],
      ["r", "re-roll"], ["c", "compare"], ["m", "paint a mask"], ["Esc", "back to the wall"]],
  };
}

/**
 * Returns the asset after or before this one, in the order of the wall.
 * @param {import("./gallery.js").Gallery} gallery
 * @param {string} id
 * @param {number} by
 */
export function neighbour(gallery, id, by) {
  const order = gallery.order ?? gallery.wall.assets.map((row) => row.id);
  const at = order.indexOf(id);
  return order[at + by];
}

/** @param {AssetPage | null} page @param {number | null} key */
function drawOf(page, key) {
  return page?.draws.find((each) => drawKey(page.draws, each) === key);
}

/**
 * @param {import("./gallery.js").Gallery} gallery
 * @param {AssetPage | null} page
 */
function canPaint(gallery, page) {
  return gallery.source.actions !== null && page?.paintable != null;
}

/**
 * @param {import("./gallery.js").Gallery} gallery
 * @param {HTMLElement} place
 * @param {Row} row
 * @param {AssetPage | null} page
 * @param {(draw: number) => void} pick
 * @param {number | null} shown
 */
function showHead(gallery, place, row, page, pick, shown) {
  const state = gallery.stateOf(row);
  const live = gallery.source.actions !== null;
  const comparable = page !== null && (page.draws.filter((draw) => draw.pic).length > 1 || page.compare !== null);
  const picking = shown !== null && shown > 0 && shown !== row.pick;
  const pickWord = picking ? `Pick draw ${shown}` : shown !== null && shown < 0 ? "Earlier draw" : "Picked";
  const word = gallery.running.get(row.id)?.message;
  const walk = (/** @type {number} */ by, /** @type {string} */ label, /** @type {string} */ name) => {
    const next = neighbour(gallery, row.id, by);
    return h("a", { class: "button bare", href: next ? `#/asset/${next}` : null, "aria-label": label, title: label,
      "aria-disabled": next ? null : "true" }, icon(name));
  };
  fill(place,
    h("div", { class: "crumbs" }, h("a", { class: "button bare", href: "#/" }, icon("left"), "Wall"),
      h("span", { class: "push" }), walk(-1, "Previous asset", "left"), walk(1, "Next asset", "right")),
    h("h1", {}, nameLabel(row.name)),
    h("p", { class: "state-line" }, stateMark(state), h("span", { class: `tone-${stateOf(state).tone}` }, stateOf(state).label),
      row.change ? h("span", { class: "badge still" }, CHANGES[row.change] ?? row.change) : null,
      row.frozen && state !== "frozen" ? h("span", { class: "badge still" }, "frozen") : null,
      row.placeholder ? h("span", { class: "badge still" }, "placeholder") : null,
      word ? h("span", { class: "quiet", role: "status" }, word) : row.reason ? h("span", { class: "quiet" }, row.reason) : null),
    row.description ? h("p", { class: "quiet description" }, row.description) : null,
    row.error ? h("p", { class: "notice bad" }, row.error) : null,
    live && row.placeholder && row.draws > 0 && !isChosen(row)
      ? h("p", { class: "quiet" }, "Placeholders are the same every time and pinned nowhere: there is nothing to pick or re-roll.") : null,
    h("div", { class: "asset-actions" },
      live && isChosen(row) && row.draws > 1 ? button(pickWord, () => { if (shown !== null) pick(shown); },
        { class: picking ? "primary" : "", disabled: !picking }, icon("review"), pickWord) : null,
      live && isChosen(row) ? button("Re-roll", () => { askReroll(gallery, row); }, { class: "reroll" }, icon("reroll"),
        page?.price?.reroll_usd ? `Re-roll · ${money(page.price.reroll_usd)}` : "Re-roll") : null,
      live && isChosen(row) ? button(row.frozen ? "Thaw" : "Freeze", () => { toggleFrozen(gallery, row); }, { "aria-pressed": String(row.frozen) },
        icon("freeze"), row.frozen ? "Thaw" : "Freeze") : null,
      comparable ? h("a", { class: "button", href: `#/compare/${row.id}` }, icon("compare"), "Compare") : null,
      canPaint(gallery, page) ? h("a", { class: "button", href: `#/mask/${row.id}` }, icon("mask"), "Paint a mask") : null,
      h("span", { class: "push" }), backdropSwitch()));
}

/**
 * @param {import("./gallery.js").Gallery} gallery
 * @param {HTMLElement} stage
 * @param {Row} row
 * @param {AssetPage | null} page
 * @param {number | null} shown
 */
function showStage(gallery, stage, row, page, shown) {
  const partial = gallery.running.get(row.id)?.partial;
  const draw = drawOf(page, shown);
  const pic = draw ? draw.pic : page ? page.image ?? row.thumb : row.thumb;
  const { width, height } = draw ?? sizeOf(page, pic, row);
  const ready = page !== null && pic !== null;
  const url = partial ?? (pic === null ? "" : ready ? gallery.source.pictureUrl(pic) : gallery.source.thumbUrl(pic, 640));
  const key = `${url} ${width} ${stage.clientWidth} ${stage.clientHeight}`;
  if (stage.dataset.key === key) return;
  stage.dataset.key = key;
  stage.setAttribute("aria-label", row.alt || row.name);
  if (!url) {
    fill(stage, h("span", { class: "no-picture" }, icon("picture"), h("span", {}, draw ? "this draw is not in the store" : "not drawn yet")));
    return;
  }
  const image = pictureElement(url, "");
  fitPicture(image, width, height, Math.max(160, stage.clientWidth - 32), Math.max(160, stage.clientHeight - 32));
  fill(stage, image, h("span", { class: "stage-label" }, size(width, height), draw ? ` · ${Number(shown) < 0 ? "earlier " : ""}draw ${draw.number}` : ""));
}

/**
 * @param {import("./gallery.js").Gallery} gallery
 * @param {HTMLElement} place
 * @param {Row} row
 * @param {AssetPage | null} page
 * @param {number | null} shown
 * @param {(draw: number) => void} look
 */
export function showStrip(gallery, place, row, page, shown, look) {
  const draws = page?.draws ?? [];
  if (draws.length === 0 && row.draws === 0) {
    place.hidden = true;
    return;
  }
  place.hidden = false;
  const looked = shown ?? row.pick;
  const focused = place.contains(document.activeElement) ? Number(/** @type {HTMLElement} */ (document.activeElement).dataset.draw) : null;
  let earlier = false;
  fill(place, ...draws.flatMap((draw) => {
    const key = drawKey(draws, draw);
    const chosen = key > 0 && key === row.pick;
    const picture = draw.pic ? pictureElement(gallery.source.thumbUrl(draw.pic, 160), "") : h("span", { class: "no-picture" }, icon("picture"));
    if (picture instanceof HTMLImageElement) fitPicture(picture, draw.width, draw.height, 80);
    const cost = draw.cost_usd ? `${draw.estimated ? "≈" : ""}${money(draw.cost_usd)}` : "";
    const item = h("button", { type: "button", class: "draw", "aria-pressed": String(key === looked), "data-draw": key,
      "aria-label": `${key < 0 ? "Earlier draw" : "Draw"} ${draw.number}${chosen ? ", picked" : ""}`, onclick: () => look(key),
      title: [key < 0 ? "Of an earlier request, which finds it again for nothing." : "", draw.model, size(draw.width, draw.height), bytes(draw.bytes)].filter(Boolean).join(" ") },
    h("span", { class: "shot backdrop" }, picture), h("span", { class: "draw-number" }, String(draw.number)),
    h("span", { class: "draw-words" }, cost));
    if (chosen) item.append(pickedMark());
    if (key > 0 || earlier) return [item];
    earlier = true;
    return [h("span", { class: "strip-note", "aria-hidden": "true" }, "earlier"), item];
  }));
  if (draws.length === 0) fill(place, ...Array.from({ length: Math.min(row.draws, 10) }, () => style(h("span", { class: "draw" }), {})));
  if (focused !== null) for (const item of place.querySelectorAll("button")) if (Number(item.dataset.draw) === focused) item.focus();
  place.setAttribute("aria-label", plural(row.draws, "draw"));
  place.setAttribute("role", "group");
}

function pickedMark() {
  return s("svg", { class: "picked", viewBox: "0 0 16 16", "aria-hidden": "true" },
    s("circle", { cx: 8, cy: 8, r: 8 }), s("path", { d: "M4.5 8.3l2.4 2.4 4.6-5.2" }));
}
