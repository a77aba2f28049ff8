/** The chapter's experiments that Morphogen reproduces, with the book's own numbers beside them. */
import type { TrainingInput } from "../src/verbs/prepare.js";
import type { TrainRequest } from "../src/verbs/train.js";

type Validation = Readonly<Record<string, number>>;

/** A number that the author's published notebook prints, and ours of the same kind. */
export interface Comparison {
  readonly book: number;
  /** The book's value from our validation metrics. */
  readonly value: (validation: Validation) => number;
  /** Values in a coding: exact PCA with as many is the baseline. Left out where the error is not of pixels. */
  readonly codings?: number;
}

export interface Row extends Comparison {
  /** As in the book's table; a suffix marks a variation of ours. */
  readonly id: string;
  /** `--rows all-<family>` names all rows of a family, and `--rows all` all there are. */
  readonly family: "autoencoders" | "autoencoders-plain" | "diffusion";
  readonly title: string;
  readonly request: Omit<TrainRequest, "data" | "split" | "training"> & { readonly training: TrainingInput & { readonly epochs: number; readonly batchSize: number } };
  /** What the book also prints at the end of earlier stages, by the stage's name. */
  readonly stages?: Readonly<Record<string, Comparison>>;
}

const PIXELS = 28 * 28;

const nadam = { name: "nadam", learningRate: 1e-3 } as const;
const squaredError = ({ meanSquaredError }: Validation): number => meanSquaredError;
const layerError = ({ layerError }: Validation): number => layerError;

/** One of the book's experiments as it stands there, and what we do otherwise to come below its value. */
interface Experiment extends Omit<Row, "family"> {
  readonly codings: number;
  readonly ours?: {
    /** Said in the title. */
    readonly change: string;
    readonly options?: Readonly<Record<string, unknown>>;
    readonly optimizer?: { readonly learningRate: number };
  };
}

