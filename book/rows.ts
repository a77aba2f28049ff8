/** The chapter's experiments that Morphogen reproduces, with the book's own numbers beside them. */
import type { TrainingInput } from "../src/verbs/prepare.js";
import type { TrainRequest } from "../src/verbs/train.js";

export interface Row {
  /** As in the book's table; a suffix marks a variation of ours. */
  readonly id: string;
  readonly title: string;
  /** Validation value that the author's published notebook prints after the last epoch. */
  readonly book: number;
  readonly request: Omit<TrainRequest, "data" | "split" | "training"> & { readonly training: TrainingInput & { readonly epochs: number; readonly batchSize: number } };
  /** The book's validation value from our validation metrics. */
  readonly value: (validation: Readonly<Record<string, number>>) => number;
}

const PIXELS = 28 * 28;

/** The book's model, optimizer and 25 epochs. */
const variationalPlain: Row = {
  id: "variational-plain",
  title: "Variational autoencoder, dense 150-100-10",
  book: 0.0311,
  request: {
    model: "variational",
    // Squared error + KL in nats is the book's MSE + KL / 784, times 784.
    options: { network: "dense", hidden: [150, 100], latentSize: 10, likelihood: "gaussian", variance: 0.5 },
    // The loss, and so its gradient, is 784 times the book's: epsilon is scaled with it, so that the steps are the same.
    training: { epochs: 25, batchSize: 128, optimizer: { name: "nadam", learningRate: 1e-3, epsilon: PIXELS * 1e-7 } },
  },
  value: ({ meanSquaredError, kl }) => meanSquaredError + kl / PIXELS,
};

/** Géron, "Hands-On Machine Learning", 3rd edition, chapter 17; Fashion-MNIST's first 55,000 training images, the last 5,000 to validate. */
export const rows: readonly Row[] = [
  {
    ...variationalPlain,
    id: "variational",
    title: "Variational autoencoder, dense 150-100-10, validated with averaged weights",
    request: { ...variationalPlain.request, training: { ...variationalPlain.request.training, averageDecay: 0.999 } },
  },
  variationalPlain,
];
