import type { Command } from "commander";
import { classNumber } from "../verbs/abilities.js";
import { traversalSvg, traverse, type Traversal } from "../verbs/traverse.js";
import { figureFormat } from "./figure-file.js";
import { optionalWholeNumber, positiveNumber, wholeNumber } from "./numbers.js";
import { printTable } from "./print.js";
import { addRunOptions, dataPart, deliver, splitOption, withRun, type RunFlags } from "./run-command.js";

const OUT = "figures/traversal.svg";

interface TraverseFlags extends RunFlags {
  readonly steps: string;
  readonly range: string;
  readonly count: string;
  readonly index?: string;
  readonly label?: string;
  readonly part: "train" | "validation" | "test";
}

export function register(command: Command): void {
  addRunOptions(command, OUT)
    .option("--steps <number>", "images in a row (of codings that are bits: 2)", "7")
    .option("--range <number>", "standard deviations that a coding goes to both sides", "3")
    .option("--count <number>", "how many codings, those that change the image most", "10")
    .option("--index <number>", "number of the example to start from (default: the mean of all codings)")
    .option("--class, --label <class>", "of a conditional model: this class, by its name or number (default: the example's)")
    .addOption(splitOption())
    .addHelpText("after", "\nA coding stays within the range that it has over the examples. The change is the variance of each pixel over the row's images, averaged over the pixels.")
    .action((path: string, flags: TraverseFlags) => {
      const [steps, count, range] = [wholeNumber("--steps", flags.steps, 2), wholeNumber("--count", flags.count, 1), positiveNumber("--range", flags.range)];
      const index = optionalWholeNumber("--index", flags.index, 0);
      const format = figureFormat(flags.out ?? OUT);
      return withRun(path, flags, async (trained) => {
        const label = flags.label === undefined ? undefined : classNumber(trained, flags.label);
        const traversal = await traverse(trained, await dataPart(trained, flags.part), { steps, range, index, label, count });
        const figure = await format(traversalSvg(trained, traversal));
        if (!flags.json) print(traversal);
        await deliver(trained, flags, OUT, figure, factsOf(traversal));
      });
    });
}

const factsOf = ({ rows, ...facts }: Traversal) => ({ ...facts, rows: rows.map(({ coding, deviation, change, values }) => ({ coding, deviation, change, values })) });

function print({ rows }: Traversal): void {
  printTable([["coding", "deviation", "change"], ...rows.map(({ coding, deviation, change }) => [String(coding), deviation.toPrecision(3), change.toPrecision(3)])], 3);
}
