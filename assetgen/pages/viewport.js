// Zoom and pan of one or two planes in step: wheel, keys, drag and pinch all end here.

import { style } from "./dom.js";

const LEAST = 0.02;
const MOST = 64;

export class Viewport {
  /**
   * @param {HTMLElement} element Takes the pointer.
   * @param {{ width: number, height: number }} picture
   * @param {(view: Viewport) => void} moved
   */
  constructor(element, picture, moved) {
    this.element = element;
    this.picture = picture;
    this.moved = moved;
    this.scale = 1;
    this.x = 0;
    this.y = 0;
    this.fitting = true;
    /** Size of the pane that the picture is fitted into. */
    this.pane = { width: 1, height: 1 };
    /** Whether a pointer that goes down begins to pan. @type {(event: PointerEvent) => boolean} */
    this.pans = () => true;
    /** @type {Map<number, { x: number, y: number }>} */
    this.pointers = new Map();
    element.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    element.addEventListener("pointerdown", (event) => this.down(event));
    element.addEventListener("pointermove", (event) => this.drag(event));
    for (const name of ["pointerup", "pointercancel"]) {
      element.addEventListener(name, (event) => this.pointers.delete(/** @type {PointerEvent} */ (event).pointerId));
    }
  }

  /**
   * @param {number} width
   * @param {number} height
   */
  resize(width, height) {
    this.pane = { width: Math.max(1, width), height: Math.max(1, height) };
    if (this.fitting) this.fit();
    else this.moved(this);
  }

  fit() {
    const { width, height } = this.picture;
    const room = Math.min((this.pane.width - 32) / width, (this.pane.height - 32) / height);
    // Small pictures grow by whole factors, so that every pixel stays a square.
    const whole = Math.max(width, height) <= 96 ? Math.max(1, Math.floor(room)) : Math.min(1, room);
    this.scale = Math.max(LEAST, Math.min(MOST, room < 1 ? room : whole));
    this.x = (this.pane.width - width * this.scale) / 2;
    this.y = (this.pane.height - height * this.scale) / 2;
    this.fitting = true;
    this.moved(this);
  }

  /**
   * @param {number} factor
   * @param {number} [x] The point that stays where it is, in the pane.
   * @param {number} [y]
   */
  zoom(factor, x = this.pane.width / 2, y = this.pane.height / 2) {
    const scale = Math.max(LEAST, Math.min(MOST, this.scale * factor));
    const ratio = scale / this.scale;
    this.x = x - (x - this.x) * ratio;
    this.y = y - (y - this.y) * ratio;
    this.scale = scale;
    this.fitting = false;
    this.moved(this);
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  pan(x, y) {
    this.x += x;
    this.y += y;
    this.fitting = false;
    this.moved(this);
  }

  /** @param {{ clientX: number, clientY: number }} event */
  place(event) {
    const box = this.element.getBoundingClientRect();
    // With two panes side by side, a point in the second one means the same in the first.
    return { x: (event.clientX - box.left) % this.pane.width, y: event.clientY - box.top };
  }

  /** @param {WheelEvent} event */
  wheel(event) {
    event.preventDefault();
    const { x, y } = this.place(event);
    this.zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0018)), x, y);
  }

  /** @param {PointerEvent} event */
  down(event) {
    if (event.button > 1 || !this.pans(event)) return;
    this.element.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  }

  /** @param {PointerEvent} event */
  drag(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    const here = { x: event.clientX, y: event.clientY };
    if (this.pointers.size === 1) this.pan(here.x - before.x, here.y - before.y);
    else this.pinch(event.pointerId, before, here);
    this.pointers.set(event.pointerId, here);
  }

  /**
   * @param {number} id
   * @param {{ x: number, y: number }} before
   * @param {{ x: number, y: number }} here
   */
  pinch(id, before, here) {
    const other = [...this.pointers].find(([each]) => each !== id)?.[1];
    if (!other) return;
    const far = (/** @type {{ x: number, y: number }} */ point) => Math.hypot(point.x - other.x, point.y - other.y);
    const middle = this.place({ clientX: (here.x + other.x) / 2, clientY: (here.y + other.y) / 2 });
    this.zoom(far(here) / Math.max(1, far(before)), middle.x, middle.y);
  }

  /**
   * Puts a plane where the view says.
   * @param {HTMLElement} plane
   */
  apply(plane) {
    style(plane, {
      transform: `translate(${this.x}px, ${this.y}px)`,
      width: `${this.picture.width * this.scale}px`,
      height: `${this.picture.height * this.scale}px`,
    });
    plane.classList.toggle("pixels", this.scale > 1.001);
  }

  /** @param {KeyboardEvent} event @returns {boolean} */
  key(event) {
    const step = 48;
    /** @type {Record<string, () => void>} */
    const keys = {
      "+": () => this.zoom(1.5), "=": () => this.zoom(1.5), "-": () => this.zoom(1 / 1.5), 0: () => this.fit(),
      ArrowLeft: () => this.pan(step, 0), ArrowRight: () => this.pan(-step, 0),
      ArrowUp: () => this.pan(0, step), ArrowDown: () => this.pan(0, -step),
    };
    const action = keys[event.key];
    if (!action) return false;
    action();
    return true;
  }
}
