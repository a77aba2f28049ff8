/** What a model makes of vectors and time series, as tables in the units of the data. */
import { formatCsv } from "../data/csv.js";
import type { Column } from "../data/dataset.js";
import { encodeNpy } from "../data/npy.js";
import { inOriginalUnits } from "../data/table.js";
import { UsageError } from "../errors.js";
import { sizeOf } from "../tensor/index.js";
import { isConditional, labelsInTurn, reconstruct, sample, type Sampling, type Trained } from "./abilities.js";
import { corruptAndDenoise, type DenoiseOptions, type DenoisingErrors } from "./denoise.js";

/** Whether examples can be shown as pictures; if not, they are tables. */
export const showsImages = ({ spec }: Trained): boolean => spec.kind === "images";

interface Layout {
  readonly columns: readonly Column[];
  /** Rows of one example; undefined for vectors, which are rows. */
  readonly steps: number | undefined;
}

function layoutOf({ spec }: Trained): Layout {
  if (spec.kind === "images" || spec.kind === "pairs") throw new UsageError(`A table is of vectors or series; the model was trained on ${spec.kind}`, "Images make figures.");
  const features = spec.shape[spec.shape.length - 1];
  // A program's own vectors may have no names; they are in [0, 1] as they are.
  const columns = spec.columns ?? Array.from({ length: features }, (_, i) => ({ name: `column ${i + 1}`, minimum: 0, maximum: 1 }));
  return { columns, steps: spec.kind === "series" ? spec.shape[0] : undefined };
}

/** Rows of a table: which series and which step of it, where there are such, and the cells. */
const numbered = (rows: readonly (readonly (number | string)[])[], steps: number | undefined): readonly (readonly (number | string)[])[] =>
  steps === undefined ? rows : rows.map((cells, row) => [Math.floor(row / steps), row % steps, ...cells]);

const heading = (names: readonly string[], steps: number | undefined): readonly string[] => [...(steps === undefined ? [] : ["series", "step"]), ...names];

const rowsOf = (values: Float64Array, width: number): number[][] => Array.from({ length: values.length / width }, (_, i) => Array.from(values.subarray(i * width, (i + 1) * width)));

const isNpy = (out: string): boolean => out.toLowerCase().endsWith(".npy");

/** New examples as `examplesTable` writes them; those of a conditional model with their classes. */
export async function sampleTable(trained: Trained, { count, labels = labelsInTurn(trained, count), ...request }: Sampling, out: string): Promise<Uint8Array | string> {
  return examplesTable(trained, await sample(trained, { count, labels, ...request }), out, isConditional(trained) ? labels : undefined);
}

/**
 * Examples [n, ...shape] of the model's range, one row each, of series one row for each step; as NPY of that shape where `out` ends in .npy, else CSV, which ends
 * with a column of their classes where there are labels.
 */
export function examplesTable(trained: Trained, examples: Float32Array, out: string, labels?: ArrayLike<number>): Uint8Array | string {
  const { columns, steps } = layoutOf(trained);
  const { shape, classes = [] } = trained.spec;
  const values = inOriginalUnits(examples, columns, trained.model.accepts.range);
  if (isNpy(out)) return encodeNpy([examples.length / sizeOf(shape), ...shape], values);
  const rows = rowsOf(values, columns.length);
  const classOf = (row: number): readonly (number | string)[] => {
    const label = labels?.[Math.floor(row / (steps ?? 1))];
    return label === undefined ? [] : [classes[label] ?? label];
  };
  const names = [...columns.map(({ name }) => name), ...(labels ? ["class"] : [])];
  return formatCsv(heading(names, steps), numbered(rows.map((cells, row) => [...cells, ...classOf(row)]), steps));
}

/**
 * Examples [n, ...shape] of the model's range beside their reconstructions. CSV has for each row its columns, the columns
 * reconstructed, and "error": the mean squared error of the row while each column is scaled to the model's range. NPY, where `out`
 * ends in .npy, is [2, n, ...shape]: the examples, their reconstructions.
 */
export const reconstructionTable = async (trained: Trained, originals: Float32Array, out: string): Promise<Uint8Array | string> =>
  besideOriginals(trained, originals, { reconstructed: await reconstruct(trained, originals) }, out);

/**
 * Examples [n, ...shape] of the model's range beside what noise of this seed makes of them, and what the model makes of that, as `corruptAndDenoise` does. The CSV is that
 * of `reconstructionTable`, with columns corrupted and columns denoised; its "error" is what is left after denoising. NPY is [3, n, ...shape].
 */
export async function denoisingTable(trained: Trained, originals: Float32Array, out: string, { seed = 0, noise }: DenoiseOptions & { readonly seed?: number } = {}): Promise<DenoisingErrors & { readonly table: Uint8Array | string }> {
  const { corrupted, denoised, ...errors } = await corruptAndDenoise(trained, originals, seed, { noise });
  return { table: besideOriginals(trained, originals, { corrupted, denoised }, out), ...errors };
}

/** Originals and what became of them, each under its name; the error is that of the last. */
function besideOriginals(trained: Trained, originals: Float32Array, outcomes: Readonly<Record<string, Float32Array>>, out: string): Uint8Array | string {
  const { columns, steps } = layoutOf(trained);
  const { shape } = trained.spec;
  const width = columns.length;
  const all = [originals, ...Object.values(outcomes)];
  const inUnits = all.map((values) => inOriginalUnits(values, columns, trained.model.accepts.range));
  if (isNpy(out)) return encodeNpy([all.length, originals.length / (width * (steps ?? 1)), ...shape], Float64Array.from(inUnits.flatMap((values) => Array.from(values))));
  const last = all[all.length - 1];
  const errors = rowsOf(Float64Array.from(originals, (value, i) => (value - last[i]) ** 2), width).map((row) => row.reduce((sum, x) => sum + x, 0) / width);
  const names = columns.map(({ name }) => name);
  const parts = inUnits.map((values) => rowsOf(values, width));
  const rows = errors.map((error, i) => [...parts.flatMap((part) => part[i]), error]);
  return formatCsv(heading([...names, ...Object.keys(outcomes).flatMap((outcome) => names.map((name) => `${name} ${outcome}`)), "error"], steps), numbered(rows, steps));
}
