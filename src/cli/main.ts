#!/usr/bin/env node
/** The command line. Each command's file is loaded only when that command runs, so that `--help` answers at once. */
import { Command, Help, type Option } from "commander";
import { commands } from "./commands.js";
import { fail } from "./fail.js";
import { version } from "../version.js";

/** Choices and defaults written as in the options that are made from schemas: without quotes. */
const optionDescription = (option: Option): string =>
  new Help().optionDescription(option).replace(/\((choices|default): .*\)$/, (facts) => facts.replaceAll('"', "").replace(/, default: /, "; default ").replace("(default: ", "(default "));

async function main(argv: readonly string[]): Promise<void> {
  const program = new Command("morphogen")
    .description("Train, inspect, sample and ship generative models.")
    .version(version)
    .showSuggestionAfterError()
    .showHelpAfterError("(--help shows what is possible)")
    .configureHelp({ optionDescription })
    .exitOverride()
    .addHelpText(
      "after",
      "\nExamples:\n" +
        "  morphogen train variational --data fashion-mnist --epochs 3\n" +
        "  morphogen sample runs/variational-1 --count 64 --out samples.png\n" +
        "  morphogen export runs/variational-1 --ability decode --out decoder.onnx\n",
    );
  const wanted = argv.find((word) => !word.startsWith("-") && word !== "help");
  for (const { name, summary, load } of commands) {
    const command = program.command(name).summary(summary).description(summary);
    if (name === wanted) (await load())(command, argv);
  }
  await program.parseAsync(argv, { from: "user" });
}

// A reader that has seen enough, such as `head`, is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

main(process.argv.slice(2)).catch(fail);
