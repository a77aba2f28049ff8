/**
 * A hierarchical variational autoencoder: the ladder of Sønderby, Raiko, Maaløe, Sønderby & Winther, "Ladder Variational Autoencoders"
 * (2016). Codings stand on several levels, z_L -> ... -> z_1 -> x; inference goes up through the levels first and comes down with the
 * model, joining at each level what the example says to what the level above expects. Level 1 is the one next to the image.
 */
import { z } from "zod";
import { UsageError } from "../errors.js";
import { activations, Activation, Dense, klDivergenceNormals, sequential, type Module } from "../nn/index.js";
import { inferenceMode, trainingMode, type Mode } from "../nn/module.js";
import { add, broadcastTo, clip, div, exp, input, log, maximum, mean, mul, neg, noise, reshape, split, square, sub, sum, zeros, type Tensor, type Variable } from "../tensor/index.js";
import { collapseWarnings } from "./active-units.js";
import { annealing } from "./annealing.js";
import { logMeanExp, type Posterior } from "./latent.js";
import { oneStage, type Assessment, type Model } from "./model.js";
import { imageDecoder, imageEncoder } from "./networks.js";
import { observation, observationOptions } from "./observation.js";

const options = z.strictObject({
  latentSizes: z.array(z.int().min(1)).min(2).default([16, 8]).describe("number of codings of each level, the one next to the image first"),
  units: z.array(z.int().min(1)).default([128, 64]).describe("units of each level's hidden layer, as many as there are levels"),
  network: z.enum(["dense", "convolutional"]).default("convolutional").describe("kind of encoder and decoder below the first level"),
  hidden: z.array(z.int().min(1)).min(1).default([150]).describe("units of the dense encoder's layers; the decoder mirrors them"),
  channels: z.array(z.int().min(1)).min(1).default([32, 64]).describe("channels of the convolutional encoder's layers, each of stride 2; the decoder mirrors them"),
  activation: z.enum(["relu", "selu", "elu", "silu", "gelu", "tanh"]).default("relu").describe("activation of the hidden layers"),
  ...observationOptions,
  beta: z.number().min(0).default(1).describe("weight of the KL terms; 1 is the ELBO"),
  annealing: z.int().min(0).default(2000).describe("steps over which the weight of the KL terms rises in a line from 0 to beta (the paper's warm-up)"),
  freeBits: z.number().min(0).default(0).describe("nats of KL per coding that are not penalized (Kingma et al. 2016)"),
});

/** N(mean, exp(logVar)), both cut from one layer's output. Log-variances are kept where their exponentials are finite. */
function normalOf(output: Tensor): Posterior {
  const size = output.shape[1] / 2;
  const [mean, logVar] = split(output, [size, size], 1);
  return { mean, logVar: clip(logVar, -10, 10) };
}

/** The product of two normals, which weighs means by their precisions: how q(z_l|z_l+1, x) joins the level's own view of the example and p(z_l|z_l+1). */
function precisionWeighted(a: Posterior, b: Posterior): Posterior {
  const [p, q] = [exp(neg(a.logVar)), exp(neg(b.logVar))];
  const precision = add(p, q);
  return { mean: div(add(mul(a.mean, p), mul(b.mean, q)), precision), logVar: neg(log(precision)) };
}

/** log N(z; mean, exp(logVar)) - log N(z; prior), per example: [batch]. The constants cancel. */
function logRatio(z: Tensor, q: Posterior, prior: Posterior): Tensor {
  const exponent = ({ mean, logVar }: Posterior) => add(div(square(sub(z, mean)), exp(logVar)), logVar);
  return mul(0.5, sum(sub(exponent(prior), exponent(q)), 1));
}

/** Each example's row `samples` times, one after the other. */
function repeated(x: Tensor, samples: number): Tensor {
  const [batch, size] = x.shape;
  return samples === 1 ? x : reshape(broadcastTo(reshape(x, [batch, 1, size]), [batch, samples, size]), [batch * samples, size]);
}

