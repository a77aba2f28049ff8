/** Files that the tests of a user's own data write, and those that other programs wrote. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { encode, type ImageData } from "fast-png";
import type { UsageError} from "../../src/errors.js";
import { type DataError } from "../../src/errors.js";
import { temporaryFolder } from "../support/folder.js";

const oracle = (name: string): unknown => JSON.parse(readFileSync(new URL(`./oracles/${name}.json`, import.meta.url), "utf8"));
const bytes = (texts: Readonly<Record<string, string>>) => Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, new Uint8Array(Buffer.from(text, "base64"))]));

/** Small pictures of ImageMagick, by file name: blue with a red quarter. */
export const images = bytes(oracle("images") as Record<string, string>);

const stored = oracle("arrays") as {
  npy: Record<string, string>;
  versions: string[];
  refused: Record<string, string>;
  npz: Record<string, string>;
  resized: { picture: number[]; smaller: number[]; larger: number[] };
};
/** Files of NumPy, and pictures of PyTorch. */
export const arrays = { npy: bytes(stored.npy), versions: stored.versions.map((text) => bytes({ text }).text), refused: bytes(stored.refused), npz: bytes(stored.npz), resized: stored.resized };

/** A folder with these files in it. */
export function folderOf(files: Readonly<Record<string, Uint8Array | string>>): string {
  const folder = temporaryFolder("own-data");
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

/** A PNG of one value everywhere, or of these values. */
export const png = (width: number, height: number, channels: 1 | 2 | 3 | 4, values: number | readonly number[], more: Partial<ImageData> = {}): Uint8Array => {
  const data = Uint8Array.from({ length: width * height * channels }, (_, i) => (typeof values === "number" ? values : values[i % values.length]));
  return encode({ width, height, channels, data, depth: 8, ...more });
};

/** For assert.throws and rejects: an error with this message that says what to do. */
export const helpful = (message: RegExp) => (error: DataError | UsageError) => {
  if (!message.test(error.message)) throw error;
  return error.hint !== undefined;
};

/** Bytes that are off by so much at most. */
export function assertNear(actual: ArrayLike<number>, expected: readonly number[], most: number): void {
  assert.equal(actual.length, expected.length);
  expected.forEach((value, i) => assert.ok(Math.abs(actual[i] - value) <= most, `[${i}]: ${actual[i]}, expected ${value}`));
}
