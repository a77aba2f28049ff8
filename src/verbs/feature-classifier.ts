/** The classifier whose features generative models are scored by: trained once for each data set, and kept in the cache folder. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { cacheFolder } from "../cache.js";
import { storeWhole } from "../data/cache.js";
import type { Examples, Splits } from "../data/dataset.js";
import type { Engine } from "../engines/engine.js";
import { MorphogenError } from "../errors.js";
import { featureClassifier, FEATURE_CLASSIFIER_VERSION, type FeatureClassifier } from "../models/feature-classifier.js";
import { decodeSafetensors, encodeSafetensors, evaluator, fit, valuesOf, type Safetensors } from "../training/index.js";

export interface TrainedClassifier extends FeatureClassifier {
  /** Share of the test examples that it classifies rightly. */
  readonly accuracy: number;
  /** Where its weights are kept: the name tells the data and the network. */
  readonly file: string;
}

/** Part of what the scores mean: a change is a new version. */
const training = { epochs: 4, leastSteps: 300, batchSize: 64, learningRate: 2e-3, seed: 0 } as const;

export interface ClassifierRequest {
  /** Number of classes of the labels. */
  readonly classes: number;
  readonly onProgress?: ((line: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The classifier of these labelled images, its weights in the engine: from the cache folder, or trained now with a fixed seed and put there. */
export async function classifierFor(engine: Engine, splits: Splits, { classes, onProgress = () => undefined, signal }: ClassifierRequest): Promise<TrainedClassifier> {
  const { train, validation, test } = splits;
  const model = featureClassifier(train.spec.shape, classes);
  const file = cacheFolder("feature-classifiers", `${fingerprintOf(train, classes)}-v${FEATURE_CLASSIFIER_VERSION}.safetensors`);
  const stored = await storedIn(file, model);
  if (stored) {
    for (const variable of model.variables) await engine.write(variable, stored.tensors.get(variable.name)!.data);
    return { ...model, file, accuracy: Number(stored.metadata.accuracy) };
  }
  onProgress(`Training the classifier whose features are compared on ${train.count.toLocaleString("en")} images, once for this data.`);
  for (const variable of model.variables) await engine.write(variable, variable.initial(training.seed));
  const { epochs, leastSteps, learningRate, seed, batchSize } = training;
  const epoch = Math.ceil(train.count / batchSize);
  const optimizer = { name: "adam", learningRate, schedule: { kind: "cosine", warmUpSteps: 0, minimum: 0, decay: 0.5, decaySteps: 1000 } } as const;
  const config = { batchSize, seed, optimizer, steps: Math.max(epochs * epoch, leastSteps), validateEvery: Math.max(epoch, leastSteps / 3), patience: Infinity };
  await fit({ model, examples: { train, validation }, range: [0, 1], engine, config, signal });
  const tester = await evaluator({ model, examples: test, range: [0, 1], engine, seed });
  const { metrics: { error } } = await tester.run();
  await tester.dispose();
  const tensors = new Map([...(await valuesOf(engine, model.variables))].map(([{ name, shape }, data]) => [name, { shape, data }]));
  await storeWhole(file, encodeSafetensors({ tensors, metadata: { accuracy: String(1 - error) } }));
  return { ...model, file, accuracy: 1 - error };
}

/** A name of the training images and their labels. */
function fingerprintOf({ values, labels, spec: { shape } }: Examples, classes: number): string {
  const hash = createHash("sha256").update(JSON.stringify({ shape, classes }));
  for (const { buffer, byteOffset, byteLength } of [values, Int32Array.from(labels ?? [])]) hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  return hash.digest("hex").slice(0, 16);
}

/** What the file holds; undefined where there is none, or none that is whole: what cannot be read is trained anew. */
async function storedIn(file: string, { variables }: FeatureClassifier): Promise<Safetensors | undefined> {
  const bytes = await readFile(file).catch(() => undefined);
  try {
    const stored = bytes && decodeSafetensors(bytes, file);
    return stored && variables.every(({ name, shape }) => stored.tensors.get(name)?.shape.join() === shape.join()) ? stored : undefined;
  } catch (error) {
    if (error instanceof MorphogenError) return undefined;
    throw error;
  }
}
