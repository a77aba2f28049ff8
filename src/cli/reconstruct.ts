import type { Command } from "commander";
import { encodePng } from "../figures/png.js";
import { firstExamples, firstLabels, reconstructionFigure } from "../verbs/figures.js";
import { addRunOptions, dataPart, deliver, splitOption, withRun, type RunFlags } from "./run-command.js";
import { wholeNumber } from "./numbers.js";

const OUT = "figures/reconstructions.png";

export function register(command: Command): void {
  addRunOptions(command, OUT)
    .option("--count <number>", "how many", "20")
    .option("--from <number>", "number of the first example", "0")
    .addOption(splitOption())
    .action((path: string, flags: RunFlags & { readonly count: string; readonly from: string; readonly part: "train" | "validation" | "test" }) => {
      const [count, from] = [wholeNumber("--count", flags.count, 1), wholeNumber("--from", flags.from, 0)];
      return withRun(path, flags, async (trained) => {
        const examples = await dataPart(trained, flags.part);
        const figure = await reconstructionFigure(trained, firstExamples(trained, examples, count, from), 10, firstLabels(examples, count, from));
        await deliver(trained, flags, OUT, encodePng(figure), { count, from, part: flags.part });
      });
    });
}
