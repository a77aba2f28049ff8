/** A model small enough to train in milliseconds, with noise, and data for it. */
import { join } from "node:path";
import { imagesFromArray } from "../../../src/data/arrays.js";
import { referenceEngine } from "../../../src/engines/reference/index.js";
import type { Engine } from "../../../src/engines/engine.js";
import { oneStage, type BuiltModel } from "../../../src/models/model.js";
import { Dense, Flatten, inferenceMode, sequential, trainingMode } from "../../../src/nn/index.js";
import { add, input, mean, mul, noise, relu, reshape, square, sub, type Tensor } from "../../../src/tensor/index.js";
import { createRun, openRun, train, trainingConfig, type TrainingEvent, type TrainingJob, type TrainingResult } from "../../../src/training/index.js";
import { temporaryFolder } from "../../support/folder.js";

export const data = imagesFromArray(Uint8Array.from({ length: 46 * 16 }, (_, i) => (i * i * 31) % 256), { shape: [1, 4, 4], validation: 0.13 });

export function tinyModel({ units = 3, name = "net", scale = 1 } = {}): BuiltModel {
  const network = sequential(Flatten(), Dense(units, { activation: relu }), Dense(16))(name, [1, 4, 4]);
  const lossOf = (x: Tensor, reconstruction: Tensor) => mul(scale, mean(square(sub(reconstruction, reshape(x, reconstruction.shape)))));
  return {
    variables: network.parameters,
    stages: oneStage({
      name: "autoencoder",
      parameters: network.parameters,
      objective(batch) {
        const [x, mode] = [input("x", [batch, 1, 4, 4]), trainingMode()];
        const loss = lossOf(x, network.apply(add(x, mul(0.1, noise.normal(x.shape))), mode));
        return { inputs: { x }, loss, metrics: { double: mul(2, loss) }, updates: mode.updates };
      },
    }),
    validation(batch) {
      const x = input("x", [batch, 1, 4, 4]);
      return { inputs: { x }, outputs: { error: lossOf(x, network.apply(x, inferenceMode())) } };
    },
    abilities: {},
  };
}

export const newFolder = (): string => join(temporaryFolder("training"), "run");

export interface TinyOptions {
  readonly path: string;
  readonly training?: Parameters<typeof trainingConfig.parse>[0];
  readonly resume?: boolean;
  readonly stopAt?: number;
  readonly model?: BuiltModel;
  readonly engine?: Engine;
  readonly examples?: typeof data;
  readonly observe?: TrainingJob["observe"];
}

/** Trains the tiny model: 5 steps an epoch. Stops (as by Ctrl-C) when step `stopAt` was logged. */
export async function trainTiny({ path, training = {}, resume = false, stopAt, model = tinyModel(), engine = referenceEngine(), examples = data, observe }: TinyOptions): Promise<{ result: TrainingResult; events: TrainingEvent[] }> {
  const config = trainingConfig.parse({ epochs: 4, batchSize: 8, logEvery: 1, ...(training as object) });
  const run = resume ? await openRun(path) : await createRun({ format: 1, model: { name: "tiny", options: {} }, data: {}, training: config, engine: { name: engine.name, version: engine.version, threads: engine.threads }, versions: {} }, { path });
  const [events, controller] = [[] as TrainingEvent[], new AbortController()];
  const onEvent = (event: TrainingEvent) => {
    events.push(event);
    if (event.event === "step" && event.step === stopAt) controller.abort();
  };
  try {
    return { result: await train({ model, examples, range: [0, 1], engine, config, run, signal: controller.signal, onEvent, observe }), events };
  } finally {
    await run.release();
    await engine.dispose();
  }
}
