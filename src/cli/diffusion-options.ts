/** Flags of the commands that sample a diffusion model. */
import { Option, type Command } from "commander";
import { UsageError } from "../errors.js";
import { samplers, spacings, type Sampler, type Spacing } from "../samplers/index.js";
import type { DiffusionSettings } from "../verbs/diffusion.js";
import { numberFromZero } from "./numbers.js";

export interface DiffusionFlags {
  readonly sampler?: string;
  readonly steps?: string | undefined;
  readonly spacing?: Spacing;
  readonly guidance?: string;
  readonly samplerSet?: readonly string[];
}

/** Above the flags of these in the help. */
export const DIFFUSION = "Of a diffusion model:";

/** What a command has use for of these flags. */
export interface DiffusionUse {
  /** Levels on the way when nothing is said, of a model that was not distilled. Default 20. */
  readonly steps?: number;
  /** The sampler when nothing is said, likewise. Default "dpm-solver". */
  readonly sampler?: string;
  /** Which samplers can be used. Default: all. */
  readonly suits?: (sampler: Sampler) => boolean;
  /** Flags that mean nothing to it: where no class can be asked for, or a sampler's options would lead astray. */
  readonly without?: readonly ("guidance" | "sampler-set")[];
}

export function addDiffusionOptions(command: Command, { steps = 20, sampler = "dpm-solver", suits = () => true, without = [] }: DiffusionUse = {}): Command {
  const suited = samplers.filter(suits);
  const jumps = suited.find((candidate) => candidate.jumps);
  const close = suited.filter(({ spacing }) => spacing === "karras");
  const settings = suited.flatMap(({ name, options }) => Object.keys(options.shape).map((option) => `${option} (${name})`)).join(", ");
  const options = [
    new Option("--sampler <name>", `${suited.map(({ name }) => name).join(", ")} (default ${sampler}${jumps ? `; ${jumps.name} of a distilled model` : ""})`),
    new Option("--steps <number>", `levels of noise on the way, from 2 (default ${steps}${jumps ? "; 2 of a distilled model, which can do with 1" : ""})`),
    new Option("--spacing <name>", `how they lie (default ${close.length > 0 ? `karras of ${close.map(({ name }) => name).join(", ")}, else ` : ""}the model's)`).choices(spacings),
    new Option("--guidance <number>", "how strongly the class is asked for, of a model trained with --conditional: from 0, not at all, by 1, as learned, to 2 or 3, clearer and more alike (default 1)"),
    new Option("--sampler-set <name=value...>", `the sampler's own options: ${settings}`),
  ];
  for (const option of options) if (!without.some((name) => name === option.name())) command.addOption(option.helpGroup(DIFFUSION));
  return command;
}

/** Undefined where no flag was given. `distilled`: whether the model is. */
export function diffusionSettings({ sampler, steps, spacing, guidance, samplerSet = [] }: DiffusionFlags, distilled = false): DiffusionSettings | undefined {
  if ([sampler, steps, spacing, guidance].every((flag) => flag === undefined) && samplerSet.length === 0) return undefined;
  const samplerOptions = Object.fromEntries(samplerSet.map(samplerOption));
  const weight = guidance === undefined ? undefined : numberFromZero("--guidance", guidance);
  return { sampler, steps: steps === undefined ? undefined : stepsOf(steps, distilled), spacing, guidance: weight, samplerOptions };
}

function stepsOf(text: string, distilled: boolean): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < (distilled ? 1 : 2)) throw new UsageError(`--steps is ${text}`, `Use a whole number from ${distilled ? "1" : "2; a distilled model can do with 1"}.`);
  return value;
}

/** "eta=0.5": what is before the first "=", and what comes after it, as a number where it is one. */
function samplerOption(text: string): [string, string | number] {
  const at = text.indexOf("=");
  const [name, value] = at < 0 ? [text, ""] : [text.slice(0, at).trim(), text.slice(at + 1).trim()];
  if (name === "") throw new UsageError(`--sampler-set ${text} names no option`, "Write --sampler-set eta=0.5");
  if (value === "") throw new UsageError(`--sampler-set ${text} has no value`, `Write --sampler-set ${name}=0.5`);
  return [name, Number.isNaN(Number(value)) ? value : Number(value)];
}
