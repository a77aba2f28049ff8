/**
 * How good are a run's codings at finding similar images? Prints how many of the ten nearest neighbours are of the query's class.
 *
 *   npx tsx examples/similar-images.ts runs/hashing-1
 */
import { encodeExamples, euclidean, hamming, loadData, nearest, openTrained, roundToBits } from "morphogen";

const [path] = process.argv.slice(2);
const [queries, count] = [300, 10];

const trained = await openTrained(path);
const { test } = await loadData({ data: "fashion-mnist" });
const codings = await encodeExamples(trained, test);
const size = codings.length / test.count;
const isBits = trained.built.codings === "bits";
const rows = isBits ? roundToBits(codings) : codings;
const rowOf = (index: number) => rows.subarray(index * size, (index + 1) * size);

let same = 0;
for (let query = 0; query < queries; query++) {
  const neighbours = nearest(rows, rowOf(query), count + 1, isBits ? hamming : euclidean).filter(({ index }) => index !== query).slice(0, count);
  same += neighbours.filter(({ index }) => test.labels![index] === test.labels![query]).length;
}
console.log(`${((100 * same) / (queries * count)).toFixed(1)}% of the ${count} nearest of ${queries} test images are of their class; by chance 10%`);
if (isBits) console.log(`${new Set(Array.from({ length: test.count }, (_, index) => rowOf(index).join(""))).size} different codes of ${size} bits for ${test.count} images`);
await trained.dispose();
