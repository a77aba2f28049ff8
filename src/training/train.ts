/**
 * The loop. Everything about a step follows from (seed, step) and the variables: the batch from the shuffled order of its epoch,
 * the noise from its counter. So a run that was stopped and resumed ends with the same bytes as one that never was.
 */
import { gatherBatch, gatherLabels, shuffledIndices } from "../data/batches.js";
import type { Examples, PixelRange } from "../data/dataset.js";
import type { Engine } from "../engines/engine.js";
import { UsageError } from "../errors.js";
import type { BuiltModel } from "../models/model.js";
import { sizeOf, type Data } from "../tensor/index.js";
import { dropAfter, newestCheckpoint, notFinite, restoreRun, saveBest, saveCheckpoint, type Progress } from "./checkpoint.js";
import type { TrainingConfig } from "./config.js";
import { evaluator } from "./evaluate.js";
import type { Metrics, OnEvent } from "./events.js";
import { openMetrics, truncateMetrics } from "./metrics.js";
import { compilePhases, withAverages, type CompiledPhase } from "./phases.js";
import { pace } from "./pace.js";
import type { Run } from "./run-folder.js";

export interface TrainingJob {
  readonly model: BuiltModel;
  readonly examples: { readonly train: Examples; readonly validation: Examples };
  /** Where the model wants its pixels. */
  readonly range: PixelRange;
  readonly engine: Engine;
  readonly config: TrainingConfig;
  /** Where checkpoints and metrics go. A run that has checkpoints is continued from the newest. */
  readonly run: Run;
  /** Stops after the step under way, with a checkpoint. */
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: OnEvent | undefined;
}

export interface TrainingResult {
  readonly status: "finished" | "stopped-early" | "interrupted";
  readonly step: number;
  /** The last validation of this call, if there was one. */
  readonly validation?: Metrics | undefined;
  readonly best: Progress["best"];
}

