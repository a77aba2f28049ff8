import type { Command } from "commander";
import { resumeInWorker } from "../verbs/in-worker.js";
import { addEngineOptions, engineOf, type EngineFlags } from "./engine-options.js";
import { optionalWholeNumber } from "./numbers.js";
import { reporter } from "./report.js";

export function register(command: Command): void {
  addEngineOptions(command.argument("<run>", "run folder"))
    .option("--epochs <number>", "train for so many epochs in all, instead of as many as were planned")
    .option("--json", "print one JSON object per line")
    .action((path: string, flags: EngineFlags & { readonly epochs?: string; readonly json?: true }) =>
      reporter({ json: flags.json === true }, (report) =>
        resumeInWorker(path, {
          ...engineOf(flags),
          epochs: optionalWholeNumber("--epochs", flags.epochs, 1),
          ...report,
        }),
      ),
    );
}
