/** The generative models that are compared, each with its default options but for what its name says. */
import type { TrainRequest } from "../src/verbs/train.js";
import type { TrainingInput } from "../src/verbs/prepare.js";

export interface Row {
  readonly id: string;
  readonly title: string;
  readonly model: string;
  readonly options?: TrainRequest["options"];
  /** Epochs are those of --epochs where it has none. */
  readonly training?: TrainingInput;
}

export const rows: readonly Row[] = [
  { id: "boltzmann", title: "restricted Boltzmann machine", model: "boltzmann" },
  { id: "variational", title: "variational autoencoder", model: "variational", options: { network: "convolutional" } },
  { id: "vector-quantized", title: "VQ-VAE with a prior of its codes", model: "vector-quantized" },
  { id: "gan", title: "GAN, dense", model: "gan" },
  { id: "dcgan", title: "DCGAN", model: "dcgan" },
  {
    id: "wgan-gp",
    title: "DCGAN with WGAN-GP",
    model: "dcgan",
    options: { loss: "wasserstein", penalty: "gradient", criticSteps: 3 },
    // As Gulrajani et al. 2017, algorithm 1, but twice the rate and three steps of the critic instead of five: ten epochs are few.
    training: { optimizer: { name: "adam", learningRate: 2e-4, beta1: 0, beta2: 0.9 } },
  },
  { id: "r1", title: "DCGAN with R1", model: "dcgan", options: { penalty: "r1" } },
  { id: "conditional-gan", title: "conditional GAN", model: "conditional-gan" },
  { id: "style-gan", title: "StyleGAN", model: "style-gan", training: { epochs: 4 } },
  {
    id: "edm",
    title: "diffusion (EDM), conditional",
    model: "edm",
    // What a class looks like is decided at much noise, which the paper's distribution (-1.2, 1.2) leaves to one example in twenty. The network is as small as half an hour needs.
    options: { conditional: true, channels: [24, 48, 96], blocks: 1, logSigmaMean: -0.4, logSigmaDeviation: 1.3 },
    training: { epochs: 6, batchSize: 32, optimizer: { name: "adam", learningRate: 2e-3, schedule: { kind: "cosine", warmUpSteps: 100 } } },
  },
];
