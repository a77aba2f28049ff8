/** What people do with a trained model, as functions over arrays: the command line and the library share these. */
import { interpolateCodings, type Interpolation } from "../analysis/interpolate.js";
import { runRows } from "../analysis/rows.js";
import { UsageError } from "../errors.js";
import { exportOnnx } from "../engines/onnx/index.js";
import type { Abilities, AbilityName, BuiltModel, Model } from "../models/model.js";
import type { DataSpec } from "../data/dataset.js";
import type { Engine } from "../engines/engine.js";
import { sizeOf } from "../tensor/index.js";
import { version } from "../version.js";

/** A model with its trained weights in an engine. */
export interface Trained {
  readonly model: Model;
  readonly built: BuiltModel;
  readonly spec: DataSpec;
  readonly engine: Engine;
}

/** The ability of that name; a UsageError that lists what the model can do when it has not got it. */
export function requireAbility<Name extends AbilityName>({ model, built }: Trained, name: Name): NonNullable<Abilities[Name]> {
  const ability = built.abilities[name];
  if (!ability) throw new UsageError(`The model "${model.name}" cannot ${name}`, `It can ${Object.keys(built.abilities).join(", ")}.`);
  return ability;
}

/** What a conditional model wants besides: a class number for each row. */
export interface Conditions {
  readonly labels?: ArrayLike<number>;
}

/** `count` new examples, one after the other, in the model's range. Sample i depends on the seed, its label and on i alone. */
export const sample = (trained: Trained, { count, seed = 0, ...conditions }: Conditions & { readonly count: number; readonly seed?: number }): Promise<Float32Array> =>
  runRows(trained.engine, requireAbility(trained, "sample"), { count, seed, ...conditions });

const rowsIn = (trained: Trained, values: ArrayLike<number>): number => values.length / sizeOf(trained.spec.shape);

/** Reconstructions of examples [n, ...shape] given one after the other in the model's range. */
export const reconstruct = (trained: Trained, values: ArrayLike<number>, conditions: Conditions = {}): Promise<Float32Array> =>
  runRows(trained.engine, requireAbility(trained, "reconstruct"), { count: rowsIn(trained, values), values, ...conditions });

/** Codings [n, size] of examples [n, ...shape]. */
export const encode = (trained: Trained, values: ArrayLike<number>, conditions: Conditions = {}): Promise<Float32Array> =>
  runRows(trained.engine, requireAbility(trained, "encode"), { count: rowsIn(trained, values), values, ...conditions });

/** Number of values in one coding. */
export const codingSize = (trained: Trained): number => requireAbility(trained, "decode")(1).inputs!.codings.shape[1];

/** Images [n, ...shape] of codings [n, size]. */
export const decode = (trained: Trained, codings: ArrayLike<number>, conditions: Conditions = {}): Promise<Float32Array> =>
  runRows(trained.engine, requireAbility(trained, "decode"), { count: codings.length / codingSize(trained), values: codings, ...conditions });

/** Clean versions of corrupted examples [n, ...shape]. */
export const denoise = (trained: Trained, values: ArrayLike<number>): Promise<Float32Array> =>
  runRows(trained.engine, requireAbility(trained, "denoise"), { count: rowsIn(trained, values), values });

/** For each pair of examples, `steps` images from one to the other through the codings: [pairs, steps, ...shape]. */
export async function interpolate(
  trained: Trained,
  { from, to, steps, method = "linear" }: { readonly from: ArrayLike<number>; readonly to: ArrayLike<number>; readonly steps: number; readonly method?: Interpolation },
): Promise<Float32Array> {
  const [a, b] = [await encode(trained, from), await encode(trained, to)];
  const size = codingSize(trained);
  const paths = Array.from({ length: a.length / size }, (_, i) =>
    interpolateCodings(a.subarray(i * size, (i + 1) * size), b.subarray(i * size, (i + 1) * size), steps, method),
  );
  return decode(trained, paths.flatMap((path) => Array.from(path)));
}

/** An ability as the bytes of an ONNX file: weights inside, any batch size. */
export function exportAbility(trained: Trained, name: AbilityName): Promise<Uint8Array> {
  const { title, summary } = trained.model;
  return exportOnnx(requireAbility(trained, name), trained.engine, { docString: `${title}: ${name}. ${summary}`, producerVersion: version });
}
