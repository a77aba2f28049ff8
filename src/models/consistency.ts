/**
 * Consistency distillation: Song, Dhariwal, Chen & Sutskever, "Consistency Models" (2023), algorithm 2. A student learns from a trained diffusion model to go in one step where the teacher's probability flow
 * leads in many: neighbouring points of one way are to give the same example.
 */
import { z } from "zod";
import type { DataSpec } from "../data/dataset.js";
import { UsageError } from "../errors.js";
import { inferenceMode, trainingMode, type Mode } from "../nn/index.js";
import { guided, levelsOf, preconditions, type Level } from "../samplers/index.js";
import { add, broadcastTo, cast, constant, div, gather, input, mean, mul, noise, reshape, split, sqrt, square, stopGradient, sub, sum, type Tensor } from "../tensor/index.js";
import { across, diffusionModel, forgotten, toldClasses, type DiffusionDesign } from "./denoiser.js";
import { diffusion, diffusionDesign } from "./diffusion.js";
import { edm, edmDesign } from "./edm.js";
import { flowMatching, flowMatchingDesign } from "./flow-matching.js";
import { oneStage, type BuiltModel, type Model } from "./model.js";

const notATrainedRun = { error: "a consistency model is taught by a trained run: morphogen distill RUN" };

const options = z.strictObject({
  teacher: z.strictObject({ model: z.enum(["diffusion", "edm", "flow-matching"]), options: z.record(z.string(), z.unknown()) }, notATrainedRun).describe("the model that teaches, and its options"),
  levels: z.int().min(2).max(1000).default(18).describe("levels of noise from one to the next of which the teacher goes, N"),
  guidance: z.number().default(1).describe("how strongly a conditional teacher is asked for the class, which the student then has learned"),
  distance: z.enum(["squared", "pseudo-huber"]).default("squared").describe("between two examples that are to be one: squared error, or linear where they are far apart (Song & Dhariwal 2023)"),
});

export interface ConsistencyDesign {
  readonly teacher: DiffusionDesign;
  /** The teacher's design around a network of its own. */
  readonly student: DiffusionDesign;
  readonly levels: number;
  readonly guidance: number;
  readonly distance: keyof typeof distances;
}

const SPACING = "karras";

/** Mean over the batch of the distance of two examples, d of equation 7. */
const distances = {
  squared: (a: Tensor, b: Tensor): Tensor => mean(square(sub(a, b))),
  /** sqrt(|a - b|² + c²) - c (Song & Dhariwal, "Improved Techniques for Training Consistency Models", 2023, section 3.3). */
  "pseudo-huber"(a: Tensor, b: Tensor): Tensor {
    const differences = reshape(sub(a, b), [a.shape[0], -1]);
    const c = 0.00054 * Math.sqrt(differences.shape[1]);
    return mean(sub(sqrt(add(sum(square(differences), 1), c ** 2)), c));
  },
};

