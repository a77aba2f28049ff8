import { z } from "zod";
import { add, mul } from "../tensor/index.js";
import { lambdaOf, type Level, type Sampler, type Scalars } from "./sampler.js";

const options = z.strictObject({});

/** For predictions of x0: B = e^-h - 1, the paper's B2, and what the sums of a and of r a have to come to: n! (-h) phi_(n+1)(-h) / B, n = 1 and 2, with phi_n of exponential integrators. */
function solverTerms(h: number): { readonly b: number; readonly first: number; readonly second: number } {
  const b = Math.expm1(-h);
  const phi1 = b / -h - 1;
  const phi2 = phi1 / -h - 0.5;
  return { b, first: phi1 / b, second: (2 * phi2) / b };
}

/** UniP: second-order prediction of x at `to` = ratio x + now D + earlier D': D at `from`, D' at `before`; without `before` of first order. */
function predictor(before: Level | undefined, from: Level, to: Level): { readonly ratio: number; readonly now: number; readonly earlier: number } {
  const h = lambdaOf(to) - lambdaOf(from);
  const { b } = solverTerms(h);
  // With one point besides, the authors' code sets a = 1/2 whatever the steps.
  const slope = before ? (0.5 * h) / (lambdaOf(before) - lambdaOf(from)) : 0;
  return { ratio: to.sigma / from.sigma, now: -b * (1 - slope), earlier: -b * slope };
}

/** The same x once D is known at `to` as well, `there`: of one order more (UniC). */
function corrector(before: Level | undefined, from: Level, to: Level): ReturnType<typeof predictor> & { readonly there: number } {
  const h = lambdaOf(to) - lambdaOf(from);
  const { b, first, second } = solverTerms(h);
  const ratio = to.sigma / from.sigma;
  if (!before) return { ratio, now: -b * 0.5, earlier: 0, there: -b * 0.5 };
  const r = (lambdaOf(before) - lambdaOf(from)) / h;
  // [1 1; r 1] a = [first second].
  const [earlier, there] = [(first - second) / (1 - r), (second - r * first) / (1 - r)];
  return { ratio, now: -b * (1 - earlier / r - there), earlier: (-b * earlier) / r, there: -b * there };
}

/** UniPC of order 2: each x is corrected by the evaluation that the next prediction needs anyway, so that a step costs one. */
export const unipc: Sampler<typeof options> = {
  name: "unipc",
  title: "UniPC",
  paper: { authors: "Zhao et al.", title: "UniPC: A Unified Predictor-Corrector Framework for Fast Sampling of Diffusion Models", year: 2023, url: "https://arxiv.org/abs/2302.04867" },
  options,
  evaluations: 1,
  // Levels even in time are far apart where little noise is left, which gives data of small variance a fifth too much.
  spacing: "karras",
  follows: () => true,
  memory: ["start", "earlier", "earliest"],
  scalars(levels, index): Scalars {
    const { ratio, now, earlier } = predictor(levels[index - 1], levels[index], levels[index + 1]);
    const last = index === 0 ? undefined : corrector(levels[index - 2], levels[index - 1], levels[index]);
    return {
      ratio, now, earlier,
      uncorrected: last ? 0 : 1, startRatio: last?.ratio ?? 0, startNow: last?.now ?? 0, startEarlier: last?.earlier ?? 0, startThere: last?.there ?? 0,
    };
  },
  step({ x, denoise, from, scalars: s, memory: { start, earlier, earliest } }) {
    const x0 = denoise(x, from);
    // `earlier` was the denoised x of the step before, which began at `start`.
    const known = add(mul(s.startNow, earlier), mul(s.startEarlier, earliest));
    const corrected = add(add(mul(s.uncorrected, x), mul(s.startRatio, start)), add(known, mul(s.startThere, x0)));
    const next = add(mul(s.ratio, corrected), add(mul(s.now, x0), mul(s.earlier, earlier)));
    return { x: next, memory: { start: corrected, earlier: x0, earliest: earlier } };
  },
};
