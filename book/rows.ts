/** The chapter's experiments that Morphogen reproduces, with the book's own numbers beside them. */
import type { TrainRequest } from "../src/verbs/train.js";

export interface Row {
  /** As in the book's table. */
  readonly id: string;
  readonly title: string;
  /** Validation value that the author's published notebook prints after the last epoch. */
  readonly book: number;
  readonly request: Omit<TrainRequest, "data" | "split">;
  /** The book's validation value from our validation metrics. */
  readonly value: (validation: Readonly<Record<string, number>>) => number;
}

const PIXELS = 28 * 28;

/** Géron, "Hands-On Machine Learning", 3rd edition, chapter 17; Fashion-MNIST's first 55,000 training images, the last 5,000 to validate. */
export const rows: readonly Row[] = [
  {
    id: "variational",
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
  },
];
