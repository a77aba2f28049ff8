/** Pairs made of one set of images: the image is the target, and what a task makes of it the source. */
import { UsageError } from "../errors.js";
import type { Examples, Splits } from "./dataset.js";
import type { FileOptions } from "./file-options.js";
import { paired } from "./pairs.js";
import { enlarging, resample, shrinking, type Resampling } from "./resample.js";

export type Task = NonNullable<FileOptions["task"]>;

/** One image as bytes, [channels, height, width], to the values of its source. */
interface Source {
  readonly channels: number;
  readonly of: (image: Uint8Array) => ArrayLike<number>;
}

type Shape = readonly [channels: number, height: number, width: number];

const tasks: Readonly<Record<Task, (shape: Shape, factor: number) => Source>> = {
  superres([channels, height, width], factor) {
    if (height % factor !== 0 || width % factor !== 0)
      throw new UsageError(`Images of ${width} x ${height} pixels cannot be made ${factor} times smaller`, `Use a factor that divides both, or another size: --size ${factor * Math.floor(width / factor)}x${factor * Math.floor(height / factor)}.`);
    const through = (length: number): Resampling => enlarging(shrinking(length, factor), factor);
    const [rows, columns] = [through(height), through(width)];
    return { channels, of: (image) => resample(image, [channels, height, width], rows, columns) };
  },
  colorize([channels, height, width]) {
    if (channels !== 3) throw new UsageError("Grey images have no colours to learn", "Use images in colour, or another task.");
    return { channels: 1, of: (image) => greyOf(image, height * width) };
  },
  edges([channels, height, width]) {
    return { channels: 1, of: (image) => edgesOf(channels === 1 ? image : greyOf(image, height * width), height, width) };
  },
};

/**
 * Each image beside what the task makes of it: "superres" makes it `factor` times smaller (means of squares) and larger again (bicubic), "colorize" makes it
 * grey, "edges" draws where its brightness changes. A UsageError when the data are no images, or none that the task suits.
 */
export function pairsForTask(examples: Examples, task: Task, factor = 2): Examples {
  const { spec, count, values } = examples;
  if (spec.kind !== "images") throw new UsageError(`The task ${task} makes pairs of images, but the data are ${spec.kind}`, "Leave --task out, or use data of images.");
  const [channels, height, width] = spec.shape;
  const { channels: sourceChannels, of } = tasks[task](spec.shape, factor);
  const [length, sourceLength] = [channels * height * width, sourceChannels * height * width];
  const scale = values instanceof Uint8Array ? 1 : 255;
  const image = new Uint8Array(length);
  // Rounds, and keeps to 0..255, where bicubic curves overshoot.
  const sources = new Uint8ClampedArray(count * sourceLength);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < length; j++) image[j] = Math.round(scale * values[i * length + j]);
    sources.set(of(image), i * sourceLength);
  }
  const made: Examples = { spec: { kind: "images", shape: [sourceChannels, height, width] }, count, values: new Uint8Array(sources.buffer) };
  return paired(made, examples);
}

/** `pairsForTask` of every part, where a task is named. */
export function withTask(splits: Splits, { task, factor }: Pick<FileOptions, "task" | "factor">): Splits {
  if (task !== "superres" && factor !== undefined) throw new UsageError("A factor is of the task superres alone", "Leave --factor out, or add --task superres.");
  if (task === undefined) return splits;
  const [train, validation] = [pairsForTask(splits.train, task, factor), pairsForTask(splits.validation, task, factor)];
  return { ...splits, train, validation, test: splits.test === splits.validation ? validation : pairsForTask(splits.test, task, factor) };
}

/** How bright red, green and blue are together (ITU-R BT.601). */
const greyOf = (rgb: Uint8Array, area: number): Float32Array => Float32Array.from({ length: area }, (_, i) => 0.299 * rgb[i] + 0.587 * rgb[area + i] + 0.114 * rgb[2 * area + i]);

/** Length of Sobel's gradient, a quarter of it, so that a step from black to white along an axis is white; beyond the border the image goes on as it ends. */
function edgesOf(grey: ArrayLike<number>, height: number, width: number): Float32Array {
  const edges = new Float32Array(height * width);
  for (let y = 0; y < height; y++) {
    const [above, row, below] = [Math.max(0, y - 1), y, Math.min(height - 1, y + 1)].map((line) => line * width);
    for (let x = 0; x < width; x++) {
      const [left, right] = [Math.max(0, x - 1), Math.min(width - 1, x + 1)];
      const [topLeft, topRight, bottomLeft, bottomRight] = [grey[above + left], grey[above + right], grey[below + left], grey[below + right]];
      const across = topRight - topLeft + 2 * (grey[row + right] - grey[row + left]) + bottomRight - bottomLeft;
      const down = bottomLeft - topLeft + 2 * (grey[below + x] - grey[above + x]) + bottomRight - topRight;
      edges[row + x] = Math.hypot(across, down) / 4;
    }
  }
  return edges;
}
