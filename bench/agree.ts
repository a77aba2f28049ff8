/**
 * Do two engines train alike? The same steps on both, and how far their losses are apart; beside it, how far the second
 * engine's losses are from its own when every parameter starts one unit in the last place higher or lower.
 */
import { chooseEngine } from "../src/engines/choose.js";
import { MorphogenError, UsageError } from "../src/errors.js";
import { fill, foldName, keyOf } from "../src/tensor/index.js";
import { cases } from "./cases.js";

/** Relative difference of two losses from which on they have parted. */
const LIMIT = 1e-3;
const DRAWS = 3;
const STEPS: Readonly<Record<string, number>> = { "unet-32": 20 };

export const CRITERION =
  `Two engines train alike when their losses stay within ${LIMIT} of each other, or part no sooner than half as late as the second engine's own losses do, ` +
  `at the earliest of ${DRAWS} random draws, after every parameter was moved by one unit in the last place.`;

/** Each value one unit in the last place further from zero or nearer to it, at random; zeros stay. */
export function nudged(values: ArrayLike<number>, name: string, draw: number): Float32Array {
  const floats = Float32Array.from(values);
  const [bits, coins] = [new Int32Array(floats.buffer), new Float32Array(floats.length)];
  fill(coins, { kind: "bernoulli", probability: 0.5 }, foldName(keyOf(draw), name), { first: 0, count: 1, length: coins.length });
  coins.forEach((coin, i) => {
    if (floats[i] !== 0) bits[i] += coin === 1 ? 1 : -1;
  });
  return floats;
}

/** The losses of all of a case's programs, step after step; with a draw, the parameters are moved first. */
async function lossesOf(engineName: string, caseName: string, steps: number, draw?: number): Promise<number[]> {
  const engine = await chooseEngine(engineName);
  try {
    const { programs, parameters } = cases[caseName].build();
    if (draw !== undefined) for (const parameter of parameters) await engine.write(parameter, nudged(await engine.read(parameter), parameter.name, draw));
    const parts = [];
    for (const { program, feeds } of programs) parts.push({ executable: await engine.compile(program), feeds });
    const losses: number[] = [];
    for (let step = 0; step < steps; step++) for (const { executable, feeds } of parts) losses.push((await executable.run(feeds, { seed: 1, step })).loss[0]);
    return losses;
  } finally {
    await engine.dispose();
  }
}

/** How far a course of losses leaves another. */
export interface Parting {
  /** The largest relative difference. */
  readonly most: number;
  /** The number of the first loss, counted from 1, that is further off than the limit; Infinity when none is. */
  readonly from: number;
}

export function partingOf(a: readonly number[], b: readonly number[]): Parting {
  const differences = a.map((x, i) => (x === b[i] ? 0 : Math.abs(x - b[i]) / Math.max(Math.abs(x), Math.abs(b[i]))));
  // Not below, rather than above: losses that are no numbers have parted.
  const first = differences.findIndex((difference) => !(difference <= LIMIT));
  return { most: Math.max(...differences), from: first < 0 ? Infinity : first + 1 };
}

/** The criterion. Infinity is half as late as Infinity: where the perturbed losses do not part, none may. */
export const isAlike = (ours: Parting, perturbed: readonly Parting[]): boolean => ours.from >= Math.min(...perturbed.map(({ from }) => from)) / 2;

const inWords = ({ most, from }: Parting): string => `${most.toExponential(1)}${from === Infinity ? "" : ` (above ${LIMIT} from loss ${from})`}`;

/** Notes the criterion and a line for each case; a MorphogenError names the cases that do not meet it. */
export async function compareLosses(engines: readonly string[], names: readonly string[], steps: number | undefined, note: (line: string) => void): Promise<void> {
  if (engines.length !== 2) throw new UsageError("Losses are compared on two engines", "Name both with --engine.");
  const [one, other] = engines;
  const unlike: string[] = [];
  note(CRITERION);
  for (const name of names) {
    const count = steps ?? STEPS[name] ?? 200;
    const losses = await lossesOf(other, name, count);
    const ours = partingOf(await lossesOf(one, name, count), losses);
    const perturbed: Parting[] = [];
    for (let draw = 0; draw < DRAWS; draw++) perturbed.push(partingOf(await lossesOf(other, name, count, draw), losses));
    if (!isAlike(ours, perturbed)) unlike.push(name);
    note(`${name}, ${losses.length} losses: ${one} leaves ${other} by ${inWords(ours)}; ${other} moved by one unit leaves itself by ${perturbed.map(inWords).join(", ")}`);
  }
  if (unlike.length > 0) throw new MorphogenError(`Not alike: ${unlike.join(", ")}`);
}
