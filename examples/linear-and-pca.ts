/**
 * Trains a linear autoencoder by gradients, and measures how far its subspace is from that of principal component analysis.
 *
 *   npx tsx examples/linear-and-pca.ts [number of codings, 5 unless given]
 */
import { loadData, principalAngles, principalComponentsOf, train } from "morphogen";

const size = Number(process.argv[2] ?? 5);
const data = await loadData({ data: "fashion-mnist" });
const trained = await train({
  model: "linear",
  options: { latentSize: size },
  data,
  // The steps must grow small at the end: a gradient of a batch points a little beside that of all examples.
  training: { epochs: 20, batchSize: 128, optimizer: { schedule: { kind: "cosine" } } },
  onEvent: (event) => event.event === "validation" && console.log(`epoch ${event.epoch}: error ${event.validation.meanSquaredError.toFixed(5)}`),
});

const { directions, variances } = await principalComponentsOf(trained.engine, data.train);
const decoder = trained.built.variables.find(({ name }) => name === "decoder.0.kernel")!;
const width = variances.length;
const angles = principalAngles(await trained.engine.read(decoder), directions.subarray(0, size * width), width);
console.log(`angles to the subspace of the first ${size} principal components: ${angles.map((angle) => angle.toFixed(2)).join(", ")} degrees`);
console.log(`variances there and just beyond: ${Array.from(variances.subarray(0, size + 1), (variance) => variance.toFixed(2)).join(", ")}`);
await trained.dispose();
