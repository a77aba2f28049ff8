/** What becomes of items that cannot be used: the first ends the loading, or all are left out and told of. */
import { DataError } from "../errors.js";
import type { LoadHooks } from "./file-options.js";

export interface Skips {
  /** Notes an item that cannot be used; throws its error where nothing may be skipped. */
  readonly refuse: (error: DataError) => void;
  /** Says how many of `count` items were left out, with the reasons of the first few. A DataError when none are left. */
  readonly conclude: (count: number, things: string) => void;
}

const NAMED = 3;

/** `what` names the folder or file. */
export function skipping(what: string, skipBad: boolean, onProgress: LoadHooks["onProgress"]): Skips {
  const reasons: string[] = [];
  return {
    refuse(error) {
      if (!skipBad) throw new DataError(error.message, [error.hint, "--skip-bad leaves out what cannot be used."].filter(Boolean).join(" "), { cause: error });
      reasons.push(error.message.replace(`${what}, `, ""));
    },
    conclude(count, things) {
      if (reasons.length === 0) return;
      const few = `${reasons.slice(0, NAMED).join("; ")}${reasons.length > NAMED ? "; ..." : ""}`;
      if (reasons.length === count) throw new DataError(`None of the ${count} ${things} of ${what} can be used: ${few}`);
      onProgress?.(`left out ${reasons.length} of the ${count} ${things} of ${what}: ${few}`);
    },
  };
}
