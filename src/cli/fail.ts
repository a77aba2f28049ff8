/** How the command line ends when something goes wrong: 1 failed, 2 wrong usage. */
import { CommanderError } from "commander";
import { MorphogenError, UsageError } from "../errors.js";

export function fail(error: unknown): void {
  process.exitCode = exitCodeOf(error);
  if (error instanceof CommanderError) return; // commander has printed it, or it is --help
  if (error instanceof MorphogenError) {
    console.error(`error: ${error.message}`);
    if (error.hint) console.error(error.hint);
    return;
  }
  console.error(error);
  console.error("This is a bug in Morphogen, not in what you typed.");
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  return error instanceof UsageError ? 2 : 1;
}
