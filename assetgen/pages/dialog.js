// Questions, short messages, and the region that reads news aloud.

import { h, fill, button } from "./dom.js";

const news = h("div", { class: "toasts", role: "status", "aria-live": "polite" });

export function messageRegion() {
  return news;
}

/**
 * Shows a short message for a while, and reads it aloud.
 * @param {string} text
 * @param {{ tone?: string, hint?: string | null }} [more]
 */
export function say(text, more = {}) {
  const toast = h("div", { class: `toast ${more.tone ?? ""}` },
    h("p", {}, text), more.hint ? h("p", { class: "quiet" }, more.hint) : null,
    button("Dismiss", () => toast.remove(), { class: "bare" }, "×"));
  news.append(toast);
  while (news.childElementCount > 4) news.firstElementChild?.remove();
  if (more.tone !== "bad") setTimeout(() => toast.remove(), 6000);
}

/** @param {unknown} error */
export function sayError(error) {
  const known = error instanceof Error ? error : new Error(String(error));
  const hint = "hint" in known && typeof known.hint === "string" ? known.hint : null;
  say(known.message, { tone: "bad", hint });
}

/**
 * Opens a modal question. The answer is the value of the button, or "" when it is left.
 * @param {string} title
 * @param {(Node | string)[]} body
 * @param {{ label: string, value: string, kind?: string, disabled?: boolean }[]} answers
 * @returns {{ element: HTMLDialogElement, buttons: HTMLButtonElement[], answer: Promise<string> }}
 */
export function question(title, body, answers) {
  // Enter in a field presses the first button that submits: that has to be the primary one.
  const buttons = answers.map((each) => h("button",
    { type: each.kind === "primary" ? "submit" : "button", value: each.value, class: each.kind ?? "", disabled: each.disabled ?? false,
      onclick: () => { if (each.kind !== "primary") element.close(each.value); } },
    each.label));
  const heading = h("h2", { id: "dialog-title" }, title);
  const form = h("form", { method: "dialog" }, heading, h("div", { class: "dialog-body" }, ...body),
    h("div", { class: "dialog-answers" }, ...buttons));
  const element = h("dialog", { "aria-labelledby": "dialog-title" }, form);
  document.body.append(element);
  element.showModal();
  /** @type {Promise<string>} */
  const answer = new Promise((resolve) => {
    element.addEventListener("close", () => {
      element.remove();
      resolve(element.returnValue);
    });
  });
  return { element, buttons, answer };
}

/**
 * Opens a sheet that holds a part of the page until it is closed.
 * @param {string} title
 * @param {HTMLElement} part
 * @returns {Promise<void>}
 */
export function sheet(title, part) {
  const close = h("button", { value: "done", class: "primary" }, "Done");
  const element = h("dialog", { class: "sheet", "aria-label": title },
    h("form", { method: "dialog" }, h("h2", {}, title), part, h("div", { class: "dialog-answers" }, close)));
  document.body.append(element);
  element.showModal();
  return new Promise((resolve) => {
    element.addEventListener("close", () => {
      element.remove();
      resolve();
    });
  });
}

/** @param {[string, string][]} keys */
export function showKeys(keys) {
  const rows = keys.map(([key, meaning]) => h("tr", {},
    h("td", {}, ...key.split(" ").map((one) => h("kbd", {}, one))), h("td", {}, meaning)));
  question("Keys", [h("table", { class: "keys" }, h("tbody", {}, ...rows))],
    [{ label: "Close", value: "", kind: "primary" }]);
}

/**
 * @param {string} text
 * @param {string} what
 */
export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    say(`${what} copied`);
  } catch {
    // No clipboard for pages from disk in some browsers: select it to be copied by hand.
    const area = h("textarea", { readonly: true, rows: 4, "aria-label": what }, text);
    question("Copy by hand", [area], [{ label: "Close", value: "", kind: "primary" }]);
    area.select();
  }
}

/**
 * @param {HTMLElement} place
 * @param {string} title
 * @param {string} text
 * @param {Node[]} [more]
 */
export function showEmpty(place, title, text, more = []) {
  fill(place, h("div", { class: "empty" }, h("h2", {}, title), h("p", { class: "quiet" }, text), ...more));
}
