/**
 * A small classifier, convolutional for images, whose last hidden layer describes examples in a few numbers, as Inception's does in the Fréchet inception distance (Heusel et al.
 * 2017): what is alike to it is alike in what tells the classes apart, not value by value.
 */
import { activations, categoricalCrossEntropyWithLogits, Conv2d, Dense, Flatten, inferenceMode, MaxPool, sequential, trainingMode, type Layer, type Mode } from "../nn/index.js";
import { input, softmax, type Program, type Shape, type Tensor } from "../tensor/index.js";
import { errorOf } from "./classifier.js";
import { oneStage, type BuiltModel } from "./model.js";

/** Number of features. */
export const FEATURES = 64;
/** Changes with the network or its training: features of another version are others. */
export const FEATURE_CLASSIFIER_VERSION = 1;

/** Channels of the convolutions, each followed by pooling; images that are still large get more of the last. */
const CHANNELS = [16, 32];
/** Pixels to a side that are left for the dense layer, at most. */
const SMALL = 8;

export interface FeatureClassifier extends BuiltModel {
  /** x [batch, ...shape] in [0, 1] -> features [batch, 64]. */
  readonly features: (batch: number) => Program<"x", "features">;
  /** features [batch, 64] -> probabilities [batch, classes]. */
  readonly classify: (batch: number) => Program<"features", "probabilities">;
}

/**
 * Convolutions for examples [channels, height, width], dense layers for all others. Its metrics are those of a classifier: `error`, the share of wrong answers, and `loss`, the
 * cross-entropy in nats.
 */
export function featureClassifier(shape: Shape, classes: number): FeatureClassifier {
  const network = sequential(
    ...(shape.length === 3 ? [...convolutionsFor(shape), Flatten()] : [Flatten(), Dense(FEATURES, { activation: activations.relu })]),
    Dense(FEATURES, { activation: activations.relu }),
  )("features", shape);
  const head = Dense(classes)("classes", [FEATURES]);
  const parameters = [...network.parameters, ...head.parameters];

  function logitsOf(batch: number, mode: Mode): { readonly inputs: { readonly x: Tensor; readonly labels: Tensor }; readonly logits: Tensor } {
    const inputs = { x: input("x", [batch, ...shape]), labels: input("labels", [batch], "int32") };
    return { inputs, logits: head.apply(network.apply(inputs.x, mode), mode) };
  }

  return {
    variables: parameters,
    stages: oneStage({
      name: "classifier",
      parameters,
      objective(batch) {
        const { inputs, logits } = logitsOf(batch, trainingMode());
        return { inputs, loss: categoricalCrossEntropyWithLogits(logits, inputs.labels), metrics: { error: errorOf(logits, inputs.labels) }, updates: new Map() };
      },
    }),
    validation(batch) {
      const { inputs, logits } = logitsOf(batch, inferenceMode());
      return { inputs, outputs: { error: errorOf(logits, inputs.labels), loss: categoricalCrossEntropyWithLogits(logits, inputs.labels) } };
    },
    abilities: {},
    features(batch) {
      const x = input("x", [batch, ...shape]);
      return { inputs: { x }, outputs: { features: network.apply(x, inferenceMode()) } };
    },
    classify(batch) {
      const features = input("features", [batch, FEATURES]);
      return { inputs: { features }, outputs: { probabilities: softmax(head.apply(features, inferenceMode()), 1) } };
    },
  };
}

/** As many halvings as make the longer side small, and no more than the shorter side has. */
function convolutionsFor([, height, width]: Shape): Layer[] {
  const most = Math.floor(Math.log2(Math.min(height, width)));
  const wanted = Math.max(CHANNELS.length, Math.ceil(Math.log2(Math.max(height, width) / SMALL)));
  const channels = Array.from({ length: Math.min(wanted, most) }, (_, i) => CHANNELS[Math.min(i, CHANNELS.length - 1)]);
  return channels.flatMap((filters) => [Conv2d(filters, { kernelSize: 3, padding: "same", activation: activations.relu }), MaxPool(2)]);
}
