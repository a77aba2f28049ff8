/** Ctrl-C: the first asks the work to end well, the second ends the process. */
import type { Display } from "./display.js";

/** Exit code of a process that Ctrl-C ended, as shells have it. */
const INTERRUPTED = 130;

/** What the work gives; undefined when Ctrl-C cut it short before there was anything to tell. */
export async function interruptible<T>(screen: Pick<Display, "notice" | "stop">, work: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
  const controller = new AbortController();
  const off = () => process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  function onSignal(name: NodeJS.Signals): void {
    if (controller.signal.aborted) {
      screen.stop();
      off();
      // Not process.exit, which waits for what other threads compute. With no listener left this is the end, at once; shells make it 130.
      process.kill(process.pid, name);
      return;
    }
    controller.abort();
    process.exitCode = INTERRUPTED;
    screen.notice("\nStopping after the step under way; press Ctrl-C again to end at once.");
  }
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  try {
    return await work(controller.signal);
  } catch (error) {
    // A download or the like that was cut short: nothing is left half done, and there is nothing to tell.
    if (!(controller.signal.aborted && error === controller.signal.reason)) throw error;
    return undefined;
  } finally {
    off();
  }
}
