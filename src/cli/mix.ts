import type { Command } from "commander";
import { mixStyles, mixSvg } from "../verbs/mix.js";
import { figureFormat } from "./figure-file.js";
import { optionalWholeNumber, wholeNumber } from "./numbers.js";
import { addRunOptions, deliver, withRun, type RunFlags } from "./run-command.js";

const OUT = "figures/mixing.svg";

interface MixFlags extends RunFlags {
  readonly rows: string;
  readonly columns: string;
  readonly crossover?: string;
  readonly seed: string;
}

export function register(command: Command): void {
  addRunOptions(command, OUT)
    .option("--rows <number>", "draws whose coarse styles are used, to the left", "5")
    .option("--columns <number>", "draws whose fine styles are used, above", "6")
    .option("--crossover <number>", "how many styles, from the first, are coarse (default half of them)")
    .option("--seed <number>", "draw i depends on the seed and on i alone", "0")
    .addHelpText("after", "\nFor style-gan: the first styles make the large forms of an image, the last ones its details.")
    .action((path: string, flags: MixFlags) => {
      const [rows, columns, seed] = [wholeNumber("--rows", flags.rows, 1), wholeNumber("--columns", flags.columns, 1), wholeNumber("--seed", flags.seed, 0)];
      const crossover = optionalWholeNumber("--crossover", flags.crossover, 1);
      const format = figureFormat(flags.out ?? OUT);
      return withRun(path, flags, async (trained) => {
        const figure = await format(mixSvg(trained, await mixStyles(trained, { rows, columns, crossover, seed })));
        await deliver(trained, flags, OUT, figure, { rows, columns, seed, ...(crossover !== undefined && { crossover }) });
      });
    });
}
