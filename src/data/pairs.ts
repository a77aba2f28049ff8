/** Pairs of images: what is translated, and what it becomes. */
import { DataError, UsageError } from "../errors.js";
import { shuffledIndices } from "./batches.js";
import type { Examples, PairSpec, Splits } from "./dataset.js";
import { selectExamples } from "./subset.js";

/**
 * Sources and targets side by side, the i-th of both in one example: [source channels + target channels, height, width]. Labels are the target's. A
 * DataError when they are not as many, a UsageError when they are no images of one size.
 */
export function paired(sources: Examples, targets: Examples): Examples & { readonly spec: PairSpec } {
  const [from, to] = [sources.spec, targets.spec];
  if (from.kind !== "images" || to.kind !== "images") throw new UsageError(`Pairs are made of images, not of ${from.kind === "images" ? to.kind : from.kind}`, "Use two folders of images, or a task on one data set of images.");
  const [[sourceChannels, height, width], [targetChannels, ...size]] = [from.shape, to.shape];
  if (size[0] !== height || size[1] !== width)
    throw new UsageError(`The sources have ${width} x ${height} pixels, the targets ${size[1]} x ${size[0]}`, "Say which size all shall have: --size 64.");
  if (sources.count !== targets.count) throw new DataError(`There are ${sources.count} sources, but ${targets.count} targets`, "Give one target for each source, or pairs that mean nothing: --unpaired.");
  const area = height * width;
  const [a, b] = [sourceChannels * area, targetChannels * area];
  const [sourceValues, targetValues] = [sources, targets].map(asBytes);
  const values = new Uint8Array(targets.count * (a + b));
  for (let i = 0; i < targets.count; i++) {
    values.set(sourceValues.subarray(i * a, (i + 1) * a), i * (a + b));
    values.set(targetValues.subarray(i * b, (i + 1) * b), i * (a + b) + a);
  }
  const { labels, spec: { classes } } = targets;
  return {
    spec: { kind: "pairs", shape: [sourceChannels + targetChannels, height, width], source: sourceChannels, ...(classes && { classes }) },
    count: targets.count,
    values,
    ...(labels && { labels }),
  };
}

/** Sources and targets that have nothing to do with each other, as many as there are of the longer list: the shorter one is repeated. */
export function unpaired(sources: Examples, targets: Examples): Examples {
  const count = Math.max(sources.count, targets.count);
  // Were the folders in the same order after all, it shall not help.
  const order = shuffledIndices(targets.count, 1, 0);
  const repeated = (examples: Examples, number: (i: number) => number) => selectExamples(examples, Uint32Array.from({ length: count }, (_, i) => number(i % examples.count)));
  const { values, spec: { kind, shape, source } } = paired(repeated(sources, (i) => i), repeated(targets, (i) => order[i]));
  return { spec: { kind, shape, source, unpaired: true }, count, values };
}

/** The same done to each part of two sets of splits. */
export const pairSplits = (sources: Splits, targets: Splits, pair: (sources: Examples, targets: Examples) => Examples): Splits => ({
  train: pair(sources.train, targets.train),
  validation: pair(sources.validation, targets.validation),
  test: pair(sources.test, targets.test),
});

const asBytes = ({ values }: Examples): Uint8Array => (values instanceof Uint8Array ? values : Uint8Array.from(values, (value) => Math.round(255 * value)));
