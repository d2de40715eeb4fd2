// Problems of the spec and of the last build, each with the lines that it is about.

import { h, fill } from "./dom.js";
import { showEmpty } from "./dialog.js";
import { plural } from "./words.js";

/**
 * @param {import("./gallery.js").Gallery} gallery
 * @returns {View}
 */
export function problemsView(gallery) {
  const element = h("div", { class: "problems" });
  const show = () => {
    const { diagnostics } = gallery.wall;
    if (diagnostics.length === 0) {
      showEmpty(element, "No problems", "The spec is fine, and the last build had nothing to complain about.");
      return;
    }
    fill(element, h("h1", {}, "Problems"), ...diagnostics.map((each) => problem(gallery, each)));
  };
  show();
  return { element, title: "Problems", changed: show };
}

/** @param {Diagnostic[]} diagnostics */
export function problemCount(diagnostics) {
  const errors = diagnostics.filter((each) => each.severity === "error").length;
  const warnings = diagnostics.filter((each) => each.severity === "warning").length;
  return { errors, words: [errors > 0 ? plural(errors, "error") : "", warnings > 0 ? plural(warnings, "warning") : ""].filter(Boolean).join(", ") };
}

/**
 * @param {import("./gallery.js").Gallery} gallery
 * @param {Diagnostic} given
 */
function problem(gallery, given) {
  const row = given.asset ? gallery.rows.get(given.asset) : undefined;
  const place = given.file ? [given.file, given.line, given.column].filter((each) => each !== null).join(":") : "";
  return h("article", { class: `problem ${given.severity}` },
    h("header", {}, h("span", { class: "severity" }, given.severity), h("code", {}, given.code), place ? h("span", { class: "quiet" }, place) : null,
      row ? h("a", { href: `#/asset/${row.id}` }, row.name) : null),
    h("p", { class: "message" }, given.message),
    given.frame.length > 0 ? h("pre", { class: "code frame", tabindex: "0" }, ...given.frame.map(frameLine)) : null,
    given.hint ? h("p", { class: "hint" }, given.hint) : null);
}

/** @param {FrameLine} line */
function frameLine(line) {
  const [from, to] = line.mark ?? [0, 0];
  const letters = [...line.text]; // places are counted in code points
  const body = line.mark ? [letters.slice(0, from).join(""), h("mark", {}, letters.slice(from, to).join("") || " "), letters.slice(to).join("")] : [line.text];
  return h("span", { class: `frame-line ${line.mark ? "marked" : ""}` }, h("span", { class: "line-number" }, String(line.number)), h("span", { class: "line-text" }, ...body), "\n");
}
