/** Flags of the commands that sample a diffusion model. */
import { Option, type Command } from "commander";
import { UsageError } from "../errors.js";
import { samplers, spacings, type Spacing } from "../samplers/index.js";
import type { DiffusionSettings } from "../verbs/diffusion.js";
import { finiteNumber, wholeNumber } from "./numbers.js";

export interface DiffusionFlags {
  readonly sampler?: string;
  readonly steps?: string | undefined;
  readonly spacing?: Spacing;
  readonly guidance?: string;
  readonly samplerSet?: readonly string[];
}

/** Above the flags of these in the help. */
export const DIFFUSION = "Of a diffusion model:";
const settings = samplers.flatMap(({ name, options }) => Object.keys(options.shape).map((option) => `${option} (${name})`)).join(", ");

/** `steps`: how many there are when nothing is said, of a model that was not distilled. */
export const addDiffusionOptions = (command: Command, steps = 20): Command =>
  command
    .addOption(new Option("--sampler <name>", `${samplers.map(({ name }) => name).join(", ")} (default dpm-solver; consistency of a distilled model)`).helpGroup(DIFFUSION))
    .addOption(new Option("--steps <number>", `levels of noise on the way (default ${steps}; 2 of a distilled model, which can do with 1)`).helpGroup(DIFFUSION))
    .addOption(new Option("--spacing <name>", `how they lie: ${spacings.join(", ")} (default karras of heun, dpm-solver and unipc, else the model's)`).choices(spacings).helpGroup(DIFFUSION))
    .addOption(new Option("--guidance <number>", "how strongly the class is asked for, of a model trained with --conditional: 1 as learned, 2 or 3 clearer and more alike (default 1)").helpGroup(DIFFUSION))
    .addOption(new Option("--sampler-set <name=value...>", `the sampler's own options: ${settings}`).helpGroup(DIFFUSION));

/** Undefined where no flag was given. */
export function diffusionSettings({ sampler, steps, spacing, guidance, samplerSet = [] }: DiffusionFlags): DiffusionSettings | undefined {
  if ([sampler, steps, spacing, guidance].every((flag) => flag === undefined) && samplerSet.length === 0) return undefined;
  const samplerOptions = Object.fromEntries(samplerSet.map(samplerOption));
  const weight = guidance === undefined ? undefined : finiteNumber("--guidance", guidance);
  return { sampler, steps: steps === undefined ? undefined : wholeNumber("--steps", steps, 1), spacing, guidance: weight, samplerOptions };
}

/** "eta=0.5": what is before the first "=", and what comes after it, as a number where it is one. */
function samplerOption(text: string): [string, string | number] {
  const at = text.indexOf("=");
  const [name, value] = at < 0 ? [text, ""] : [text.slice(0, at).trim(), text.slice(at + 1).trim()];
  if (name === "") throw new UsageError(`--sampler-set ${text} names no option`, "Write --sampler-set eta=0.5");
  if (value === "") throw new UsageError(`--sampler-set ${text} has no value`, `Write --sampler-set ${name}=0.5`);
  return [name, Number.isNaN(Number(value)) ? value : Number(value)];
}
