/**
 * The loop. Everything about a step follows from (seed, step) and the variables: the batch from the shuffled order of its epoch,
 * the noise from its counter. So a run that was stopped and resumed ends with the same bytes as one that never was.
 */
import { gatherBatch, gatherLabels, shuffledIndices } from "../data/batches.js";
import type { Examples, PixelRange } from "../data/dataset.js";
import type { Engine } from "../engines/engine.js";
import { UsageError } from "../errors.js";
import type { Assessment, BuiltModel, Stage } from "../models/model.js";
import { sizeOf, type Data } from "../tensor/index.js";
import { dropSnapshotsAfter, saveSnapshot, snapshotIsDue } from "./average-snapshots.js";
import { dropAfter, newestCheckpoint, notFinite, restoreRun, saveBest, saveCheckpoint, type Progress } from "./checkpoint.js";
import type { TrainingConfig } from "./config.js";
import { evaluator, type Evaluator } from "./evaluate.js";
import type { Metrics, OnEvent } from "./events.js";
import { openMetrics, truncateMetrics } from "./metrics.js";
import { compileStages, solveStage, withAverages, type CompiledStage } from "./stages.js";
import { placeOf, timelineOf, type Place, type StageSpan } from "./timeline.js";
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
  readonly run: Pick<Run, "path">;
  /** Values that variables begin with, by their names; the others begin with their own. */
  readonly initial?: ReadonlyMap<string, Data> | undefined;
  /** Stops after the step under way, with a checkpoint. */
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: OnEvent | undefined;
  /** What there is to say besides at each validation of the last stage, when the validated weights are in the engine. All that the run computes with must be left as it is. */
  readonly observe?: (() => Promise<Assessment>) | undefined;
}

export interface TrainingResult {
  readonly status: "finished" | "stopped-early" | "interrupted";
  readonly step: number;
  /** The last validation of this call, if there was one. */
  readonly validation?: Metrics | undefined;
  readonly best: Progress["best"];
}

/** A UsageError for examples that a training cannot begin with: fewer than a batch, or none to validate. */
export function requireExamples({ stages }: Pick<BuiltModel, "stages">, config: TrainingConfig, { train, validation }: TrainingJob["examples"]): void {
  if (validation.count < 1) throw new UsageError("There are no validation examples", "Keep some: what is best, and when to stop early, is told by them.");
  timelineOf(stages, config, train.count);
}

