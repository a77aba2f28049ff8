/** The two networks of the dense and the convolutional GANs, with or without class labels. */
import { z } from "zod";
import {
  activations, BatchNorm, Conv2d, ConvTranspose2d, Dense, Dropout, Flatten, glorotUniform, heNormal, MinibatchDiscrimination, MinibatchStandardDeviation,
  randomNormal, Reshape, sequential, type Layer, type Module,
} from "../nn/index.js";
import { add, broadcastTo, concat, leakyRelu, oneHot, reshape, sizeOf, slice, sum, mul, type Shape, type Tensor } from "../tensor/index.js";
import type { Adversaries } from "./adversarial.js";

/** Options of the networks of every GAN. */
export const adversaryOptions = {
  latentSize: z.int().min(1).max(4096).default(100).describe("number of codings"),
  spectral: z.boolean().default(false).describe("divide the discriminator's kernels by their largest singular value (spectral normalization, Miyato et al. 2018)"),
  minibatch: z.enum(["none", "discrimination", "standard-deviation"]).default("none").describe("tell the discriminator how alike the examples of a batch are (Salimans et al. 2016; Karras et al. 2018)"),
};

/** Layers of either kind. */
export interface Design {
  readonly network: "dense" | "convolutional";
  /** Units of the dense generator's layers; the discriminator mirrors them. */
  readonly hidden: readonly number[];
  /** Channels of the discriminator's convolutions, each of stride 2; the generator mirrors them. */
  readonly channels: readonly number[];
  /** Whose convolutional networks: dropout in the discriminator (Géron), or batch normalization in both and N(0, 0.02) weights (Radford et al. 2016). */
  readonly style: "book" | "paper";
  readonly spectral: boolean;
  readonly minibatch: "none" | "discrimination" | "standard-deviation";
}

/** How a discriminator is told the class: beside its input, by its product with the features (Miyato & Koyama 2018), or as what it must tell itself (Odena et al. 2017). */
export type Conditioning = "concatenated" | "projection" | "auxiliary";

const slopes = (x: Tensor): Tensor => leakyRelu(x, 0.2);
const window = { kernelSize: 5, stride: 2, padding: "same" } as const;

/** One-hot classes [batch, classes] beside the codings [batch, size]. */
const beside = (x: Tensor, labels: Tensor | undefined, classes: number | undefined): Tensor => (labels && classes !== undefined ? concat([x, oneHot(labels, classes)], 1) : x);

/** Codings [batch, size] -> examples [batch, ...shape], through `last`. */
export function generatorOf(shape: Shape, size: number, last: (x: Tensor) => Tensor, design: Design, classes?: number): Adversaries["generator"] {
  const layers = design.network === "dense" ? denseGenerator(shape, last, design) : convolutionalGenerator(shape, last, design);
  const module = layers("generator", [size + (classes ?? 0)]);
  const whole = shape.map(() => 0);
  return {
    parameters: module.parameters,
    statistics: module.statistics,
    // Sizes that do not halve overshoot by a few pixels on the way back.
    apply: (codings, mode, labels) => slice(module.apply(beside(codings, labels, classes), mode), [0, ...whole], [codings.shape[0], ...shape]),
  };
}

const denseGenerator = (shape: Shape, last: (x: Tensor) => Tensor, { hidden }: Design): Layer =>
  sequential(...hidden.map((units) => Dense(units, { activation: activations.relu, kernelInitializer: heNormal })), Dense(sizeOf(shape), { activation: last }), Reshape(shape));

function convolutionalGenerator([channels, height, width]: Shape, last: (x: Tensor) => Tensor, design: Design): Layer {
  const paper = design.style === "paper";
  const initial = { kernelInitializer: paper ? randomNormal(0, 0.02) : glorotUniform };
  const small = (side: number): number => design.channels.reduce((n) => Math.ceil(n / 2), side);
  const [first, ...inner] = [...design.channels].reverse();
  const start = [first, small(height), small(width)];
  // The paper rectifies what is normalized, the book normalizes what is rectified.
  const grown = inner.flatMap((filters) =>
    paper
      ? [ConvTranspose2d(filters, { ...window, ...initial }), BatchNorm({ momentum: 0.9, epsilon: 1e-5 }), rectified]
      : [ConvTranspose2d(filters, { ...window, activation: activations.relu }), BatchNorm()],
  );
  return sequential(
    Dense(sizeOf(start), initial), Reshape(start), ...(paper ? [BatchNorm({ momentum: 0.9, epsilon: 1e-5 }), rectified] : [BatchNorm()]),
    ...grown, ConvTranspose2d(channels, { ...window, ...initial, activation: last }),
  );
}

