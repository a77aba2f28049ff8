import { Option, type Command } from "commander";
import { trainInWorker } from "../verbs/in-worker.js";
import { addEngineOptions, engineOf, type EngineFlags } from "./engine-options.js";
import { addModelOptions, chosenModel, type ModelFlags } from "./model-options.js";
import { wholeNumber } from "./numbers.js";
import { reporter } from "./report.js";

interface TrainFlags extends EngineFlags, ModelFlags {
  readonly split?: "book" | "full";
  readonly limit?: string;
  readonly out?: string;
  readonly json?: true;
}

export function register(command: Command, argv: readonly string[]): void {
  addModelOptions(command, argv)
    .addOption(new Option("--split <name>", "book: keep 5,000 training images to validate; full: train on all, validate on the test set (default book)").choices(["book", "full"]))
    .option("--limit <number>", "train and validate on at most so many examples")
    .option("--out <folder>", "run folder (default runs/<model>-<number>)")
    .option("--json", "print one JSON object per line: every logged event, last the run folder and the final metrics");
  addEngineOptions(command);
  command.action(run);
}

async function run(name: string | undefined, flags: TrainFlags): Promise<void> {
  const { model, options, training, data, initial } = await chosenModel("train", name, flags);
  await reporter({ json: flags.json === true }, (report) =>
    trainInWorker({
      model: model.name,
      options,
      training,
      ...(initial && { initial }),
      data: data.name,
      files: data.files,
      split: flags.split ?? data.split,
      limit: flags.limit === undefined ? data.limit : wholeNumber("--limit", flags.limit, 1),
      ...engineOf(flags),
      out: flags.out,
      ...report,
    }),
  );
}
