// What a person can ask for: pick, re-roll, freeze, build. Whatever costs money shows its
// price first, and is asked for with the price that was shown.

import { h, fill } from "./dom.js";
import { money, plural } from "./words.js";
import { question, say, sayError } from "./dialog.js";
import { ActionError } from "./source.js";

/** @typedef {import("./gallery.js").Gallery} Gallery */

/**
 * Returns whether the lock says which draw is the picture: only then is there a choice.
 * What a free provider draws is the same every time, and pinned nowhere.
 * @param {Row} row
 */
export function isChosen(row) {
  return row.locked;
}

/**
 * Returns by what a draw is told from all others of its asset. Every request numbers its
 * draws from 1: those of the request that the pick is among are called by their number,
 * which is what can be picked; those of earlier ones get a negative number.
 * @param {Draw[]} draws Request by request.
 * @param {Draw} draw
 */
export function drawKey(draws, draw) {
  const start = (/** @type {number} */ at) => {
    let first = at;
    while (first > 0 && Number(draws[first - 1]?.number) < Number(draws[first]?.number)) first -= 1;
    return first;
  };
  const at = draws.indexOf(draw);
  const picked = Math.max(0, draws.findIndex((each) => each.picked));
  return start(at) === start(picked) ? draw.number : -1 - at;
}

/**
 * Picks a draw; where that makes `watch` draw what needs it, only once the price is confirmed.
 * @param {Gallery} gallery
 * @param {string} id
 * @param {number} draw
 * @param {string} [note]
 * @returns {Promise<boolean>} Whether it was asked for.
 */
export async function pickDraw(gallery, id, draw, note) {
  const { actions } = gallery.source;
  if (!actions) return false;
  let confirmed = 0;
  try {
    if (gallery.wall.watched && gallery.relatives(id).children.length > 0) {
      const price = await actions.pickPrice(id, draw);
      if (price.after && !(await agreesToPick(gallery.rows.get(id)?.name ?? "it", draw, price, note))) return false;
      confirmed = followingUsd(price.after);
    }
    await actions.pick(id, draw, confirmed);
    gallery.pages.delete(id);
    return true;
  } catch (error) {
    if (error instanceof ActionError && error.code === "price") return pickDraw(gallery, id, draw, error.message);
    sayError(error);
    return false;
  }
}

/**
 * @param {string} name
 * @param {number} draw
 * @param {{ after: After | null, left_usd: number | null }} price
 * @param {string} [note]
 */
async function agreesToPick(name, draw, price, note) {
  const usd = followingUsd(price.after);
  const dialog = question(`Pick draw ${draw} of ${name}`, [
    note ? h("p", { class: "notice" }, note) : "",
    ...followingWords(price.after, price.left_usd, true),
  ], [{ label: "Cancel", value: "" }, { label: usd > 0 ? `Pick and redraw for ${money(usd)}` : "Pick", value: "yes", kind: "primary" }]);
  return await dialog.answer === "yes";
}

/** Returns what is going to be spent on pictures that need another one.
 * @param {After | null | undefined} after */
function followingUsd(after) {
  return after && after.held === null ? after.estimate_usd ?? 0 : 0;
}

/**
 * @param {After | null} after
 * @param {number | null} left
 * @param {boolean} beside Whether the price stands by itself, beside what is left.
 * @returns {HTMLElement[]}
 */
function followingWords(after, left, beside) {
  if (!after) return [];
  const more = after.names.length - 3;
  const names = after.names.slice(0, 3).join(", ") + (more > 0 ? ` and ${more} more` : "");
  const what = `${plural(after.draws, "picture")} that ${after.draws === 1 ? "needs" : "need"} it`;
  if (after.held !== null) {
    const dear = after.estimate_usd !== null && left !== null && after.estimate_usd > left;
    return [h("p", {}, `${what} would be drawn anew: ${names}. Watch does not: `,
      dear ? `${money(after.estimate_usd)} is more than the ${money(left)} that the budget leaves.` : after.held)];
  }
  const words = `Watch then redraws ${what}: ${names}`;
  if (!beside) return [h("p", {}, `${words}, for ${money(after.estimate_usd)}.`)];
  return [h("p", {}, `${words}.`), h("p", { class: "price" }, h("strong", {}, money(after.estimate_usd)),
    left === null ? "" : ` of ${money(left)} that the budget leaves`)];
}

/**
 * @param {Gallery} gallery
 * @param {Row} row
 */
export async function toggleFrozen(gallery, row) {
  const { actions } = gallery.source;
  if (!actions) return;
  try {
    if (row.frozen && !(await agreesToThaw(gallery, row))) return;
    await actions.freeze(row.id, !row.frozen);
    say(row.frozen ? `${row.name} is thawed` : `${row.name} is frozen: it stays as it is, whatever its request says`);
  } catch (error) {
    if (error instanceof ActionError && typeof error.details.yaml === "string") {
      question("Write this into the spec", [h("p", {}, error.message),
        h("pre", { class: "code", tabindex: "0" }, error.details.yaml)], [{ label: "Close", value: "", kind: "primary" }]);
    } else {
      sayError(error);
    }
  }
}

/**
 * Asks before an asset is thawed whose request is not the one of its locked picture.
 * @param {Gallery} gallery
 * @param {Row} row
 */
