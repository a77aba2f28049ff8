/** What people do with a trained model, as functions over arrays: the command line and the library share these. */
import { interpolateCodings, type Interpolation } from "../analysis/interpolate.js";
import { runRows } from "../analysis/rows.js";
import { suggest, UsageError } from "../errors.js";
import { exportOnnx } from "../engines/onnx/index.js";
import { abilityNames, type Abilities, type AbilityName, type BuiltModel, type Model } from "../models/model.js";
import type { DataSpec, ImageSpec } from "../data/dataset.js";
import type { Engine } from "../engines/engine.js";
import { sampleDiffusion, type DiffusionSettings } from "./diffusion.js";
import { fromCodings, invert } from "./inversion.js";
import { noise, sizeOf, type Program } from "../tensor/index.js";
import { version } from "../version.js";

/** A model with its trained weights in an engine. */
export interface Trained {
  readonly model: Model;
  readonly built: BuiltModel;
  readonly spec: DataSpec;
  readonly engine: Engine;
  /** How a diffusion model goes from noise to examples, and back, where nothing else is said. */
  readonly sampling?: DiffusionSettings | undefined;
}

/** What the images of a model are; a UsageError for one of other data. */
export function requireImages({ spec }: Pick<Trained, "spec">): ImageSpec {
  if (spec.kind === "pairs") throw new UsageError("The model translates images, and does nothing else with them", "Use morphogen translate RUN.");
  if (spec.kind !== "images") throw new UsageError(`The model was trained on ${spec.kind}, not on images`, "Use a run on images.");
  return spec;
}

/** What a model does by each of its abilities. */
const inWords: Readonly<Record<AbilityName, string>> = {
  sample: "sample",
  reconstruct: "reconstruct examples",
  encode: "encode examples",
  decode: "decode codings",
  truncate: "sample nearer to the mean",
  mix: "mix styles",
  corrupt: "corrupt examples",
  denoise: "denoise examples",
  denoiser: "take noise off examples",
  translate: "translate images",
  translateBack: "translate images back",
  logLikelihood: "estimate likelihoods",
  binarize: "binarize examples",
};

/** The ability of that name; a UsageError that lists what the model can do when it has not got it. */
export function requireAbility<Name extends AbilityName>({ model, built }: Pick<Trained, "model" | "built">, name: Name): NonNullable<Abilities[Name]> {
  const ability = built.abilities[name];
  if (!ability) {
    const names = abilityNames(built);
    const others = Object.entries(inWords).flatMap(([other, words]) => (names.includes(other) ? [words] : []));
    throw new UsageError(`The model "${model.name}" cannot ${inWords[name]}`, `It can ${others.join(", ")}.`);
  }
  return ability;
}

/** Whether new examples can be drawn from the model itself. */
export const canSample = ({ abilities, diffusion }: Pick<BuiltModel, "abilities" | "diffusion">): boolean => abilities.sample !== undefined || (diffusion !== undefined && !diffusion.translates);

/** A UsageError that lists what the model can do when it cannot sample. */
export function requireSampling(trained: Pick<Trained, "model" | "built">): void {
  if (!canSample(trained.built)) requireAbility(trained, "sample");
}

/** A UsageError for a model that translates, and so has no samples of its own. */
export function requireOwnSamples({ model, spec }: Pick<Trained, "model" | "spec">): void {
  if (spec.kind === "pairs") throw new UsageError(`The model "${model.name}" translates images, and has no samples of its own`, "Use morphogen translate RUN; with --frechet it scores translations.");
}

/** What a conditional model wants besides: a class number for each row. */
export interface Conditions {
  readonly labels?: ArrayLike<number>;
}

/** Whether the model is told the class of each example. */
export function isConditional({ built }: Pick<Trained, "built">): boolean {
  const abilities: Readonly<Record<string, (batch: number) => Program>> = { ...built.abilities };
  return Object.values(abilities).some((ability) => "labels" in (ability(1).inputs ?? {}));
}

/** The number of a class that is given by its number or name; a UsageError that lists them when there is none such. */
export function classIndex({ classes = [] }: DataSpec, label: string): number {
  const number = /^\d+$/.test(label) ? Number(label) : classes.findIndex((name) => name.toLowerCase() === label.toLowerCase());
  if (classes.length === 0) throw new UsageError(`There is no class "${label}": the data has no classes`, "Use data with labels, such as fashion-mnist.");
  if (number < 0 || number >= classes.length) throw new UsageError(`There is no class "${label}"`, `${suggest(label, classes)} Or a number from 0 to ${classes.length - 1}.`);
  return number;
}

