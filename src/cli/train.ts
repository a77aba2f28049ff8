import { readFile } from "node:fs/promises";
import { Option, type Command } from "commander";
import { suggest, UsageError } from "../errors.js";
import { findModel, models } from "../models/registry.js";
import { trainingConfig } from "../training/index.js";
import { optimizers } from "../optimizers/index.js";
import { trainInWorker } from "../verbs/in-worker.js";
import { addEngineOptions, engineOf, type EngineFlags } from "./engine-options.js";
import { wholeNumber } from "./numbers.js";
import { reporter } from "./report.js";
import { addSchemaOptions, checkValues, fieldNames, pickFields, propertiesOf, setField, type Values } from "./schema-options.js";

interface TrainFlags extends EngineFlags {
  readonly data?: string;
  readonly split?: "book" | "full";
  readonly limit?: string;
  readonly config?: string;
  readonly set?: readonly string[];
  readonly optimizer?: string;
  readonly learningRate?: string;
  readonly out?: string;
  readonly json?: true;
}

export function register(command: Command, argv: readonly string[]): void {
  const named = argv[argv.indexOf("train") + 1];
  if (named && !named.startsWith("-")) findModel(named);
  const model = models.find(({ name }) => argv.includes(name));
  command
    .argument("[model]", `model: ${models.map(({ name }) => name).join(", ")}`)
    .option("--data <name>", "dataset (default fashion-mnist; see morphogen datasets)")
    .addOption(new Option("--split <name>", "book: keep 5,000 training images to validate; full: train on all, validate on the test set (default book)").choices(["book", "full"]))
    .option("--limit <number>", "train and validate on at most so many examples")
    .option("--out <folder>", "run folder (default runs/<model>-<number>)")
    .option("--config <file>", "take everything from a JSON file, such as a run's config.json; flags go before it")
    .option("--set <key=value>", "set any option by its name, such as optimizer.clipNorm=1; may be repeated", (text: string, all: string[] = []) => [...all, text])
    .option("--json", "print one JSON object per line: every logged event, last the run folder and the final metrics");
  addEngineOptions(command);
  if (model) addSchemaOptions(command, model.options, `Options of the model "${model.name}":`);
  const training = "Training:";
  addSchemaOptions(command, trainingConfig, training, model?.recipe);
  command.addOption(new Option("--optimizer <name>", `${Object.keys(optimizers).join(", ")} (default ${model?.recipe.optimizer ?? "the model's"})`).helpGroup(training));
  command.addOption(new Option("--learning-rate <number>", `above 0 (default ${model?.recipe.learningRate ?? "the model's"})`).helpGroup(training));
  if (!model) command.addHelpText("after", `\nmorphogen train <model> --help also lists the model's own options.`);
  command.action(run);
}

async function run(name: string | undefined, flags: TrainFlags): Promise<void> {
  const file = flags.config === undefined ? {} : await readConfig(flags.config);
  const chosen = name ?? file.model?.name;
  if (chosen === undefined) throw new UsageError("No model was named", `morphogen train <model>, where model is one of: ${models.map((model) => model.name).join(", ")}.`);
  const model = findModel(chosen);
  const given = flags as unknown as Values;
  const optimizerFlags = [...(flags.optimizer === undefined ? [] : [`optimizer.name=${flags.optimizer}`]), ...(flags.learningRate === undefined ? [] : [`optimizer.learningRate=${flags.learningRate}`])];
  let options: Values = { ...file.model?.options };
  let training: Values = { ...file.training };
  for (const text of [...(flags.set ?? []), ...optimizerFlags]) ({ options, training } = applySet(text, { options, training }, model.name));
  options = { ...options, ...pickFields(model.options, given) };
  training = { ...training, ...pickFields(trainingConfig, given) };
  checkValues(model.options, options, model.name);
  checkValues(trainingConfig, training, "training");

  await reporter({ json: flags.json === true }, (report) =>
    trainInWorker({
      model: model.name,
      options,
      training,
      data: flags.data ?? file.data?.name ?? "fashion-mnist",
      split: flags.split ?? file.data?.split,
      limit: flags.limit === undefined ? file.data?.limit : wholeNumber("--limit", flags.limit, 1),
      ...engineOf(flags),
      out: flags.out,
      ...report,
    }),
  );
}

interface ConfigFile {
  readonly model?: { readonly name: string; readonly options?: Values };
  readonly data?: { readonly name?: string; readonly split?: "book" | "full"; readonly limit?: number };
  readonly training?: Values;
}

async function readConfig(path: string): Promise<ConfigFile> {
  const text = await readFile(path, "utf8").catch((error: Error) => {
    throw new UsageError(`The configuration ${path} cannot be read: ${error.message}`);
  });
  const known = ["format", "model", "data", "training", "engine", "versions"];
  try {
    const parsed = JSON.parse(text) as ConfigFile;
    const unknown = Object.keys(parsed).find((key) => !known.includes(key));
    if (unknown !== undefined) throw new UsageError(`The configuration ${path} has an unknown part "${unknown}"`, suggest(unknown, known));
    return parsed;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`The configuration ${path} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Applies "key=value" to whichever of the model's options and the training's settings has the key. */
function applySet(text: string, { options, training }: { readonly options: Values; readonly training: Values }, modelName: string): { options: Values; training: Values } {
  const [key, ...value] = text.split("=");
  if (value.length === 0) throw new UsageError(`--set ${text} has no value`, "Write --set name=value.");
  const [ofModel, ofTraining] = [propertiesOf(findModel(modelName).options), propertiesOf(trainingConfig)];
  const path = key.split(".");
  const newOptions = setField(ofModel, options, path, value.join("="));
  if (newOptions) return { options: newOptions, training };
  const newTraining = setField(ofTraining, training, path, value.join("="));
  if (newTraining) return { options, training: newTraining };
  throw new UsageError(`There is no option "${key}"`, suggest(key, [...fieldNames(ofModel), ...fieldNames(ofTraining)]));
}
