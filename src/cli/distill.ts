import { Option, type Command } from "commander";
import { UsageError } from "../errors.js";
import { consistency } from "../models/consistency.js";
import { trainingConfig } from "../training/index.js";
import { distillation } from "../verbs/distill.js";
import { trainInWorker } from "../verbs/in-worker.js";
import { addEngineOptions, engineOf, type EngineFlags } from "./engine-options.js";
import { reporter } from "./report.js";
import { addSchemaOptions, checkValues, pickFields, type Values } from "./schema-options.js";

type DistillFlags = EngineFlags & { readonly out?: string; readonly learningRate?: string; readonly json?: true };

export function register(command: Command): void {
  const training = "Training:";
  command.argument("<run>", "run folder of edm, flow-matching, or diffusion with --prediction velocity").option("--out <folder>", "run folder (default runs/consistency-<number>)").option("--json", "print one JSON object per line: every logged event, last the run folder and the final metrics");
  addSchemaOptions(command, consistency.options, "Distillation:");
  addSchemaOptions(command, trainingConfig, training, consistency.recipe);
  command.addOption(new Option("--learning-rate <number>", `above 0 (default ${consistency.recipe.learningRate})`).helpGroup(training));
  addEngineOptions(command).action((path: string, flags: DistillFlags) => distill(path, flags));
}

async function distill(path: string, flags: DistillFlags): Promise<void> {
  const given = flags as unknown as Values;
  const [options, rate] = [pickFields(consistency.options, given), Number(flags.learningRate)];
  if (flags.learningRate !== undefined && !(rate > 0)) throw new UsageError(`--learning-rate is ${flags.learningRate}`, "Use a number above 0, such as 0.0004.");
  const training = { ...pickFields(trainingConfig, given), ...(flags.learningRate !== undefined && { optimizer: { learningRate: rate } }) };
  checkValues(trainingConfig, training, "training");
  await reporter({ json: flags.json === true }, async (report) => trainInWorker({ ...(await distillation(path, { options, training })), out: flags.out, ...engineOf(flags), ...report }));
}
