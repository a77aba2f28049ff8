import type { Command } from "commander";
import { optionalWholeNumber } from "./numbers.js";

export interface EngineFlags {
  readonly engine?: string;
  readonly threads?: string;
}

/** `--engine` and `--threads`, the same for every command that computes. */
export const addEngineOptions = (command: Command): Command =>
  command
    .option("--engine <name>", "onednn, onnx or reference (default: the environment variable MORPHOGEN_ENGINE, else onednn where it is found, else onnx)")
    .option("--threads <number>", "threads to compute with (default: all cores)");

/** What the flags say of the engine. */
export const engineOf = ({ engine, threads }: EngineFlags) => ({ engine, threads: optionalWholeNumber("--threads", threads, 1) });
