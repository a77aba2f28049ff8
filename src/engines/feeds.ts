/** Checks of what a run is given, the same for every engine. */
import { EngineError, ShapeError, suggest } from "../errors.js";
import { formatShape, sizeOf, type Data, type NoiseState, type Schedule } from "../tensor/index.js";

/** Throws when an input is missing, unknown or of the wrong length, or when noise is wanted and its state was not given or is not one. */
export function checkFeeds({ inputs, noises }: Schedule, feeds: Readonly<Record<string, Data>>, noise: NoiseState | undefined): void {
  for (const [name, { shape }] of inputs) {
    const given = Object.hasOwn(feeds, name) ? feeds[name] : undefined;
    if (!given) throw new EngineError(`Input "${name}" of shape ${formatShape(shape)} was not given`, `Call run({ ${[...inputs.keys()].join(", ")} }).`);
    if (given.length !== sizeOf(shape))
      throw new ShapeError(`Input "${name}" has ${given.length} values; its shape ${formatShape(shape)} needs ${sizeOf(shape)}`);
  }
  const unknown = Object.keys(feeds).find((name) => !inputs.has(name));
  if (unknown !== undefined) throw new EngineError(`The program has no input "${unknown}"`, suggest(unknown, [...inputs.keys()]));
  if (noises.length > 0 && !noise) throw new EngineError("The program uses noise, but the run was given no noise state", "Call run(feeds, { seed, step }).");
  for (const [field, value] of Object.entries(noise ?? {}))
    if (value !== undefined && (!Number.isSafeInteger(value) || value < 0)) throw new EngineError(`The noise's ${field} is ${value}`, "Use a whole number from 0 to 2^53 - 1.");
}
