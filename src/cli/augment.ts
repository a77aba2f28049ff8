import type { Command } from "commander";
import { augment, augmentationCsv, augmentationSvg, labelsWarning, summarizeAugmentation, type AugmentRow } from "../verbs/augment.js";
import { dataOf, loadData } from "../verbs/prepare.js";
import { figureFormat } from "./figure-file.js";
import { share, wholeNumber } from "./numbers.js";
import { printTable } from "./print.js";
import { addRunOptions, withRun, type RunFlags } from "./run-command.js";
import { deliverTrainings, labelCounts, percent, withMargin } from "./trainings.js";

const OUT = "figures/augmented.svg";

interface AugmentFlags extends RunFlags {
  readonly labels?: string;
  readonly seeds: string;
  readonly generated: string;
  readonly confidence: string;
  readonly steps: string;
}

export function register(command: Command): void {
  addRunOptions(command, OUT)
    .option("--labels <list>", "numbers of labelled training examples (default 100,500,1000, as far as there are so many)")
    .option("--seeds <number>", "repetitions, each with labelled examples, samples, new weights and batches of its own", "5")
    .option("--generated <number>", "examples that the run's model makes", "2000")
    .option("--confidence <share>", "of a model without classes: how sure the classifier with few labels must be of what it is to learn from", "0.9")
    .option("--steps <number>", "steps of a training, with generated examples or without", "1000")
    .addHelpText("after", "\nTrains a small classifier on labelled examples, and on these and the run's samples, tests both on the test examples, and writes a figure and, beside it, a CSV file.")
    .action((path: string, flags: AugmentFlags) => {
      const labels = flags.labels === undefined ? undefined : labelCounts(flags.labels);
      const [seeds, generated, steps] = [wholeNumber("--seeds", flags.seeds, 1), wholeNumber("--generated", flags.generated, 1), wholeNumber("--steps", flags.steps, 1)];
      const confidence = share("--confidence", flags.confidence);
      const format = figureFormat(flags.out ?? OUT);
      return withRun(path, flags, async (trained) => {
        const results = await augment(trained, await loadData(dataOf(trained.config), (line) => console.error(line)), {
          labels, seeds, generated, confidence,
          training: { steps },
          onResult: ({ labels: count, mode, seed, accuracy, generated: used }) => console.error(`${count} labels, seed ${seed}, ${mode}${used > 0 ? ` with ${used}` : ""}: ${percent(accuracy)}%`),
        });
        const rows = summarizeAugmentation(results);
        const warning = labelsWarning(rows);
        const title = `${trained.model.title}: samples for few labels; the generator saw ${seen(rows[rows.length - 1])}`;
        if (!flags.json) printTable([["labels", "trained on", "accuracy (%)", "more than labelled alone", "generated", "labels the generator saw"], ...rows.map(cells)]);
        if (warning) console.error(`warning: ${warning}`);
        await deliverTrainings(trained, flags, OUT, { csv: augmentationCsv(results), figure: await format(augmentationSvg(rows, title)), facts: { rows, results, ...(warning && { warning }) } });
      });
    });
}

const seen = ({ generatorLabels }: Pick<AugmentRow, "generatorLabels">): string => (generatorLabels === 0 ? "none" : generatorLabels.toLocaleString("en"));

const cells = ({ labels, mode, accuracy, gain, generated, generatorLabels }: AugmentRow): string[] => [
  labels.toLocaleString("en"), mode, withMargin(accuracy), ...(gain ? [withMargin(gain), Math.round(generated).toLocaleString("en"), seen({ generatorLabels })] : []),
];
