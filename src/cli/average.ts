import type { Command } from "commander";
import { scoreAverages, useAverage, usualWidths, type AverageScore } from "../verbs/average.js";
import { dataOf, loadData } from "../verbs/prepare.js";
import { formatNumber } from "./display.js";
import { optionalWholeNumber, positiveNumber } from "./numbers.js";
import { printJson, printTable } from "./print.js";
import { addRunOptions, deliver, withRun, type RunFlags } from "./run-command.js";

const OUT = "averages.json";

interface AverageFlags extends RunFlags {
  readonly widths: string;
  readonly samples?: string;
  readonly use?: string;
}

export function register(command: Command): void {
  addRunOptions(command, OUT)
    .option("--widths <numbers>", "shares of the training that averages reach back (standard deviations), above 0 and up to 0.28", usualWidths.join(","))
    .option("--samples <number>", "also score so many samples of each by their Fréchet distance")
    .option("--use <width>", "use this average from now on: it becomes the run's best checkpoint")
    .addHelpText("after", "\nA run keeps what averages are made of when it is trained with --post-hoc-averages. Without --use, the table says how the average of each width validates,\nbeside the weights that the run is used with; nothing is changed.")
    .action(async (path: string, flags: AverageFlags) => {
      const [widths, samples] = [flags.widths.split(",").map((text) => positiveNumber("--widths", text)), optionalWholeNumber("--samples", flags.samples, 1)];
      if (flags.use !== undefined) return use(path, positiveNumber("--use", flags.use), flags);
      return withRun(path, flags, async (trained) => {
        const onProgress = (line: string) => console.error(line);
        const data = await loadData(dataOf(trained.config), onProgress);
        const scores = await scoreAverages(trained, { data, widths, samples, onProgress });
        if (!flags.json) print(scores);
        await deliver(trained, flags, OUT, `${JSON.stringify({ run: path, scores }, undefined, 2)}\n`, { scores });
      });
    });
}

async function use(path: string, width: number, { json }: AverageFlags): Promise<void> {
  await useAverage(path, width);
  if (json) printJson({ run: path, width });
  else console.log(`${path} is now used with the average of width ${width}.`);
}

function print(scores: readonly AverageScore[]): void {
  const [{ validation, frechet }] = scores;
  const cells = ({ width, validation: metrics, frechet: distance }: AverageScore): string[] => [
    width === undefined ? "as it is" : String(width), ...Object.values(metrics).map(formatNumber), ...(distance === undefined ? [] : [formatNumber(distance)]),
  ];
  printTable([["width", ...Object.keys(validation), ...(frechet === undefined ? [] : ["FID"])], ...scores.map(cells)], 1 + Object.keys(validation).length + 1);
}
