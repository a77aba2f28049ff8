/** Folders of tests. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const made: string[] = [];
process.on("exit", () => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

/** A new folder, gone when the tests of the file have ended; its name tells whose it was where they were killed. */
export function temporaryFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `morphogen-${name}-`));
  made.push(folder);
  return folder;
}
