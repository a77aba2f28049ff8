/**
 * A classifier on an encoder: the encoder's own layers, then one dense layer to the classes. Unsupervised pretraining (Erhan et al., "Why Does
 * Unsupervised Pre-training Help Deep Learning?", 2010) starts its lower layers from what an autoencoder has learned without labels.
 */
import { MorphogenError } from "../errors.js";
import { categoricalCrossEntropyWithLogits, Dense } from "../nn/index.js";
import { inferenceMode } from "../nn/module.js";
import { cast, input, less, max, mean, mul, oneHot, sum, topologicalOrder, Variable, type Tensor } from "../tensor/index.js";
import { oneStage, type BuiltModel } from "./model.js";

export interface Classifier extends BuiltModel {
  /** The encoder's variables: those of the autoencoder itself, not copies. */
  readonly encoder: readonly Variable[];
}

export interface ClassifierOptions {
  readonly classes: number;
  /** Whether training leaves the encoder as it is: then this is logistic regression on codings. */
  readonly frozen: boolean;
}

/**
 * The classifier of an autoencoder's `encode`, which is applied as when it encodes: no dropout, and running statistics stay as they are.
 * Metrics: `error`, the share of wrong answers, and `loss`, the cross-entropy in nats. A MorphogenError when encoding takes more than examples.
 */
export function classifierOf({ stages, abilities }: BuiltModel, { classes, frozen }: ClassifierOptions): Classifier {
  const { encode } = abilities;
  if (!encode) throw new MorphogenError("A classifier needs a model that encodes");
  const { inputs = {}, outputs } = encode(1);
  if (Object.keys(inputs).join() !== "x") throw new MorphogenError(`This model encodes ${Object.keys(inputs).join(" and ")}, not examples alone`, "Use a model that is not conditional.");
  const encoder = topologicalOrder([outputs.codings]).filter((tensor) => tensor instanceof Variable);
  const learnable = new Set(stages.flatMap(({ phases }) => phases.flatMap(({ parameters }) => parameters)));
  const head = Dense(classes)("classifier", outputs.codings.shape.slice(1));

  function logitsOf(batch: number): { readonly x: Tensor; readonly labels: Tensor; readonly logits: Tensor } {
    const program = encode!(batch);
    return { x: program.inputs!.x, labels: input("labels", [batch], "int32"), logits: head.apply(program.outputs.codings, inferenceMode()) };
  }

  return {
    encoder,
    variables: [...encoder, ...head.parameters],
    stages: oneStage({
      name: "classifier",
      parameters: [...(frozen ? [] : encoder.filter((variable) => learnable.has(variable))), ...head.parameters],
      objective(batch) {
        const { x, labels, logits } = logitsOf(batch);
        return { inputs: { x, labels }, loss: categoricalCrossEntropyWithLogits(logits, labels), metrics: { error: errorOf(logits, labels) }, updates: new Map() };
      },
    }),
    validation(batch) {
      const { x, labels, logits } = logitsOf(batch);
      const inputs = { x, labels };
      return { inputs, outputs: { error: errorOf(logits, labels), loss: categoricalCrossEntropyWithLogits(logits, labels) } };
    },
    abilities: {},
  };
}

/** Share of the rows whose label has not the largest logit. */
export function errorOf(logits: Tensor, labels: Tensor): Tensor {
  const own = sum(mul(oneHot(labels, logits.shape[1]), logits), 1);
  return mean(cast(less(own, max(logits, 1)), "float32"));
}
