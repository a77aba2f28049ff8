/** Which engine runs: the one asked for, else MORPHOGEN_ENGINE, else onednn where its library is found, else onnx. Engines are loaded only when chosen. */
import { EngineError, suggest, UsageError } from "../errors.js";
import type { Engine } from "./engine.js";
import type { OnednnEngine, OnednnOptions } from "./onednn/index.js";

export interface EngineOptions {
  /** Default: all cores. */
  readonly threads?: number;
}

export interface ChoiceOptions extends EngineOptions {
  /** Gets a line, once per process, when nothing was asked for and the fastest engine is not there. */
  readonly onProgress?: ((line: string) => void) | undefined;
}

const loaders = {
  onednn: onednnEngine,
  onnx: async (options: EngineOptions) => (await import("./onnx/index.js")).onnxEngine(options),
  reference: async () => (await import("./reference/index.js")).referenceEngine(),
};

export const engineNames: readonly string[] = Object.keys(loaders);

/** Loads an engine: by name, else by MORPHOGEN_ENGINE; an EngineError when it cannot be had. Without a name, onednn, or onnx in its place. */
export async function chooseEngine(name = process.env.MORPHOGEN_ENGINE || undefined, { onProgress, ...options }: ChoiceOptions = {}): Promise<Engine> {
  if (name === undefined) return fastestEngine(options, onProgress);
  const load = Object.entries(loaders).find(([known]) => known === name)?.[1];
  if (!load) throw new UsageError(`There is no engine "${name}"`, suggest(name, engineNames));
  return load(options);
}

/** An engine on oneDNN, which is loaded now and not before; an EngineError when there is no library that will do. */
export async function onednnEngine(options: OnednnOptions = {}): Promise<OnednnEngine> {
  const onednn = await import("./onednn/index.js").catch(notCallable);
  return onednn.onednnEngine(options);
}

async function fastestEngine(options: EngineOptions, onProgress: ChoiceOptions["onProgress"]): Promise<Engine> {
  try {
    return await loaders.onednn(options);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    hintOnce(onProgress);
    return loaders.onnx(options);
  }
}

let hinted = false;

function hintOnce(onProgress: ChoiceOptions["onProgress"]): void {
  if (!onProgress || hinted) return;
  hinted = true;
  onProgress("oneDNN was not found: computing with onnx, which trains 2 to 5 times slower. Run: morphogen setup");
}

function notCallable(error: unknown): never {
  throw new EngineError("koffi, which calls oneDNN, could not be loaded", "Run npm ci in the project, or compute with --engine onnx.", { cause: error });
}
