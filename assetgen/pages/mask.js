// The mask painter: what is painted over the first input may change, the rest stays.

import { h, fill, style, button, icon } from "./dom.js";
import { size } from "./words.js";
import { nameLabel } from "./card.js";
import { Painter } from "./painter.js";
import { Viewport } from "./viewport.js";
import { segments, slider } from "./switches.js";
import { copy, say, sayError, showEmpty, question } from "./dialog.js";
import { ActionError } from "./source.js";

/** @type {[string, string][]} */
const TOOLS = [["brush", "Brush"], ["rectangle", "Rectangle"], ["eraser", "Eraser"], ["hand", "Move"]];

/**
 * @param {import("./gallery.js").Gallery} gallery
 * @param {string} id
 * @returns {View}
 */
export function maskView(gallery, id) {
  const element = h("div", { class: "mask" }, h("p", { class: "quiet loading" }, "…"));
  /** @type {ReturnType<typeof painterOf> | null} */
  let painter = null;
  const fail = (/** @type {string} */ text) => showEmpty(element, "There is nothing to paint on", text,
    [h("p", {}, h("a", { class: "button", href: `#/asset/${id}` }, "Back to the asset"))]);
  gallery.page(id).then((page) => {
    if (!page.paintable || !gallery.source.actions) {
      fail("A mask is painted on the first input of an edit, once there is a picture of it. A drawing in SVG has no pixels to paint on.");
      return;
    }
    const image = h("img", { alt: "", draggable: "false" });
    image.onload = () => {
      painter = painterOf(gallery, page, image);
      fill(element, painter.head, painter.area);
      painter.enter();
    };
    image.onerror = () => fail("Its picture could not be loaded.");
    image.src = gallery.source.pictureUrl(page.paintable);
  }, (error) => fail(error.message));
  return {
    element,
    title: "Paint a mask",
    left: () => painter?.leave(),
    key: (event) => painter?.key(event) ?? false,
    keys: [["b", "brush"], ["r", "rectangle"], ["e", "eraser"], ["h", "move the picture"], ["[ ]", "smaller and larger brush"], ["i", "invert"],
      ["Ctrl+Z", "undo"], ["Ctrl+Y", "redo"], ["← → ↑ ↓", "move the cross, Space paints there"], ["+ -", "zoom"], ["Ctrl+S", "save"]],
  };
}

/**
 * @param {import("./gallery.js").Gallery} gallery
 * @param {AssetPage} page
 * @param {HTMLImageElement} image
 */
