// What is known of an asset, part by part: prompt, changes, request, files, relatives.

import { h, button, icon } from "./dom.js";
import { money, bytes, size, moment, plain, plural } from "./words.js";
import { smallCard, pictureElement } from "./card.js";
import { copy } from "./dialog.js";

/**
 * @param {string} title
 * @param {(Node | string | null | false)[]} children
 */
export function part(title, ...children) {
  const inner = children.filter((each) => each !== null && each !== false);
  return inner.length === 0 ? null : h("section", { class: "part" }, h("h2", {}, title), ...inner);
}

/** @param {string | null | undefined} from */
function originWords(from) {
  return { matrix: "from the matrix", asset: "from the asset's vars", spec: "from the spec's vars" }[from ?? ""] ?? from ?? "";
}

/** @param {AssetPage} page */
export function promptPart(page) {
  if (!page.prompt) return null;
  const { pieces, text } = page.prompt;
  const origins = new Map(pieces.flatMap((piece) => (piece.variable ? [[piece.variable.from, originWords(piece.variable.from)]] : [])));
  return part("Prompt",
    h("p", { class: "prompt" }, ...pieces.map((piece) => (piece.variable
      ? h("mark", { class: `variable from-${slug(piece.variable.from)}`, title: `\${${piece.variable.name}}, ${originWords(piece.variable.from)}` }, piece.text)
      : piece.text))),
    origins.size > 0 ? h("p", { class: "legend" }, ...[...origins].map(([from, words]) =>
      h("span", {}, h("i", { class: `variable from-${slug(from)}` }), words))) : null,
    button("Copy the prompt", () => { copy(text, "Prompt"); }, { class: "bare corner" }, icon("copy")));
}

/** @param {string} text */
function slug(text) {
  return /^(matrix|asset|spec)$/.test(text) ? text : "other";
}

/** @param {AssetPage} page */
export function changesPart(page) {
  const { since_build: build, since_commit: commit, since_base: base } = page.changes;
  const list = (/** @type {string} */ title, /** @type {Change[] | null} */ changes) => (changes && changes.length > 0
    ? h("div", { class: "changes" }, h("h3", {}, title), ...changes.map(changeLine)) : null);
  return part("What changed", base ? list(`Since ${base.rev}`, base.changes) : null, list("Since the last build", build), list("Since the last commit", commit));
}

/** @param {Change} change */
function changeLine(change) {
  if (change.note) return h("p", { class: "change" }, change.note);
  const place = change.place ? h("span", { class: "quiet place" }, `${change.place.file}:${change.place.line}`) : null;
  const body = change.words
    ? h("p", { class: "words" }, ...change.words.map(([kind, text]) =>
      (kind === "old" ? h("del", {}, text) : kind === "new" ? h("ins", {}, text) : text)))
    : h("p", { class: "words" }, change.old === "" ? "" : h("del", {}, plain(change.old)), " ", change.new === "" ? "" : h("ins", {}, plain(change.new)));
  return h("div", { class: "change" }, h("p", { class: "change-field" }, h("code", {}, change.field), place), body);
}

