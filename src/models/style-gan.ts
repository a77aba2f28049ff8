/** StyleGAN2: Karras et al., "A Style-Based Generator Architecture for GANs" (2019) and "Analyzing and Improving the Image Quality of StyleGAN" (2020). */
import { z } from "zod";
import { UsageError } from "../errors.js";
import { inferenceMode, type Mode } from "../nn/module.js";
import { add, broadcastTo, cast, clip, concat, constant, greater, input, less, mean, mul, noise, reshape, slice, square, stopGradient, sub, variable, where, type Shape, type Tensor } from "../tensor/index.js";
import { adversarialModel, adversarialOptions } from "./adversarial.js";
import { pathLengths } from "./gradient-penalties.js";
import type { Model } from "./model.js";
import { mappingNetwork, styleDiscriminator, synthesisNetwork, type StyleDesign } from "./style-networks.js";

const options = z.strictObject({
  latentSize: z.int().min(1).max(4096).default(128).describe("number of codings, of z and of w"),
  mappingLayers: z.int().min(1).max(16).default(4).describe("dense layers from z to w"),
  channels: z.int().min(1).default(32).describe("channels at the image's own size; each halving of it doubles them"),
  mostChannels: z.int().min(1).default(128).describe("most channels that this may come to"),
  mixing: z.number().min(0).max(1).default(0.9).describe("share of examples made of two styles in training, one for the coarse layers, one for the fine ones"),
  pathLength: z.number().min(0).default(0).describe("weight of path length regularization; the paper's is 2, at about half again the time of a step"),
  ...adversarialOptions,
  penalty: adversarialOptions.penalty.unwrap().default("r1").describe("penalty on the discriminator's slope: R1 at real examples, or WGAN-GP's between real and made ones"),
  penaltyWeight: adversarialOptions.penaltyWeight.describe("its weight; 1 for R1 when left out"),
  penaltyEvery: adversarialOptions.penaltyEvery.describe("steps of the discriminator from one with the penalty, of so many times its weight, to the next (lazy regularization); 16 for R1 when left out, as the paper's"),
});

/** Share of the mean w that is kept from step to step, and of the mean path length. */
const [W_DECAY, LENGTH_DECAY] = [0.995, 0.99];

export const styleGan: Model<typeof options> = {
  name: "style-gan",
  title: "StyleGAN",
  summary: "A GAN whose codings become styles that scale what each layer of the generator makes, from the coarse to the fine.",
  paper: { authors: "Karras et al.", title: "Analyzing and Improving the Image Quality of StyleGAN", year: 2020, url: "https://arxiv.org/abs/1912.04958" },
  options,
  accepts: { kinds: ["images"], range: [-1, 1] },
  lossLabel: "losses of both networks",
  recipe: { optimizer: "adam", learningRate: 2e-3, beta1: 0, beta2: 0.99, averageDecay: 0.999, batchSize: 32, epochs: 20 },

  build({ latentSize, mappingLayers, channels, mostChannels, mixing, pathLength, ...training }, { shape }) {
    const design = { size: latentSize, mappingLayers, channels, mostChannels };
    const { images, mixture, ...generator } = styleGenerator(shape, design, { mixing, pathLength });
    const { penalty, penaltyWeight = 1, penaltyEvery = 16 } = training;
    const gamma = penalty === "r1" && { penaltyWeight, penaltyEvery };
    const model = adversarialModel({ shape, size: latentSize, generator, discriminator: styleDiscriminator(shape, design) }, { ...training, ...gamma });
    const truncate = (batch: number, psi = 0.7) => ({ outputs: { samples: images(noise.normal([batch, latentSize]), psi) } });
    const mix = (batch: number, crossover?: number) => {
      const pairs = input("pairs", [batch, 2, latentSize]);
      return { inputs: { pairs }, outputs: { images: mixture(pairs, crossover) } };
    };
    return { ...model, abilities: { ...model.abilities, truncate, mix } };
  },
};

