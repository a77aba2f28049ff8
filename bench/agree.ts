/** Do two engines train alike? The same steps on both, and how far their losses are apart. */
import { chooseEngine } from "../src/engines/choose.js";
import { MorphogenError, UsageError } from "../src/errors.js";
import { cases } from "./cases.js";

/** What rounding alone may do at least; where training amplifies it, ten times what one rounding of the parameters does. */
const [LIMIT, FACTOR] = [1e-3, 10];
const STEPS: Readonly<Record<string, number>> = { "unet-32": 20 };

/** The losses of all of a case's programs, step after step; the first parameters are scaled. */
async function lossesOf(engineName: string, caseName: string, scale = 1): Promise<number[]> {
  const engine = await chooseEngine(engineName);
  try {
    const { programs, parameters } = cases[caseName].build();
    for (const parameter of parameters) await engine.write(parameter, Float32Array.from(await engine.read(parameter), (value) => value * scale));
    const parts = [];
    for (const { program, feeds } of programs) parts.push({ executable: await engine.compile(program), feeds });
    const losses: number[] = [];
    for (let step = 0; step < (STEPS[caseName] ?? 200); step++) for (const { executable, feeds } of parts) losses.push((await executable.run(feeds, { seed: 1, step })).loss[0]);
    return losses;
  } finally {
    await engine.dispose();
  }
}

/** The largest relative difference up to each loss. */
function apart(a: readonly number[], b: readonly number[]): number[] {
  let largest = 0;
  return a.map((x, i) => (largest = Math.max(largest, x === b[i] ? 0 : Math.abs(x - b[i]) / Math.max(Math.abs(x), Math.abs(b[i])))));
}

/** Notes a line for each case; a MorphogenError when the engines are further apart than rounding explains. */
export async function compareLosses(engines: readonly string[], names: readonly string[], note: (line: string) => void): Promise<void> {
  if (engines.length !== 2) throw new UsageError("Losses are compared on two engines", "Name both with --engine.");
  const [one, other] = engines;
  const wrong: string[] = [];
  for (const name of names) {
    const losses = await lossesOf(other, name);
    const difference = apart(await lossesOf(one, name), losses);
    const rounding = apart(await lossesOf(other, name, 1 + 2 ** -23), losses);
    const alike = difference.findIndex((value) => value > LIMIT);
    const most = (list: readonly number[]): string => (list.at(-1) ?? 0).toExponential(1);
    note(`${name}, ${losses.length} losses: ${one} and ${other} are ${most(difference)} apart at most${alike < 0 ? "" : `, above ${LIMIT} from loss ${alike}`}; ${other} and itself after one rounding ${most(rounding)}`);
    if (difference.some((value, i) => !(value <= Math.max(LIMIT, FACTOR * rounding[i])))) wrong.push(name);
  }
  if (wrong.length > 0) throw new MorphogenError(`Further apart than rounding explains: ${wrong.join(", ")}`);
}
