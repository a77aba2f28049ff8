import type { Command } from "commander";
import { EngineError } from "../errors.js";
import { setup } from "../verbs/setup.js";
import { interruptible } from "./interrupt.js";

const onStderr = { notice: (text: string) => console.error(text), stop: () => undefined };

export function register(command: Command): void {
  command
    .option("--optional", "where oneDNN cannot be had, say so in one line and exit with 0")
    .addHelpText("after", "\nLooks for the library oneDNN; where there is none, fetches it with apt (without root, into the cache folder) or brew.\nMORPHOGEN_ONEDNN=FILE names a library from elsewhere.")
    .action(async ({ optional }: { optional?: true }) => void (await interruptible(onStderr, (signal) => run(optional === true, signal))));
}

async function run(optional: boolean, signal: AbortSignal): Promise<void> {
  try {
    const { version, path, fetched } = await setup({ signal, onProgress: (line) => console.error(line) });
    console.log(`oneDNN ${version} ${fetched ? "is now there" : "is there"}: ${path}`);
  } catch (error) {
    if (!optional || !(error instanceof EngineError)) throw error;
    console.error(`${error.message.split("\n")[0].replace(/[.:]+$/, "")}. Going on without it; morphogen setup says what to do.`);
  }
}
