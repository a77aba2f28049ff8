/** What principal component analysis reaches with a coding of the same size: the baseline of any reconstruction error. */
import { batchOf } from "../data/batches.js";
import type { Examples } from "../data/dataset.js";
import type { Engine } from "../engines/engine.js";
import { add, clip, constant, input, matmul, mean, principalComponents, requireComponents, sizeOf, square, sub, sum, transpose, type PrincipalComponents, type Program } from "../tensor/index.js";
import { runRows } from "./rows.js";

export interface PcaBaseline {
  /** Number of components. */
  readonly size: number;
  /** Share of the training examples' variance that the components keep. */
  readonly explainedVariance: number;
  /** Errors of examples that are coded by the components and decoded again, and clipped to `limits` where there are any. */
  errors(examples: Examples, limits?: Limits): Promise<PcaErrors>;
}

export type Limits = readonly [low: number, high: number];

/** Squared errors of values in [0, 1]; a model whose pixels are in [-1, 1] has four times as much for the same images. */
export interface PcaErrors {
  /** Mean over the values of each example. */
  readonly perExample: Float32Array;
  /** Mean over all examples. */
  readonly mean: number;
}

/** Examples in memory as floats at once. */
const CHUNK = 5000;
/** Examples whose products are summed in float32 by the engine, before float64 here. */
const BATCH = 500;

/**
 * The exact principal components of all training examples, for codings of `size` values: no linear autoencoder has a smaller mean squared
 * error on them (Baldi & Hornik 1989). Reconstructions are not limited to [0, 1], where `errors` is not told to: that makes errors
 * smaller, so beside a model whose reconstructions are, those of PCA have to be too. Throws a UsageError when
 * `size` is not from 1 to the number of values in an example, or that number is above 4096.
 */
export async function pcaBaseline(engine: Engine, train: Examples, size: number): Promise<PcaBaseline> {
  const width = sizeOf(train.spec.shape);
  requireComponents(width, size);
  const components = await principalComponentsOf(engine, train, size);
  const { variances, totalVariance } = components;
  return {
    size,
    explainedVariance: totalVariance > 0 ? sumOf(variances) / totalVariance : 1,
    async errors(examples, limits) {
      const ability = (batch: number) => errorProgram(components, batch, limits);
      const perExample = new Float32Array(examples.count);
      for (const indices of chunks(examples.count, CHUNK))
        perExample.set(await runRows(engine, ability, { count: indices.length, values: batchOf(examples, indices, [0, 1]), batchSize: BATCH }), indices[0]);
      return { perExample, mean: sumOf(perExample) / examples.count };
    },
  };
}

/** The first `size` principal components (default: all) of all examples, values in [0, 1]. A few of many are found several times as fast as all. */
export async function principalComponentsOf(engine: Engine, examples: Examples, size?: number): Promise<PrincipalComponents> {
  const width = sizeOf(examples.spec.shape);
  const [sums, products] = [new Float64Array(width), new Float64Array(width * width)];
  const batches = chunks(examples.count, BATCH);
  // About the mean of the first batch products are small, and float32 has digits enough.
  const shift = meanOf(batchOf(examples, batches[0], [0, 1]), width);
  const executable = await engine.compile(sumsProgram(width, BATCH));
  try {
    for (const indices of batches) {
      const x = batchOf(examples, indices, [0, 1]);
      // What fills up the last batch adds nothing: it is where the sums are taken about.
      const whole = new Float32Array(BATCH * width);
      for (let row = 0; row < BATCH; row++) whole.set(row < indices.length ? x.subarray(row * width, (row + 1) * width) : shift, row * width);
      const outputs = await executable.run({ x: whole, shift });
      addTo(sums, outputs.sums);
      addTo(products, outputs.products);
    }
  } finally {
    await executable.dispose();
  }
  const components = principalComponents(examples.count, sums, products, size);
  return { ...components, mean: components.mean.map((value, i) => value + shift[i]) };
}

/** x [batch, width] and shift [width] -> sums [width] and products [width, width] of the shifted examples. */
function sumsProgram(width: number, batch: number): Program<"x" | "shift", "sums" | "products"> {
  const [x, shift] = [input("x", [batch, width]), input("shift", [width])];
  const centred = sub(x, shift);
  return { inputs: { x, shift }, outputs: { sums: sum(centred, 0), products: matmul(transpose(centred), centred) } };
}

/** x [batch, width] -> mean squared error of each example, [batch, 1]. */
function errorProgram({ mean: centre, directions, variances: { length: size } }: PrincipalComponents, batch: number, limits: Limits | undefined): Program<"x", "errors"> {
  const width = centre.length;
  const x = input("x", [batch, width]);
  const kept = constant(directions, [size, width]);
  const middle = constant(centre);
  const reconstruction = add(matmul(matmul(sub(x, middle), transpose(kept)), kept), middle);
  return { inputs: { x }, outputs: { errors: mean(square(sub(x, limits ? clip(reconstruction, ...limits) : reconstruction)), 1, true) } };
}

/** The numbers 0 .. count - 1 in pieces of `size`; the last may be smaller. */
const chunks = (count: number, size: number): number[][] =>
  Array.from({ length: Math.ceil(count / size) }, (_, i) => Array.from({ length: Math.min(size, count - i * size) }, (_, j) => i * size + j));

function sumOf(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i];
  return total;
}

function addTo(total: Float64Array, values: ArrayLike<number>): void {
  for (let i = 0; i < total.length; i++) total[i] += values[i];
}

function meanOf(rows: Float32Array, width: number): Float32Array {
  const total = new Float64Array(width);
  for (let first = 0; first < rows.length; first += width) addTo(total, rows.subarray(first, first + width));
  return Float32Array.from(total, (value) => (value * width) / rows.length);
}