function painterOf(gallery, page, image) {
  const [width, height] = [image.naturalWidth, image.naturalHeight];
  const canvas = h("canvas", { width, height, "aria-hidden": "true" });
  const painter = new Painter(canvas);
  const cross = h("div", { class: "cross", hidden: true });
  const marquee = h("div", { class: "marquee", hidden: true });
  const plane = h("div", { class: "plane backdrop" }, image, canvas, marquee, cross);
  const area = h("div", { class: "mask-area backdrop", tabindex: "0", role: "application", "aria-label": "Paint what may change" }, plane);
  const view = new Viewport(area, { width, height }, () => {
    view.apply(plane);
    moveCross();
  });
  const now = { tool: "brush", brush: Math.max(4, Math.round(Math.max(width, height) / 16)), at: /** @type {[number, number]} */ ([width / 2, height / 2]),
    corner: /** @type {[number, number] | null} */ (null), stroke: /** @type {[number, number][] | null} */ (null), id: -1 };
  view.pans = (event) => now.tool === "hand" || event.button === 1;
  const scaled = (/** @type {number} */ value) => `${value * view.scale}px`;
  const moveCross = () => style(cross, { left: scaled(now.at[0]), top: scaled(now.at[1]), width: scaled(now.brush), height: scaled(now.brush) });
  const undo = button("Undo", () => change(() => painter.undo()), {}, icon("undo"), "Undo");
  const status = h("p", { class: "quiet mask-status", role: "status" });
  const change = (/** @type {() => void} */ action) => {
    action();
    undo.disabled = painter.strokes.length === 0;
    const share = painter.share();
    status.textContent = share === 0 ? "Paint what may change." : share === 1 ? "Everything is painted: a mask must keep something."
      : `${share < 0.01 ? "Less than 1" : Math.round(share * 100)} % may change.`;
    save.disabled = share === 0 || share === 1;
  };
  const place = (/** @type {PointerEvent} */ event) => {
    const box = plane.getBoundingClientRect();
    return /** @type {[number, number]} */ ([(event.clientX - box.left) / view.scale, (event.clientY - box.top) / view.scale]);
  };
  const showMarquee = (/** @type {[number, number]} */ from, /** @type {[number, number]} */ to) => {
    marquee.hidden = false;
    style(marquee, { left: scaled(Math.min(from[0], to[0])), top: scaled(Math.min(from[1], to[1])),
      width: scaled(Math.abs(from[0] - to[0])), height: scaled(Math.abs(from[1] - to[1])) });
  };
  area.addEventListener("pointerdown", (event) => {
    if (now.tool === "hand" || event.button !== 0) return;
    event.preventDefault();
    area.focus({ preventScroll: true });
    area.setPointerCapture(event.pointerId);
    now.id = event.pointerId;
    now.stroke = [place(event)];
    if (now.tool !== "rectangle") paintLive();
  });
  const paintLive = () => {
    painter.context.save();
    painter.context.fillStyle = painter.color;
    painter.context.strokeStyle = painter.color;
    painter.line(now.tool, now.brush, (now.stroke ?? []).slice(-2));
    painter.context.restore();
  };
  area.addEventListener("pointermove", (event) => {
    now.at = place(event);
    cross.hidden = now.tool === "hand" || now.tool === "rectangle" || event.pointerType === "touch";
    moveCross();
    if (!now.stroke || event.pointerId !== now.id) return;
    now.stroke.push(now.at);
    if (now.tool === "rectangle") showMarquee(/** @type {[number, number]} */ (now.stroke[0]), now.at);
    else paintLive();
  });
  area.addEventListener("pointerleave", () => { cross.hidden = true; });
  const end = (/** @type {boolean} */ kept) => {
    const points = now.stroke;
    now.stroke = null;
    marquee.hidden = true;
    if (!points) return;
    change(() => {
      if (kept) painter.strokes.push(strokeOf(points));
      painter.undone = [];
      painter.replay();
    });
  };
  /** @param {[number, number][]} points @returns {import("./painter.js").Stroke} */
  const strokeOf = (points) => (now.tool === "rectangle"
    ? { tool: "rectangle", from: /** @type {[number, number]} */ (points[0]), to: /** @type {[number, number]} */ (points.at(-1)) }
    : { tool: now.tool === "eraser" ? "eraser" : "brush", size: now.brush, points });
  area.addEventListener("pointerup", () => end(true));
  area.addEventListener("pointercancel", () => end(false));

  const brush = slider("Size", { min: 1, max: Math.max(32, Math.round(Math.max(width, height) / 3)), value: now.brush, unit: " px" }, (value) => {
    now.brush = value;
    moveCross();
  });
  const setBrush = (/** @type {number} */ value) => {
    now.brush = Math.max(1, Math.min(Math.round(Math.max(width, height) / 3), value));
    brush.set(now.brush);
    moveCross();
  };
  const tools = h("span", {});
  const setTool = (/** @type {string} */ tool) => {
    now.tool = tool;
    now.corner = null;
    area.dataset.tool = tool;
    fill(tools, segments("Tool", TOOLS, () => tool, setTool, (value) => TOOLS.find(([each]) => each === value)?.[1] ?? value));
  };
  const path = h("input", { type: "text", "aria-label": "File in the project", spellcheck: "false", class: "path-input" });
  path.value = `masks/${page.row.name.replaceAll("/", "-")}.png`;
  const invert = () => change(() => painter.add({ tool: "invert" }));
  const save = button("Save the mask", () => { saveMask(gallery, page, painter, path.value, false); }, { class: "primary" });
  const head = h("header", { class: "mask-head" },
    h("div", { class: "crumbs" }, h("a", { class: "button bare", href: `#/asset/${page.row.id}` }, icon("left"), "Back"), h("h1", {}, nameLabel(page.row.name)),
      h("span", { class: "quiet" }, `mask, ${size(width, height)}`), h("span", { class: "push" }), path, save),
    h("div", { class: "mask-tools" }, tools, brush.element, button("Invert", invert, {}), undo,
      button("Clear", () => change(() => painter.add({ tool: "clear" })), {}), h("span", { class: "push" }), status));
  const stamp = () => {
    if (now.tool === "rectangle") {
      if (!now.corner) now.corner = [...now.at];
      else {
        const from = now.corner;
        now.corner = null;
        change(() => painter.add({ tool: "rectangle", from, to: [...now.at] }));
      }
    } else if (now.tool !== "hand") change(() => painter.add({ tool: now.tool === "eraser" ? "eraser" : "brush", size: now.brush, points: [[...now.at]] }));
  };
  const nudge = (/** @type {number} */ x, /** @type {number} */ y) => {
    const step = Math.max(1, now.brush / 2);
    now.at = [Math.max(0, Math.min(width, now.at[0] + x * step)), Math.max(0, Math.min(height, now.at[1] + y * step))];
    cross.hidden = false;
    moveCross();
  };
  const watcher = new ResizeObserver(() => view.resize(area.clientWidth, area.clientHeight));
  const key = (/** @type {KeyboardEvent} */ event) => {
    const control = event.ctrlKey || event.metaKey;
    /** @type {Record<string, () => void>} */
    const keys = control ? {
      z: () => change(() => (event.shiftKey ? painter.redo() : painter.undo())), y: () => change(() => painter.redo()),
      s: () => { if (!save.disabled) saveMask(gallery, page, painter, path.value, false); },
    } : {
      b: () => setTool("brush"), r: () => setTool("rectangle"), e: () => setTool("eraser"), h: () => setTool("hand"), i: invert,
      "[": () => setBrush(Math.floor(now.brush / 1.25)), "]": () => setBrush(Math.ceil(now.brush * 1.25)), " ": stamp,
      ArrowLeft: () => nudge(-1, 0), ArrowRight: () => nudge(1, 0), ArrowUp: () => nudge(0, -1), ArrowDown: () => nudge(0, 1),
    };
    const action = keys[control ? event.key.toLowerCase() : event.key];
    if (action) action();
    return action !== undefined || (!control && view.key(event));
  };
  setTool("brush");
  return { head, area, key, leave: () => watcher.disconnect(),
    enter: () => { view.resize(area.clientWidth, area.clientHeight); watcher.observe(area); change(() => {}); area.focus({ preventScroll: true }); } };
}

/**
 * @param {import("./gallery.js").Gallery} gallery
 * @param {AssetPage} page
 * @param {Painter} painter
 * @param {string} path
 * @param {boolean} overwrite
 */
async function saveMask(gallery, page, painter, path, overwrite) {
  const { actions } = gallery.source;
  if (!actions) return;
  try {
    const saved = await actions.saveMask({ asset: page.row.id, path, png: painter.png(), overwrite });
    say(`Saved ${saved.path}`);
    const dialog = question("The mask is saved", [
      h("p", {}, "Put this into ", h("strong", {}, page.row.name), " in the spec:"), h("pre", { class: "code", tabindex: "0" }, saved.yaml),
    ], [{ label: "Close", value: "" }, { label: "Copy", value: "copy", kind: "primary" }]);
    if (await dialog.answer === "copy") copy(saved.yaml, "YAML");
  } catch (error) {
    if (!(error instanceof ActionError) || error.code !== "exists" || overwrite) {
      sayError(error);
      return;
    }
    const dialog = question("There is a file already", [h("p", {}, error.message)], [{ label: "Cancel", value: "" }, { label: "Overwrite", value: "yes", kind: "danger" }]);
    if (await dialog.answer === "yes") saveMask(gallery, page, painter, path, true);
  }
}
