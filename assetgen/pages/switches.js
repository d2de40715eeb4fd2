// Small groups of choices that every page shares: backdrop, theme, size of cards.

import { h, fill, style, icon } from "./dom.js";
import { currentSettings, changeSettings } from "./settings.js";
import { say } from "./dialog.js";

const LARGEST_TILE = 200_000;
let groups = 0;

/**
 * @param {string} label
 * @param {[string, string][]} choices Values with their labels.
 * @param {() => string} current
 * @param {(value: string) => void} choose
 * @param {(value: string) => Node | string} face
 */
export function segments(label, choices, current, choose, face) {
  groups += 1;
  const name = `segments-${groups}`;
  return h("div", { class: "segments", role: "radiogroup", "aria-label": label }, ...choices.map(([value, text]) => {
    const input = h("input", { type: "radio", name, value, "aria-label": text, onchange: () => choose(value) });
    input.checked = current() === value;
    return h("label", { title: text }, input, h("span", {}, face(value)));
  }));
}

/** What is behind transparent pictures: squares, dark, light, or the game's own ground. */
export function backdropSwitch() {
  const color = h("input", { type: "color", "aria-label": "Colour of the game's ground", title: "Colour of the game's ground",
    oninput: () => changeSettings({ color: color.value, tile: null }) });
  color.value = currentSettings().color;
  const file = h("input", { type: "file", accept: "image/png,image/jpeg,image/webp,image/gif", class: "hidden-file",
    "aria-label": "A tile of the game's ground", onchange: () => readTile(file) });
  const tile = h("label", { class: "tile-button", title: "Use a picture as a tile" }, icon("picture"), file);
  const game = h("span", { class: "game-choice" }, color, tile);
  const update = () => { game.hidden = currentSettings().backdrop !== "game"; };
  update();
  const group = segments("Background", [["checker", "Checkerboard"], ["dark", "Dark"], ["light", "Light"], ["game", "Game"]],
    () => currentSettings().backdrop, (backdrop) => {
      changeSettings({ backdrop });
      update();
    }, (value) => h("i", { class: `swatch swatch-${value}` }));
  return h("span", { class: "backdrop-switch" }, game, group);
}

/** @param {HTMLInputElement} input */
function readTile(input) {
  const file = input.files?.[0];
  if (!file) return;
  if (file.size > LARGEST_TILE) {
    say("That tile is too large to keep", { tone: "bad", hint: "A tile of up to 200 kB will do." });
    return;
  }
  const reader = new FileReader();
  reader.onload = () => changeSettings({ tile: String(reader.result), backdrop: "game" });
  reader.readAsDataURL(file);
}

export function themeSwitch() {
  return segments("Theme", [["system", "As the system"], ["light", "Light"], ["dark", "Dark"]],
    () => currentSettings().theme, (theme) => changeSettings({ theme }),
    (value) => ({ system: "Auto", light: "Light", dark: "Dark" })[value] ?? value);
}

/** @param {() => void} changed */
export function cardSizeSwitch(changed) {
  const group = segments("Size of cards", [["small", "Small cards"], ["medium", "Medium cards"], ["large", "Large cards"]],
    () => currentSettings().cards, (cards) => {
      changeSettings({ cards });
      changed();
    }, (value) => h("i", { class: `cells cells-${value}` }));
  group.classList.add("card-sizes");
  return group;
}

/**
 * A range with its value beside it.
 * @param {string} label
 * @param {{ min: number, max: number, value: number, step?: number, unit?: string }} range
 * @param {(value: number) => void} changed
 */
export function slider(label, range, changed) {
  const value = h("output", {});
  const input = h("input", { type: "range", "aria-label": label, min: range.min, max: range.max, step: range.step ?? 1 });
  const show = () => {
    fill(value, `${input.value}${range.unit ?? ""}`);
    style(input, { "--part": `${((Number(input.value) - range.min) / (range.max - range.min)) * 100}%` });
  };
  input.value = String(range.value);
  input.addEventListener("input", () => {
    show();
    changed(Number(input.value));
  });
  show();
  const set = (/** @type {number} */ next) => {
    input.value = String(next);
    show();
  };
  return { element: h("label", { class: "slider" }, h("span", {}, label), input, value), set };
}
