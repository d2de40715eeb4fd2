// Elements from plain words. Text becomes text nodes and nothing else; attributes that
// could carry code or styles are refused, so no name or prompt can become either.

const SVG = "http://www.w3.org/2000/svg";
const REFUSED = new Set(["style", "srcdoc", "innerhtml", "formaction"]);

/** @typedef {string | number | Node | null | undefined | false} Child */
/** @typedef {Record<string, unknown>} Attributes */

/**
 * @param {Element} element
 * @param {Attributes} attributes
 */
export function setAttributes(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") {
      element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    } else if (REFUSED.has(name.toLowerCase()) || name.startsWith("on")) {
      throw new Error(`${name} is not for text`);
    } else if (value === null || value === undefined || value === false) {
      element.removeAttribute(name);
    } else {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
}

/**
 * @param {Element} element
 * @param {(Child | Child[])[]} children
 */
export function fill(element, ...children) {
  element.replaceChildren();
  for (const child of children.flat()) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
}

/**
 * Makes an HTML element; attributes named `on…` with a function are listeners.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Attributes} [attributes]
 * @param {(Child | Child[])[]} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  setAttributes(element, attributes);
  if (children.length > 0) fill(element, ...children);
  return element;
}

/**
 * Makes an SVG element.
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag
 * @param {Attributes} [attributes]
 * @param {(Child | Child[])[]} children
 * @returns {SVGElementTagNameMap[K]}
 */
export function s(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  setAttributes(element, attributes);
  if (children.length > 0) fill(element, ...children);
  return element;
}

/**
 * Sets custom properties and sizes through the style object, which a strict policy allows.
 * @template {HTMLElement | SVGElement} E
 * @param {E} element
 * @param {Record<string, string | null>} styles
 * @returns {E}
 */
export function style(element, styles) {
  for (const [name, value] of Object.entries(styles)) {
    if (value === null) element.style.removeProperty(name);
    else element.style.setProperty(name, value);
  }
  return element;
}

/**
 * @param {string} label
 * @param {() => void} action
 * @param {Attributes} [attributes]
 * @param {Child[]} children
 */
export function button(label, action, attributes = {}, ...children) {
  const inner = children.length > 0 ? children : [label];
  const name = children.length > 0 ? { "aria-label": label, title: label } : {};
  return h("button", { type: "button", onclick: action, ...name, ...attributes }, ...inner);
}

/**
 * Draws one of the small line pictures, 16 by 16.
 * @param {string} name
 */
export function icon(name) {
  const path = ICONS[name] ?? "";
  return s("svg", { class: "icon", viewBox: "0 0 16 16", "aria-hidden": "true" },
    s("path", { d: path }));
}

/** @type {Record<string, string>} */
const ICONS = {
  wall: "M2.5 2.5h4v4h-4zM9.5 2.5h4v4h-4zM2.5 9.5h4v4h-4zM9.5 9.5h4v4h-4z",
  review: "M2.5 8.5l3.5 3.5 7.5-8",
  graph: "M2.5 2.5h4v3h-4zM9.5 10.5h4v3h-4zM2.5 10.5h4v3h-4zM4.5 5.5v5M6.5 12h3",
  problems: "M8 2.2L14.3 13.5H1.7zM8 6.5v3.5M8 11.4v.6",
  search: "M7 2.5a4.5 4.5 0 1 1 0 9a4.5 4.5 0 0 1 0-9M10.3 10.3l3.5 3.5",
  filter: "M2 4h12M4 8h8M6.5 12h3",
  sliders: "M2 4.5h7M12 4.5h2M9 3v3M2 11.5h2M7 11.5h7M7 10v3",
  left: "M9.5 3.5L5 8l4.5 4.5",
  right: "M6.5 3.5L11 8l-4.5 4.5",
  close: "M4 4l8 8M12 4l-8 8",
  reroll: "M13 8a5 5 0 1 1-1.6-3.7M13.2 2v3h-3",
  freeze: "M8 2v12M2.8 5l10.4 6M2.8 11l10.4-6",
  compare: "M2.5 3.5h4.5v9h-4.5zM9 3.5h4.5v9H9z",
  mask: "M10.5 2.5l3 3-6 6-3.8.8.8-3.8zM2.5 13.8h11",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
  fit: "M2.5 6v-3.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10",
  build: "M4.5 2.8v10.4L13 8z",
  undo: "M3 7h6.5a3.5 3.5 0 0 1 0 7H6M3 7l3-3M3 7l3 3",
  picture: "M2.5 3.5h11v9h-11zM2.5 10.5l3-3 3 3 2-2 3 3",
};
