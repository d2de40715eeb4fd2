// The same derivations as `assetgen build` is asked for, by sharp in one process.
//
//   node derive.mjs JOB.json
//
// JOB: {sharp: folder of the library, pictures: [path], out: folder, widths: [px],
//       formats: {avif: options, webp: options, jpg: options, png: options},
//       background: "#ffffff", flight: pictures at once, concurrency: threads of libvips}
//
// Each picture is decoded once and resized once for all formats of a width, over buffers of
// pixels: leaving both to sharp's pipelines takes a tenth longer.

import { createRequire } from 'node:module';
import { mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const job = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const sharp = createRequire(join(job.sharp, 'package.json'))('sharp');
sharp.concurrency(job.concurrency);
sharp.cache(false);
mkdirSync(job.out, { recursive: true });

async function derive(path) {
  const stem = basename(path, '.png');
  const whole = await sharp(path).raw().toBuffer({ resolveWithObject: true });
  const { width: w, height: h, channels } = whole.info;
  for (const width of job.widths) {
    const { data, info } = await sharp(whole.data, { raw: { width: w, height: h, channels } })
      .resize(width)
      .raw()
      .toBuffer({ resolveWithObject: true });
    const raw = { width: info.width, height: info.height, channels };
    const file = (suffix) => join(job.out, `${stem}-${width}.${suffix}`);
    await Promise.all(
      Object.entries(job.formats).map(([suffix, options]) => {
        const picture = sharp(data, { raw });
        if (suffix === 'jpg') {
          return picture.flatten({ background: job.background }).jpeg(options).toFile(file(suffix));
        }
        return picture[suffix](options).toFile(file(suffix));
      }),
    );
  }
}

const waiting = [...job.pictures];
async function work() {
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    await derive(path);
  }
}
await Promise.all(Array.from({ length: job.flight }, work));
