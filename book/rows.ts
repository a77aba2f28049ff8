/** The chapter's experiments that Morphogen reproduces, with the book's own numbers beside them. */
import type { TrainingInput } from "../src/verbs/prepare.js";
import type { TrainRequest } from "../src/verbs/train.js";

type Validation = Readonly<Record<string, number>>;

/** A number that the author's published notebook prints, and ours of the same kind. */
export interface Comparison {
  readonly book: number;
  /** The book's value from our validation metrics. */
  readonly value: (validation: Validation) => number;
}

export interface Row extends Comparison {
  /** As in the book's table; a suffix marks a variation of ours. */
  readonly id: string;
  /** `--rows all-<family>` names all rows of a family. */
  readonly family: "autoencoders" | "autoencoders-plain";
  readonly title: string;
  readonly request: Omit<TrainRequest, "data" | "split" | "training"> & { readonly training: TrainingInput & { readonly epochs: number; readonly batchSize: number } };
  /** What the book also prints at the end of earlier stages, by the stage's name. */
  readonly stages?: Readonly<Record<string, Comparison>>;
}

const PIXELS = 28 * 28;

const nadam = { name: "nadam", learningRate: 1e-3 } as const;
const squaredError = ({ meanSquaredError }: Validation): number => meanSquaredError;
const layerError = ({ layerError }: Validation): number => layerError;

/** Models, epochs and optimizers as in the book, but for the second layer's learning rate in the greedy one: 5e-3 there. */
const autoencoders: readonly Omit<Row, "family">[] = [
  {
    id: "stacked",
    title: "Stacked autoencoder, dense 100-30",
    book: 0.0132,
    request: { model: "stacked", options: { hidden: [100], latentSize: 30 }, training: { epochs: 20, batchSize: 32, optimizer: nadam } },
    value: squaredError,
  },
  {
    id: "tied",
    title: "Tied autoencoder, dense 100-30",
    book: 0.0133,
    request: { model: "tied", options: { hidden: [100], latentSize: 30 }, training: { epochs: 10, batchSize: 32, optimizer: nadam } },
    value: squaredError,
  },
  {
    id: "greedy",
    title: "Greedy layer-wise autoencoder, dense 100-30, 10 epochs a layer (Nadam 5e-4, 1e-3) and 5 together",
    book: 0.0133,
    request: {
      model: "greedy",
      options: { hidden: [100], latentSize: 30, layerEpochs: [10], layerLearningRates: [5e-4, 1e-3] },
      training: { epochs: 5, batchSize: 32, optimizer: nadam },
    },
    value: squaredError,
    stages: { "layer-1": { book: 0.0089, value: layerError }, "layer-2": { book: 0.0516, value: layerError } },
  },
  {
    id: "convolutional",
    title: "Convolutional autoencoder, 16-32-64 and 30 codings",
    book: 0.0121,
    request: { model: "convolutional", options: { channels: [16, 32, 64], latentSize: 30, decoderChannels: [16, 32, 16] }, training: { epochs: 10, batchSize: 32, optimizer: nadam } },
    value: squaredError,
  },
  {
    id: "denoising-dropout",
    title: "Denoising autoencoder, dense 100-30, half of the pixels dropped",
    book: 0.0166,
    request: { model: "denoising", options: { corruption: "dropout", rate: 0.5, network: "dense", hidden: [100], latentSize: 30 }, training: { epochs: 10, batchSize: 32, optimizer: nadam } },
    value: squaredError,
  },
  {
    id: "recurrent",
    title: "Recurrent autoencoder, LSTM 100-30, rows as steps",
    book: 0.0104,
    request: { model: "recurrent", options: { hidden: [100], latentSize: 30 }, training: { epochs: 10, batchSize: 32, optimizer: nadam } },
    value: squaredError,
  },
  {
    id: "sparse-l1",
    title: "Sparse autoencoder, dense 100-300, l1",
    book: 0.0111,
    // Keras 2 divides an activity penalty by the batch size: its 1e-4 is of the sum over a sample, averaged over the batch, as ours.
    request: { model: "sparse", options: { hidden: [100], latentSize: 300, penalty: "l1", weight: 1e-4 }, training: { epochs: 10, batchSize: 32, optimizer: nadam } },
    value: ({ loss }) => loss,
  },
  {
    id: "sparse-kl",
    title: "Sparse autoencoder, dense 100-300, KL",
    book: 0.0099,
    // The mean activity is the batch's already: Keras 2's division by the batch size makes the weight 5e-3 / 32. Ours is validated on
    // batches of 500, of which the penalty is 2e-5; in training, on batches of 32 as the book's, it is 4e-5.
    request: { model: "sparse", options: { hidden: [100], latentSize: 300, penalty: "kl", weight: 5e-3 / 32, target: 0.1 }, training: { epochs: 10, batchSize: 32, optimizer: nadam } },
    value: ({ loss }) => loss,
  },
  {
    id: "hashing",
    title: "Hashing autoencoder, dense 100, noise 15, 16 bits",
    book: 0.0345,
    request: { model: "hashing", options: { hidden: [100], latentSize: 16, noise: 15 }, training: { epochs: 10, batchSize: 32, optimizer: { name: "nadam", learningRate: 5e-4 } } },
    value: squaredError,
  },
  {
    id: "variational",
    title: "Variational autoencoder, dense 150-100-10",
    book: 0.0311,
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

const averaged = (row: Omit<Row, "family">): Row => ({
  ...row,
  family: "autoencoders",
  title: `${row.title}, validated with averaged weights`,
  request: { ...row.request, training: { ...row.request.training, averageDecay: 0.999 } },
});

/** Géron, "Hands-On Machine Learning", 3rd edition, chapter 17; Fashion-MNIST's first 55,000 training images, the last 5,000 to validate. */
export const rows: readonly Row[] = [...autoencoders.map(averaged), ...autoencoders.map((row): Row => ({ ...row, family: "autoencoders-plain", id: `${row.id}-plain` }))];