/** The student's parameters are to begin as the teacher's. A UsageError for a teacher whose prediction says little of the example where there is noise alone. */
export function consistencyModel({ teacher, student, levels: count, guidance, distance }: ConsistencyDesign): BuiltModel {
  const { shape, schedule, prediction, deviation, classes } = student;
  if (prediction === "noise" || prediction === "x0") throw new UsageError(`A diffusion model that predicts the ${prediction} cannot teach a consistency model`, "Train edm, flow-matching, or diffusion with --prediction velocity.");
  if (guidance !== 1 && !classes) throw new UsageError("The teacher was not told classes, so there is nothing to guide it to", "Distill a run that was trained with --conditional, or leave --guidance out.");
  const { denoise } = diffusionModel(teacher).diffusion!;
  const teach = classes ? guided(denoise, { none: classes.count, weight: guidance }) : denoise;
  const inputsOf = (batch: number) => ({ x: input("x", [batch, ...shape]), ...(classes && { labels: input("labels", [batch], "int32") }) });

  // t_1 < ... < t_N of the paper, which has them as Karras et al., whatever the teacher's: Heun's method needs them close where noise is large.
  const levels = levelsOf(schedule, count, SPACING).reverse();
  const [sigmas, times] = [constant(levels.map(({ sigma }) => sigma)), constant(levels.map(({ time }) => time))];
  const levelAt = (index: Tensor): Level<Tensor> => ({ sigma: gather(sigmas, index), time: gather(times, index) });

  /** f = skip x + out F (equation 5): with skip and out of the noise beyond the smallest, f(x, sigmaMin) = x whatever F is. */
  function consistent(x: Tensor, { sigma, time }: Level<Tensor>, mode: Mode, labels?: Tensor): Tensor {
    const { skip, out } = preconditions[prediction](sub(sigma, schedule.sigmaMin), deviation);
    const scaled = mul(x, across(preconditions[prediction](sigma, deviation).in, x));
    const answer = student.network.apply(scaled, time.rank === 0 ? broadcastTo(time, [x.shape[0]]) : time, mode, labels);
    const value = student.learnedVariance ? split(answer, [shape[0], shape[0]], 1)[0] : answer;
    return add(mul(across(skip, x), x), mul(across(out, x), value));
  }

  /** A step of Heun's method down the teacher's probability flow: phi of equation 6. */
  function descend(x: Tensor, from: Level<Tensor>, to: Level<Tensor>, labels?: Tensor): Tensor {
    const [here, there] = [across(from.sigma, x), across(to.sigma, x)];
    const slope = div(sub(x, teach(x, from, labels)), here);
    const euler = add(x, mul(sub(there, here), slope));
    const slopeThere = div(sub(euler, teach(euler, to, labels)), there);
    return add(x, mul(mul(0.5, sub(there, here)), add(slope, slopeThere)));
  }

  /** Equation 7 with lambda 1; the target is the student as it is, mu = 0. */
  function lossOf(x: Tensor, labels: Tensor | undefined, mode: Mode): Tensor {
    const n = cast(mul(noise.uniform([x.shape[0]]), count - 1), "int32");
    const [below, above] = [levelAt(n), levelAt(cast(add(cast(n, "float32"), 1), "int32"))];
    const noisy = add(x, mul(across(above.sigma, x), noise.normal(x.shape)));
    const target = consistent(descend(noisy, above, below, labels), below, inferenceMode(), labels);
    return distances[distance](consistent(noisy, above, mode, labels), stopGradient(target));
  }

  return {
    variables: [student, teacher].flatMap(({ network }) => [...network.parameters, ...network.statistics]),
    stages: oneStage({
      name: "student",
      parameters: student.network.parameters,
      objective(batch) {
        const [inputs, mode] = [inputsOf(batch), trainingMode()];
        return { inputs, loss: lossOf(inputs.x, forgotten(inputs.labels, classes), mode), metrics: {}, updates: mode.updates };
      },
    }),
    validation(batch) {
      const inputs = inputsOf(batch);
      return { inputs, outputs: { loss: lossOf(inputs.x, inputs.labels, inferenceMode()) } };
    },
    // A student that gives the same for all noise has no loss: the newest has learned from the teacher for longest.
    best: "newest",
    diffusion: {
      schedule,
      spacing: SPACING,
      denoise: (x, level, labels) => consistent(x, level, inferenceMode(), labels),
      // From the last of them it goes to the example.
      jumps: { sampler: "consistency", steps: 2, levels: (steps, spaced) => levelsOf(schedule, steps + 1, spaced).slice(0, -1) },
      ...(classes && toldClasses(classes)),
    },
    abilities: {
      denoiser(batch) {
        const [inputs, sigma, time] = [inputsOf(batch), input("sigma", [batch]), input("time", [batch])];
        return { inputs: { ...inputs, sigma, time }, outputs: { denoised: consistent(inputs.x, { sigma, time }, inferenceMode(), inputs.labels) } };
      },
    },
  };
}

type Teacher = z.output<typeof options>["teacher"];

const designs: Readonly<Record<Teacher["model"], (options: Teacher["options"], spec: DataSpec, name: string) => DiffusionDesign>> = {
  diffusion: (given, ...rest) => diffusionDesign(diffusion.options.parse(given), ...rest),
  edm: (given, ...rest) => edmDesign(edm.options.parse(given), ...rest),
  "flow-matching": (given, ...rest) => flowMatchingDesign(flowMatching.options.parse(given), ...rest),
};

export const consistency: Model<typeof options> = {
  name: "consistency",
  title: "Consistency model",
  summary: "Learns from a trained diffusion model to make examples in one step, or in a few.",
  paper: { authors: "Song, Dhariwal, Chen & Sutskever", title: "Consistency Models", year: 2023, url: "https://arxiv.org/abs/2303.01469" },
  options,
  accepts: { kinds: ["images"], range: [-1, 1] },
  lossLabel: "distance of neighbours",
  recipe: { optimizer: "adam", learningRate: 4e-4, averageDecay: 0.999, batchSize: 64, epochs: 10 },

  build({ teacher: { model, options: given }, ...settings }, spec) {
    const [teacher, student] = ["teacher", "denoiser"].map((name) => designs[model](given, spec, name));
    return consistencyModel({ teacher, student, ...settings });
  },
};

/** Is this the name of a model that can teach? */
export const teaches = (name: string): boolean => name in designs;

/** What a student begins with, by the names of its variables: the weights of its teacher, and the same for itself. */
export const beginningOf = <Values>(weights: ReadonlyMap<string, Values>): ReadonlyMap<string, Values> =>
  new Map([...weights].flatMap(([name, values]): [string, Values][] => [[name, values], [name.replace(/^denoiser/, "teacher"), values]]));
