/** Sampling from any autoencoder: a distribution of its codings is fitted after training, sampled, and decoded (Ghosh et al. 2020, Dai & Wipf 2019). */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { fitMixture, sampleMixture, type Mixture } from "../analysis/mixture.js";
import { runRows } from "../analysis/rows.js";
import { batchOf, shuffledIndices } from "../data/batches.js";
import type { Examples } from "../data/dataset.js";
import { UsageError } from "../errors.js";
import { secondStage, type SecondStage } from "../models/second-stage.js";
import { decodeSafetensors, encodeSafetensors, fit, valuesOf, writeWhole } from "../training/index.js";
import { canSample, decode, encode, requireAbility, sample, type Trained } from "./abilities.js";
import type { TrainedRun } from "./open.js";

/** Where new codings come from: the model's own sampling, a mixture of 10 normal distributions, or a second, small variational autoencoder. */
export const priorNames = ["model", "mixture", "two-stage"] as const;
export type PriorName = (typeof priorNames)[number];

/** The model's own where it has one. */
export const defaultPrior = ({ built }: Trained): PriorName => (canSample(built) ? "model" : "mixture");

export interface PriorSampling {
  readonly count: number;
  /** Sample i depends on the seed and on i alone. Default 0. */
  readonly seed?: number;
  /** Default: the model's own sampling where it has one, else "mixture". */
  readonly prior?: PriorName | undefined;
  /** The data that the run was trained on; asked for when the prior is not yet in the run folder. */
  readonly examples: () => Promise<Examples>;
  /** Of training the two-stage prior. Default 6,000, of 128 codings each. */
  readonly steps?: number;
  readonly onProgress?: ((line: string) => void) | undefined;
}

type FittedPrior = Exclude<PriorName, "model">;
type TrainedFolder = Trained & Pick<TrainedRun, "path">;

/**
 * `count` new examples, one after the other, in the model's range. A prior is fitted to codings of the training examples when it is first asked for, and
 * kept in the run folder (codings-mixture.json, codings-two-stage.safetensors) for as long as the weights stay the same.
 */
export async function sampleFrom(trained: TrainedFolder, { prior = defaultPrior(trained), count, seed = 0, ...fitting }: PriorSampling): Promise<Float32Array> {
  if (prior === "model") return sample(trained, { count, seed });
  requireAbility(trained, "decode");
  if (Object.keys(requireAbility(trained, "encode")(1).inputs ?? {}).join() !== "x") throw new UsageError(`The codings of "${trained.model.name}" depend on labels`, "Use --prior model.");
  return decode(trained, await codingsFrom[prior](trained, count, seed, fitting));
}

type Fitting = Pick<PriorSampling, "examples" | "steps" | "onProgress">;

const codingsFrom: Readonly<Record<FittedPrior, (trained: TrainedFolder, count: number, seed: number, fitting: Fitting) => Promise<Float32Array>>> = {
  mixture: async (trained, count, seed, fitting) => sampleMixture(await mixtureOf(trained, fitting), count, seed),
  "two-stage": async (trained, count, seed, fitting) => runRows(trained.engine, (await secondStageOf(trained, fitting)).sampleCodings, { count, seed }),
};

/** Examples that a prior is fitted to: as many as its few thousand numbers need. */
const MOST_EXAMPLES = 20_000;

/** Codings [n, size] of training examples, in an order of their own. */
async function codingsForFit(trained: Trained, { examples, onProgress = () => undefined }: Fitting, what: string) {
  const all = await examples();
  const order = shuffledIndices(all.count, 0, 0).subarray(0, MOST_EXAMPLES);
  onProgress(`Fitting ${what} to the codings of ${order.length.toLocaleString("en")} training examples, once for this run.`);
  const parts: Float32Array[] = [];
  for (let first = 0; first < order.length; first += 5000) parts.push(await encode(trained, batchOf(all, order.subarray(first, first + 5000), trained.model.accepts.range)));
  const codings = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  parts.reduce((at, part) => (codings.set(part, at), at + part.length), 0);
  return { codings, size: codings.length / order.length };
}

