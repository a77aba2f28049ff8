/** The flags of what `npm run` starts beside the command line itself: bench, book, results, samplers. */
import { parseArgs, type ParseArgsConfig } from "node:util";
import { UsageError } from "../errors.js";
import { fail } from "./fail.js";

/** As parseArgs reads them. Flags that are unknown or lack their value are named, and end the process with exit code 2. */
export function scriptFlags<const T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    fail(new UsageError(error.message.split(". ")[0], "See --help.", { cause: error }));
    return process.exit();
  }
}
