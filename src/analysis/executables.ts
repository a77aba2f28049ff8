/** Programs that are compiled for a while. */
import type { Engine, Executable } from "../engines/engine.js";
import type { Program } from "../tensor/index.js";

/** What `use` gives of the programs, compiled; they are disposed of after it, also when one of them does not compile. */
export async function withExecutables<Result>(engine: Engine, programs: readonly Program[], use: (compiled: readonly Executable[]) => Promise<Result>): Promise<Result> {
  const compiled: Executable[] = [];
  try {
    for (const program of programs) compiled.push(await engine.compile(program));
    return await use(compiled);
  } finally {
    for (const executable of compiled) await executable.dispose();
  }
}
