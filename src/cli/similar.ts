import type { Command } from "commander";
import type { Neighbour } from "../analysis/neighbours.js";
import type { Examples } from "../data/dataset.js";
import { similar, similarSvg } from "../verbs/similar.js";
import { formatNumber } from "./display.js";
import { figureFormat } from "./figure-file.js";
import { wholeNumber } from "./numbers.js";
import { printJson, printTable } from "./print.js";
import { addRunOptions, dataPart, deliver, splitOption, withRun, type RunFlags } from "./run-command.js";

const OUT = "figures/similar.png";

interface SimilarFlags extends RunFlags {
  readonly index: string;
  readonly count: string;
  readonly part: "train" | "validation" | "test";
}

export function register(command: Command): void {
  addRunOptions(command, OUT)
    .option("--index <number>", "number of the example to compare with", "0")
    .option("--count <number>", "how many to find", "10")
    .addOption(splitOption())
    .addHelpText("after", "\nDistances are the number of bits in which the codings of a hashing run differ, and Euclidean for any other.\nThe figure shows the example first, in a frame, then those most like it.")
    .action((path: string, flags: SimilarFlags) => {
      const [index, count] = [wholeNumber("--index", flags.index, 0), wholeNumber("--count", flags.count, 1)];
      const format = figureFormat(flags.out ?? OUT);
      return withRun(path, flags, async (trained) => {
        const examples = await dataPart(trained, flags.part);
        const neighbours = await similar(trained, examples, { index, count });
        const facts = { index, part: flags.part, neighbours };
        if (!flags.json) print(examples, index, neighbours);
        if (trained.spec.kind === "images") await deliver(trained, flags, OUT, await format(similarSvg(trained, examples, index, neighbours)), facts);
        else if (flags.json) printJson(facts);
      });
    });
}

/** Bits are counted, lengths are not. */
const formatDistance = (distance: number): string => (Number.isInteger(distance) ? String(distance) : formatNumber(distance));

/** One line for the example and for each neighbour: its number, its distance and its class. */
function print({ labels, spec: { classes } }: Examples, index: number, neighbours: readonly Neighbour[]): void {
  const classOf = (example: number): string => (labels ? (classes?.[labels[example]] ?? String(labels[example])) : "");
  printTable([["example", "distance", labels ? "class" : ""], ...[{ index, distance: 0 }, ...neighbours].map((neighbour) => [String(neighbour.index), formatDistance(neighbour.distance), classOf(neighbour.index)])], 2);
}
