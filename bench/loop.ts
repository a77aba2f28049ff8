/** What the training loop costs around the engine's step: batches gathered from bytes, noise, metrics.jsonl, progress; of models of the registry also what they do beside the bare network. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chooseEngine } from "../src/engines/choose.js";
import type { Examples } from "../src/data/dataset.js";
import { createRun, train } from "../src/training/index.js";
import { loops, spec } from "./loops.js";
import { median, timeSteps } from "./steps.js";

interface LoopTime {
  readonly engine: string;
  /** Per step. */
  readonly ms: number;
  /** Resident at the end, in MB. */
  readonly memory: number;
}

async function timeLoop(engineName: string | undefined, name: string): Promise<LoopTime> {
  const { model, range, config, warmUp, steps } = loops[name];
  const folder = await mkdtemp(join(tmpdir(), "morphogen-bench-"));
  const engine = await chooseEngine(engineName);
  const count = 55_000;
  const images: Examples = { spec, count, values: Uint8Array.from({ length: count * 784 }, (_, i) => (i * 31) % 256) };
  const run = await createRun({ format: 1, model: { name, options: {} }, data: {}, training: config, engine, versions: {} }, { path: join(folder, "run") });
  const controller = new AbortController();
  let [begun, ended] = [0, 0];
  try {
    await train({
      model: model(),
      examples: { train: images, validation: { ...images, count: 1000, values: images.values.subarray(0, 784_000) } },
      range,
      engine,
      config,
      run,
      signal: controller.signal,
      onEvent(event) {
        if (event.event !== "step") return;
        if (event.step === warmUp) begun = performance.now();
        if (event.step === warmUp + steps) {
          ended = performance.now();
          controller.abort();
        }
      },
    });
    return { engine: engine.name, ms: (ended - begun) / steps, memory: process.memoryUsage().rss / 1e6 };
  } finally {
    await run.release();
    await engine.dispose();
    await rm(folder, { recursive: true, force: true });
  }
}

/** A case's step bare and inside the loop, in turn, in at least three rounds, on the engine of this name or else the one that training would choose: a line for people or for machines. */
export async function compareLoop(engineName: string | undefined, name: string, rounds: number, json: boolean): Promise<string> {
  const bare: number[] = [];
  const looped: LoopTime[] = [];
  for (let round = 0; round < Math.max(3, rounds); round++) {
    bare.push(await timeSteps(engineName, name, loops[name].steps));
    looped.push(await timeLoop(engineName, name));
  }
  const [ms, loopMs] = [median(bare), median(looped.map((time) => time.ms))].map((value) => Number(value.toFixed(3)));
  const memory = Math.max(...looped.map((time) => time.memory));
  const facts = { case: name, engine: looped[0].engine, ms, loop_ms: loopMs, overhead: Number((loopMs / ms - 1).toFixed(3)), memory_mb: Math.round(memory) };
  return json ? JSON.stringify(facts) : `${name} on ${facts.engine}: bare step ${ms} ms, in the training loop ${loopMs} ms (${Math.round(100 * facts.overhead)}% more); ${facts.memory_mb} MB resident`;
}
