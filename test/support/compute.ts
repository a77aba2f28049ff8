import { referenceEngine } from "../../src/engines/reference/index.js";
import type { Engine } from "../../src/engines/engine.js";
import type { Data, NoiseState, Program, Tensor } from "../../src/tensor/index.js";

/** Runs a program once and returns copies of its outputs; on the reference engine unless another is given. */
export async function runOnce(program: Program, feeds: Readonly<Record<string, Data>> = {}, noise?: NoiseState, engine?: Engine): Promise<Record<string, number[]>> {
  const used = engine ?? referenceEngine();
  const executable = await used.compile(program);
  const outputs = await executable.run(feeds, noise);
  const copies = Object.fromEntries(Object.entries(outputs).map(([name, values]) => [name, Array.from(values)]));
  await executable.dispose();
  if (!engine) await used.dispose();
  return copies;
}

/** The value of one tensor that needs no input. */
export const valueOf = async (tensor: Tensor, engine?: Engine): Promise<number[]> => (await runOnce({ outputs: { value: tensor } }, {}, { seed: 0 }, engine)).value;
