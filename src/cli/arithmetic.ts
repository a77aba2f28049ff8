import type { Command } from "commander";
import { evenly } from "../analysis/traversal.js";
import { classIndex } from "../verbs/abilities.js";
import { arithmeticSvg, arrivals, classDirection, examplesOfClass, type Arrivals } from "../verbs/arithmetic.js";
import { requireExample } from "../verbs/codings.js";
import { dataOf, loadData } from "../verbs/prepare.js";
import { figureFormat } from "./figure-file.js";
import { positiveNumber, wholeNumber } from "./numbers.js";
import { printTable } from "./print.js";
import { addRunOptions, deliver, splitOption, withRun, type RunFlags } from "./run-command.js";

const OUT = "figures/arithmetic.svg";

interface ArithmeticFlags extends RunFlags {
  readonly add: string;
  readonly subtract: string;
  readonly index?: string;
  readonly count: string;
  readonly steps: string;
  readonly strength: string;
  readonly part: "train" | "validation" | "test";
}

export function register(command: Command): void {
  addRunOptions(command, OUT)
    .requiredOption("--add <class>", "class whose mean coding is added, by its name or number")
    .requiredOption("--subtract <class>", "class whose mean coding is subtracted")
    .option("--index <numbers>", "numbers of the examples to move, such as 3,7 (default: the first of the class that is subtracted)")
    .option("--count <number>", "how many of them, where --index names none", "8")
    .option("--steps <number>", "images in a row beside the example", "7")
    .option("--strength <number>", "how many times the difference is added in the last of them", "1")
    .addOption(splitOption())
    .addHelpText("after", "\nThe means are those of the training examples. The table says how many examples of the class that is subtracted, once moved and decoded, are nearest to the mean\nof the class that is added: among the codings, encoded again, and pixel by pixel. The last line is of real examples of that class.")
    .action((path: string, flags: ArithmeticFlags) => {
      const [count, steps, strength] = [wholeNumber("--count", flags.count, 1), wholeNumber("--steps", flags.steps, 2), positiveNumber("--strength", flags.strength)];
      const wanted = flags.index?.split(",").map((text) => wholeNumber("--index", text, 0));
      const format = figureFormat(flags.out ?? OUT);
      return withRun(path, flags, async (trained) => {
        const [add, subtract] = [classIndex(trained.spec, flags.add), classIndex(trained.spec, flags.subtract)];
        const splits = await loadData(dataOf(trained.config), (line) => console.error(line));
        const examples = splits[flags.part];
        wanted?.forEach((index) => requireExample(examples, index));
        const indices = wanted ?? examplesOfClass(examples, subtract, count);
        const way = await classDirection(trained, splits.train, { add, subtract });
        const strengths = evenly(0, strength, steps);
        const found = await arrivals(trained, examples, way, strengths);
        const nameOf = (number: number): string => trained.spec.classes?.[number] ?? String(number);
        const last = found.moved[steps - 1];
        const subtitle = `${percent(last.codings)}% of ${found.count.toLocaleString("en")} examples of ${nameOf(subtract)} end nearest to ${nameOf(add)} (of real ones ${percent(found.real.codings)}%)`;
        const figure = await format(await arithmeticSvg(trained, examples, way, indices, strengths, subtitle));
        if (!flags.json) print(found, nameOf(add));
        await deliver(trained, flags, OUT, figure, { add, subtract, indices, part: flags.part, ...found });
      });
    });
}

const percent = (share: number): string => (100 * share).toFixed(1);

function print({ moved, real }: Arrivals, name: string): void {
  const rows = [...moved.map(({ strength, ...nearest }) => [strength.toFixed(2), nearest] as const), [`real ${name}`, real] as const];
  printTable([["strength", `nearest to ${name} by codings (%)`, "by pixels (%)"], ...rows.map(([what, { codings, pixels }]) => [what, percent(codings), percent(pixels)])]);
}