export async function train({ model, examples, range, engine, config, run, initial, signal, onEvent = () => undefined, observe }: TrainingJob): Promise<TrainingResult> {
  const { batchSize, seed } = config;
  requireExamples(model, config, examples);
  const batches = { seed, batchSize, examples: examples.train.count };

  const { stages, variables, averages, postHoc } = await compileStages(model, engine, config, examples.train.count);
  const steps = stages.reduce((total, stage) => total + stage.steps, 0);
  const epochs = stages.reduce((total, stage) => total + stage.epochs, 0);
  const evaluators = new Map<Stage, Evaluator>();
  const checkpoint = await newestCheckpoint(run.path, (reason) => onEvent({ event: "warning", message: `a damaged checkpoint is passed over: ${reason}` }));
  if (checkpoint) await restoreRun(engine, variables, checkpoint, batches);
  else for (const variable of variables) await engine.write(variable, initial?.get(variable.name) ?? variable.initial(seed));
  let progress: Progress = { step: 0, best: null, waited: 0, ...checkpoint?.progress, batches };
  let savedStep = checkpoint?.progress.step;
  await dropAfter(run.path, progress.step);
  await dropSnapshotsAfter(run.path, progress.step);
  await truncateMetrics(run.path, progress.step);
  const metricsLog = openMetrics(run.path);

  const width = sizeOf(examples.train.spec.shape);
  const [x, labels] = [new Float32Array(batchSize * width), new Int32Array(batchSize)];
  const tempo = pace({ steps, batchSize, from: progress.step, onEvent });
  onEvent({ event: "started", run: run.path, steps, epochs, examples: examples.train.count, parameters: countParameters(model), fromStep: progress.step, engine: describeEngine(engine) });

  const save = async () => {
    metricsLog.flush();
    const path = await saveCheckpoint(run.path, engine, variables, progress, config.keep);
    savedStep = progress.step;
    onEvent({ event: "checkpoint", step: progress.step, path });
  };
  // A run that is stopped before its first checkpoint goes on from here too.
  if (initial && !checkpoint) await save();
  let order: Uint32Array = new Uint32Array(0);
  let orderEpoch = -1;
  let validation: Metrics | undefined;
  let stoppedEarly = config.patience !== undefined && progress.waited >= config.patience;

  /** One step of every phase: the sum of the losses, and all metrics. */
  async function runStep(step: number, { span, epoch, batch }: Place<CompiledStage>): Promise<{ loss: number; metrics: Record<string, number> }> {
    if (epoch !== orderEpoch) [order, orderEpoch] = [shuffledIndices(examples.train.count, seed, epoch), epoch];
    const indices = order.subarray(batch * batchSize, (batch + 1) * batchSize);
    const feeds: Readonly<Record<string, Data>> = { x: x.subarray(0, indices.length * width), labels: labels.subarray(0, indices.length) };
    gatherBatch(examples.train, indices, range, x);
    gatherLabels(examples.train, indices, labels);
    const phases = indices.length < batchSize ? span.lastPhases : span.phases;
    const metrics: Record<string, number> = {};
    let loss = 0;
    for (let i = 0; i < phases.length; i++) {
      const { name: phase, every, lazily } = phases[i];
      if ((step + 1) % every !== 0) continue;
      const { inputs, executable } = lazily && (step + 1) % lazily.every === 0 ? lazily : phases[i];
      const outputs = await executable.run(Object.fromEntries(inputs.map((name) => [name, feeds[name]])), { seed, step: step * phases.length + i });
      for (const name in outputs) if (name !== "loss") metrics[name] = outputs[name][0];
      loss += outputs.loss[0];
      if (!Number.isFinite(outputs.loss[0])) throw await notFinite(run.path, `The loss is not finite at step ${step + 1}, in phase "${phase}"`);
    }
    return { loss, metrics };
  }

  /** The evaluator of a stage's metrics, made when the stage is first validated. */
  async function evaluatorOf(stage: Stage): Promise<Evaluator> {
    const known = evaluators.get(stage);
    if (known) return known;
    const made = await evaluator({ model: stage.validation ? { validation: stage.validation, ...(stage.assess && { assess: stage.assess }) } : model, examples: examples.validation, range, engine, seed });
    evaluators.set(stage, made);
    return made;
  }

  /** Validates, keeps what is best, and returns what the model warns of. */
  async function validate(step: number, epoch: number, { stage, isLast }: StageSpan): Promise<readonly string[]> {
    const validator = await evaluatorOf(stage);
    const measured = async () => [await validator.run(), isLast && observe ? await observe() : {}] as const;
    const [own, observed] = isLast && averages.size > 0 ? await withAverages(engine, averages, measured) : await measured();
    // The model's own first: what is watched is one of them.
    const [metrics, details] = [{ ...own.metrics, ...observed.metrics }, { ...own.details, ...observed.details }];
    validation = metrics;
    const [watched] = Object.values(validation);
    if (!Number.isFinite(watched)) throw await notFinite(run.path, `The loss is not finite at step ${step}, in validation`);
    // What earlier stages reach is no measure of the whole.
    const isBest = isLast && (progress.best === null || model.best === "newest" || watched < progress.best.value);
    if (isLast) progress = { ...progress, step, best: isBest ? { value: watched, step } : progress.best, waited: isBest ? 0 : progress.waited + 1 };
    const detailed = Object.keys(details).length > 0 && { details };
    metricsLog.append({ step, epoch, validation, ...detailed });
    metricsLog.flush();
    onEvent({ event: "validation", step, epoch, validation, best: isBest, ...detailed });
    if (isBest) await saveBest(run.path, engine, variables, progress);
    return [...own.warnings, ...(observed.warnings ?? [])];
  }

  try {
    while (progress.step < steps && !stoppedEarly && !signal?.aborted) {
      const place = placeOf(stages, progress.step);
      const { span, epoch: epochIndex } = place;
      if (stages.length > 1 && (progress.step === span.firstStep || progress.step === checkpoint?.progress.step))
        onEvent({ event: "stage", step: progress.step, name: span.stage.name, number: stages.indexOf(span) + 1, stages: stages.length, epochs: span.epochs });
      const { loss, metrics } = await runStep(progress.step, place);
      const [step, epoch] = [progress.step + 1, epochIndex + 1];
      progress = { ...progress, step };
      const { imagesPerSecond } = await tempo.tick(step, epoch, loss);
      const epochDone = place.batch === span.stepsPerEpoch - 1;
      if (step % config.logEvery === 0 || step === steps) {
        metricsLog.append({ step, epoch, loss, ...metrics, imagesPerSecond: Math.round(imagesPerSecond) });
        onEvent({ event: "step", step, epoch, loss, metrics, imagesPerSecond });
      }
      if (epochDone) await tempo.pause(() => solveStage(engine, span, averages));
      const stageDone = step === span.firstStep + span.steps;
      if (epochDone && (epoch % config.validateEvery === 0 || stageDone)) {
        const warnings = await tempo.pause(() => validate(step, epoch, span));
        stoppedEarly = span.isLast && config.patience !== undefined && progress.waited >= config.patience;
        // What is wrong half-way may still come right.
        if (stageDone || stoppedEarly) for (const message of warnings) onEvent({ event: "warning", message });
      }
      const stageStep = step - span.firstStep;
      if (span.isLast && postHoc.length > 0 && snapshotIsDue(stageStep, span.steps)) await tempo.pause(() => saveSnapshot(run.path, engine, postHoc, { step, steps: stageStep }));
      if (epochDone || (config.checkpointEvery && step % config.checkpointEvery === 0)) await tempo.pause(save);
    }
    const interrupted = signal?.aborted === true && progress.step < steps && !stoppedEarly;
    if (savedStep !== progress.step) await save();
    if (stoppedEarly || interrupted) onEvent({ event: "stopped", step: progress.step, reason: interrupted ? "interrupted" : "early" });
    return { status: interrupted ? "interrupted" : stoppedEarly ? "stopped-early" : "finished", step: progress.step, validation, best: progress.best };
  } finally {
    metricsLog.close();
    for (const validator of evaluators.values()) await validator.dispose();
    for (const { phases, lastPhases } of stages) for (const phase of [...phases, ...lastPhases]) for (const step of [phase, ...(phase.lazily ? [phase.lazily] : [])]) await step.executable.dispose();
  }
}

const describeEngine = ({ name, version, threads }: Engine): string => `${name} (${version}, ${threads} ${threads === 1 ? "thread" : "threads"})`;

const countParameters = (model: BuiltModel): number => [...new Set(model.stages.flatMap(({ phases }) => phases.flatMap(({ parameters }) => parameters)))].reduce((total, { shape }) => total + sizeOf(shape), 0);
