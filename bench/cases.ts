/** The benchmark's training steps: the same networks, batch sizes and optimizers on every engine and for every peer. */
import { variational } from "../src/models/variational.js";
import { Dense, sequential, trainingMode, type Module } from "../src/nn/index.js";
import { adam, nadam } from "../src/optimizers/index.js";
import { input, mean, relu, square, sub, type Data, type Program, type Variable } from "../src/tensor/index.js";
import { dcgan } from "./dcgan.js";
import { unetStep } from "./unet.js";

export interface Case {
  /** What is trained. */
  readonly parameters: readonly Variable[];
  /** The programs of one training step, which are run in turn, and what each is given every time. */
  readonly programs: readonly { readonly program: Program<string, "loss">; readonly feeds: Readonly<Record<string, Data>> }[];
}

/** Numbers in [0, 1) that are the same in every run. */
const numbers = (count: number): Float32Array => Float32Array.from({ length: count }, (_, i) => (Math.imul(i, 2654435761) >>> 8) / 2 ** 24);

/** 784-100-30-100-784, relu. */
export const mlpNetwork = (): Module =>
  sequential(Dense(100, { activation: relu }), Dense(30, { activation: relu }), Dense(100, { activation: relu }), Dense(784))("autoencoder", [784]);

/** That network, mean squared error, Nadam. */
function mlpAutoencoder(batch: number): Case {
  const network = mlpNetwork();
  const x = input("x", [batch, 784]);
  const loss = mean(square(sub(network.apply(x, trainingMode()), x)));
  const updates = nadam().minimize(loss, network.parameters);
  return { parameters: network.parameters, programs: [{ program: { inputs: { x }, outputs: { loss }, updates }, feeds: { x: numbers(batch * 784) } }] };
}

/** Convolutions 32 and 64 of stride 2, 16 codings, mirrored decoder, Bernoulli likelihood, Adam. */
function convolutionalVae(batch: number): Case {
  const model = variational.build(variational.options.parse({ network: "convolutional", latentSize: 16, channels: [32, 64] }), { kind: "images", shape: [1, 28, 28] });
  const [{ phases: [phase] }] = model.stages;
  const { inputs, loss } = phase.objective(batch);
  const updates = adam().minimize(loss, phase.parameters);
  return { parameters: phase.parameters, programs: [{ program: { inputs, outputs: { loss }, updates }, feeds: { x: numbers(batch * 784) } }] };
}

/** The discriminator on made and real images, then the generator; BatchNorm, Dropout, RMSprop. */
export function deepConvolutionalGan(batch: number): Case {
  const { generator, discriminator, discriminatorStep, generatorStep } = dcgan(batch);
  return {
    parameters: [...generator.parameters, ...discriminator.parameters],
    programs: [
      { program: discriminatorStep, feeds: { real: numbers(batch * 784).map((u) => 2 * u - 1) } },
      { program: generatorStep, feeds: {} },
    ],
  };
}

/** Widths 32, 64 and 128, two residual blocks a level, attention at 7 x 7, mean squared error, AdamW. */
export function diffusionUnet(batch: number): Case {
  const { network, step } = unetStep(batch);
  return { parameters: network.parameters, programs: [{ program: step, feeds: { x: numbers(batch * 784), t: numbers(batch).map((u) => 1000 * u) } }] };
}

export interface NamedCase {
  readonly build: () => Case;
  /** Steps that are timed, the same number for everyone; steps of less than a millisecond need more of them for a steady median. */
  readonly runs: number;
}

export const cases: Readonly<Record<string, NamedCase>> = {
  "mlp-ae-32": { build: () => mlpAutoencoder(32), runs: 400 },
  "mlp-ae-128": { build: () => mlpAutoencoder(128), runs: 400 },
  "conv-vae-128": { build: () => convolutionalVae(128), runs: 40 },
  "dcgan-32": { build: () => deepConvolutionalGan(32), runs: 40 },
  "unet-32": { build: () => diffusionUnet(32), runs: 10 },
};