async function agreesToThaw(gallery, row) {
  const usd = (await gallery.page(row.id)).price?.thaw_usd;
  if (usd === 0 || usd === undefined) return true;
  const who = gallery.wall.watched ? "Watch then draws it anew" : "The next build draws it anew";
  const dialog = question(`Thaw ${row.name}`, [
    h("p", {}, `Its request is no longer the one that its picture was drawn for. ${who}.`),
    h("p", { class: "price" }, h("strong", {}, money(usd)), gallery.wall.money.left_usd === null ? "" : ` of ${money(gallery.wall.money.left_usd)} that the budget leaves`),
  ], [{ label: "Cancel", value: "" }, { label: "Thaw", value: "yes", kind: "primary" }]);
  return await dialog.answer === "yes";
}

/**
 * Asks how many new draws are wanted, with their price, and orders them if confirmed.
 * @param {Gallery} gallery
 * @param {Row} row
 * @param {{ count?: number, keep?: boolean, note?: string }} [before]
 */
export async function askReroll(gallery, row, before = {}) {
  const { actions } = gallery.source;
  if (!actions) return;
  const count = h("input", { type: "number", min: 1, max: 10, step: 1, inputmode: "numeric", "aria-label": "New draws", autofocus: true });
  count.value = String(before.count ?? 1);
  const keep = h("input", { type: "checkbox" });
  keep.checked = before.keep ?? false;
  const price = h("div", { class: "price-lines", role: "status" }, "…");
  /** @type {Price | null} */
  let shown = null;
  const dialog = question(`Re-roll ${row.name}`, [
    before.note ? h("p", { class: "notice" }, before.note) : "",
    h("label", { class: "field" }, h("span", {}, "New draws"), count),
    h("label", { class: "check" }, keep, h("span", {}, "Keep the present pick")),
    price,
  ], [{ label: "Cancel", value: "" }, { label: "Re-roll", value: "yes", kind: "primary", disabled: true }]);
  const confirm = /** @type {HTMLButtonElement} */ (dialog.buttons[1]);
  let asked = 0;
  const total = () => (shown?.estimate_usd ?? 0) + (keep.checked ? 0 : followingUsd(shown?.after));
  const showPrice = () => {
    if (!shown) return;
    fill(price, h("p", { class: "price" }, ...priceWords(shown)), ...(keep.checked ? [] : followingWords(shown.after ?? null, shown.left_usd, false)));
    confirm.textContent = total() > 0 ? `Re-roll for ${money(total())}` : "Re-roll";
    confirm.disabled = false;
  };
  keep.addEventListener("change", showPrice);
  const ask = async () => {
    const wanted = Number(count.value);
    const mine = ++asked;
    confirm.disabled = true;
    shown = null;
    if (!Number.isInteger(wanted) || wanted < 1 || wanted > 10) {
      fill(price, "From 1 to 10 draws at once.");
      return;
    }
    try {
      const answer = await actions.price(row.id, wanted);
      if (mine !== asked) return;
      shown = answer;
      showPrice();
    } catch (error) {
      if (mine === asked) fill(price, error instanceof Error ? error.message : "The price is not known.");
    }
  };
  count.addEventListener("input", ask);
  ask();
  if (await dialog.answer !== "yes") return;
  const wish = { count: Number(count.value), keep_pick: keep.checked, confirmed_usd: total() };
  try {
    await actions.reroll(row.id, wish);
    say(`Re-rolling ${row.name}: ${plural(wish.count, "draw")}`);
  } catch (error) {
    if (error instanceof ActionError && error.status === 409) {
      askReroll(gallery, row, { count: wish.count, keep: wish.keep_pick, note: error.message });
    } else {
      sayError(error);
    }
  }
}

/** @param {Price} answer @returns {(Node | string)[]} */
function priceWords(answer) {
  if (answer.estimate_usd === 0) return ["Free: this provider costs nothing."];
  const kind = answer.kind && answer.kind !== "formula" ? ` (${answer.kind})` : "";
  const words = [h("strong", {}, money(answer.estimate_usd)), kind];
  if (answer.left_usd !== null && answer.left_usd !== undefined) {
    words.push(` of ${money(answer.left_usd)} that the budget leaves`);
  }
  return words;
}

/** @param {Gallery} gallery */
export async function askBuild(gallery) {
  const { actions } = gallery.source;
  if (!actions) return;
  const { wall } = gallery;
  const done = new Set(["up-to-date", "frozen", "blocked", "removed", "running"]);
  const todo = wall.assets.filter((row) => !done.has(row.state));
  const draws = todo.filter((row) => (row.estimate_usd ?? 0) > 0);
  const cost = wall.money.to_spend_usd ?? todo.reduce((sum, row) => sum + (row.estimate_usd ?? 0), 0);
  if (todo.length === 0) {
    say("Everything is up to date");
    return;
  }
  const left = wall.money.left_usd;
  const dialog = question("Build now", [
    h("p", {}, `${plural(todo.length, "asset")} to build`, draws.length > 0 ? `, ${plural(draws.length, "asset")} to draw and pay for.` : ", nothing to pay for."),
    cost > 0 ? h("p", { class: "price" }, h("strong", {}, money(cost)), left === null ? "" : ` of ${money(left)} that the budget leaves`) : "",
  ], [{ label: "Cancel", value: "" }, { label: cost > 0 ? `Build for ${money(cost)}` : "Build", value: "yes", kind: "primary" }]);
  if (await dialog.answer !== "yes") return;
  try {
    await actions.build(todo.map((row) => row.id), cost);
    say(`Building ${plural(todo.length, "asset")}`);
  } catch (error) {
    sayError(error);
  }
}
