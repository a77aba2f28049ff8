/** The models that are trained by the very loop, for `npm run bench -- --loop`: beside each the bare step of `cases.ts` that it is compared with. */
import type { DataSpec, PixelRange } from "../src/data/dataset.js";
import { oneStage, type BuiltModel } from "../src/models/model.js";
import { findModel } from "../src/models/registry.js";
import { inferenceMode, trainingMode } from "../src/nn/index.js";
import { input, mean, square, sub } from "../src/tensor/index.js";
import { trainingConfig, type TrainingConfig } from "../src/training/index.js";
import { mlpNetwork } from "./cases.js";

export interface Loop {
  readonly model: () => BuiltModel;
  readonly range: PixelRange;
  readonly config: TrainingConfig;
  /** Steps before the clock is started, and steps that are timed: multiples of ten both, as often as the loop tells of steps. */
  readonly warmUp: number;
  readonly steps: number;
}

export const spec: DataSpec = { kind: "images", shape: [1, 28, 28] };

const configOf = (batchSize: number, optimizer: object): TrainingConfig => trainingConfig.parse({ epochs: 3, batchSize, optimizer, validateEvery: 3 });

/** The network of mlp-ae-32 as a model: the very step that the bare case times. */
function autoencoder(): BuiltModel {
  const network = mlpNetwork();
  return {
    variables: network.parameters,
    stages: oneStage({
      name: "autoencoder",
      parameters: network.parameters,
      objective(batch) {
        const x = input("x", [batch, 784]);
        return { inputs: { x }, loss: mean(square(sub(network.apply(x, trainingMode()), x))), metrics: {}, updates: new Map() };
      },
    }),
    validation(batch) {
      const x = input("x", [batch, 784]);
      return { inputs: { x }, outputs: { loss: mean(square(sub(network.apply(x, inferenceMode()), x))) } };
    },
    abilities: {},
  };
}

/** A model of the registry with its own options, but for those given. */
function registered(name: string, options = {}): Pick<Loop, "model" | "range"> {
  const model = findModel(name);
  return { model: () => model.build(model.options.parse(options), spec), range: model.accepts.range };
}

export const loops: Readonly<Record<string, Loop>> = {
  "mlp-ae-32": { model: autoencoder, range: [0, 1], config: configOf(32, { name: "nadam" }), warmUp: 500, steps: 4000 },
  "dcgan-32": { ...registered("dcgan"), config: configOf(32, { name: "rmsprop" }), warmUp: 50, steps: 200 },
  "unet-32": { ...registered("diffusion", { conditioning: "shift" }), config: configOf(32, { name: "adamw" }), warmUp: 10, steps: 40 },
};
