/**
 * First values of parameters, with Keras' definitions. Each is a function of the seed, the variable's name and its shape
 * alone, so that a model starts the same however its code is ordered.
 */
import { Matrix, QrDecomposition } from "ml-matrix";
import { UsageError } from "../errors.js";
import { fill, fillNormal, foldName, keyOf, sizeOf, threefry, Variable, type Key, type Shape } from "../tensor/index.js";
import { requireNotNegative } from "./checks.js";

/** Values for a parameter. `fans` are the numbers of values that one output sums and that one input feeds. */
export type Initializer = (shape: Shape, key: Key, fans: Fans) => Float32Array;
export interface Fans {
  readonly fanIn: number;
  readonly fanOut: number;
}

/** Fans of a dense kernel [in, out]. */
export const denseFans = ([fanIn, fanOut]: Shape): Fans => ({ fanIn, fanOut });

/**
 * Fans of a convolution's kernel [out, in / groups, height, width]. A transposed kernel [in, out / groups, height, width] is
 * counted as the convolution that it transposes, as in Keras and PyTorch.
 */
export const convolutionFans = ([out, channels, ...window]: Shape): Fans => ({ fanIn: channels * sizeOf(window), fanOut: out * sizeOf(window) });

/** A parameter `name` whose first values come from an initializer. */
export const parameter = (name: string, shape: Shape, initializer: Initializer, fans: Fans): Variable =>
  new Variable(name, { shape, dtype: "float32" }, (seed) => initializer(shape, foldName(keyOf(seed), name), fans));

/** Draws all of `values` from the stream `key`. */
function draw<Values extends Float32Array | Float64Array>(values: Values, kind: "normal" | "uniform", key: Key): Values {
  fill(values, { kind }, key, { first: 0, count: 1, length: values.length });
  return values;
}

const filled = (value: number): Initializer => (shape) => new Float32Array(sizeOf(shape)).fill(value);
export const zeros = filled(0);
export const ones = filled(1);
export const constantOf = filled;

/** Uniform in [low, high). */
export function randomUniform(low = -0.05, high = 0.05): Initializer {
  if (!(low <= high)) throw new UsageError(`randomUniform: low is ${low}, high is ${high}`, "Use a low that is not above high.");
  return (shape, key) => draw(new Float32Array(sizeOf(shape)), "uniform", key).map((u) => low + (high - low) * u);
}

export function randomNormal(mean = 0, stddev = 0.05): Initializer {
  requireNotNegative("randomNormal", "stddev", stddev);
  return (shape, key) => draw(new Float32Array(sizeOf(shape)), "normal", key).map((z) => mean + stddev * z);
}

/** Normal with values beyond two standard deviations drawn again, as Keras' TruncatedNormal. */
export function truncatedNormal(mean = 0, stddev = 0.05): Initializer {
  requireNotNegative("truncatedNormal", "stddev", stddev);
  return (shape, key) => {
    const pairOfNormals = new Float64Array(2);
    const bits = new Uint32Array(2);
    const withinTwo = (i: number, attempt = 0): number => {
      threefry(key[0], key[1], i, attempt, bits);
      fillNormal(pairOfNormals, [bits[0], bits[1]]);
      return pairOfNormals.find((z) => Math.abs(z) <= 2) ?? withinTwo(i, attempt + 1);
    };
    return Float32Array.from({ length: sizeOf(shape) }, (_, i) => mean + stddev * withinTwo(i));
  };
}

type Mode = "fanIn" | "fanAverage";
const scaleOf = (scale: number, mode: Mode, { fanIn, fanOut }: Fans): number => scale / Math.max(1, mode === "fanIn" ? fanIn : (fanIn + fanOut) / 2);

/** Keras' VarianceScaling: U(-limit, limit) with variance scale / fan. */
const scaledUniform = (scale: number, mode: Mode): Initializer => (shape, key, fans) => {
  const limit = Math.sqrt(3 * scaleOf(scale, mode, fans));
  return randomUniform(-limit, limit)(shape, key, fans);
};

/** Standard deviation of a standard normal cut off at two standard deviations. */
const TRUNCATED_STDDEV = 0.87962566103423978;

const scaledNormal = (scale: number, mode: Mode): Initializer => (shape, key, fans) =>
  truncatedNormal(0, Math.sqrt(scaleOf(scale, mode, fans)) / TRUNCATED_STDDEV)(shape, key, fans);

/** Glorot & Bengio 2010; Keras' default. */
export const glorotUniform = scaledUniform(1, "fanAverage");
export const glorotNormal = scaledNormal(1, "fanAverage");
/** He et al. 2015, for relu. */
export const heUniform = scaledUniform(2, "fanIn");
export const heNormal = scaledNormal(2, "fanIn");
/** LeCun et al. 1998, for selu. */
export const lecunUniform = scaledUniform(1, "fanIn");
export const lecunNormal = scaledNormal(1, "fanIn");
/** PyTorch's default for kernels and biases of Linear and Conv: U(-1 / sqrt(fanIn), 1 / sqrt(fanIn)). */
export const pytorchUniform = scaledUniform(1 / 3, "fanIn");

/** A random orthogonal matrix (Saxe et al. 2014) of the first axis against all others, times `gain`. */
export const orthogonal = (gain = 1): Initializer => (shape, key) => {
  const rows = shape[0];
  const columns = sizeOf(shape) / rows;
  const [tall, wide] = [Math.max(rows, columns), Math.min(rows, columns)];
  const values = draw(new Float64Array(tall * wide), "normal", key);
  const decomposition = new QrDecomposition(Matrix.from1DArray(tall, wide, values));
  const { orthogonalMatrix: q, upperTriangularMatrix: r } = decomposition;
  // Signs of R's diagonal make the distribution uniform over orthogonal matrices (Mezzadri 2007).
  const at = (row: number, column: number) => gain * q.get(row, column) * (r.get(column, column) < 0 ? -1 : 1);
  return Float32Array.from({ length: rows * columns }, (_, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    return rows >= columns ? at(row, column) : at(column, row);
  });
};

export const initializers = { zeros, ones, glorotUniform, glorotNormal, heUniform, heNormal, lecunUniform, lecunNormal, pytorchUniform, orthogonal: orthogonal() } as const;
