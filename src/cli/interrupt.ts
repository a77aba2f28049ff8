/** Ctrl-C: the first asks the work to end well, the second ends the process. */

/** Exit code of a process that Ctrl-C ended, as shells have it. */
const INTERRUPTED = 130;

export async function interruptible(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const controller = new AbortController();
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(INTERRUPTED);
    controller.abort();
    process.exitCode = INTERRUPTED;
    console.error("\nStopping after the step under way; press Ctrl-C again to end at once.");
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  try {
    await work(controller.signal);
  } catch (error) {
    // A download or the like that was cut short: nothing is left half done, and there is nothing to tell.
    if (!(controller.signal.aborted && error === controller.signal.reason)) throw error;
  } finally {
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  }
}
