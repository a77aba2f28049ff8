/** How the samples of a model are spread over the classes of its data while it is trained: classes that it loses show at the next validation. */
import { likeliest } from "../analysis/likeliest.js";
import { sharesOf } from "../analysis/metrics/class-shares.js";
import { shuffledIndices } from "../data/batches.js";
import type { Examples, Splits } from "../data/dataset.js";
import type { Engine } from "../engines/engine.js";
import { UsageError } from "../errors.js";
import { bandsSvg } from "../figures/bands.js";
import type { Assessment } from "../models/model.js";
import type { MetricsLine } from "../training/index.js";
import { isConditional, requireSampling, type Trained } from "./abilities.js";
import type { ClassifierRequest } from "./feature-classifier.js";
import { drawSamples } from "./draws.js";
import { featuresFor } from "./features.js";
import type { TrainedRun } from "./open.js";

/** Samples that are classified at each validation. */
const SAMPLES = 1000;
/** Of these samples, the same at each validation: what changes is the model. No other samples have it unless they are asked for. */
const SEED = 1_000_003;
/** A class of more than the one share of the data is lost where it has less than the other of the samples. */
const [COMMON, LOST] = [0.02, 0.005];

export interface WatchRequest extends Omit<ClassifierRequest, "classes"> {
  /** Whose training examples the classifier is trained on, once. */
  readonly data: Splits;
  /** The examples that the model is trained on: samples should be spread as they are. */
  readonly trainedOn: Examples;
}

/**
 * Classifies samples of a model with the weights that it has in the engine: `classShares` of each class (from 0 to 1), how many classes there are samples of, and a warning of common
 * classes that are lost. A UsageError where the data are no labelled images.
 */
export async function classWatch(engine: Engine, { data, trainedOn, onProgress = () => undefined, ...request }: WatchRequest): Promise<(trained: Trained & Pick<TrainedRun, "path">) => Promise<Assessment>> {
  requireLabels(data);
  const features = await featuresFor(engine, data, { onProgress, ...request });
  const { classifier } = features;
  if (!classifier || !trainedOn.labels) throw noClasses("there is only one class");
  const { classes: names, accuracy } = classifier;
  const known = trainedOn.labels;
  const dataShares = sharesOf(known, names.length);
  const order = shuffledIndices(trainedOn.count, SEED, 0);
  // Of a conditional model samples of these classes are asked for.
  const asked = Int32Array.from({ length: SAMPLES }, (_, i) => known[order[i % order.length]]);
  onProgress(`Each validation classifies ${SAMPLES.toLocaleString("en")} samples, by a classifier that is right for ${(100 * accuracy).toFixed(1)}% of the test images.`);

  return async (trained) => {
    const labels = isConditional(trained) ? asked : undefined;
    const { points } = await drawSamples(trained, features, { count: SAMPLES, prior: "model", seed: SEED, stride: 1, trainedOn, labels, onProgress });
    const shares = sharesOf(likeliest(await classifier.probabilities(points), names.length), names.length);
    // Those of the classes that the data have.
    const present = shares.map((share, k) => ({ name: names[k], share, dataShare: dataShares[k] })).filter(({ dataShare }) => dataShare > 0);
    const lost = present.filter(({ share, dataShare }) => share < Math.min(LOST, (dataShare * LOST) / COMMON));
    const common = lost.filter(({ dataShare }) => dataShare > COMMON);
    return {
      metrics: { classes: present.length, classesFound: present.length - lost.length, leastClassShare: Math.min(...present.map(({ share }) => share)) },
      details: { classShares: shares },
      warnings: common.length > 0 ? [`Classes are lost: ${common.map(({ name, share, dataShare }) => `${name} (${percent(share)} of the samples, ${percent(dataShare)} of the data)`).join(", ")}. ${WAY_OUT}`] : [],
    };
  };
}

const WAY_OUT = "Train for longer; where modes have collapsed, try --penalty r1, --minibatch discrimination where the model has it, or a smaller learning rate.";

/** A UsageError where classes cannot be watched: said before there is a run. */
export function requireWatchable(trained: Pick<Trained, "model" | "built">, data: Splits): void {
  requireLabels(data);
  requireSampling(trained);
}

function requireLabels({ train: { spec, labels } }: Splits): void {
  if (spec.kind !== "images") throw noClasses(`the data are ${spec.kind}`);
  if (!labels) throw noClasses("the data have no labels");
}

const noClasses = (why: string): UsageError => new UsageError(`There are no classes of samples to watch: ${why}`, "Leave out --watch-classes, or use images with labels.");

/** As SVG: the shares of the classes over the epochs, where `lines` hold any. */
export function watchedClassesSvg(lines: readonly MetricsLine[], { spec: { classes = [] }, labels = new Int32Array(0) }: Examples, title: string): string | undefined {
  const watched = lines.flatMap(({ epoch, details }) => (details?.classShares ? [{ epoch, shares: details.classShares }] : []));
  if (watched.length === 0) return undefined;
  const dataShares = sharesOf(labels, watched[0].shares.length);
  return bandsSvg(
    dataShares.map((dataShare, k) => ({ name: classes[k] ?? String(k), dataShare, shares: watched.map(({ shares }) => shares[k]) })),
    { title, subtitle: `Classes of ${SAMPLES.toLocaleString("en")} samples at each validation, as classified`, times: watched.map(({ epoch }) => epoch), label: "epoch" },
  );
}

const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;
