/** What tests of diffusion models' networks share: values that are the same in PyTorch, and running a network on them. */
import { readFileSync } from "node:fs";
import type { Engine } from "../../../src/engines/engine.js";
import { referenceEngine } from "../../../src/engines/reference/index.js";
import type { Network } from "../../../src/models/diffusion-network.js";
import { inferenceMode } from "../../../src/nn/index.js";
import { constant, gradients, mul, sizeOf, sum, type Shape, type Variable } from "../../../src/tensor/index.js";
import { runOnce, valueOf } from "../../support/compute.js";

/** Values of PyTorch: oracles/diffusion-networks.py. */
export const pytorch = JSON.parse(readFileSync(new URL("../oracles/diffusion-networks.json", import.meta.url), "utf8")) as Readonly<Record<"time" | "attention" | "residual" | "unet" | "dit", readonly number[]>>;

/** As in oracles/diffusion-networks.py. */
export const wave = (shape: Shape, phase = 0, scale = 1.5): Float64Array => Float64Array.from({ length: sizeOf(shape) }, (_, i) => scale * Math.sin(1.7 * i + phase));

/** An engine that holds, as in oracles/diffusion-networks.py, a wave for each parameter. */
export async function written(parameters: readonly Variable[]): Promise<Engine> {
  const engine = referenceEngine();
  for (const [k, parameter] of parameters.entries()) await engine.write(parameter, wave(parameter.shape, k, 0.2));
  return engine;
}

/** An engine that holds the parameters' first values. */
export async function begun(parameters: readonly Variable[]): Promise<Engine> {
  const engine = referenceEngine();
  for (const parameter of parameters) await engine.write(parameter, parameter.initial(1));
  return engine;
}

export interface Seen {
  /** [batch, channels, height, width]. */
  readonly shape: Shape;
  readonly x?: Float64Array;
  readonly time?: readonly number[];
  readonly labels?: readonly number[];
}

const tensorsOf = ({ shape, x = wave(shape), time = new Array<number>(shape[0]).fill(0.3), labels }: Seen) =>
  ({ x: constant(x, shape), time: constant(time, [shape[0]]), labels: labels && constant(labels, [shape[0]], "int32") });

/** What a network says, by default of a wave at time 0.3. */
export function outputOf(network: Network, engine: Engine, seen: Seen): Promise<number[]> {
  const { x, time, labels } = tensorsOf(seen);
  return valueOf(network.apply(x, time, inferenceMode(), labels), engine);
}

/** Names of the parameters that what a network says does not depend on, at waves for their values. */
export async function unused(network: Network, seen: Seen): Promise<string[]> {
  const { parameters } = network;
  const { x, time, labels } = tensorsOf(seen);
  const y = network.apply(x, time, inferenceMode(), labels);
  const slopes = gradients(sum(mul(y, constant(wave(y.shape, 1), y.shape))), parameters);
  const values = await runOnce({ outputs: Object.fromEntries(parameters.map(({ name }, i) => [name, slopes[i]])) }, {}, undefined, await written(parameters));
  return Object.entries(values).flatMap(([name, slope]) => (slope.every((value) => Math.abs(value) < 1e-9) ? [name] : []));
}
