/** The onednn engine: a Program becomes a list of oneDNN primitives over one planned piece of memory. */
import { availableParallelism } from "node:os";
import { EngineError, ShapeError } from "../../errors.js";
import { formatShape, sizeOf, type Program } from "../../tensor/index.js";
import type { Engine } from "../engine.js";
import { openDnnl } from "./dnnl.js";
import { executable, type BoundExecutable, type Host } from "./executable.js";
import { findLibrary } from "./find.js";
import { openLibrary } from "./library.js";
import { lowerProgram } from "./lower.js";
import { makeVariables } from "./variables.js";

export interface OnednnOptions {
  /** Default: all cores. */
  readonly threads?: number;
  /** A libdnnl to use instead of the one that is found. */
  readonly path?: string;
}

export interface OnednnEngine extends Engine {
  compile<Inputs extends string, Outputs extends string>(program: Program<Inputs, Outputs>): Promise<BoundExecutable<Inputs, Outputs>>;
  /** How many of the library's objects exist that this engine made. */
  live(): number;
}

/** An engine on oneDNN; an EngineError when there is no library that will do. */
export async function onednnEngine({ threads = availableParallelism(), path }: OnednnOptions = {}): Promise<OnednnEngine> {
  const library = path === undefined ? findLibrary(openLibrary) : openLibrary(path);
  library.setThreads(threads);
  const dnnl = openDnnl(library);
  const variables = makeVariables(library);
  const executables = new Set<{ dispose(): Promise<void> }>();
  let disposed = false;
  const requireAlive = (): void => {
    if (disposed) throw new EngineError("The onednn engine was disposed of and cannot be used any more", "Make a new one.");
  };

  return {
    name: "onednn",
    version: library.version,
    threads,
    live: () => dnnl.live(),
    async compile<Inputs extends string, Outputs extends string>(program: Program<Inputs, Outputs>) {
      requireAlive();
      const scope = dnnl.scope();
      try {
        const { plan, schedule } = lowerProgram(program, { scope, layer: dnnl.layer, storageOf: variables.storageOf, canBundle: variables.canBundle });
        const host: Host = { dnnl, variables, requireAlive, onDispose: () => void executables.delete(made) };
        const made = executable<Inputs, Outputs>(plan, schedule, scope, host);
        executables.add(made);
        return made;
      } catch (error) {
        scope.dispose();
        throw error;
      }
    },
    async read(variable) {
      requireAlive();
      return variables.values(variable).slice();
    },
    async write(variable, values) {
      requireAlive();
      if (values.length !== sizeOf(variable.shape))
        throw new ShapeError(`Variable "${variable.name}" of shape ${formatShape(variable.shape)} cannot hold ${values.length} values`);
      variables.write(variable, values);
    },
    async dispose() {
      if (disposed) return;
      for (const made of [...executables]) await made.dispose();
      disposed = true;
      variables.clear();
      dnnl.dispose();
    },
  };
}
