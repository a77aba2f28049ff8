import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { samplers, type Level, type Sampler, type Varied } from "../../src/samplers/index.js";
import { add, constant, cos, div, exp, mul, neg, sin, square, type Tensor } from "../../src/tensor/index.js";
import { assertClose } from "../support/close.js";
import { runOnce } from "../support/compute.js";

interface Oracle {
  readonly mean: number;
  readonly deviation: number;
  readonly sigmas: readonly number[];
  readonly starts: readonly number[];
  /** Of each step, the standard normal numbers that it adds. */
  readonly noises: readonly (readonly number[])[];
  /** x after each step. */
  readonly cases: readonly { readonly sampler: string; readonly options: object; readonly visited: readonly (readonly number[])[] }[];
}

const oracle = JSON.parse(readFileSync(new URL("oracles/samplers.json", import.meta.url), "utf8")) as Oracle;
const { mean, deviation, noises, starts } = oracle;
const levels = oracle.sigmas.map((sigma): Level => ({ sigma, time: Math.log(sigma) }));

/** The denoiser of make.py: not linear, so that a wrong coefficient shows. It reads both the sigma and the time, which must belong together. */
const denoise = (x: Tensor, { sigma, time }: Level<Tensor>): Tensor => {
  const [data, added] = [deviation ** 2, square(sigma)];
  return add(div(add(mul(data, x), mul(mean, added)), add(data, added)), mul(mul(0.1, sin(mul(3, x))), exp(neg(exp(time)))));
};

/** v of a model that learns variances, beside it. */
const denoiseAndVary = (x: Tensor, level: Level<Tensor>): Varied => ({ x0: denoise(x, level), share: add(0.5, add(mul(0.4, sin(x)), mul(0.1, cos(level.sigma)))) });

const inProgram = ({ sigma, time }: Level): Level<Tensor> => ({ sigma: constant(sigma), time: constant(time) });
const constants = (values: Readonly<Record<string, number>>) => Object.fromEntries(Object.entries(values).map(([name, value]) => [name, constant(value)]));

/** x after each step of a sampler, all of them in one program: nothing is rounded to float32 on the way. */
async function visitedBy(sampler: Sampler, given: object): Promise<number[][]> {
  const options = sampler.options.parse(given);
  let x: Tensor = constant(starts);
  let memory = Object.fromEntries((sampler.memory ?? []).map((name): [string, Tensor] => [name, constant(starts.map(() => 0))]));
  const outputs: Record<string, Tensor> = {};
  for (const [i, noise] of noises.slice(0, levels.length - 1).entries()) {
    const scalars = constants(sampler.scalars?.(levels, i, options, Math.log) ?? {});
    const stepped = sampler.step({ x, denoise, denoiseAndVary, from: inProgram(levels[i]), to: inProgram(levels[i + 1]), scalars, memory, noise: () => constant(noise) });
    [x, memory] = [stepped.x, { ...memory, ...stepped.memory }];
    outputs[i] = x;
  }
  return Object.values(await runOnce({ outputs }));
}

describe("samplers do what the papers' algorithms do in the papers' coordinates", () => {
  for (const { sampler: name, options, visited } of oracle.cases)
    it(`${name} ${JSON.stringify(options)}`, async () => {
      const steps = await visitedBy(samplers.find((sampler) => sampler.name === name)!, options);
      assert.equal(steps.length, visited.length);
      steps.forEach((x, i) => assertClose(x, visited[i], 1e-12, `after step ${i + 1}`));
    });

  it("no sampler is left out", () => {
    assert.deepEqual(new Set(oracle.cases.map(({ sampler }) => sampler)), new Set(samplers.map(({ name }) => name)));
  });
});
