import type { Command } from "commander";
import { encodePng } from "../figures/png.js";
import { firstExamples, firstLabels, reconstructionFigure } from "../verbs/figures.js";
import { reconstructionTable, showsImages } from "../verbs/tables.js";
import { addRunOptions, dataPart, deliver, splitOption, TABLE_HELP, withRun, type RunFlags } from "./run-command.js";
import { wholeNumber } from "./numbers.js";

const OUT = "figures/reconstructions.png";
/** Of vectors and series. */
const TABLE = "reconstructions.csv";

export function register(command: Command): void {
  addRunOptions(command, OUT)
    .option("--count <number>", "how many", "20")
    .option("--from <number>", "number of the first example", "0")
    .addOption(splitOption())
    .addHelpText("after", TABLE_HELP)
    .action((path: string, flags: RunFlags & { readonly count: string; readonly from: string; readonly part: "train" | "validation" | "test" }) => {
      const [count, from] = [wholeNumber("--count", flags.count, 1), wholeNumber("--from", flags.from, 0)];
      return withRun(path, flags, async (trained) => {
        const examples = await dataPart(trained, flags.part);
        const originals = firstExamples(trained, examples, count, from);
        const facts = { count, from, part: flags.part };
        if (!showsImages(trained)) return deliver(trained, flags, TABLE, await reconstructionTable(trained, originals, flags.out ?? TABLE), facts);
        const figure = await reconstructionFigure(trained, originals, 10, firstLabels(examples, count, from));
        return deliver(trained, flags, OUT, encodePng(figure), facts);
      });
    });
}
