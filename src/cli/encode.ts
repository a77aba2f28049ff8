import type { Command } from "commander";
import { codingsOf } from "../verbs/codings.js";
import { addRunOptions, dataPart, deliver, splitOption, withRun, type RunFlags } from "./run-command.js";

const OUT = "codings.csv";

export function register(command: Command): void {
  addRunOptions(command, OUT)
    .addOption(splitOption())
    .addHelpText("after", "\nOne line for each example: its label, where there is one, and its codings.")
    .action((path: string, flags: RunFlags & { readonly part: "train" | "validation" | "test" }) =>
      withRun(path, flags, async (trained) => {
        const { csv, count, size } = await codingsOf(trained, await dataPart(trained, flags.part));
        await deliver(trained, flags, OUT, csv, { count, size, part: flags.part });
      }),
    );
}
