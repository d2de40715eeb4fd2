// The gallery's memory: the wall as it was last heard of, what is being drawn right now,
// and who wants to know when that moves. Pages read it and never change it themselves.

/** @typedef {(what: string, ids: Set<string> | null) => void} Listener */

export class Gallery {
  /** @param {Source} source */
  constructor(source) {
    this.source = source;
    /** @type {Wall | null} */
    this.data = null;
    /** @type {Map<string, Row>} */
    this.rows = new Map();
    /** Assets being drawn, with the provider's last word and a picture on the way.
     * @type {Map<string, { message: string, partial: string | null }>} */
    this.running = new Map();
    /** @type {{ run: string, done: number, total: number } | null} */
    this.build = null;
    /** @type {Map<string, { id: string | null, what: string }>} */
    this.jobs = new Map();
    this.connection = "open";
    /** @type {Set<Listener>} */
    this.listeners = new Set();
    /** @type {Map<string, Promise<AssetPage>>} */
    this.pages = new Map();
    /** The order in which the wall shows assets; next and previous follow it.
     * @type {string[] | null} */
    this.order = null;
    this.loads = 0;
  }

  get connected() {
    return this.connection === "open";
  }

  get wall() {
    if (!this.data) throw new Error("the wall was not loaded yet");
    return this.data;
  }

  /** @param {Listener} listener */
  on(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /**
   * @param {string} what
   * @param {Set<string> | null} [ids]
   */
  tell(what, ids = null) {
    for (const listener of [...this.listeners]) listener(what, ids);
  }

  async load() {
    const mine = ++this.loads;
    const wall = await this.source.wall();
    if (mine !== this.loads) return; // A later call has the newer answer.
    this.data = wall;
    this.rows = new Map(wall.assets.map((row) => [row.id, row]));
    this.pages.clear();
    this.order = null;
    this.tell("wall");
  }

  listen() {
    this.source.onChange((update) => this.apply(update));
  }

  /**
   * @param {string} id
   * @returns {Promise<AssetPage>}
   */
  page(id) {
    const kept = this.pages.get(id);
    if (kept) return kept;
    const asked = this.source.asset(id);
    this.pages.set(id, asked);
    asked.catch(() => this.pages.delete(id));
    if (this.pages.size > 60) this.pages.delete(/** @type {string} */ (this.pages.keys().next().value));
    return asked;
  }

  /** @param {Update} update */
  apply(update) {
    if (update.kind === "wall") this.applyWall(update);
    else if (update.kind === "build") this.applyBuild(update.run, update.event);
    else if (update.kind === "partial") this.applyPartial(update.id, update.url);
    else if (update.kind === "job") this.applyJob(update);
    else this.applyConnection(update.state);
  }

  /** @param {Extract<Update, { kind: "wall" }>} update */
  applyWall(update) {
    if (!this.data) return;
    const { wall } = this;
    if (update.money) wall.money = update.money;
    if (update.summary) wall.summary = update.summary;
    if (update.diagnostics) wall.diagnostics = update.diagnostics;
    wall.stamp = update.stamp;
    if (update.order) {
      this.reload();
      return;
    }
    const ids = new Set(update.rows.map((row) => row.id));
    const unknown = update.rows.some((row) => !this.rows.has(row.id));
    if (unknown || update.removed.length > 0) {
      this.reload();
      return;
    }
    for (const row of update.rows) {
      this.rows.set(row.id, row);
      this.pages.delete(row.id);
    }
    if (ids.size > 0) wall.assets = wall.assets.map((row) => this.rows.get(row.id) ?? row);
    this.tell("rows", ids);
    this.tell("money");
  }

  reload() {
    this.load().catch(() => this.applyConnection("lost"));
  }

  /**
   * @param {string} run
   * @param {BuildEvent} event
   */
  applyBuild(run, event) {
    if (event.type === "plan") {
      const todo = Array.isArray(event.to_do) ? event.to_do.length : 0;
      this.build = { run, done: 0, total: todo };
    } else if (event.type === "summary") {
      this.build = null;
      this.running.clear();
      this.pages.clear();
    } else if (event.id) {
      this.applyAssetEvent(event.id, event);
    }
    this.tell("build", event.id ? new Set([event.id]) : null);
  }

  /**
   * @param {string} id
   * @param {BuildEvent} event
   */
  applyAssetEvent(id, event) {
    const ended = ["asset_finished", "asset_failed", "asset_blocked"].includes(event.type);
    if (ended) {
      this.running.delete(id);
      this.pages.delete(id);
      if (this.build) this.build.done += 1;
    } else if (event.type === "asset_started" || event.type === "asset_progress") {
      const before = this.running.get(id);
      this.running.set(id, {
        message: String(event.message ?? before?.message ?? "started"),
        partial: before?.partial ?? null,
      });
    }
  }

  /**
   * @param {string} id
   * @param {string} url
   */
  applyPartial(id, url) {
    // Only the server's own address for pictures on the way is ever shown.
    if (!/^\/api\/partials\/[\w./-]+$/.test(url.split("?")[0] ?? "")) return;
    const before = this.running.get(id);
    this.running.set(id, { message: before?.message ?? "drawing", partial: url });
    this.tell("build", new Set([id]));
  }

  /** @param {Extract<Update, { kind: "job" }>} update */
  applyJob(update) {
    if (update.state === "running") this.jobs.set(update.job, { id: update.id, what: update.what });
    else this.jobs.delete(update.job);
    if (update.id) this.pages.delete(update.id);
    for (const listener of [...this.listeners]) {
      listener(`job-${update.state}`, update.id ? new Set([update.id]) : null);
    }
    this.lastJob = update;
    this.tell("job", update.id ? new Set([update.id]) : null);
  }

  /** @param {string} state */
  applyConnection(state) {
    const was = this.connection;
    if (was === "refused" && state === "lost") return; // It tries on, which is no news.
    this.connection = state;
    if (this.connected && was !== "open") this.reload(); // Whatever was missed is in the new wall.
    if (was !== state) this.tell("connection");
  }

  /** Returns the row's state, with what is drawn at this moment.
   * @param {Row} row @returns {State} */
  stateOf(row) {
    return this.running.has(row.id) ? "running" : row.state;
  }

  /** Returns ids of the assets that this one needs, and of those that need it.
   * @param {string} id @returns {{ parents: string[], children: string[] }} */
  relatives(id) {
    const { assets, edges } = this.wall;
    /** @type {{ parents: string[], children: string[] }} */
    const found = { parents: [], children: [] };
    for (const [from, to] of edges) {
      const parent = assets[from];
      const child = assets[to];
      if (!parent || !child) continue;
      if (child.id === id) found.parents.push(parent.id);
      if (parent.id === id) found.children.push(child.id);
    }
    return found;
  }
}
