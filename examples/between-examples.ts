/**
 * Is the space between the codings of examples regular? Several measures of the images halfway between 1,000 pairs of test images; they do not all agree.
 *
 *   npx tsx examples/between-examples.ts runs/stacked-1 runs/variational-1
 */
import { batchOf, chooseEngine, decode, encode, interpolate, loadData, midpointDistances, nearestDistances, openTrained, takeExamples } from "morphogen";

const [pairs, steps] = [1000, 11];
const { train, test } = await loadData({ data: "fashion-mnist" });
const ends = [0, pairs].map((first) => batchOf(test, Array.from({ length: pairs }, (_, i) => first + i), [0, 1]));
const average = (a: Float32Array, b: Float32Array) => a.map((x, i) => (x + b[i]) / 2);
const known = takeExamples(train, 10_000);
const meanSquare = (a: Float32Array, b: Float32Array) => a.reduce((sum, x, i) => sum + (x - b[i]) ** 2, 0) / a.length;

const engine = await chooseEngine();
for (const [what, images] of [["test images", ends[0]], ["averages of two test images, pixel by pixel", average(ends[0], ends[1])]] as const)
  console.log(`${what}: ${((await nearestDistances(engine, images, known, [0, 1])).reduce((a, b) => a + b) / pairs).toFixed(5)} from the nearest of 10,000 training images`);

for (const path of process.argv.slice(2)) {
  const trained = await openTrained(path, { engine });
  const [from, to] = [await encode(trained, ends[0]), await encode(trained, ends[1])];
  const halfway = average(from, to);
  const [first, last, middle] = [await decode(trained, from), await decode(trained, to), await decode(trained, halfway)];
  const [codingsOfFirst, codingsOfMiddle] = [await encode(trained, first), await encode(trained, middle)];
  const { midpoints, ends: reconstructions } = await midpointDistances(trained, test, known, { pairs });
  const width = first.length / pairs;
  const walk = await interpolate(trained, { from: ends[0], to: ends[1], steps });
  const largest = Array.from({ length: pairs }, (_, pair) => {
    const image = (step: number) => walk.subarray((pair * steps + step) * width, (pair * steps + step + 1) * width);
    const lengths = Array.from({ length: steps - 1 }, (_, step) => Math.sqrt(meanSquare(image(step), image(step + 1))));
    return Math.max(...lengths) / lengths.reduce((a, b) => a + b, 1e-12);
  });
  console.log(path);
  const show = (what: string, value: number, other?: number) => console.log(`  ${what.padEnd(66)} ${value.toFixed(5)}${other === undefined ? "" : `  of reconstructions ${other.toFixed(5)}  ratio ${(value / other).toFixed(2)}`}`);
  show("from the nearest of 10,000 training images", midpoints, reconstructions);
  show("from what it becomes when encoded and decoded again", meanSquare(middle, await decode(trained, codingsOfMiddle)), meanSquare(first, await decode(trained, codingsOfFirst)));
  show("of its coding when encoded again, as a share of the ends' distance", meanSquare(halfway, codingsOfMiddle) / meanSquare(from, to), meanSquare(from, codingsOfFirst) / meanSquare(from, to));
  show("from the average of both reconstructions, as a share of their distance", meanSquare(middle, average(first, last)) / meanSquare(first, last));
  show("largest of ten steps as a share of the way (0.1 were even)", largest.reduce((a, b) => a + b) / pairs);
}
await engine.dispose();
