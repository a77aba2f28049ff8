/** The flags that say what is trained and how: the model with its options, the data, the training. */
import { readFile } from "node:fs/promises";
import { Option, type Command } from "commander";
import { fileOptions, type FileOptionsInput } from "../data/file-options.js";
import { suggest, UsageError } from "../errors.js";
import { latentDiffusion } from "../models/latent-diffusion.js";
import type { Model } from "../models/model.js";
import { findModel, models } from "../models/registry.js";
import { optimizers } from "../optimizers/index.js";
import type { Data } from "../tensor/index.js";
import { trainingConfig } from "../training/index.js";
import { firstStageOf } from "../verbs/latent-diffusion.js";
import { dataOf as dataOfRun } from "../verbs/prepare.js";
import { addSchemaOptions, checkValues, fieldNames, pickFields, propertiesOf, setField, type Values } from "./schema-options.js";

export interface ModelFlags {
  readonly autoencoder?: string;
  readonly data?: string;
  readonly config?: string;
  readonly set?: readonly string[];
  readonly optimizer?: string;
  readonly learningRate?: string;
  readonly momentum?: string;
}

/** What the flags and the file of `--config` say together. */
export interface Chosen {
  readonly model: Model;
  readonly options: Values;
  readonly training: Values;
  readonly data: { readonly name: string; readonly split?: "book" | "full"; readonly files?: FileOptionsInput; readonly limit?: number };
  /** Values that variables begin with, of a model that stands on another's run. */
  readonly initial?: ReadonlyMap<string, Data>;
}

/** Models that `chosenModel` knows what to do with. */
export const trainable: readonly Model[] = [...models, latentDiffusion];

/** Adds the argument [model]; the model's own options where `argv` names it. */
export function addModelOptions(command: Command, argv: readonly string[]): Command {
  const named = argv[argv.indexOf(command.name()) + 1];
  if (named && !named.startsWith("-")) findModel(named);
  // The first word that names one: a later one may be an option's value, such as the activation "linear".
  const model = argv.flatMap((word) => trainable.filter(({ name }) => name === word)).at(0);
  command
    .argument("[model]", `model: ${trainable.map(({ name }) => name).join(", ")}`)
    .option("--data <name or path>", "dataset (default fashion-mnist; see morphogen datasets), or the path of a folder of images, a CSV, NPY or NPZ file")
    .option("--config <file>", "take everything from a JSON file, such as a run's config.json; flags override it")
    .option("--set <key=value>", "set any option by its name, such as optimizer.clipNorm=1; may be repeated", (text: string, all: string[] = []) => [...all, text]);
  if (model === latentDiffusion) command.option("--autoencoder <run>", "run folder of the autoencoder whose codings are learned, such as runs/variational-1; its data are trained on where --data names no others");
  if (model) addSchemaOptions(command, model.options, `Options of the model "${model.name}":`);
  const training = "Training:";
  addSchemaOptions(command, trainingConfig, training, model?.recipe);
  command.addOption(new Option("--optimizer <name>", `${Object.keys(optimizers).join(", ")} (default ${model?.recipe.optimizer ?? "the model's"})`).helpGroup(training));
  command.addOption(new Option("--learning-rate <number>", `above 0 (default ${model?.recipe.learningRate ?? "the model's"})`).helpGroup(training));
  command.addOption(new Option("--momentum <number>", "of sgd and rmsprop: from 0 below 1 (default 0)").helpGroup(training));
  addSchemaOptions(command, fileOptions, "Your own data:");
  if (!model) command.addHelpText("after", `\nmorphogen ${command.name()} <model> --help also lists the model's own options.`);
  return command;
}

/** `command` is the one that the user is told how to use. */
export async function chosenModel(command: string, name: string | undefined, flags: ModelFlags): Promise<Chosen> {
  const configured = flags.config === undefined ? {} : await readConfig(flags.config);
  const chosen = name ?? configured.model?.name;
  if (chosen === undefined) throw new UsageError("No model was named", `morphogen ${command} <model>, where model is one of: ${trainable.map((model) => model.name).join(", ")}.`);
  const model = findModel(chosen);
  if (!trainable.includes(model)) throw new UsageError(`The model "${model.name}" is taught by a trained run`, "Use morphogen distill RUN.");
  const stage = await autoencoderOf(command, model, flags);
  const file: ConfigFile = stage ? { ...configured, data: configured.data ?? stage.data } : configured;
  const given = flags as unknown as Values;
  const { optimizer, learningRate, momentum } = flags;
  const optimizerFlags = Object.entries({ name: optimizer, learningRate, momentum }).flatMap(([key, text]) => (text === undefined ? [] : [`optimizer.${key}=${text}`]));
  let options: Values = { ...file.model?.options };
  let training: Values = { ...file.training };
  for (const text of [...(flags.set ?? []), ...optimizerFlags]) ({ options, training } = applySet(text, { options, training }, model.name));
  options = { ...options, ...pickFields(model.options, given), ...(stage && { autoencoder: stage.autoencoder }) };
  training = { ...training, ...pickFields(trainingConfig, given) };
  checkValues(model.options, options, model.name);
  checkValues(trainingConfig, training, "training");
  // What a file says of how data is read is about its own data.
  const files = { ...(flags.data === undefined && file.data?.files), ...pickFields(fileOptions, given) };
  checkValues(fileOptions, files, "data");
  const named = Object.keys(files).length > 0 && { files };
  return { model, options, training, data: { ...dataOf(file, flags), ...named }, ...(stage && { initial: stage.initial }) };
}

/** Of a model that learns the codings of a trained autoencoder: that, and the data it was trained on. */
async function autoencoderOf(command: string, model: Model, { autoencoder: path, data }: ModelFlags) {
  if (model !== latentDiffusion) {
    if (path !== undefined) throw new UsageError(`The model "${model.name}" stands on no autoencoder`, `Leave --autoencoder out, or use morphogen ${command} ${latentDiffusion.name}.`);
    return undefined;
  }
  if (path === undefined) throw new UsageError(`The model "${model.name}" learns the codings of a trained autoencoder`, `morphogen ${command} ${model.name} --autoencoder RUN, after morphogen train variational, for one.`);
  const { config, ...stage } = await firstStageOf(path);
  // A run on a program's own arrays is refused where they are wanted.
  if (data === undefined) dataOfRun(config);
  return { ...stage, data: config.data as NonNullable<ConfigFile["data"]> };
}

function dataOf({ data }: ConfigFile, flags: ModelFlags): Omit<Chosen["data"], "files"> {
  const { files: _, ...rest } = data ?? {};
  return { ...rest, name: flags.data ?? data?.name ?? "fashion-mnist" };
}

interface ConfigFile {
  readonly model?: { readonly name: string; readonly options?: Values };
  readonly data?: { readonly name?: string; readonly split?: "book" | "full"; readonly files?: FileOptionsInput; readonly limit?: number };
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
