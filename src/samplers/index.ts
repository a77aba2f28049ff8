/** Samplers of diffusion models: one file each, and one line here. */
import { suggest, UsageError } from "../errors.js";
import { consistency } from "./consistency.js";
import { ddim } from "./ddim.js";
import { ddpm } from "./ddpm.js";
import { dpmSolver } from "./dpm-solver.js";
import { euler } from "./euler.js";
import { heun } from "./heun.js";
import type { Sampler } from "./sampler.js";
import { unipc } from "./unipc.js";

export const samplers: readonly Sampler[] = [ddpm, ddim, euler, heun, dpmSolver, unipc, consistency];

/** The sampler of that name; a UsageError with the nearest name when there is none. */
export function findSampler(name: string): Sampler {
  const sampler = samplers.find((candidate) => candidate.name === name);
  if (!sampler) throw new UsageError(`There is no sampler "${name}"`, suggest(name, samplers.map((candidate) => candidate.name)));
  return sampler;
}

export { interpolatedLogVariance, variancesBetween } from "./ddpm.js";
export * from "./guidance.js";
export * from "./loss-weights.js";
export * from "./noise-schedules.js";
export * from "./repaint.js";
export * from "./probability-flow.js";
export * from "./sampler.js";
export * from "./variational-bound.js";
