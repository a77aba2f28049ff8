/** What data is, to models and to training: examples in memory as bytes, floats only when a batch is made. */
import type { FileOptions } from "./file-options.js";

/** Images [channels, height, width]; class names where there are labels. */
export interface ImageSpec {
  readonly kind: "images";
  readonly shape: readonly [channels: number, height: number, width: number];
  readonly classes?: readonly string[];
}

/** Rows of a table: [columns]. */
export interface VectorSpec {
  readonly kind: "vectors";
  readonly shape: readonly [columns: number];
  readonly classes?: readonly string[];
  /** What each column is called, and the least and the greatest value of the training examples, which became 0 and 1. */
  readonly columns?: readonly Column[];
}

/** Time series of one length: [steps, features]. */
export interface SeriesSpec {
  readonly kind: "series";
  readonly shape: readonly [steps: number, features: number];
  readonly classes?: readonly string[];
  readonly columns?: readonly Column[];
}

/** An image and what it becomes, both of one size: [source channels + target channels, height, width], the source's channels first. */
export interface PairSpec {
  readonly kind: "pairs";
  readonly shape: readonly [channels: number, height: number, width: number];
  /** How many of the channels are the source's. */
  readonly source: number;
  readonly classes?: readonly string[];
  /** Source and target were drawn independently: that they are side by side means nothing. */
  readonly unpaired?: true;
}

export interface Column {
  readonly name: string;
  readonly minimum: number;
  readonly maximum: number;
}

export type DataSpec = ImageSpec | VectorSpec | SeriesSpec | PairSpec;
export type DataKind = DataSpec["kind"];

/** Where a model wants its pixels: [0, 1] or [-1, 1]. */
export type PixelRange = readonly [low: 0 | -1, high: 1];

/** One split of a dataset. */
export interface Examples {
  readonly spec: DataSpec;
  readonly count: number;
  /** count x the spec's shape: bytes 0..255, or floats in [0, 1]; those of a table that is not trained on may lie outside, beyond what was seen in training. */
  readonly values: Uint8Array | Float32Array;
  /** One class number for each example. */
  readonly labels?: Uint8Array | Int32Array;
}

export type PartName = "train" | "validation" | "test";

export interface Splits extends Readonly<Record<PartName, Examples>> {
  /** Where they were read from, when that is a user's own files. */
  readonly origin?: Origin;
}

/** What is needed to read a user's files again, and to notice that they have changed. */
export interface Origin {
  /** Absolute path of the folder or file. */
  readonly path: string;
  readonly options: FileOptions;
  readonly fingerprint: Fingerprint;
}

export interface Fingerprint {
  readonly files: number;
  /** Of names and sizes in a folder; of the content of a single file. */
  readonly sha256: string;
}

/** Which part of the training set is kept for validation: the book's 55,000 / 5,000, or all 60,000 to train and the test set to validate. */
export type SplitName = "book" | "full";

export interface Dataset {
  /** As on the command line: `fashion-mnist`. */
  readonly name: string;
  readonly title: string;
  /** One sentence. */
  readonly summary: string;
  readonly homepage: string;
  readonly licence: string;
  /** Unless options change it. */
  readonly spec: DataSpec;
  /** Which of the options of a user's own files it takes too; left out: none. */
  readonly takes?: readonly (keyof FileOptions)[];
  /** Fetches what is missing, checks it and decodes it. `onProgress` gets one line for each thing it does that takes time. */
  readonly load: (options: LoadOptions) => Promise<Splits>;
}

export interface LoadOptions {
  readonly split: SplitName;
  /** Those that the dataset takes. */
  readonly files?: FileOptions;
  readonly onProgress?: (line: string) => void;
  readonly signal?: AbortSignal;
}