/** Models, epochs, batches and optimizers as in the book. Ours all have averaged weights besides. */
const autoencoders: readonly Experiment[] = [
  {
    id: "stacked",
    title: "Stacked autoencoder, dense 100-30",
    book: 0.0132,
    codings: 30,
    request: { model: "stacked", options: { hidden: [100], latentSize: 30 }, training: { epochs: 20, batchSize: 32, optimizer: nadam } },
    value: squaredError,
  },
  {
    id: "tied",
    title: "Tied autoencoder, dense 100-30",
    book: 0.0133,
    codings: 30,
    request: { model: "tied", options: { hidden: [100], latentSize: 30 }, training: { epochs: 10, batchSize: 32, optimizer: nadam } },
    value: squaredError,
    ours: { change: "biases of the codings from 0.5", options: { codingBias: 0.5 } },
  },
  {
    id: "greedy",
    title: "Greedy layer-wise autoencoder, dense 100-30, 10 epochs a layer and 5 together",
    book: 0.0133,
    codings: 30,
    request: {
      model: "greedy",
      options: { hidden: [100], latentSize: 30, layerEpochs: [10], layerLearningRates: [5e-4, 5e-3] },
      training: { epochs: 5, batchSize: 32, optimizer: nadam },
    },
    value: squaredError,
    stages: { "layer-1": { book: 0.0089, value: layerError, codings: 100 }, "layer-2": { book: 0.0516, value: layerError } },
    ours: { change: "second layer's Nadam 1e-3 instead of 5e-3, biases of the codings from 1", options: { layerLearningRates: [5e-4, 1e-3], codingBias: 1 } },
  },
  {
    id: "convolutional",
    title: "Convolutional autoencoder, 16-32-64 and 30 codings",
    book: 0.0121,
    codings: 30,
    request: { model: "convolutional", options: { channels: [16, 32, 64], latentSize: 30, decoderChannels: [16, 32, 16] }, training: { epochs: 10, batchSize: 32, optimizer: nadam } },
    value: squaredError,
    ours: { change: "Nadam 2e-3 instead of 1e-3", optimizer: { learningRate: 2e-3 } },
  },
  {
    id: "denoising-dropout",
    title: "Denoising autoencoder, dense 100-30, half of the pixels dropped",
    book: 0.0166,
    codings: 30,
    request: { model: "denoising", options: { corruption: "dropout", rate: 0.5, network: "dense", hidden: [100], latentSize: 30 }, training: { epochs: 10, batchSize: 32, optimizer: nadam } },
    value: squaredError,
    ours: { change: "biases of the codings from 1", options: { codingBias: 1 } },
  },
  {
    id: "recurrent",
    title: "Recurrent autoencoder, LSTM 100-30, rows as steps",
    book: 0.0104,
    codings: 30,
    request: { model: "recurrent", options: { hidden: [100], latentSize: 30 }, training: { epochs: 10, batchSize: 32, optimizer: nadam } },
    value: squaredError,
  },
  {
    id: "sparse-l1",
    title: "Sparse autoencoder, dense 100-300, l1",
    book: 0.0111,
    codings: 300,
    // Keras 2 divides an activity penalty by the batch size: its 1e-4 is of the sum over a sample, averaged over the batch, as ours.
    request: { model: "sparse", options: { hidden: [100], latentSize: 300, penalty: "l1", weight: 1e-4 }, training: { epochs: 10, batchSize: 32, optimizer: nadam } },
    value: ({ loss }) => loss,
  },
  {
    id: "sparse-kl",
    title: "Sparse autoencoder, dense 100-300, KL",
    book: 0.0099,
    codings: 300,
    // The mean activity is the batch's already: Keras 2's division by the batch size makes the weight 5e-3 / 32. Ours is validated on
    // batches of 500, of which the penalty is 2e-5; in training, on batches of 32 as the book's, it is 4e-5.
    request: { model: "sparse", options: { hidden: [100], latentSize: 300, penalty: "kl", weight: 5e-3 / 32, target: 0.1 }, training: { epochs: 10, batchSize: 32, optimizer: nadam } },
    value: ({ loss }) => loss,
  },
  {
    id: "hashing",
    title: "Hashing autoencoder, dense 100, noise 15, 16 bits",
    book: 0.0345,
    codings: 16,
    request: { model: "hashing", options: { hidden: [100], latentSize: 16, noise: 15 }, training: { epochs: 10, batchSize: 32, optimizer: { name: "nadam", learningRate: 5e-4 } } },
    value: squaredError,
    ours: { change: "Nadam 3e-3 instead of 5e-4", optimizer: { learningRate: 3e-3 } },
  },
  {
    id: "variational",
    title: "Variational autoencoder, dense 150-100-10",
    book: 0.0311,
    codings: 10,
    request: {
      model: "variational",
      // Squared error + KL in nats is the book's MSE + KL / 784, times 784.
      options: { network: "dense", hidden: [150, 100], latentSize: 10, likelihood: "gaussian", variance: 0.5 },
      // The loss, and so its gradient, is 784 times the book's: epsilon is scaled with it, so that the steps are the same.
      training: { epochs: 25, batchSize: 128, optimizer: { ...nadam, epsilon: PIXELS * 1e-7 } },
    },
    value: ({ meanSquaredError, kl }) => meanSquaredError + kl / PIXELS,
  },
];

const asInTheBook = ({ ours: _, ...row }: Experiment): Row => ({ ...row, family: "autoencoders-plain", id: `${row.id}-plain` });

function asOurs({ ours, ...row }: Experiment): Row {
  const { options, training } = row.request;
  return {
    ...row,
    family: "autoencoders",
    title: [row.title, "validated with averaged weights", ...(ours ? [ours.change] : [])].join("; "),
    request: { ...row.request, options: { ...options, ...ours?.options }, training: { ...training, optimizer: { ...training.optimizer, ...ours?.optimizer }, averageDecay: 0.999 } },
  };
}

/** The book's schedule, loss and data; network, optimizer and epochs are ours, chosen for a tenth of the book's training time. */
const diffusion: Row = {
  id: "diffusion",
  family: "diffusion",
  title: "Diffusion model of 4,000 steps, cosine schedule; U-Net 24-48-96, averaged weights",
  book: 0.0379,
  request: {
    model: "diffusion",
    options: { steps: 4000, schedule: "cosine", prediction: "noise", loss: "huber", channels: [24, 48, 96], blocks: 1 },
    training: { epochs: 4, batchSize: 32, averageDecay: 0.999, optimizer: { name: "adam", learningRate: 1e-3, schedule: { kind: "cosine", warmUpSteps: 100 } } },
  },
  value: ({ loss }) => loss,
};

/** Géron, "Hands-On Machine Learning", 3rd edition, chapter 17; Fashion-MNIST's first 55,000 training images, the last 5,000 to validate. */
export const rows: readonly Row[] = [...autoencoders.map(asOurs), ...autoencoders.map(asInTheBook), diffusion];
