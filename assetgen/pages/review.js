// Review: one asset after the other, a decision each, all by keyboard.

import { h, fill, button, icon } from "./dom.js";
import { plural, stateOf, money } from "./words.js";
import { nameLabel, stateMark, pictureElement, fitPicture, sizeOf } from "./card.js";
import { showStrip } from "./asset.js";
import { backdropSwitch } from "./switches.js";
import { isChosen, drawKey, pickDraw, askReroll } from "./actions.js";
import { showEmpty } from "./dialog.js";
import { promptPart } from "./facts.js";

/** @typedef {{ label: string, fits: (row: Row) => boolean }} Queue */

/** @type {Record<string, Queue>} */
const QUEUES = {
  all: { label: "everything with a picture", fits: (row) => row.thumb !== null },
  several: { label: "more than one draw", fits: (row) => row.draws > 1 },
  changed: { label: "changed", fits: (row) => row.change !== null || row.reason !== null },
  open: { label: "failed or to draw", fits: (row) => row.state === "failed" || row.state === "draw" },
};
const memory = { queue: "", id: "", /** @type {Set<string>} */ seen: new Set() };

/**
 * @param {import("./gallery.js").Gallery} gallery
 * @returns {View}
 */
export function reviewView(gallery) {
  const element = h("div", { class: "review" });
  /** @type {{ page: AssetPage | null, shown: number | null }} */
  const now = { page: null, shown: null };
  const wanted = gallery.order ? new Set(gallery.order) : null;
  const list = () => gallery.wall.assets.filter((row) => (QUEUES[memory.queue]?.fits(row) ?? true) && (wanted?.has(row.id) ?? true));
  if (!memory.queue) memory.queue = gallery.wall.base ? "changed" : "all";
  let queue = list();

  const at = () => Math.max(0, queue.findIndex((row) => row.id === memory.id));
  const go = (/** @type {number} */ position) => {
    const row = queue[Math.max(0, Math.min(queue.length - 1, position))];
    if (!row) return;
    memory.id = row.id;
    now.page = null;
    now.shown = null;
    show();
    load();
    const next = queue[position + 1]; // The next one is there before it is asked for.
    if (next) gallery.page(next.id).catch(() => {});
  };
  const load = async () => {
    const { id } = memory;
    try {
      const page = await gallery.page(id);
      if (memory.id !== id) return;
      // There is only a choice among the draws of one request.
      now.page = { ...page, draws: page.draws.filter((draw) => drawKey(page.draws, draw) > 0) };
      show();
    } catch {
      // The row is shown as it is; its page may come with the next change.
    }
  };
  const accept = async () => {
    const row = queue[at()];
    if (!row) return;
    if (isChosen(row) && now.shown !== null && now.shown !== row.pick && !(await pickDraw(gallery, row.id, now.shown))) return;
    memory.seen.add(row.id);
    go(at() + 1);
  };
  const stage = h("div", { class: "stage backdrop" });
  const strip = h("div", { class: "strip" });
  const side = h("div", { class: "review-side" });
  const show = () => {
    const row = gallery.rows.get(queue[at()]?.id ?? "");
    if (!row) {
      showEmpty(element, "Nothing to review", "No asset fits. Choose another set, or clear the wall's filters.", [chooser()]);
      return;
    }
    showStrip(gallery, strip, row, now.page, now.shown, (draw) => {
      now.shown = draw;
      show();
    });
    showSide(row);
    if (!element.contains(stage)) fill(element, h("div", { class: "review-main" }, stage, strip), side);
    showPicture(gallery, stage, row, now);
  };
  const chooser = () => {
    const select = h("select", { "aria-label": "What to review", onchange: () => {
      memory.queue = select.value;
      queue = list();
      element.replaceChildren();
      show();
      if (queue.length > 0) go(at());
    } }, ...Object.entries(QUEUES).map(([name, { label }]) => h("option", { value: name }, label)));
    select.value = memory.queue;
    return h("label", { class: "field" }, h("span", {}, "Review"), select);
  };
  const showSide = (/** @type {Row} */ row) => {
    const state = gallery.stateOf(row);
    const live = gallery.source.actions !== null;
    const done = queue.filter((each) => memory.seen.has(each.id)).length;
    const progress = h("progress", { max: queue.length, "aria-label": "Reviewed" });
    progress.value = done;
    fill(side, h("div", { class: "review-top" }, chooser(), h("p", { class: "count", role: "status" }, `${at() + 1} of ${queue.length}`)), progress,
      h("h1", {}, h("a", { href: `#/asset/${row.id}` }, nameLabel(row.name))),
      h("p", { class: "state-line" }, stateMark(state), stateOf(state).label, memory.seen.has(row.id) ? h("span", { class: "badge still" }, "seen") : null,
        h("span", { class: "quiet" }, [row.draws > 0 ? plural(row.draws, "draw") : "", row.cost_usd > 0 ? money(row.cost_usd) : ""].filter(Boolean).join(" · "))),
      row.error ? h("p", { class: "notice bad" }, row.error) : null,
      h("div", { class: "review-bar" }, h("div", { class: "review-actions" },
        button("Accept", () => { accept(); }, { class: "primary" }, icon("review"), live ? "Accept" : "Seen", h("kbd", {}, "a")),
        live && isChosen(row) && row.draws > 1 ? button("Pick", () => { if (now.shown !== null) pickDraw(gallery, row.id, now.shown); }, { disabled: now.shown === null || now.shown === row.pick }, "Pick", h("kbd", {}, "p")) : null,
        live && isChosen(row) ? button("Re-roll", () => { askReroll(gallery, row); }, {}, icon("reroll"), "Re-roll", h("kbd", {}, "r")) : null),
      h("div", { class: "review-walk" },
        button("Previous", () => go(at() - 1), { disabled: at() === 0 }, icon("left"), h("span", { class: "word" }, "Previous"), h("kbd", {}, "k")),
        button("Next", () => go(at() + 1), { disabled: at() >= queue.length - 1 }, h("span", { class: "word" }, "Next"), icon("right"), h("kbd", {}, "j")))),
      backdropSwitch(), now.page ? promptPart(now.page) : null);
  };
  const look = (/** @type {number} */ by) => {
    const draws = now.page?.draws ?? [];
    if (draws.length === 0) return;
    const row = queue[at()];
    const here = draws.findIndex((draw) => draw.number === (now.shown ?? row?.pick));
    now.shown = draws[(here + by + draws.length) % draws.length]?.number ?? null;
    show();
  };
  if (!queue.some((row) => row.id === memory.id)) memory.id = queue[0]?.id ?? "";
  return {
    element,
    title: "Review",
    resized: show,
    entered: () => {
      if (queue.length > 0) go(at());
      else show();
    },
    changed: (what, ids) => {
      if (what === "wall" || what === "rows") {
        // The set stays as it was begun; a decision must not move what comes next.
        queue = queue.map((row) => gallery.rows.get(row.id)).filter((row) => row !== undefined);
      }
      if (ids && !ids.has(memory.id)) return;
      show();
      load();
    },
    key: (event) => {
      const row = queue[at()];
      if (!row) return false;
      /** @type {Record<string, () => void>} */
      const keys = {
        j: () => go(at() + 1), k: () => go(at() - 1), a: () => { accept(); }, r: () => { if (isChosen(row)) askReroll(gallery, row); },
        p: () => { if (now.shown !== null && isChosen(row)) pickDraw(gallery, row.id, now.shown); },
        ArrowRight: () => look(1), ArrowLeft: () => look(-1), o: () => { location.hash = `#/asset/${row.id}`; },
        c: () => { location.hash = `#/compare/${row.id}`; },
      };
      const action = keys[event.key];
      const draw = /^[1-9]$/.test(event.key) ? now.page?.draws.find((each) => each.number === Number(event.key)) : undefined;
      if (draw) {
        now.shown = draw.number;
        show();
      } else if (action) action();
      return draw !== undefined || action !== undefined;
    },
    keys: [["j k", "next and previous"], ["← →", "look at another draw"], ["1 … 9", "look at that draw"], ["a", "accept: pick the draw that is shown, and go on"],
      ["p", "pick the draw that is shown"], ["r", "re-roll"], ["c", "compare"], ["o", "open the asset"], ["Esc", "back to the wall"]],
  };
}

/**
 * @param {import("./gallery.js").Gallery} gallery
 * @param {HTMLElement} stage
 * @param {Row} row
 * @param {{ page: AssetPage | null, shown: number | null }} now
 */
function showPicture(gallery, stage, row, now) {
  const draw = now.page?.draws.find((each) => each.number === now.shown);
  const pic = draw ? draw.pic : now.page?.image ?? row.thumb;
  const { width, height } = draw ?? sizeOf(now.page, pic, row);
  const partial = gallery.running.get(row.id)?.partial;
  const url = partial ?? (pic ? (now.page ? gallery.source.pictureUrl(pic) : gallery.source.thumbUrl(pic, 640)) : "");
  const key = `${url} ${width} ${stage.clientWidth} ${stage.clientHeight}`;
  if (stage.dataset.key === key && url) return;
  stage.dataset.key = key;
  if (!url) {
    fill(stage, h("span", { class: "no-picture" }, icon("picture"), h("span", {}, "no picture")));
    return;
  }
  const image = pictureElement(url, row.alt || row.name);
  fitPicture(image, width, height, Math.max(160, stage.clientWidth - 32), Math.max(160, stage.clientHeight - 32));
  fill(stage, image);
}
