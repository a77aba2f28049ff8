/** What examples are compared by when samples are scored: a few numbers that say what is in them. */
import { principalComponentsOf } from "../analysis/pca.js";
import type { Points } from "../analysis/points.js";
import { runRows } from "../analysis/rows.js";
import { batchOf, shuffledIndices } from "../data/batches.js";
import type { DataSpec, Examples, Splits } from "../data/dataset.js";
import { selectExamples } from "../data/subset.js";
import type { Engine } from "../engines/engine.js";
import { FEATURES } from "../models/feature-classifier.js";
import { averagePool, constant, input, matmul, reshape, sizeOf, sub, transpose, type Program, type Tensor } from "../tensor/index.js";
import { classifierFor, type ClassifierRequest } from "./feature-classifier.js";

/** Features [n, size] of examples, one after the other. */
export interface FeaturePoints extends Points {
  readonly values: Float32Array;
}

export interface Features {
  readonly kind: "classifier" | "principal components" | "values";
  /** What they are, in a sentence. */
  readonly description: string;
  /** Number of features of an example. */
  readonly size: number;
  /** Examples [n, ...shape] in [0, 1] -> their features. */
  readonly of: (values: Float32Array) => Promise<FeaturePoints>;
  /** Of labelled images alone. */
  readonly classifier?: {
    readonly classes: readonly string[];
    /** Share of the test examples that it classifies rightly. */
    readonly accuracy: number;
    /** Where it is kept. */
    readonly file: string;
    /** Features -> probabilities [n, classes]. */
    readonly probabilities: (points: FeaturePoints) => Promise<Float32Array>;
  };
}

/** Examples computed at once. */
const BATCH = 500;
/** Examples in memory as floats at once. */
const CHUNK = 5000;
/** Vectors and series of more values than this are described by their principal components. */
const MOST_VALUES = 256;
/** Images of more values than this are made smaller before their principal components are found. */
const LARGEST_IMAGE = 1024;
/** Examples that principal components are found of. */
const PCA_EXAMPLES = 20_000;

/**
 * The features of data: of labelled images those of a classifier that is trained on them, of other images and of long vectors exact principal components, of short vectors
 * their values.
 */
export async function featuresFor(engine: Engine, splits: Splits, request: Omit<ClassifierRequest, "classes"> = {}): Promise<Features> {
  const { spec, labels } = splits.train;
  const classes = spec.classes ?? Array.from({ length: 1 + Array.from(labels ?? []).reduce((most, label) => Math.max(most, label), 0) }, (_, k) => String(k));
  if (spec.kind === "images" && labels && classes.length > 1) return classifierFeatures(engine, splits, classes, request);
  if (spec.kind !== "images" && sizeOf(spec.shape) <= MOST_VALUES) {
    const size = sizeOf(spec.shape);
    return { kind: "values", description: "Examples are compared by their values, each column scaled to [0, 1].", size, of: async (values) => ({ values, size }) };
  }
  return principalFeatures(engine, splits.train);
}

/** The features of all examples. */
export async function featuresOf({ of, size }: Pick<Features, "of" | "size">, examples: Examples): Promise<FeaturePoints> {
  const values = new Float32Array(examples.count * size);
  for (let first = 0; first < examples.count; first += CHUNK) {
    const indices = Array.from({ length: Math.min(CHUNK, examples.count - first) }, (_, i) => first + i);
    values.set((await of(batchOf(examples, indices, [0, 1]))).values, first * size);
  }
  return { values, size };
}

/** What a one-output program makes of examples of `width` values, `size` numbers of each. */
const computed = (engine: Engine, program: (batch: number) => Program, width: number, size: number): Pick<Features, "of" | "size"> => ({
  size,
  of: async (values) => ({ values: await runRows(engine, program, { count: values.length / width, values, batchSize: BATCH }), size }),
});

async function classifierFeatures(engine: Engine, splits: Splits, classes: readonly string[], request: Omit<ClassifierRequest, "classes">): Promise<Features> {
  const { features, classify, accuracy, file } = await classifierFor(engine, splits, { ...request, classes: classes.length });
  const width = sizeOf(splits.train.spec.shape);
  return {
    kind: "classifier",
    description: `Images are compared by the ${FEATURES} features of a classifier of this data, which is right for ${(100 * accuracy).toFixed(1)}% of the test images.`,
    ...computed(engine, features, width, FEATURES),
    classifier: {
      classes,
      accuracy,
      file,
      probabilities: ({ values }) => runRows(engine, classify, { count: values.length / FEATURES, values, batchSize: BATCH }),
    },
  };
}

async function principalFeatures(engine: Engine, train: Examples): Promise<Features> {
  const { spec } = train;
  const factor = shrinking(spec);
  const flat = (x: Tensor): Tensor => {
    const small = factor > 1 ? averagePool(x, factor) : x;
    return reshape(small, [x.shape[0], sizeOf(small.shape.slice(1))]);
  };
  const shrink = (batch: number): Program<"x", "small"> => {
    const x = input("x", [batch, ...spec.shape]);
    return { inputs: { x }, outputs: { small: flat(x) } };
  };
  const [width, small] = [sizeOf(spec.shape), shrink(1).outputs.small.shape[1]];
  const some = selectExamples(train, shuffledIndices(train.count, 0, 0).subarray(0, PCA_EXAMPLES));
  const { values } = factor > 1 ? await featuresOf(computed(engine, shrink, width, small), some) : some;
  const size = Math.min(FEATURES, small);
  const { mean, directions } = await principalComponentsOf(engine, { spec: { kind: "vectors", shape: [small] }, count: some.count, values }, size);
  const project = (batch: number): Program<"x", "features"> => {
    const x = input("x", [batch, ...spec.shape]);
    return { inputs: { x }, outputs: { features: matmul(sub(flat(x), constant(mean)), transpose(constant(directions, [size, small]))) } };
  };
  const why = spec.kind === "images" ? "The data have no labels to train a classifier on: images" : "Examples";
  return {
    kind: "principal components",
    description: `${why} are compared by their ${size} first principal components${factor > 1 ? ` at 1/${factor} of their size` : ""}, so by their values and not by what they show.`,
    ...computed(engine, project, width, size),
  };
}

/** By how much the sides of images are divided so that they have few values. */
function shrinking({ kind, shape }: DataSpec): number {
  return kind === "images" ? Math.min(Math.max(1, Math.ceil(Math.sqrt(sizeOf(shape) / LARGEST_IMAGE))), ...shape.slice(1)) : 1;
}
