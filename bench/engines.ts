/** Our engines as runners. */
import { fileURLToPath } from "node:url";
import { EngineError } from "../src/errors.js";
import { chooseEngine, engineNames } from "../src/engines/choose.js";
import type { Runner } from "./runner.js";

/** All but the reference engine, which is written to be read and takes minutes for a step of convolutions. */
export const fastEngines: readonly string[] = engineNames.filter((name) => name !== "reference");

/** An engine, or why it does not load on this machine. */
export async function engineRunner(name: string): Promise<Runner | { readonly reason: string }> {
  try {
    const engine = await chooseEngine(name);
    await engine.dispose();
  } catch (error) {
    if (error instanceof EngineError) return { reason: error.message.split("\n")[0] };
    throw error;
  }
  const script = fileURLToPath(new URL("engine-steps.ts", import.meta.url));
  return { name, ours: true, command: process.execPath, args: [...process.execArgv, script, name] };
}
