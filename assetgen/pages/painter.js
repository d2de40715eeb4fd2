// What was painted, as a list of strokes that can be played again: undo leaves the last
// one out. Painted means "may be edited"; the saved picture is transparent there.

/** @typedef {{ tool: "brush" | "eraser", size: number, points: [number, number][] }
 *   | { tool: "rectangle", from: [number, number], to: [number, number] }
 *   | { tool: "invert" } | { tool: "clear" }} Stroke */

export class Painter {
  /**
   * @param {HTMLCanvasElement} canvas As large as the picture; its alpha is what was painted.
   */
  constructor(canvas) {
    this.canvas = canvas;
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
    /** @type {Stroke[]} */
    this.strokes = [];
    /** @type {Stroke[]} */
    this.undone = [];
    this.color = "#ff3ea5";
  }

  /** @param {Stroke} stroke */
  add(stroke) {
    this.strokes.push(stroke);
    this.undone = [];
    this.paint(stroke);
  }

  undo() {
    const stroke = this.strokes.pop();
    if (stroke) this.undone.push(stroke);
    this.replay();
  }

  redo() {
    const stroke = this.undone.pop();
    if (!stroke) return;
    this.strokes.push(stroke);
    this.paint(stroke);
  }

  replay() {
    this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    for (const stroke of this.strokes) this.paint(stroke);
  }

  /** @param {Stroke} stroke */
  paint(stroke) {
    const { context, canvas } = this;
    context.save();
    context.fillStyle = this.color;
    context.strokeStyle = this.color;
    if (stroke.tool === "clear") context.clearRect(0, 0, canvas.width, canvas.height);
    else if (stroke.tool === "invert") {
      context.globalCompositeOperation = "xor"; // over an opaque fill: 1 minus what is there
      context.fillRect(0, 0, canvas.width, canvas.height);
    } else if (stroke.tool === "rectangle") {
      const [x, y] = [Math.min(stroke.from[0], stroke.to[0]), Math.min(stroke.from[1], stroke.to[1])];
      const [right, bottom] = [Math.max(stroke.from[0], stroke.to[0]), Math.max(stroke.from[1], stroke.to[1])];
      context.fillRect(Math.round(x), Math.round(y), Math.round(right) - Math.round(x), Math.round(bottom) - Math.round(y));
    } else this.line(stroke.tool, stroke.size, stroke.points);
    context.restore();
  }

  /**
   * @param {string} tool
   * @param {number} size
   * @param {[number, number][]} points
   */
  line(tool, size, points) {
    const { context } = this;
    if (tool === "eraser") context.globalCompositeOperation = "destination-out";
    const first = points[0];
    if (!first) return;
    context.beginPath(); // a line of no length draws nothing, so a dot is a disc
    context.arc(first[0], first[1], size / 2, 0, 2 * Math.PI);
    context.fill();
    context.lineCap = "round";
    context.lineJoin = "round";
    context.lineWidth = size;
    context.beginPath();
    context.moveTo(first[0], first[1]);
    for (const [x, y] of points) context.lineTo(x, y);
    context.stroke();
  }

  /** Returns the part that was painted, from 0 to 1. */
  share() {
    const { width, height } = this.canvas;
    const { data } = this.context.getImageData(0, 0, width, height);
    let painted = 0;
    for (let at = 3; at < data.length; at += 4) if (/** @type {number} */ (data[at]) >= 128) painted += 1;
    return painted / (width * height);
  }

  /**
   * Returns the mask as base64 of a PNG: alpha 0 where it was painted, 255 elsewhere,
   * nothing between.
   * @returns {string}
   */
  png() {
    const { width, height } = this.canvas;
    const mask = this.context.getImageData(0, 0, width, height);
    const { data } = mask;
    for (let at = 0; at < data.length; at += 4) {
      const painted = /** @type {number} */ (data[at + 3]) >= 128;
      data[at] = 0;
      data[at + 1] = 0;
      data[at + 2] = 0;
      data[at + 3] = painted ? 0 : 255;
    }
    const copy = document.createElement("canvas");
    copy.width = width;
    copy.height = height;
    /** @type {CanvasRenderingContext2D} */ (copy.getContext("2d")).putImageData(mask, 0, 0);
    return copy.toDataURL("image/png").split(",")[1] ?? "";
  }
}
