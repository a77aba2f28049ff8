/**
 * Greedy layer-wise training of a stacked autoencoder: Bengio et al., "Greedy Layer-Wise Training of Deep Networks" (2007). Each layer is
 * the encoder of a shallow autoencoder of its own, which learns to rebuild the codings that the layers before it give; at last all are
 * stacked and trained together.
 */
import { z } from "zod";
import { activations, constantOf, Dense, Flatten, inferenceMode, meanSquaredError, Reshape, trainingMode, type Mode } from "../nn/index.js";
import { input, sizeOf, type Tensor } from "../tensor/index.js";
import { autoencoderModel } from "./autoencoder.js";
import type { Model, Stage } from "./model.js";
import { denseOptions } from "./stacked.js";

const options = z.strictObject({
  ...denseOptions,
  layerEpochs: z.array(z.int().min(1)).min(1).default([10]).describe("epochs in which each layer is trained alone; the last number holds for all further layers"),
  layerLearningRates: z.array(z.number().positive()).min(1).default([5e-4, 1e-3]).describe("learning rate of each layer alone; the last number holds for all further layers"),
});

/** The i-th of a list whose last value holds for all further ones. */
const upToLast = (list: readonly number[], i: number): number => list[Math.min(i, list.length - 1)];

export const greedy: Model<typeof options> = {
  name: "greedy",
  title: "Greedy layer-wise autoencoder",
  summary: "A stacked autoencoder trained one layer at a time, each on the codings of the one before, then as a whole.",
  paper: { authors: "Bengio et al.", title: "Greedy Layer-Wise Training of Deep Networks", year: 2007, url: "https://proceedings.neurips.cc/paper/2006/hash/5da713a690c067105aeb2fae32403405-Abstract.html" },
  options,
  accepts: { kinds: ["images", "vectors", "series"], range: [0, 1] },
  lossLabel: "mean squared error",
  recipe: { optimizer: "nadam", learningRate: 1e-3, batchSize: 32, epochs: 5 },

  build({ hidden, latentSize, activation, codingActivation, codingBias, layerEpochs, layerLearningRates }, { shape }) {
    const flatten = Flatten()("flatten", shape);
    const reshaped = Reshape(shape)("reshape", flatten.outputShape);
    // Layer i of the encoder takes widths[i] values and gives widths[i + 1]; its decoder goes back.
    const widths = [sizeOf(shape), ...hidden, latentSize];
    const layers = widths.slice(1).map((units, i) => ({
      encoder: Dense(units, i < hidden.length ? { activation: activations[activation] } : { activation: activations[codingActivation], biasInitializer: constantOf(codingBias) })(`encoder.${i}`, [widths[i]]),
      decoder: Dense(widths[i])(`decoder.${i}`, [units]),
    }));

    /** What decoder i rebuilds: values of any sign where these are the data, else codings, which the activation has made. */
    const activated = (i: number, rebuilt: Tensor): Tensor => activations[i === 0 ? "linear" : activation](rebuilt);

    /** The codings after the first `depth` layers: [batch, widths[depth]]. */
    const encodeTo = (depth: number, x: Tensor, mode: Mode): Tensor => layers.slice(0, depth).reduce((y, { encoder }) => encoder.apply(y, mode), flatten.apply(x, mode));

    const whole = autoencoderModel({
      shape,
      size: latentSize,
      parameters: layers.flatMap(({ encoder, decoder }) => [...encoder.parameters, ...decoder.parameters]),
      encode: (x, mode) => encodeTo(layers.length, x, mode),
      decode: (codings, mode) => reshaped.apply(layers.reduceRight((y, { decoder }, i) => activated(i, decoder.apply(y, mode)), codings), mode),
    });

    const layerStages = layers.map(({ encoder, decoder }, i): Stage => {
      /** Error of rebuilding the codings of the layers before, which stay as they are. */
      const lossOf = (x: Tensor, mode: Mode): Tensor => {
        const codings = encodeTo(i, x, mode);
        const rebuilt = decoder.apply(encoder.apply(codings, mode), mode);
        // Rectifying brings what is rebuilt nearer to codings that are never negative. But trained through relu, an output below 0 for all examples would stay there.
        return meanSquaredError(mode.training && activation === "relu" ? rebuilt : activated(i, rebuilt), codings);
      };
      const exampleBatch = (batch: number) => input("x", [batch, ...shape]);
      const name = `layer-${i + 1}`;
      return {
        name,
        epochs: upToLast(layerEpochs, i),
        learningRate: upToLast(layerLearningRates, i),
        lossLabel: `mean squared error of ${i === 0 ? "examples" : "codings"}`,
        phases: [
          {
            name,
            parameters: [...encoder.parameters, ...decoder.parameters],
            objective(batch) {
              const [x, mode] = [exampleBatch(batch), trainingMode()];
              return { inputs: { x }, loss: lossOf(x, mode), metrics: {}, updates: mode.updates };
            },
          },
        ],
        validation(batch) {
          const x = exampleBatch(batch);
          return { inputs: { x }, outputs: { layerError: lossOf(x, inferenceMode()) } };
        },
      };
    });
    return { ...whole, stages: [...layerStages, ...whole.stages] };
  },
};