/** The same for a model that is told classes; a UsageError when it knows none. */
export function classNumber(trained: Trained, label: string): number {
  if (!isConditional(trained)) throw new UsageError(`The model "${trained.model.name}" does not know classes`, "Leave --class out, or train a conditional model (morphogen models).");
  return classIndex(trained.spec, label);
}

/** The classes in turn: 0, 1, 2, ..., 0, 1, 2, ... */
export const labelsInTurn = ({ spec }: Pick<Trained, "spec">, count: number): Int32Array => Int32Array.from({ length: count }, (_, i) => i % (spec.classes?.length ?? 1));

export interface Sampling extends Conditions {
  readonly count: number;
  /** Sample i depends on the seed, its label and on i alone. Default 0. */
  readonly seed?: number;
  /** How far from their mean codings are, for a model that can tell: 1 as they were drawn, 0 all alike. */
  readonly truncation?: number | undefined;
  /** How a diffusion model goes from noise to examples; before what the run says. */
  readonly diffusion?: DiffusionSettings | undefined;
}

/** `count` new examples, one after the other, in the model's range; of a conditional model the classes in turn, where no labels are given. */
export const sample = (trained: Trained, { count, seed = 0, labels = labelsInTurn(trained, count), truncation, diffusion }: Sampling): Promise<Float32Array> => {
  if (trained.built.diffusion && truncation === undefined) return sampleDiffusion(trained, { ...trained.sampling, ...diffusion, count, seed, labels });
  const ability = truncation === undefined ? requireAbility(trained, "sample") : (batch: number) => requireAbility(trained, "truncate")(batch, truncation);
  return runRows(trained.engine, ability, { count, seed, labels });
};

const rowsIn = (trained: Trained, values: ArrayLike<number>): number => values.length / sizeOf(trained.spec.shape);

/** Reconstructions of examples [n, ...shape] given one after the other in the model's range: of a diffusion model by way of the noise that leads to them. */
export async function reconstruct(trained: Trained, values: ArrayLike<number>, conditions: Conditions = {}): Promise<Float32Array> {
  if (!trained.built.diffusion) return runRows(trained.engine, requireAbility(trained, "reconstruct"), { count: rowsIn(trained, values), values, ...conditions });
  const { encode: there, decode: back } = coderOf(trained);
  return back(await there(values, conditions), conditions);
}

/** Codings [n, size] of examples [n, ...shape]. */
export const encode = (trained: Trained, values: ArrayLike<number>, conditions: Conditions = {}): Promise<Float32Array> =>
  runRows(trained.engine, requireAbility(trained, "encode"), { count: rowsIn(trained, values), values, ...conditions });

/** Number of values in one coding. */
export const codingSize = (trained: Trained): number => requireAbility(trained, "decode")(1).inputs!.codings.shape[1];

/** Images [n, ...shape] of codings [n, size]. */
export const decode = (trained: Trained, codings: ArrayLike<number>, conditions: Conditions = {}): Promise<Float32Array> =>
  runRows(trained.engine, requireAbility(trained, "decode"), { count: codings.length / codingSize(trained), values: codings, ...conditions });

/** Pairs of examples [n, ...shape], and for a conditional model the labels of both. */
export interface Ends {
  readonly from: ArrayLike<number>;
  readonly to: ArrayLike<number>;
  readonly labels?: { readonly from: ArrayLike<number>; readonly to: ArrayLike<number> } | undefined;
}

interface Coder {
  readonly encode: (values: ArrayLike<number>, conditions?: Conditions) => Promise<Float32Array>;
  readonly decode: (codings: Float32Array, conditions?: Conditions) => Promise<Float32Array>;
}

/** From examples to codings and back; those of a diffusion model are the noise that leads to an example. */
function coderOf(trained: Trained): Coder {
  if (!trained.built.diffusion) return { encode: (values, conditions) => encode(trained, values, conditions), decode: (codings, conditions) => decode(trained, codings, conditions) };
  const diffusion = trained.sampling;
  return {
    encode: (values, conditions) => invert(trained, Float32Array.from(values), { ...conditions, diffusion }),
    decode: (codings, conditions) => fromCodings(trained, codings, { ...conditions, diffusion }),
  };
}

