/** Which engine runs: the one asked for, else MORPHOGEN_ENGINE, else onnx. Engines are loaded only when chosen. */
import { suggest, UsageError } from "../errors.js";
import type { Engine } from "./engine.js";

export interface EngineOptions {
  /** Default: all cores. */
  readonly threads?: number;
}

const loaders: Readonly<Record<string, (options: EngineOptions) => Promise<Engine>>> = {
  onnx: async (options) => (await import("./onnx/index.js")).onnxEngine(options),
  reference: async () => (await import("./reference/index.js")).referenceEngine(),
};

export const engineNames: readonly string[] = Object.keys(loaders);

/** Loads an engine by name (default: the environment variable MORPHOGEN_ENGINE, else onnx). */
export async function chooseEngine(name = process.env.MORPHOGEN_ENGINE || "onnx", options: EngineOptions = {}): Promise<Engine> {
  const load = loaders[name];
  if (!load) throw new UsageError(`There is no engine "${name}"`, suggest(name, engineNames));
  return load(options);
}
