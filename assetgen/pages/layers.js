// Places for a graph drawn in layers: what is needed stands left of what needs it. Pure.

/** @typedef {{ id: string, layer: number, order: number }} Place */

/**
 * Returns the ids near one asset: whom it needs and who needs it, nearest first.
 * @param {string} id
 * @param {Map<string, string[]>} parents
 * @param {Map<string, string[]>} children
 * @param {number} most
 */
export function neighbourhood(id, parents, children, most) {
  const found = new Set([id]);
  for (const links of [parents, children]) {
    let edge = [id];
    const seen = new Set(edge);
    while (edge.length > 0 && found.size < most) {
      /** @type {string[]} */
      const next = [];
      for (const other of edge.flatMap((each) => links.get(each) ?? [])) {
        if (seen.has(other) || found.size >= most) continue;
        seen.add(other);
        found.add(other);
        next.push(other);
      }
      edge = next;
    }
  }
  return found;
}

/**
 * Lays assets out in layers by their longest way from a source, and orders each layer by
 * the middle of its neighbours so that few lines cross.
 * @param {string[]} ids In spec order.
 * @param {Map<string, string[]>} parents
 * @param {Map<string, string[]>} children
 * @returns {Map<string, Place>}
 */
export function layOut(ids, parents, children) {
  const inside = new Set(ids);
  const near = (/** @type {Map<string, string[]>} */ links, /** @type {string} */ id) => (links.get(id) ?? []).filter((other) => inside.has(other));
  /** @type {Map<string, number>} */
  const waiting = new Map(ids.map((id) => [id, near(parents, id).length]));
  /** @type {Map<string, number>} */
  const layer = new Map();
  const ready = ids.filter((id) => waiting.get(id) === 0);
  for (let at = 0; at < ready.length; at += 1) {
    const id = /** @type {string} */ (ready[at]);
    layer.set(id, Math.max(0, ...near(parents, id).map((parent) => (layer.get(parent) ?? 0) + 1)));
    for (const child of near(children, id)) {
      const left = (waiting.get(child) ?? 1) - 1;
      waiting.set(child, left);
      if (left === 0) ready.push(child);
    }
  }
  /** @type {string[][]} */
  const layers = [];
  for (const id of ids) (layers[layer.get(id) ?? 0] ??= []).push(id);
  /** @type {Map<string, number>} */
  const order = new Map();
  for (let at = 0; at < layers.length; at += 1) (layers[at] ??= []).forEach((id, index) => order.set(id, index));
  for (let sweep = 0; sweep < 6; sweep += 1) {
    const links = sweep % 2 === 0 ? parents : children;
    const walk = sweep % 2 === 0 ? layers : [...layers].reverse();
    for (const row of walk) {
      const middle = new Map(row.map((id) => {
        const places = near(links, id).map((other) => order.get(other) ?? 0);
        return [id, places.length > 0 ? places.reduce((sum, each) => sum + each, 0) / places.length : order.get(id) ?? 0];
      }));
      row.sort((a, b) => (middle.get(a) ?? 0) - (middle.get(b) ?? 0));
      row.forEach((id, index) => order.set(id, index));
    }
  }
  return new Map(ids.map((id) => [id, { id, layer: layer.get(id) ?? 0, order: order.get(id) ?? 0 }]));
}