export async function train({ model, examples, range, engine, config, run, signal, onEvent = () => undefined }: TrainingJob): Promise<TrainingResult> {
  const { batchSize, seed } = config;
  const stepsPerEpoch = Math.floor(examples.train.count / batchSize);
  if (stepsPerEpoch < 1) throw new UsageError(`A batch of ${batchSize} is more than the ${examples.train.count} training examples`, "Use a smaller --batch-size.");
  if (examples.validation.count < 1) throw new UsageError("There are no validation examples", "Keep some: what is best, and when to stop early, is told by them.");
  const steps = config.epochs * stepsPerEpoch;
  const batches = { seed, batchSize, examples: examples.train.count };

  const { phases, variables, averages } = await compilePhases(model, engine, config, steps);
  const validator = await evaluator({ model, examples: examples.validation, range, engine, seed });
  const checkpoint = await newestCheckpoint(run.path, (reason) => onEvent({ event: "warning", message: `a damaged checkpoint is passed over: ${reason}` }));
  if (checkpoint) await restoreRun(engine, variables, checkpoint, batches);
  else for (const variable of variables) await engine.write(variable, variable.initial(seed));
  let progress: Progress = { step: 0, best: null, waited: 0, ...checkpoint?.progress, batches };
  let savedStep = checkpoint?.progress.step;
  await dropAfter(run.path, progress.step);
  await truncateMetrics(run.path, progress.step);
  const metricsLog = openMetrics(run.path);

  const feeds: Readonly<Record<string, Data>> = { x: new Float32Array(batchSize * sizeOf(examples.train.spec.shape)), labels: new Int32Array(batchSize) };
  const feedsOf = (phase: CompiledPhase) => Object.fromEntries(phase.inputs.map((name) => [name, feeds[name]]));
  const plans = phases.map((phase) => ({ ...phase, feeds: feedsOf(phase) }));
  const tempo = pace({ steps, batchSize, from: progress.step, onEvent });
  onEvent({ event: "started", run: run.path, steps, epochs: config.epochs, examples: examples.train.count, parameters: countParameters(model), fromStep: progress.step, engine: describeEngine(engine) });

  const save = async () => {
    metricsLog.flush();
    const path = await saveCheckpoint(run.path, engine, variables, progress, config.keep);
    savedStep = progress.step;
    onEvent({ event: "checkpoint", step: progress.step, path });
  };
  let order: Uint32Array = new Uint32Array(0);
  let orderEpoch = -1;
  let validation: Metrics | undefined;
  let stoppedEarly = config.patience !== undefined && progress.waited >= config.patience;

  /** One step of every phase: the sum of the losses, and all metrics. */
  async function runStep(step: number, epoch: number): Promise<{ loss: number; metrics: Record<string, number> }> {
    if (epoch !== orderEpoch) [order, orderEpoch] = [shuffledIndices(examples.train.count, seed, epoch), epoch];
    const first = (step % stepsPerEpoch) * batchSize;
    const indices = order.subarray(first, first + batchSize);
    if (feeds.x instanceof Float32Array) gatherBatch(examples.train, indices, range, feeds.x);
    if (feeds.labels instanceof Int32Array) gatherLabels(examples.train, indices, feeds.labels);
    const metrics: Record<string, number> = {};
    let loss = 0;
    for (let i = 0; i < plans.length; i++) {
      const outputs = await plans[i].executable.run(plans[i].feeds, { seed, step: step * plans.length + i });
      for (const name in outputs) if (name !== "loss") metrics[name] = outputs[name][0];
      loss += outputs.loss[0];
      if (!Number.isFinite(outputs.loss[0])) throw await notFinite(run.path, `The loss is not finite at step ${step + 1}, in phase "${plans[i].name}"`);
    }
    return { loss, metrics };
  }

  async function validate(step: number, epoch: number): Promise<void> {
    validation = averages.size > 0 ? await withAverages(engine, averages, () => validator.run()) : await validator.run();
    const [watched] = Object.values(validation);
    if (!Number.isFinite(watched)) throw await notFinite(run.path, `The loss is not finite at step ${step}, in validation`);
    const isBest = progress.best === null || watched < progress.best.value;
    progress = { ...progress, step, best: isBest ? { value: watched, step } : progress.best, waited: isBest ? 0 : progress.waited + 1 };
    metricsLog.append({ step, epoch, validation });
    metricsLog.flush();
    onEvent({ event: "validation", step, epoch, validation, best: isBest });
    if (isBest) await saveBest(run.path, engine, variables, progress);
  }

  try {
    while (progress.step < steps && !stoppedEarly && !signal?.aborted) {
      const epoch = Math.floor(progress.step / stepsPerEpoch);
      const { loss, metrics } = await runStep(progress.step, epoch);
      const step = progress.step + 1;
      progress = { ...progress, step };
      const { imagesPerSecond } = await tempo.tick(step, epoch + 1, loss);
      if (step % config.logEvery === 0 || step === steps) {
        metricsLog.append({ step, epoch: epoch + 1, loss, ...metrics, imagesPerSecond: Math.round(imagesPerSecond) });
        onEvent({ event: "step", step, epoch: epoch + 1, loss, metrics, imagesPerSecond });
      }
      const epochDone = step % stepsPerEpoch === 0;
      if (epochDone && ((epoch + 1) % config.validateEvery === 0 || step === steps)) {
        await tempo.pause(() => validate(step, epoch + 1));
        stoppedEarly = config.patience !== undefined && progress.waited >= config.patience;
      }
      if (epochDone || (config.checkpointEvery && step % config.checkpointEvery === 0)) await tempo.pause(save);
    }
    const interrupted = signal?.aborted === true && progress.step < steps && !stoppedEarly;
    if (savedStep !== progress.step) await save();
    if (stoppedEarly || interrupted) onEvent({ event: "stopped", step: progress.step, reason: interrupted ? "interrupted" : "early" });
    return { status: interrupted ? "interrupted" : stoppedEarly ? "stopped-early" : "finished", step: progress.step, validation, best: progress.best };
  } finally {
    metricsLog.close();
    await validator.dispose();
    for (const { executable } of phases) await executable.dispose();
  }
}

const describeEngine = ({ name, version, threads }: Engine): string => `${name} (${version}, ${threads} ${threads === 1 ? "thread" : "threads"})`;

const countParameters = (model: BuiltModel): number => model.phases.flatMap((phase) => phase.parameters).reduce((total, { shape }) => total + sizeOf(shape), 0);
