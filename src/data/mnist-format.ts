/** Data that comes as MNIST does: four IDX files, images and labels of 60,000 examples to train and 10,000 to test. */
import { sliceExamples } from "./batches.js";
import type { Examples, ImageSpec, SplitName, Splits } from "./dataset.js";
import { DataError } from "../errors.js";
import { decodeIdx } from "./idx.js";

/** The book keeps the last 5,000 training images for validation. */
const BOOK_TRAIN = 55_000;

/** `contents` of the files by their names in `fileOf`. A DataError when they do not fit together. */
export function mnistSplits(spec: ImageSpec, contents: ReadonlyMap<string, Uint8Array>, fileOf: (name: string) => string, split: SplitName): Splits {
  const decode = (name: string) => decodeIdx(contents.get(fileOf(name))!, fileOf(name));
  const examples = (set: "train" | "t10k"): Examples => {
    const [images, labels] = [decode(`${set}-images-idx3-ubyte`), decode(`${set}-labels-idx1-ubyte`)];
    if (images.shape[0] !== labels.shape[0]) throw new DataError(`The ${set} set has ${images.shape[0]} images, but ${labels.shape[0]} labels`);
    return { spec, count: images.shape[0], values: images.values, labels: labels.values };
  };
  const [all, test] = [examples("train"), examples("t10k")];
  if (split === "full") return { train: all, validation: test, test };
  return { train: sliceExamples(all, 0, BOOK_TRAIN), validation: sliceExamples(all, BOOK_TRAIN, all.count), test };
}
