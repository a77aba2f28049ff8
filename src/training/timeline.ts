/** Which stage, epoch and batch each step of a run belongs to. */
import { UsageError } from "../errors.js";
import type { Stage } from "../models/model.js";
import type { TrainingConfig } from "./config.js";

/** A stage and its place among the steps and epochs of a run, both counted from 0. */
export interface StageSpan {
  readonly stage: Stage;
  readonly isLast: boolean;
  readonly firstStep: number;
  readonly firstEpoch: number;
  readonly stepsPerEpoch: number;
  readonly epochs: number;
  readonly steps: number;
  /** Examples of an epoch's last step where that has fewer than a batch; 0 where what is left over is left out. */
  readonly rest: number;
}

export function timelineOf(stages: readonly Stage[], { epochs: wanted, batchSize }: Pick<TrainingConfig, "epochs" | "batchSize">, examples: number): readonly StageSpan[] {
  const whole = Math.floor(examples / batchSize);
  if (whole < 1) throw new UsageError(`A batch of ${batchSize} is more than the ${examples} training examples`, `Use a smaller one: --batch-size ${examples}`);
  const spans: StageSpan[] = [];
  stages.forEach((stage, i) => {
    const before = spans.at(-1);
    const epochs = stage.epochs ?? wanted;
    // Where nothing is learned by gradients, every example counts.
    const rest = stage.solve && stage.phases.every(({ parameters }) => parameters.length === 0) ? examples % batchSize : 0;
    const stepsPerEpoch = whole + (rest > 0 ? 1 : 0);
    spans.push({
      stage,
      isLast: i === stages.length - 1,
      firstStep: before ? before.firstStep + before.steps : 0,
      firstEpoch: before ? before.firstEpoch + before.epochs : 0,
      stepsPerEpoch,
      epochs,
      steps: epochs * stepsPerEpoch,
      rest,
    });
  });
  return spans;
}

export interface Place<Span extends StageSpan> {
  readonly span: Span;
  /** Epoch of the run. */
  readonly epoch: number;
  /** Number of the batch within the epoch. */
  readonly batch: number;
}

/** Where a step stands; the step after the last stands at the end of the last stage. */
export function placeOf<Span extends StageSpan>(spans: readonly Span[], step: number): Place<Span> {
  const span = spans.findLast(({ firstStep }) => firstStep <= step) ?? spans[0];
  const within = step - span.firstStep;
  return { span, epoch: span.firstEpoch + Math.floor(within / span.stepsPerEpoch), batch: within % span.stepsPerEpoch };
}