/** A name of the weights: what was fitted to others is fitted anew. */
async function fingerprint({ engine, built }: Trained): Promise<string> {
  const hash = createHash("sha256");
  for (const values of (await valuesOf(engine, built.variables)).values()) hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return hash.digest("hex");
}

const numbers = z.array(z.number());
const storedMixture = z.object({ weights: z.string(), logLikelihood: z.number(), mixture: z.array(z.object({ weight: z.number(), mean: numbers, factor: numbers })) });

async function mixtureOf(trained: TrainedFolder, fitting: Fitting): Promise<Mixture> {
  const [file, weights] = [join(trained.path, "codings-mixture.json"), await fingerprint(trained)];
  const text = await readFile(file, "utf8").catch(() => undefined);
  const stored = text === undefined ? undefined : storedMixture.safeParse(parseJson(text)).data;
  if (stored?.weights === weights) return stored.mixture;
  const { codings, size } = await codingsForFit(trained, fitting, "a mixture of normal distributions");
  const { mixture, logLikelihoods } = fitMixture(codings, size);
  await writeWhole(file, `${JSON.stringify({ weights, logLikelihood: logLikelihoods[logLikelihoods.length - 1], mixture })}\n`);
  return mixture;
}

/** Undefined where the text is not JSON: what cannot be read is fitted anew. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const second = {
  batchSize: 128,
  seed: 0,
  validateEvery: 500,
  patience: Infinity,
  optimizer: { name: "adam", learningRate: 1e-3, schedule: { kind: "cosine", warmUpSteps: 0, minimum: 0, decay: 0.5, decaySteps: 1000 } },
} as const;

async function secondStageOf(trained: TrainedFolder, fitting: Fitting): Promise<SecondStage> {
  const { engine } = trained;
  const [file, weights] = [join(trained.path, "codings-two-stage.safetensors"), await fingerprint(trained)];
  const model = secondStage(requireAbility(trained, "decode")(1).inputs!.codings.shape[1]);
  const bytes = await readFile(file).catch(() => undefined);
  const stored = bytes && decodeSafetensors(bytes, file);
  if (stored?.metadata.weights === weights) {
    for (const variable of model.variables) await engine.write(variable, stored.tensors.get(variable.name)!.data);
    return model;
  }
  const { codings, size } = await codingsForFit(trained, fitting, "a second variational autoencoder");
  const { means, deviations } = columnStatistics(codings, size);
  for (const variable of model.variables) await engine.write(variable, variable.initial(second.seed));
  await engine.write(model.standard.mean, means);
  await engine.write(model.standard.deviation, deviations);
  const [count, spec] = [codings.length / size, { kind: "vectors", shape: [size] } as const];
  const held = Math.max(1, Math.floor(count / 20));
  const rows = (first: number, end: number): Examples => ({ spec, count: end - first, values: codings.subarray(first * size, end * size) });
  await fit({ model, examples: { train: rows(held, count), validation: rows(0, held) }, range: [0, 1], engine, config: { ...second, steps: fitting.steps ?? 6000 } });
  const tensors = new Map([...(await valuesOf(engine, model.variables))].map(([{ name, shape }, data]) => [name, { shape, data }]));
  await writeWhole(file, encodeSafetensors({ tensors, metadata: { weights } }));
  return model;
}

/** Mean and standard deviation of each column of rows [n, size]; 1 for a column that is always the same. */
function columnStatistics(values: Float32Array, size: number): { readonly means: Float64Array; readonly deviations: Float64Array } {
  const count = values.length / size;
  const [means, deviations] = [new Float64Array(size), new Float64Array(size)];
  values.forEach((value, at) => (means[at % size] += value / count));
  values.forEach((value, at) => (deviations[at % size] += (value - means[at % size]) ** 2 / count));
  return { means, deviations: deviations.map((variance) => Math.sqrt(variance) || 1) };
}