/** A draw from each row's normal; the noise of an example's rows depends on the example's number alone. */
function draw({ mean, logVar }: Posterior, batch = mean.shape[0]): Tensor {
  const [rows, size] = mean.shape;
  const epsilon = reshape(noise.normal([batch, rows / batch, size]), [rows, size]);
  return add(mean, mul(exp(mul(0.5, logVar)), epsilon));
}

/** A coding whose KL term is above this, in nats, is active. */
const ACTIVE_KL = 0.01;

export const hierarchical: Model<typeof options> = {
  name: "hierarchical",
  title: "Hierarchical variational autoencoder (ladder)",
  summary: "A variational autoencoder with codings on several levels: the upper ones say what the lower ones should be like.",
  paper: { authors: "Sønderby, Raiko, Maaløe, Sønderby & Winther", title: "Ladder Variational Autoencoders", year: 2016, url: "https://arxiv.org/abs/1602.02282" },
  options,
  accepts: { kinds: ["images"], range: [0, 1] },
  lossLabel: "negative ELBO (nats per image)",
  recipe: { optimizer: "adam", learningRate: 1e-3, batchSize: 128, epochs: 10 },

  build(chosen, { shape }) {
    const { latentSizes, units, beta, freeBits } = chosen;
    if (units.length !== latentSizes.length) throw new UsageError(`hierarchical: units names ${units.length} levels, latentSizes ${latentSizes.length}`, "Give one number for each level to both.");
    const activation = activations[chosen.activation];
    const design = { network: chosen.network, hidden: chosen.hidden, channels: chosen.channels, activation };
    const top = latentSizes.length - 1;
    const likelihood = observation(chosen, shape);

    const modules: Module[] = [];
    const made = (module: Module): Module => (modules.push(module), module);
    const up = units.map((n, i) => made(i === 0 ? sequential(imageEncoder(n, design), Activation(activation))("up1", shape) : Dense(n, { activation })(`up${i + 1}`, [units[i - 1]])));
    const views = latentSizes.map((size, i) => made(Dense(2 * size)(`view${i + 1}`, [units[i]])));
    const down = latentSizes.slice(0, top).map((size, i) => made(sequential(Dense(units[i], { activation }), Dense(2 * size))(`down${i + 1}`, [latentSizes[i + 1]])));
    const decoder = made(imageDecoder("decoder", latentSizes[0], shape, design));
    const parameters = modules.flatMap((module) => module.parameters);
    const weight = annealing("annealing", chosen.annealing);

    /** p(z_i|z_i+1), and p(z_L) = N(0, I). */
    const priorOf = (level: number, above: Tensor | undefined, rows: number, mode: Mode): Posterior =>
      above ? normalOf(down[level].apply(above, mode)) : { mean: zeros([rows, latentSizes[level]]), logVar: zeros([rows, latentSizes[level]]) };
    /** Every level's prior, posterior and codings, from level 1 up; `samples` rows for each example. */
    function infer(x: Tensor, samples: number, mode: Mode, choose: (q: Posterior) => Tensor) {
      let hidden = x;
      const seen = views.map((view, i) => normalOf(view.apply((hidden = up[i].apply(hidden, mode)), mode)));
      const levels: { p: Posterior; q: Posterior; z: Tensor }[] = [];
      for (let i = top; i >= 0; i--) {
        const own = { mean: repeated(seen[i].mean, samples), logVar: repeated(seen[i].logVar, samples) };
        const p = priorOf(i, levels[0]?.z, own.mean.shape[0], mode);
        const q = i === top ? own : precisionWeighted(own, p);
        levels.unshift({ p, q, z: choose(q) });
      }
      return levels;
    }

    /** The negative ELBO's parts: the KL terms of all codings of each level, given the codings above. */
    function negativeElbo(examples: Tensor, klWeight: Tensor | number, mode: Mode) {
      const x = likelihood.observed(examples);
      const levels = infer(x, 1, mode, (q) => draw(q));
      const output = decoder.apply(levels[0].z, mode);
      const reconstruction = mean(likelihood.negativeLogLikelihood(x, output));
      const klPerCoding = levels.map(({ p, q }) => mean(klDivergenceNormals(q.mean, q.logVar, p.mean, p.logVar), 0));
      const penalty = klPerCoding.map((kl) => sum(maximum(kl, freeBits))).reduce(add);
      const kl = Object.fromEntries(klPerCoding.map((values, i) => [`kl${i + 1}`, sum(values)]));
      const details = Object.fromEntries(klPerCoding.map((values, i) => [`klPerCoding${i + 1}`, values]));
      return { x, output, loss: add(reconstruction, mul(klWeight, penalty)), metrics: { reconstruction, ...kl }, details };
    }

    function assess(means: Readonly<Record<string, Float64Array>>): Assessment {
      const levels = latentSizes.map((_, i) => Array.from(means[`klPerCoding${i + 1}`]));
      const active = levels.map((kl) => kl.filter((nats) => nats > ACTIVE_KL).length);
      return {
        metrics: Object.fromEntries(active.map((n, i) => [`activeUnits${i + 1}`, n])),
        details: Object.fromEntries(levels.map((kl, i) => [`klPerCoding${i + 1}`, kl])),
        warnings: active.flatMap((n, i) => collapseWarnings(n, latentSizes[i], `codings of level ${i + 1}`)),
      };
    }

    const exampleBatch = (batch: number) => input("x", [batch, ...shape]);
    const likeliest = (q: Posterior): Tensor => q.mean;

    return {
      variables: [...parameters, ...weight.variables],
      stages: oneStage({
        name: "autoencoder",
        parameters,
        objective(batch) {
          const [x, mode] = [exampleBatch(batch), trainingMode()];
          const { loss, metrics } = negativeElbo(x, mul(beta, weight.value), mode);
          return { inputs: { x }, loss, metrics, updates: new Map<Variable, Tensor>([...mode.updates, ...weight.updates]) };
        },
      }),
      validation(batch) {
        const examples = exampleBatch(batch);
        const { x, output, loss, metrics, details } = negativeElbo(examples, beta, inferenceMode());
        return { inputs: { x: examples }, outputs: { loss, ...metrics, meanSquaredError: mean(square(sub(likelihood.mean(output), x))), ...details } };
      },
      assess,
      abilities: {
        reconstruct(batch) {
          const [x, mode] = [exampleBatch(batch), inferenceMode()];
          const [{ z }] = infer(likelihood.likeliest(x), 1, mode, likeliest);
          return { inputs: { x }, outputs: { reconstruction: likelihood.images(decoder.apply(z, mode)) } };
        },
        // Level 1 alone decides the image; the levels above decide which codings of it are likely.
        encode(batch) {
          const x = exampleBatch(batch);
          const [{ z }] = infer(likelihood.likeliest(x), 1, inferenceMode(), likeliest);
          return { inputs: { x }, outputs: { codings: z } };
        },
        decode(batch) {
          const codings = input("codings", [batch, latentSizes[0]]);
          return { inputs: { codings }, outputs: { images: likelihood.images(decoder.apply(codings, inferenceMode())) } };
        },
        sample(batch) {
          const mode = inferenceMode();
          let z = noise.normal([batch, latentSizes[top]]);
          for (let i = top - 1; i >= 0; i--) z = draw(priorOf(i, z, batch, mode));
          return { outputs: { samples: likelihood.images(decoder.apply(z, mode)) } };
        },
        logLikelihood(batch, samples = 50) {
          const [x, mode] = [exampleBatch(batch), inferenceMode()];
          const levels = infer(x, samples, mode, (q) => draw(q, batch));
          const logRatios = levels.map(({ p, q, z }) => logRatio(z, q, p)).reduce(add);
          const nats = likelihood.negativeLogLikelihood(x, decoder.apply(levels[0].z, mode));
          return { inputs: { x }, outputs: { logLikelihood: logMeanExp(neg(add(nats, reshape(logRatios, [batch, samples])))) } };
        },
        ...(likelihood.binary && {
          binarize(batch: number) {
            const x = exampleBatch(batch);
            return { inputs: { x }, outputs: { binarized: likelihood.observed(x) } };
          },
        }),
      },
    };
  },
};
