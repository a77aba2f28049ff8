/**
 * Trains a variational autoencoder on images of your own and makes new ones.
 *
 *   npx tsx examples/own-arrays.ts
 *
 * Here the images are discs of random place and size; put your own bytes in their stead.
 */
import { writeFileSync } from "node:fs";
import { encodePng, imageGrid, imagesFromArray, sample, train } from "morphogen";

const [count, side] = [4000, 16];
const pixels = new Uint8Array(count * side * side);
for (let i = 0; i < count; i++) {
  const [x, y, radius] = [4 + 8 * Math.random(), 4 + 8 * Math.random(), 2 + 3 * Math.random()];
  for (let row = 0; row < side; row++)
    for (let column = 0; column < side; column++)
      pixels[(i * side + row) * side + column] = Math.hypot(column - x, row - y) < radius ? 255 : 0;
}

const trained = await train({
  model: "variational",
  options: { network: "dense", latentSize: 3 },
  data: imagesFromArray(pixels, { shape: [1, side, side] }),
  training: { epochs: 20 },
  onEvent: (event) => event.event === "validation" && console.log(`epoch ${event.epoch}:`, event.validation),
});

const images = await sample(trained, { count: 36, seed: 1 });
writeFileSync("discs.png", encodePng(imageGrid(images, { shape: [1, side, side], columns: 6 })));
console.log(`discs.png, and everything else in ${trained.path}`);
await trained.dispose();