const rectified: Layer = (_name, inputShape) => ({ parameters: [], statistics: [], outputShape: inputShape, apply: (x) => activations.relu(x) });
const leaky: Layer = (_name, inputShape) => ({ parameters: [], statistics: [], outputShape: inputShape, apply: slopes });

/** Examples [batch, ...shape] -> features [batch, n]. */
function featuresOf({ network, hidden, channels, style, spectral, minibatch }: Design): Layer {
  const paper = style === "paper";
  const batchwise = { none: [], discrimination: [MinibatchDiscrimination(32, 8)], "standard-deviation": [MinibatchStandardDeviation()] }[minibatch];
  if (network === "dense") return sequential(Flatten(), ...[...hidden].reverse().map((units) => Dense(units, { activation: activations.relu, kernelInitializer: heNormal, spectral })), ...batchwise);
  const shrunk = channels.flatMap((filters, i) => {
    const initial = { ...window, spectral, kernelInitializer: paper ? randomNormal(0, 0.02) : glorotUniform };
    if (!paper) return [Conv2d(filters, { ...initial, activation: slopes }), Dropout(0.4)];
    // Not at the input (Radford et al. 2016, section 3), and not where the kernels are normalized.
    return i === 0 || spectral ? [Conv2d(filters, { ...initial, activation: slopes })] : [Conv2d(filters, initial), BatchNorm({ momentum: 0.9, epsilon: 1e-5 }), leaky];
  });
  return sequential(...shrunk, Flatten(), ...batchwise);
}

/** Examples [batch, ...shape] -> logits [batch, 1], and class logits of an auxiliary classifier. */
export function discriminatorOf(shape: Shape, design: Design, condition?: { readonly classes: number; readonly kind: Conditioning }): Adversaries["discriminator"] {
  const { classes = 0, kind } = condition ?? {};
  const dense = design.network === "dense";
  const told = kind === "concatenated" ? classes : 0;
  const features = featuresOf(design)("discriminator", dense ? [sizeOf(shape) + told] : [shape[0] + told, ...shape.slice(1)]);
  const { spectral } = design;
  const head = Dense(1, { spectral })("discriminator.head", features.outputShape);
  const embedding = kind === "projection" ? Dense(features.outputShape[0], { useBias: false, spectral })("discriminator.embedding", [classes]) : undefined;
  const classifier = kind === "auxiliary" ? Dense(classes)("discriminator.classes", features.outputShape) : undefined;
  const modules = [features, head, embedding, classifier].filter((module): module is Module => module !== undefined);

  /** The example with the class beside it: more features, or maps that are 1 everywhere for the class and 0 for all others. */
  function withClass(x: Tensor, labels: Tensor | undefined): Tensor {
    const batch = x.shape[0];
    const given = dense ? reshape(x, [batch, sizeOf(shape)]) : x;
    if (kind !== "concatenated" || !labels) return given;
    return dense ? beside(given, labels, classes) : concat([given, broadcastTo(reshape(oneHot(labels, classes), [batch, classes, 1, 1]), [batch, classes, ...shape.slice(1)])], 1);
  }

  return {
    parameters: modules.flatMap(({ parameters }) => parameters),
    statistics: modules.flatMap(({ statistics }) => statistics),
    apply(x, mode, labels) {
      const known = features.apply(withClass(x, labels), mode);
      const logits = head.apply(known, mode);
      return {
        logits: embedding && labels ? add(logits, sum(mul(known, embedding.apply(oneHot(labels, classes), mode)), 1, true)) : logits,
        ...(classifier && { classLogits: classifier.apply(known, mode) }),
      };
    },
  };
}
