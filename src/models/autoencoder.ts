/** What deterministic autoencoders share: squared error, its validation, and their abilities. */
import { meanSquaredError } from "../nn/index.js";
import { inferenceMode, trainingMode, type Mode } from "../nn/module.js";
import { add, clip, input, type Shape, type Tensor, type Variable } from "../tensor/index.js";
import { oneStage, type BuiltModel } from "./model.js";

export interface Autoencoder {
  /** Shape of one example. */
  readonly shape: Shape;
  /** Number of values in a coding. */
  readonly size: number;
  readonly parameters: readonly Variable[];
  readonly statistics?: readonly Variable[];
  /** x [batch, ...shape] -> codings [batch, size]. */
  readonly encode: (x: Tensor, mode: Mode) => Tensor;
  /** codings [batch, size] -> [batch, ...shape], not limited to the range of pixels. */
  readonly decode: (codings: Tensor, mode: Mode) => Tensor;
  /** What is added to the squared error, and what is logged of it; from the codings of the batch. */
  readonly penalty?: (codings: Tensor, x: Tensor) => { readonly penalty: Tensor; readonly metrics?: Readonly<Record<string, Tensor>> };
}

/** Mean of the squared error over all values of the batch, plus the penalty where there is one. */
export function reconstructionLoss({ encode, decode, penalty }: Autoencoder, x: Tensor, mode: Mode) {
  const codings = encode(x, mode);
  const squaredError = meanSquaredError(decode(codings, mode), x);
  if (!penalty) return { loss: squaredError, meanSquaredError: squaredError, metrics: {} };
  const added = penalty(codings, x);
  return { loss: add(squaredError, added.penalty), meanSquaredError: squaredError, metrics: { penalty: added.penalty, ...added.metrics } };
}

/** The objective of training an autoencoder on a batch. */
export function reconstructionObjective(autoencoder: Autoencoder, batch: number) {
  const [x, mode] = [input("x", [batch, ...autoencoder.shape]), trainingMode()];
  const { loss, metrics } = reconstructionLoss(autoencoder, x, mode);
  return { inputs: { x }, loss, metrics, updates: mode.updates };
}

/** A model that trains the whole autoencoder at once. Examples are in [0, 1]. */
export function autoencoderModel(autoencoder: Autoencoder): BuiltModel {
  const { shape, size, parameters, statistics = [], encode, decode } = autoencoder;
  const exampleBatch = (batch: number) => input("x", [batch, ...shape]);
  const visible = (output: Tensor): Tensor => clip(output, 0, 1);
  return {
    variables: [...parameters, ...statistics],
    stages: oneStage({ name: "autoencoder", parameters, objective: (batch) => reconstructionObjective(autoencoder, batch) }),
    validation(batch) {
      const x = exampleBatch(batch);
      const { loss, meanSquaredError, metrics } = reconstructionLoss(autoencoder, x, inferenceMode());
      return { inputs: { x }, outputs: { loss, meanSquaredError, ...metrics } };
    },
    abilities: {
      reconstruct(batch) {
        const [x, mode] = [exampleBatch(batch), inferenceMode()];
        return { inputs: { x }, outputs: { reconstruction: visible(decode(encode(x, mode), mode)) } };
      },
      encode(batch) {
        const x = exampleBatch(batch);
        return { inputs: { x }, outputs: { codings: encode(x, inferenceMode()) } };
      },
      decode(batch) {
        const codings = input("codings", [batch, size]);
        return { inputs: { codings }, outputs: { images: visible(decode(codings, inferenceMode())) } };
      },
    },
  };
}
