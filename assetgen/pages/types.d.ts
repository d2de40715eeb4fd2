/* The data that pages are made of, as the server and a static report hand them out.
   Every name here is global, so that modules need no import for a type. */

type State =
  | "up-to-date" | "derive" | "restore" | "fetch" | "draw" | "frozen" | "blocked"
  | "running" | "failed" | "removed";

interface Row {
  id: string;
  name: string;
  state: State;
  source: string;
  operation: string | null;
  provider: string | null;
  model: string | null;
  tags: string[];
  alt: string | null;
  description: string;
  placeholder: boolean;
  frozen: boolean;
  locked: boolean;
  draws: number;
  pick: number | null;
  cost_usd: number;
  estimate_usd: number | null;
  thumb: string | null;
  width: number | null;
  height: number | null;
  bytes: number | null;
  files: number;
  reason: string | null;
  error: string | null;
  change: string | null;
}

interface FrameLine { number: number; text: string; mark: [number, number] | null }

interface Diagnostic {
  severity: string;
  code: string;
  message: string;
  hint: string | null;
  file: string | null;
  line: number | null;
  column: number | null;
  asset: string | null;
  frame: FrameLine[];
}

interface Money {
  session_usd: number;
  spent_usd: number;
  cap_usd: number | null;
  left_usd: number | null;
  to_spend_usd: number | null;
}

interface Wall {
  wall: number;
  project: string | null;
  spec: string;
  assetgen: string;
  live: boolean;
  watched?: boolean;
  stamp: string;
  base: { rev: string; commit: string } | null;
  targets: { name: string; dir: string; engine: string | null }[];
  tags: string[];
  providers: string[];
  money: Money;
  summary: { assets: number; by_state: Record<string, number> };
  diagnostics: Diagnostic[];
  assets: Row[];
  edges: [number, number][];
}

interface Pic {
  pic: string;
  width: number;
  height: number;
  bytes: number | null;
  label: string;
}

interface Draw {
  number: number;
  digest: string;
  at: string | null;
  model: string | null;
  cost_usd: number | null;
  estimated: boolean;
  there: boolean;
  picked: boolean;
  present: boolean;
  pic: string | null;
  width: number | null;
  height: number | null;
  bytes: number | null;
}

interface Change {
  field: string;
  place: { file: string; line: number } | null;
  words?: [string, string][];
  old?: unknown;
  new?: unknown;
  /** Said in place of all that, where nothing has an old and a new value. */
  note?: string;
}

interface OutputFile {
  path: string;
  target: string;
  format: string | null;
  width: number | null;
  height: number | null;
  bytes: number | null;
  pic: string | null;
  url: string | null;
}

interface Piece { text: string; variable: { name: string; from: string } | null }

interface AssetPage {
  asset: number;
  row: Row;
  show: { request: Record<string, unknown> | null; process?: Record<string, unknown>[];
    key?: string | null; [more: string]: unknown };
  yaml_place: { file: string; line: number } | null;
  prompt: { text: string; pieces: Piece[] } | null;
  image: string | null;
  image_size?: [number, number] | null;
  draws: Draw[];
  files: OutputFile[];
  inputs: { label: string; id: string | null; pic: string | null }[];
  mask: string | null;
  parents: string[];
  children: string[];
  history: { at: string; what: string; cost_usd: number | null }[];
  changes: { since_build: Change[]; since_commit: Change[] | null;
    since_base?: { rev: string; changes: Change[] } | null };
  price: { estimate_usd: number | null; kind: string | null; reroll_usd: number | null; thaw_usd?: number | null } | null;
  compare: {
    before: Pic | null; after: Pic | null; pixels_changed: number | null;
    distance: number | null; distance_name: string | null;
  } | null;
  paintable: string | null;
}

/** What is drawn at once because a picture is another one: beside a `watch` only. */
interface After { names: string[]; draws: number; estimate_usd: number | null; held: string | null }

interface Price { estimate_usd: number | null; kind: string | null; left_usd: number | null; after?: After | null }

interface BuildEvent {
  type: string;
  id?: string;
  message?: string;
  [more: string]: unknown;
}

type Update =
  | { kind: "wall"; stamp: string; rows: Row[]; removed: string[]; money: Money | null;
      summary: Wall["summary"] | null; diagnostics: Diagnostic[] | null; order: string[] | null }
  | { kind: "build"; run: string; event: BuildEvent }
  | { kind: "partial"; id: string; url: string }
  | { kind: "job"; job: string; id: string | null; what: string; state: string;
      code: string | null; message: string | null }
  | { kind: "connection"; state: "open" | "lost" | "refused" };

interface Actions {
  price(id: string, count: number): Promise<Price>;
  pickPrice(id: string, draw: number): Promise<{ after: After | null; left_usd: number | null }>;
  pick(id: string, draw: number, confirmed_usd: number): Promise<unknown>;
  reroll(id: string, wish: { count: number; keep_pick: boolean; confirmed_usd: number | null }): Promise<unknown>;
  freeze(id: string, frozen: boolean): Promise<unknown>;
  saveMask(mask: { asset: string; path: string; png: string; overwrite: boolean }): Promise<{ path: string; yaml: string }>;
  build(names: string[], confirmed_usd: number): Promise<unknown>;
}

interface Source {
  wall(): Promise<Wall>;
  asset(id: string): Promise<AssetPage>;
  pictureUrl(pic: string): string;
  thumbUrl(pic: string, side: number): string;
  onChange(callback: (update: Update) => void): void;
  actions: Actions | null;
}

/** What a page tells the frame around it. */
interface View {
  element: HTMLElement;
  title: string;
  /** Called when data moved; `ids` are assets whose rows did, null for all of them. */
  changed?(what: string, ids: Set<string> | null): void;
  /** Answers whether the key was taken. */
  key?(event: KeyboardEvent): boolean;
  /** Called once the element is in the document. */
  entered?(): void;
  left?(): void;
  /** Called when the window has another size. */
  resized?(): void;
  keys?: [string, string][];
}

interface Route { page: string; id: string | null; rest: string[] }