function styleGenerator(shape: Shape, design: StyleDesign, { mixing, pathLength }: { readonly mixing: number; readonly pathLength: number }) {
  const { size } = design;
  const [mapping, synthesis] = [mappingNetwork(design), synthesisNetwork(shape, design)];
  const { styles } = synthesis;
  const meanStyle = variable("generator.meanStyle", [size]);
  const meanLength = variable("generator.meanLength", []);

  /** Images of z in [-1, 1]; w goes from its mean as far as psi says (truncation: Karras et al. 2019, appendix B). */
  function images(z: Tensor, psi: number): Tensor {
    const w = add(meanStyle, mul(psi, sub(mapping.apply(z, inferenceMode()), meanStyle)));
    return clip(synthesis.apply(everywhere(w), false), -1, 1);
  }

  /** The same w for all layers: [batch, styles, size]. */
  const everywhere = (w: Tensor): Tensor => broadcastTo(reshape(w, [w.shape[0], 1, size]), [w.shape[0], styles, size]);

  /** Images of pairs of z, the first of which makes the first `crossover` styles (Karras et al. 2019, figure 3). */
  function mixture(pairs: Tensor, crossover = Math.ceil(styles / 2)): Tensor {
    if (!(Number.isInteger(crossover) && crossover >= 1 && crossover < styles)) throw new UsageError(`Styles cannot be mixed from number ${crossover} on`, `Images of this model have ${styles} styles: use a whole number from 1 to ${styles - 1}.`);
    const [batch] = pairs.shape;
    const [coarse, fine] = [0, 1].map((which) => everywhere(mapping.apply(reshape(slice(pairs, [0, which, 0], [batch, which + 1, size]), [batch, size]), inferenceMode())));
    return clip(synthesis.apply(concat([slice(coarse, [0, 0, 0], [batch, crossover, size]), slice(fine, [0, crossover, 0], [batch, styles, size])], 1), false), -1, 1);
  }

  /** w of each layer in training: from some layer on, another draw's (mixing regularization, Karras et al. 2019, section 3.1). */
  function mixed(w: Tensor, mode: Mode): Tensor {
    if (mixing === 0) return everywhere(w);
    const [batch] = w.shape;
    const other = mapping.apply(noise.normal([batch, size]), mode);
    const crossover = add(1, mul(styles - 1, noise.uniform([batch, 1, 1])));
    const isMixed = less(noise.uniform([batch, 1, 1]), mixing);
    const layers = constant(Array.from({ length: styles }, (_, i) => i), [1, styles, 1]);
    const fine = mul(cast(greater(add(layers, 1), crossover), "float32"), cast(isMixed, "float32"));
    return where(greater(fine, 0), everywhere(other), everywhere(w));
  }

  /** (|J^T y| - a)^2 with a the mean of such lengths (Karras et al. 2020, equation 4), on half a batch, as theirs. */
  function lengthPenalty(batch: number, mode: Mode): Tensor {
    const w = mixed(mapping.apply(noise.normal([Math.ceil(batch / 2), size]), mode), mode);
    const lengths = pathLengths(synthesis.apply(w, true), w);
    const next = add(meanLength, mul(1 - LENGTH_DECAY, sub(mean(lengths), meanLength)));
    mode.updates.set(meanLength, next);
    return mul(pathLength, mean(square(sub(lengths, stopGradient(next)))));
  }

  return {
    images,
    mixture,
    parameters: [...mapping.parameters, ...synthesis.parameters],
    statistics: [...synthesis.statistics, meanStyle, meanLength],
    apply(z: Tensor, mode: Mode): Tensor {
      if (!mode.training) return images(z, 1);
      const w = mapping.apply(z, mode);
      mode.updates.set(meanStyle, add(meanStyle, mul(1 - W_DECAY, sub(mean(w, 0), meanStyle))));
      return synthesis.apply(mixed(w, mode), true);
    },
    ...(pathLength > 0 && { penalty: lengthPenalty }),
  };
}
