// A scene in Phaser. It loads what the build wrote for this engine, by the names of the
// spec: `sprites` is the asset, `gardener/walk-1` a frame of it.

const WIDTH = 320;
const HEIGHT = 180;
const ICONS = ["icons/key", "icons/lantern", "icons/rose", "icons/map"];

class Garden extends Phaser.Scene {
  preload() {
    this.load.setBaseURL("assets");
    this.load.pack("everything", "phaser-pack.json"); // all files of the target
    this.load.json("sprites-data", "sprites.json"); // for the names of animations
  }

  create() {
    const ground = this.add.tileSprite(0, 0, WIDTH, HEIGHT, "tiles/grass");
    ground.setOrigin(0);
    ICONS.forEach((name, i) => {
      this.add.image(16 + 48 * i, 16, "sprites", name).setOrigin(0);
    });
    for (const [key, frames] of Object.entries(
      this.cache.json.get("sprites-data").animations,
    )) {
      this.anims.create({
        key,
        frames: frames.map((frame) => ({ key: "sprites", frame })),
        frameRate: 6,
        repeat: -1,
      });
    }
    const gardener = this.add.sprite(136, 100, "sprites", "gardener/stand");
    gardener.setOrigin(0).play("walk");
    globalThis.garden = { gardener, ground }; // to play with in the browser's console
  }
}

new Phaser.Game({
  type: Phaser.AUTO,
  width: WIDTH,
  height: HEIGHT,
  pixelArt: true, // no smoothing: pixels stay sharp
  backgroundColor: "#15131a",
  scene: Garden,
});
