// The same scene in PixiJS, from the files that the build wrote for it.

import {
  AnimatedSprite,
  Application,
  Assets,
  Sprite,
  TextureStyle,
} from "../node_modules/pixi.js/dist/pixi.min.mjs";

const ICONS = ["icons/key", "icons/lantern", "icons/rose", "icons/map"];

TextureStyle.defaultOptions.scaleMode = "nearest"; // pixels stay sharp

const app = new Application();
await app.init({ width: 320, height: 180, background: "#4a6b3a", resolution: 1 });
document.body.append(app.canvas);

await Assets.init({ manifest: "pixi-manifest.json", basePath: "pixi/assets" });
const sprites = await Assets.load("sprites"); // the asset's name in the spec

ICONS.forEach((name, i) => {
  const icon = new Sprite(sprites.textures[name]);
  icon.position.set(16 + 48 * i, 16);
  app.stage.addChild(icon);
});

const gardener = new AnimatedSprite(sprites.animations.walk);
gardener.position.set(136, 100);
gardener.animationSpeed = 0.1;
gardener.play();
app.stage.addChild(gardener);

globalThis.garden = { app, gardener }; // to play with in the browser's console
