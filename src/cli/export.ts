import type { Command } from "commander";
import { suggest, UsageError } from "../errors.js";
import type { AbilityName } from "../models/model.js";
import { exportAbility } from "../verbs/abilities.js";
import type { TrainedRun } from "../verbs/open.js";
import { addRunOptions, deliver, withRun, type RunFlags } from "./run-command.js";

export function register(command: Command): void {
  addRunOptions(command, "<ability>.onnx")
    .option("--ability <name>", "such as reconstruct, encode, decode, sample, denoise, translate, denoiser or mix, as far as the model has it", "decode")
    .addHelpText("after", "\nThe file has the weights inside, takes any batch size, and runs wherever ONNX does. Noise becomes inputs (noise_0, ...).")
    .action((path: string, flags: RunFlags & { readonly ability: string }) =>
      withRun(path, flags, async (trained) => {
        const ability = abilityOf(trained, flags.ability);
        await deliver(trained, flags, `${ability}.onnx`, await exportAbility(trained, ability), { ability });
      }),
    );
}

function abilityOf({ built, model }: TrainedRun, name: string): AbilityName {
  const names = Object.keys(built.abilities) as AbilityName[];
  const found = names.find((candidate) => candidate === name);
  if (!found) throw new UsageError(`The model "${model.name}" has no ability "${name}"`, suggest(name, names));
  return found;
}
