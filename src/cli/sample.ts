import type { Command } from "commander";
import { encodePng } from "../figures/png.js";
import { classNumber } from "../verbs/abilities.js";
import { sampleFigure } from "../verbs/figures.js";
import { addRunOptions, deliver, withRun, type RunFlags } from "./run-command.js";
import { wholeNumber } from "./numbers.js";

const OUT = "figures/samples.png";

export function register(command: Command): void {
  addRunOptions(command, OUT)
    .option("--count <number>", "how many", "64")
    .option("--seed <number>", "sample i depends on the seed and on i alone", "0")
    .option("--label <class>", "of a conditional model: this class, by its name or number (default: one row for each class)")
    .action((path: string, flags: RunFlags & { readonly count: string; readonly seed: string; readonly label?: string }) => {
      const [count, seed] = [wholeNumber("--count", flags.count, 1), wholeNumber("--seed", flags.seed, 0)];
      return withRun(path, flags, async (trained) => {
        const label = flags.label === undefined ? undefined : classNumber(trained, flags.label);
        await deliver(trained, flags, OUT, encodePng(await sampleFigure(trained, count, seed, label)), { count, seed, ...(label !== undefined && { label }) });
      });
    });
}
