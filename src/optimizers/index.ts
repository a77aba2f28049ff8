/** Optimizers, their learning-rate schedules, and averages of weights. */
import { adam, adamW } from "./adam.js";
import { nadam } from "./nadam.js";
import { rmsprop } from "./rmsprop.js";
import { sgd } from "./sgd.js";

/** Optimizers by the names that configurations use. */
export const optimizers = { sgd, rmsprop, adam, adamw: adamW, nadam } as const;
export type OptimizerName = keyof typeof optimizers;

export { adam, adamW, nadam, rmsprop, sgd };
export type { AdamOptions, AdamWOptions } from "./adam.js";
export { clipByGlobalNorm, globalNorm } from "./clip.js";
export { exponentialMovingAverage, type WeightAverages } from "./exponential-moving-average.js";
export type { LearningRate, Optimizer, OptimizerOptions } from "./optimizer.js";
export { gammaOf, powerAverageCoefficients, powerAverageName, powerFunctionAverages, type PowerAverage, type PowerAverages } from "./power-average.js";
export type { RmspropOptions } from "./rmsprop.js";
export { constantRate, cosineDecay, exponentialDecay, warmUp } from "./schedules.js";
export type { SgdOptions } from "./sgd.js";
