// What this browser remembers: theme, backdrop, size of cards. Kept in localStorage where
// there is one (a page from disk may have none), applied through attributes of the root.

const KEY = "assetgen-gallery";

/** @typedef {{ theme: string, backdrop: string, color: string, tile: string | null, cards: string }} Settings */

/** @type {Settings} */
const settings = { theme: "system", backdrop: "checker", color: "#3f7d4e", tile: null, cards: "medium" };

/** @returns {Readonly<Settings>} */
export function currentSettings() {
  return settings;
}

export function loadSettings() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    for (const name of /** @type {(keyof Settings)[]} */ (Object.keys(settings))) {
      if (typeof kept[name] === "string") settings[name] = kept[name];
    }
  } catch {
    // No storage, or somebody else's text in it: the defaults do.
  }
  apply();
}

/** @param {Partial<Settings>} changed */
export function changeSettings(changed) {
  Object.assign(settings, changed);
  try {
    localStorage.setItem(KEY, JSON.stringify(settings));
  } catch {
    // Full or forbidden: the choice holds until the page is closed.
  }
  apply();
}

function apply() {
  const root = document.documentElement;
  if (settings.theme === "system") delete root.dataset.theme;
  else root.dataset.theme = settings.theme;
  root.dataset.backdrop = settings.backdrop;
  root.style.setProperty("--game-color", /^#[0-9a-f]{6}$/i.test(settings.color) ? settings.color : "#3f7d4e");
  const tile = settings.tile && /^data:image\/(png|jpeg|webp|gif);base64,[A-Za-z0-9+/=]+$/.test(settings.tile)
    ? `url("${settings.tile}")` : "none";
  root.style.setProperty("--game-tile", tile);
}
