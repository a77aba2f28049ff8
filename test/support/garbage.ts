/** What is left in memory when nothing that cannot be reached is. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Bytes of the arrays that can still be reached. */
export async function reachableBytes(): Promise<number> {
  setFlagsFromString("--expose-gc");
  // What weak keys led to is found in one collection, and its memory may be given back after the next.
  for (let i = 0; i < 4; i++) {
    runInNewContext("gc()");
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().arrayBuffers;
}
