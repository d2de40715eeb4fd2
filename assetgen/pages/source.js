// Where the data come from: a server with events, or a block of JSON inside a page that
// was opened from disk. Both answer the same calls.

export class ActionError extends Error {
  /**
   * @param {number} status
   * @param {{ code?: string, message?: string, hint?: string | null, [more: string]: unknown }} error
   */
  constructor(status, error) {
    super(error.message ?? `the server answered ${status}`);
    this.status = status;
    this.code = error.code ?? "unknown";
    this.hint = error.hint ?? null;
    this.details = error;
  }
}

/**
 * @param {string} path
 * @param {RequestInit} [options]
 */
async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, { credentials: "same-origin", cache: "no-store", ...options });
  } catch {
    throw new ActionError(0, { code: "offline", message: "the gallery's server does not answer",
      hint: "is `assetgen serve` still running?" });
  }
  const text = await answer.text();
  /** @type {any} */
  let body = null;
  try {
    body = text ? JSON.parse(text) : null;
  } catch {
    body = null;
  }
  if (!answer.ok) {
    const { error, ...beside } = body ?? {};
    throw new ActionError(answer.status, { ...beside, ...(error ?? {}) });
  }
  return body;
}

/**
 * @param {string} path
 * @param {unknown} body
 */
function post(path, body) {
  return ask(path, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  });
}

/** Trades the token of the address for a cookie, and takes it out of the address bar. */
export async function openSession() {
  const match = /(?:^#|[#&])token=([^&]+)/.exec(location.hash);
  if (!match) return;
  history.replaceState(null, "", `${location.pathname}#/`);
  await post("/api/session", { token: decodeURIComponent(match[1] ?? "") });
}

/** @returns {Actions} */
function liveActions() {
  const asset = (/** @type {string} */ id) => `/api/assets/${encodeURIComponent(id)}`;
  return {
    price: (id, count) => ask(`/api/reroll/${encodeURIComponent(id)}?count=${count}`),
    pickPrice: (id, draw) => ask(`/api/pick/${encodeURIComponent(id)}?draw=${draw}`),
    pick: (id, draw, confirmed_usd) => post(`${asset(id)}/pick`, { draw, confirmed_usd }),
    reroll: (id, wish) => post(`${asset(id)}/reroll`, wish),
    freeze: (id, frozen) => post(`${asset(id)}/freeze`, { frozen }),
    saveMask: (mask) => post("/api/masks", mask),
    build: (names, confirmed_usd) => post("/api/build", { names, confirmed_usd }),
  };
}

const RECONNECT_MS = 2000;

/** @param {(update: Update) => void} callback */
function listen(callback) {
  const events = new EventSource("/api/events");
  /** @param {string} kind */
  const pass = (kind) => {
    events.addEventListener(kind, (event) => {
      const data = JSON.parse(/** @type {MessageEvent<string>} */ (event).data);
      if (kind === "job") data.what = data.kind; // `kind` is the update's own
      callback({ ...data, kind });
    });
  };
  for (const kind of ["wall", "build", "partial", "job"]) pass(kind);
  events.onopen = () => callback({ kind: "connection", state: "open" });
  events.onerror = () => {
    callback({ kind: "connection", state: "lost" });
    // A refused answer closes the stream for good; a cut one is taken up by the browser.
    if (events.readyState !== EventSource.CLOSED) return;
    setTimeout(() => listen(callback), RECONNECT_MS);
    // A server that was started anew answers, and knows no session of the one before.
    fetch("/api/wall", { method: "HEAD" }).then((answer) => {
      if (answer.status === 401) callback({ kind: "connection", state: "refused" });
    }, () => {});
  };
}

/** @returns {Source} */
export function liveSource() {
  return {
    wall: () => ask("/api/wall"),
    asset: (id) => ask(`/api/assets/${encodeURIComponent(id)}`),
    pictureUrl: (pic) => `/api/pictures/${encodeURIComponent(pic)}`,
    thumbUrl: (pic, side) => `/api/thumbs/${encodeURIComponent(pic)}?side=${side}`,
    onChange: listen,
    actions: liveActions(),
  };
}

/** @typedef {{ assets: Record<string, AssetPage>, pictures: Record<string, string>,
 *   thumbs: Record<string, string> }} Part */

/** Returns what loads parts of a report: scripts beside the page that each hand over a
 * text and do nothing else, because a page from disk may not fetch.
 * @returns {(number: number) => Promise<Part>} */
function partLoader() {
  /** @type {Map<number, Promise<Part>>} */
  const asked = new Map();
  /** @type {Map<number, string>} */
  const texts = new Map();
  const scope = /** @type {any} */ (globalThis);
  scope.assetgenPart = (/** @type {number} */ number, /** @type {string} */ text) => texts.set(number, text);
  const address = (/** @type {string} */ path) => (/^data\/\d{1,4}\.js$/.test(path) ? path : "data/none.js");
  const policy = scope.trustedTypes?.createPolicy("assetgen-data", { createScriptURL: address });
  const load = (/** @type {number} */ number) => new Promise((resolve, reject) => {
    const path = `data/${number}.js`;
    const script = document.createElement("script");
    const fail = () => reject(new ActionError(404, { message: `the report's file ${path} is missing or damaged` }));
    script.addEventListener("error", fail);
    script.addEventListener("load", () => {
      script.remove();
      const text = texts.get(number);
      texts.delete(number);
      if (text === undefined) fail();
      else resolve(JSON.parse(text));
    });
    script.src = policy ? policy.createScriptURL(path) : address(path);
    document.head.append(script);
  });
  return (number) => {
    const known = asked.get(number);
    if (known) return known;
    const part = load(number);
    asked.set(number, part);
    part.catch(() => asked.delete(number));
    return part;
  };
}

/**
 * @param {{ wall: Wall, assets: Record<string, AssetPage>, pictures: Record<string, string>,
 *   thumbs: Record<string, string>, parts?: number }} data
 * @returns {Source}
 */
export function staticSource(data) {
  const own = (/** @type {Record<string, any>} */ table, /** @type {string} */ key) =>
    (Object.hasOwn(table, key) ? table[key] : undefined);
  const url = (/** @type {string | undefined} */ path) =>
    (path && /^(pictures|thumbs)\/[\w.-]+$/.test(path) ? path : "");
  const pictures = new Map(Object.entries(data.pictures));
  const thumbs = new Map(Object.entries(data.thumbs));
  const known = new Set(data.wall.assets.map((row) => row.id));
  const loadPart = data.parts ? partLoader() : null;
  /** @param {string} id @returns {Promise<AssetPage | undefined>} */
  const fromPart = async (id) => {
    if (!loadPart || !data.parts || !known.has(id) || !/^[0-9a-f]{8}/.test(id)) return undefined;
    const part = await loadPart(parseInt(id.slice(0, 8), 16) % data.parts);
    for (const [pic, path] of Object.entries(part.pictures)) pictures.set(pic, path);
    for (const [pic, path] of Object.entries(part.thumbs)) thumbs.set(pic, path);
    return own(part.assets, id);
  };
  return {
    wall: async () => data.wall,
    asset: async (id) => {
      const page = own(data.assets, id) ?? (await fromPart(id));
      if (!page) throw new ActionError(404, { message: "this report does not hold that asset" });
      return page;
    },
    pictureUrl: (pic) => url(pictures.get(pic) ?? thumbs.get(pic)),
    thumbUrl: (pic, side) => url(side > 320
      ? pictures.get(pic) ?? thumbs.get(pic)
      : thumbs.get(pic) ?? pictures.get(pic)),
    onChange: () => {},
    actions: null,
  };
}