/** @param {[string, Node | string | null][]} pairs */
function table(pairs) {
  const rows = pairs.filter(([, value]) => value !== null && value !== "");
  return rows.length === 0 ? null : h("dl", { class: "pairs" }, ...rows.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}

/** @param {AssetPage} page */
export function requestPart(page) {
  const { row, show } = page;
  const request = show.request ?? {};
  const parameters = Object.entries(/** @type {Record<string, unknown>} */ (request.parameters ?? {}));
  const steps = (show.process ?? []).map((step) => Object.entries(step).map(([name, value]) =>
    (value === null || value === true ? name : typeof value === "object" ? `${name} (${plain(value)})` : `${name} ${plain(value)}`)).join(", "));
  const price = page.price;
  return part(row.provider ? "Request" : "Source", table([
    ["source", row.source.replace("_", " ")],
    ["provider", row.provider],
    ["model", row.model],
    ...parameters.map(([name, value]) => /** @type {[string, string]} */ ([name, plain(value)])),
    ["steps", steps.length > 0 ? steps.join(" → ") : null],
    ["tags", row.tags.join(", ")],
    ["paid so far", row.provider ? money(row.cost_usd) : null],
    ["next build", price && price.estimate_usd !== null && price.estimate_usd > 0 ? `${money(price.estimate_usd)}${price.kind ? ` (${price.kind})` : ""}` : null],
    ["key", typeof show.key === "string" ? h("code", { title: show.key }, show.key.slice(0, 16)) : null],
  ]));
}

/**
 * @param {import("./gallery.js").Gallery} gallery
 * @param {AssetPage} page
 */
export function filesPart(gallery, page) {
  if (page.files.length === 0) return null;
  /** @type {Map<string, OutputFile[]>} */
  const targets = new Map();
  for (const file of page.files) targets.set(file.target, [...(targets.get(file.target) ?? []), file]);
  const picture = (/** @type {OutputFile} */ file) => (file.pic && /^(png|jpg|webp|avif|gif|svg|ico)$/.test(file.format ?? "")
    ? h("a", { href: gallery.source.pictureUrl(file.pic), target: "_blank", rel: "noopener" }, file.path) : file.path);
  return part("Files", ...[...targets].map(([target, files]) => h("div", { class: "target" },
    h("h3", {}, target, h("span", { class: "quiet" }, ` ${plural(files.length, "file")}, ${bytes(files.reduce((sum, file) => sum + (file.bytes ?? 0), 0))}`)),
    h("table", { class: "files" }, h("tbody", {}, ...files.map((file) => h("tr", {},
      h("td", { class: "path" }, picture(file)), h("td", {}, size(file.width, file.height)),
      h("td", { class: "amount" }, file.bytes === null ? "not built" : bytes(file.bytes))))))))); 
}

/**
 * @param {import("./gallery.js").Gallery} gallery
 * @param {AssetPage} page
 */
export function relativesPart(gallery, page) {
  const cards = (/** @type {string} */ title, /** @type {string[]} */ ids) => {
    const rows = ids.map((id) => gallery.rows.get(id)).filter((row) => row !== undefined);
    return rows.length === 0 ? null : h("div", {}, h("h3", {}, title),
      h("div", { class: "small-cards" }, ...rows.slice(0, 24).map((row) => smallCard(gallery, row))),
      rows.length > 24 ? h("p", { class: "quiet" }, `and ${rows.length - 24} more`) : null);
  };
  const files = page.inputs.filter((input) => input.id === null);
  const linked = page.parents.length + page.children.length > 0;
  return part("Relations", cards("Needs", page.parents),
    files.length > 0 ? h("div", {}, h("h3", {}, "Files that it needs"), h("ul", { class: "inputs" }, ...files.map((input) => h("li", {},
      input.pic ? h("span", { class: "shot backdrop" }, pictureElement(gallery.source.thumbUrl(input.pic, 160), "")) : null, h("code", {}, input.label))))) : null,
    page.mask ? h("div", {}, h("h3", {}, "Mask"), h("span", { class: "mask-picture backdrop" }, pictureElement(gallery.source.thumbUrl(page.mask, 160), "The mask"))) : null,
    cards("Needed by", page.children),
    linked ? h("p", {}, h("a", { href: `#/graph/${page.row.id}` }, "Show in the graph")) : null);
}

/** @param {AssetPage} page */
export function historyPart(page) {
  if (page.history.length === 0) return null;
  return part("History", h("table", { class: "history" }, h("tbody", {}, ...page.history.map((each) => h("tr", {},
    h("td", { class: "quiet" }, moment(each.at)), h("td", {}, each.what), h("td", { class: "amount" }, each.cost_usd ? money(each.cost_usd) : ""))))));
}

/** @param {AssetPage} page */
export function placePart(page) {
  if (!page.yaml_place) return null;
  const place = `${page.yaml_place.file}:${page.yaml_place.line}`;
  return h("p", { class: "yaml-place" }, "Written in ", h("code", {}, place), " ", button("Copy the place", () => { copy(place, "Place"); }, { class: "bare" }, icon("copy")));
}
