/** The benchmark's training steps: the same networks, batch sizes and optimizers on every engine and for every peer. */
import { variational } from "../src/models/variational.js";
import { Dense, sequential, trainingMode, type Module } from "../src/nn/index.js";
import { adam, nadam } from "../src/optimizers/index.js";
import { input, mean, relu, square, sub, type Data, type Program } from "../src/tensor/index.js";

export interface Case {
  readonly name: string;
  readonly program: Program<"x", "loss">;
  readonly feeds: Readonly<Record<"x", Data>>;
}

/** Pixels in [0, 1) that are the same in every run. */
const pixels = (count: number): Float32Array => Float32Array.from({ length: count }, (_, i) => (Math.imul(i, 2654435761) >>> 8) / 2 ** 24);

/** 784-100-30-100-784, relu. */
export const mlpNetwork = (): Module =>
  sequential(Dense(100, { activation: relu }), Dense(30, { activation: relu }), Dense(100, { activation: relu }), Dense(784))("autoencoder", [784]);

/** That network, mean squared error, Nadam. */
function mlpAutoencoder(batch: number): Case {
  const network = mlpNetwork();
  const x = input("x", [batch, 784]);
  const loss = mean(square(sub(network.apply(x, trainingMode()), x)));
  return { name: `mlp-ae-${batch}`, program: { inputs: { x }, outputs: { loss }, updates: nadam().minimize(loss, network.parameters) }, feeds: { x: pixels(batch * 784) } };
}

/** Convolutions 32 and 64 of stride 2, 16 codings, mirrored decoder, Bernoulli likelihood, Adam. */
function convolutionalVae(batch: number): Case {
  const model = variational.build(variational.options.parse({ network: "convolutional", latentSize: 16, channels: [32, 64] }), { kind: "images", shape: [1, 28, 28] });
  const { inputs, loss } = model.phases[0].objective(batch);
  return {
    name: `conv-vae-${batch}`,
    program: { inputs: { x: inputs.x }, outputs: { loss }, updates: adam().minimize(loss, model.phases[0].parameters) },
    feeds: { x: pixels(batch * 784) },
  };
}

export const cases: Readonly<Record<string, () => Case>> = {
  "mlp-ae-32": () => mlpAutoencoder(32),
  "mlp-ae-128": () => mlpAutoencoder(128),
  "conv-vae-128": () => convolutionalVae(128),
};
