/** What the training loop costs around the engine's step: batches gathered from bytes, noise, metrics.jsonl, progress. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chooseEngine } from "../src/engines/choose.js";
import type { Examples } from "../src/data/dataset.js";
import { oneStage, type BuiltModel } from "../src/models/model.js";
import { createRun, train, trainingConfig } from "../src/training/index.js";
import { mlpNetwork } from "./cases.js";
import { median, timeSteps } from "./steps.js";
import { inferenceMode, trainingMode } from "../src/nn/index.js";
import { input, mean, square, sub } from "../src/tensor/index.js";

const BATCH = 32;
const STEPS = 4000;

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

interface LoopTime {
  readonly engine: string;
  /** Per step. */
  readonly ms: number;
  /** Resident at the end, in MB. */
  readonly memory: number;
}

async function timeLoop(engineName: string | undefined): Promise<LoopTime> {
  const folder = await mkdtemp(join(tmpdir(), "morphogen-bench-"));
  const engine = await chooseEngine(engineName);
  const count = 55_000;
  const train55: Examples = { spec: { kind: "images", shape: [1, 28, 28] }, count, values: Uint8Array.from({ length: count * 784 }, (_, i) => (i * 31) % 256) };
  const config = trainingConfig.parse({ epochs: 3, batchSize: BATCH, optimizer: { name: "nadam" }, validateEvery: 3 });
  const run = await createRun({ format: 1, model: { name: "mlp-ae", options: {} }, data: {}, training: config, engine, versions: {} }, { path: join(folder, "run") });
  const controller = new AbortController();
  let [begun, ended] = [0, 0];
  try {
    await train({
      model: autoencoder(),
      examples: { train: train55, validation: { ...train55, count: 1000, values: train55.values.subarray(0, 784_000) } },
      range: [0, 1],
      engine,
      config,
      run,
      signal: controller.signal,
      onEvent(event) {
        if (event.event !== "step") return;
        if (event.step === 500) begun = performance.now();
        if (event.step === 500 + STEPS) {
          ended = performance.now();
          controller.abort();
        }
      },
    });
    return { engine: engine.name, ms: (ended - begun) / STEPS, memory: process.memoryUsage().rss / 1e6 };
  } finally {
    await run.release();
    await engine.dispose();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The step bare and inside the loop, in turn, in at least three rounds, on the engine of this name or else the one that training would choose: a line for people or for machines. */
export async function compareLoop(engineName: string | undefined, rounds: number, json: boolean): Promise<string> {
  const bare: number[] = [];
  const looped: LoopTime[] = [];
  for (let round = 0; round < Math.max(3, rounds); round++) {
    bare.push(await timeSteps(engineName, "mlp-ae-32", STEPS));
    looped.push(await timeLoop(engineName));
  }
  const [ms, loopMs] = [median(bare), median(looped.map((time) => time.ms))].map((value) => Number(value.toFixed(3)));
  const memory = Math.max(...looped.map((time) => time.memory));
  const facts = { case: "mlp-ae-32", engine: looped[0].engine, ms, loop_ms: loopMs, overhead: Number((loopMs / ms - 1).toFixed(3)), memory_mb: Math.round(memory) };
  return json ? JSON.stringify(facts) : `${facts.engine}: bare step ${ms} ms, in the training loop ${loopMs} ms (${Math.round(100 * facts.overhead)}% more); ${facts.memory_mb} MB resident`;
}
