/** Training: the loop, run folders, checkpoints. */
export { averageOfWidth } from "./average-snapshots.js";
export { bestCheckpoint, checkpointSteps, loadVariables, newestCheckpoint, replaceAverages, type Checkpoint, type Progress } from "./checkpoint.js";
export { optimizerOf, trainingConfig, type TrainingConfig } from "./config.js";
export { evaluator, type Evaluation, type Evaluator } from "./evaluate.js";
export type { Metrics, OnEvent, TrainingEvent } from "./events.js";
export { fit, valuesOf, writeAll, type FitJob, type FitResult } from "./fit.js";
export { timelineOf, type StageSpan } from "./timeline.js";
export { stagePrograms, type PhaseProgram, type StagePrograms } from "./stages.js";
export { createRun, inTemporaryRun, listRuns, openRun, readRunConfig, type Run, type RunConfig } from "./run-folder.js";
export { readMetrics, type MetricsLine } from "./metrics.js";
export { decodeSafetensors, encodeSafetensors, type Safetensors } from "./safetensors.js";
export { requireExamples, train, type TrainingJob, type TrainingResult } from "./train.js";
export { writeWhole } from "./files.js";
