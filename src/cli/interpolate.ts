import { Option, type Command } from "commander";
import { encodePng } from "../figures/png.js";
import { endsOf, interpolationFigure } from "../verbs/figures.js";
import { addRunOptions, dataPart, deliver, splitOption, withRun, type RunFlags } from "./run-command.js";
import { wholeNumber } from "./numbers.js";

const OUT = "figures/interpolation.png";

interface InterpolateFlags extends RunFlags {
  readonly pairs: string;
  readonly steps: string;
  readonly from: string;
  readonly method: "linear" | "spherical";
  readonly part: "train" | "validation" | "test";
}

export function register(command: Command): void {
  addRunOptions(command, OUT)
    .option("--pairs <number>", "how many pairs of examples, one row each", "6")
    .option("--steps <number>", "images in a row, both ends included", "10")
    .option("--from <number>", "number of the first example", "0")
    .addOption(new Option("--method <name>", "straight through the codings, or along a great circle").choices(["linear", "spherical"]).default("linear"))
    .addOption(splitOption())
    .action((path: string, flags: InterpolateFlags) => {
      const [pairs, steps, first] = [wholeNumber("--pairs", flags.pairs, 1), wholeNumber("--steps", flags.steps, 2), wholeNumber("--from", flags.from, 0)];
      return withRun(path, flags, async (trained) => {
        const examples = await dataPart(trained, flags.part);
        const ends = endsOf(trained, examples, pairs, first);
        await deliver(trained, flags, OUT, encodePng(await interpolationFigure(trained, ends, steps, flags.method)), { pairs, steps, method: flags.method });
      });
    });
}
