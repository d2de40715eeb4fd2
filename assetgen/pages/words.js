// Numbers, states and dates in the words that people read.

/** @type {Record<string, { label: string, letter: string, tone: string, shape: string }>} */
export const STATES = {
  "up-to-date": { label: "up to date", letter: "✓", tone: "good", shape: "M3 6.2l2.2 2.3L9.2 3.8" },
  derive: { label: "to derive", letter: "D", tone: "work", shape: "M2.5 2.5h7v7h-7z" },
  restore: { label: "to restore", letter: "R", tone: "work", shape: "M9.5 6a3.5 3.5 0 1 1-1.2-2.6M9.8 1.5v2.4H7.4" },
  fetch: { label: "to fetch", letter: "F", tone: "work", shape: "M6 1.8v6.4M3.2 5.6L6 8.4l2.8-2.8M2.5 10.5h7" },
  draw: { label: "to draw", letter: "P", tone: "pay", shape: "M6 1.2L10.8 6L6 10.8L1.2 6z" },
  frozen: { label: "frozen", letter: "Z", tone: "cold", shape: "M6 1.5v9M2.1 3.8l7.8 4.4M2.1 8.2l7.8-4.4" },
  blocked: { label: "blocked", letter: "B", tone: "bad", shape: "M6 1.5a4.5 4.5 0 1 1 0 9a4.5 4.5 0 0 1 0-9M2.9 9.1l6.2-6.2" },
  running: { label: "drawing", letter: "…", tone: "busy", shape: "M6 1.5a4.5 4.5 0 0 1 4.5 4.5" },
  failed: { label: "failed", letter: "!", tone: "bad", shape: "M6 1.4L11 10.4H1zM6 4.8v2.4M6 8.6v.3" },
  removed: { label: "removed", letter: "X", tone: "mute", shape: "M2.8 2.8l6.4 6.4M9.2 2.8L2.8 9.2" },
};

/** @type {Record<string, string>} */
export const CHANGES = {
  added: "added", removed: "removed", changed: "changed", renamed: "renamed", redrawn: "redrawn",
  picked: "picked anew",
};

/** @param {string} state */
export function stateOf(state) {
  return STATES[state] ?? { label: state, letter: "?", tone: "mute", shape: "M2.5 6h7" };
}

/** @param {number | null | undefined} usd */
export function money(usd) {
  if (usd === null || usd === undefined) return "unknown";
  if (usd === 0) return "$0";
  const cents = Math.abs(usd * 100 - Math.round(usd * 100)) < 0.005 || Math.abs(usd) >= 0.0995;
  return `$${usd.toFixed(cents ? 2 : 3)}`;
}

/** @param {number | null | undefined} count */
export function bytes(count) {
  if (count === null || count === undefined) return "";
  if (count < 1000) return `${count} B`;
  if (count < 1e6) return `${(count / 1e3).toFixed(count < 1e4 ? 1 : 0)} kB`;
  return `${(count / 1e6).toFixed(1)} MB`;
}

/**
 * @param {number | null | undefined} width
 * @param {number | null | undefined} height
 */
export function size(width, height) {
  return width && height ? `${width} × ${height}` : "";
}

/** @param {number} count */
export function number(count) {
  return count.toLocaleString("en");
}

/**
 * @param {number} count
 * @param {string} one
 * @param {string} [many]
 */
export function plural(count, one, many = `${one}s`) {
  return `${number(count)} ${count === 1 ? one : many}`;
}

/** @param {string | null | undefined} at */
export function moment(at) {
  if (!at) return "";
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return at;
  const pad = (/** @type {number} */ n) => String(n).padStart(2, "0");
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())} `
    + `${pad(date.getHours())}:${pad(date.getMinutes())}`;
}

/** @param {unknown} value @returns {string} */
export function plain(value) {
  if (value === null || value === undefined) return "none";
  if (Array.isArray(value)) return value.map(plain).join(", ");
  if (typeof value === "object") {
    return Object.entries(value).map(([name, each]) => `${name} ${plain(each)}`).join(", ");
  }
  return typeof value === "string" ? value : JSON.stringify(value);
}

/**
 * Splits an asset's name so that its last part stays readable where space is short.
 * @param {string} name
 * @returns {[string, string]}
 */
export function nameParts(name) {
  const cut = name.lastIndexOf("/") + 1;
  return [name.slice(0, cut), name.slice(cut)];
}