/** How ways lead from example to example when nothing else is said: straight, but around the empty middle of the noise of a diffusion model. */
export const usualInterpolation = ({ built }: Pick<Trained, "built">): Interpolation => (built.diffusion ? "spherical" : "linear");

/** For each pair of examples, `steps` images from one to the other through the codings: [pairs, steps, ...shape]. A conditional model is told the label of the nearer end. */
export async function interpolate(
  trained: Trained,
  { from, to, steps, labels, method = usualInterpolation(trained) }: Ends & { readonly steps: number; readonly method?: Interpolation | undefined },
): Promise<Float32Array> {
  const coder = coderOf(trained);
  const [a, b] = [await coder.encode(from, labels && { labels: labels.from }), await coder.encode(to, labels && { labels: labels.to })];
  return decodeWays(coder, a, b, { pairs: rowsIn(trained, from), steps, method, labelAt: labels && ((pair, step) => (2 * step < steps ? labels.from : labels.to)[pair]) });
}

/** Whether ways lead from one draw to another: the model decodes codings of N(0, I), but encodes no examples. */
export const interpolatesDraws = ({ built: { abilities, codings } }: Pick<Trained, "built">): boolean => codings === "normal" && !abilities.encode && abilities.decode !== undefined;

export interface Draws {
  /** Pairs of codings. */
  readonly pairs: number;
  /** Images from one to the other, both included. */
  readonly steps: number;
  /** Pair i depends on the seed and on i alone; default 0. */
  readonly seed?: number;
  /** Default "spherical": in many dimensions codings of N(0, I) lie near a sphere, and straight ways lead through its empty inside (White 2016, section 2.1). */
  readonly method?: Interpolation;
  /** Class of each pair, for a conditional model; default: the classes in turn. */
  readonly labels?: ArrayLike<number> | undefined;
}

/** For each pair of codings drawn from N(0, I), `steps` images from one to the other: [pairs, steps, ...shape]. A UsageError for a model whose codings are not drawn. */
export async function interpolateDraws(trained: Trained, { pairs, steps, seed = 0, method = "spherical", labels = labelsInTurn(trained, pairs) }: Draws): Promise<Float32Array> {
  if (trained.built.codings !== "normal") throw new UsageError(`The codings of "${trained.model.name}" are not drawn from N(0, I)`, "Interpolate between examples.");
  const size = codingSize(trained);
  const drawn = await runRows(trained.engine, (batch) => ({ outputs: { codings: noise.normal([batch, 2 * size]) } }), { count: pairs, seed });
  const end = (side: number): Float32Array => drawn.filter((_, i) => Math.floor(i / size) % 2 === side);
  return decodeWays(coderOf(trained), end(0), end(1), { pairs, steps, method, labelAt: (pair) => labels[pair] });
}

/** Images along the ways from codings a to codings b, both [pairs, size]: [pairs, steps, ...shape]. */
function decodeWays(
  coder: Coder,
  a: Float32Array,
  b: Float32Array,
  { pairs, steps, method, labelAt }: { readonly pairs: number; readonly steps: number; readonly method: Interpolation; readonly labelAt: ((pair: number, step: number) => number) | undefined },
): Promise<Float32Array> {
  const size = a.length / pairs;
  const codings = new Float32Array(pairs * steps * size);
  for (let pair = 0; pair < pairs; pair++) codings.set(interpolateCodings(a.subarray(pair * size, (pair + 1) * size), b.subarray(pair * size, (pair + 1) * size), steps, method), pair * steps * size);
  return coder.decode(codings, labelAt && { labels: Int32Array.from({ length: pairs * steps }, (_, i) => labelAt(Math.floor(i / steps), i % steps)) });
}

/** An ability as the bytes of an ONNX file: weights inside, any batch size. */
export function exportAbility(trained: Trained, name: AbilityName): Promise<Uint8Array> {
  const { title, summary } = trained.model;
  return exportOnnx(requireAbility(trained, name), trained.engine, { docString: `${title}: ${name}. ${summary}`, producerVersion: version });
}
