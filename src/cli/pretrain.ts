import { dataOf, loadData } from "../verbs/prepare.js";
import { pretrain, pretrainingCsv, pretrainingSvg, pretrainModes, summarizePretraining, type PretrainMode, type PretrainRow } from "../verbs/pretrain.js";
import { suggest, UsageError } from "../errors.js";
import type { Command } from "commander";
import { figureFormat } from "./figure-file.js";
import { wholeNumber } from "./numbers.js";
import { printTable } from "./print.js";
import { addRunOptions, withRun, type RunFlags } from "./run-command.js";
import { deliverTrainings, labelCounts, percent, withMargin } from "./trainings.js";

const OUT = "figures/few-labels.svg";

interface PretrainFlags extends RunFlags {
  readonly labels: string;
  readonly seeds: string;
  readonly mode: string;
  readonly steps: string;
}

export function register(command: Command): void {
  addRunOptions(command, OUT)
    .option("--labels <list>", "numbers of labelled training images; more than there are means all", "100,500,1000,5000,60000")
    .option("--seeds <number>", "repetitions, each with labelled images, new weights and batches of its own", "3")
    .option("--mode <list>", "scratch: new weights; finetuned: the run's encoder, trained further; frozen: the run's encoder as it is", pretrainModes.join())
    .option("--steps <number>", "steps of a training at most; each stops early when the error on the validation images no longer falls", "10000")
    .addHelpText("after", "\nTrains the run's encoder with a layer for the classes on it, tests on the test images, and writes a figure and, beside it, a CSV file.")
    .action((path: string, flags: PretrainFlags) => {
      const [seeds, steps] = [wholeNumber("--seeds", flags.seeds, 1), wholeNumber("--steps", flags.steps, 1)];
      const labels = labelCounts(flags.labels);
      const modes = flags.mode.split(",").map(modeOf);
      const format = figureFormat(flags.out ?? OUT);
      return withRun(path, flags, async (trained) => {
        // The autoencoder has seen no labels; what is kept from training must not be the test images.
        const splits = await loadData({ ...dataOf(trained.config), split: "book", limit: undefined }, (line) => console.error(line));
        const results = await pretrain(trained, splits, {
          labels, seeds, modes,
          training: { steps },
          onResult: ({ labels: count, mode, seed, accuracy, steps: done }) => console.error(`${count} labels, seed ${seed}, ${mode}: ${percent(accuracy)}% after ${done} steps`),
        });
        const rows = summarizePretraining(results);
        if (!flags.json) printTable([["labels", "weights", "accuracy (%)", "more than from scratch"], ...rows.map(cells)]);
        await deliverTrainings(trained, flags, OUT, { csv: pretrainingCsv(results), figure: await format(pretrainingSvg(rows, `${trained.model.title}: pretraining for few labels`)), facts: { rows, results } });
      });
    });
}

function modeOf(text: string): PretrainMode {
  const mode = pretrainModes.find((name) => name === text.trim());
  if (!mode) throw new UsageError(`--mode is ${text}`, suggest(text, pretrainModes));
  return mode;
}

const cells = ({ labels, mode, accuracy, gain }: PretrainRow): string[] => [labels.toLocaleString("en"), mode, withMargin(accuracy), gain ? withMargin(gain) : ""];
