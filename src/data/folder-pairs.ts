/** Two folders of images as pairs: what is translated, and what it becomes. */
import { createHash } from "node:crypto";
import { basename, parse, join } from "node:path";
import { DataError } from "../errors.js";
import type { Splits } from "./dataset.js";
import type { FileOptions, LoadHooks } from "./file-options.js";
import { readFolder, type Read, type ReadFolder } from "./folder.js";
import { paired, pairSplits, unpaired } from "./pairs.js";
import { splitExamples, type Shares } from "./splits.js";
import { selectExamples } from "./subset.js";

const NAMED = 5;

/** The path without the ending: photo.jpg belongs to photo.png. */
const nameOf = (file: string): string => {
  const { dir, name } = parse(file);
  return join(dir, name);
};

/** Both folders read, each by itself; with `unpaired` their images are drawn independently, else a DataError names those without a counterpart. */
export async function loadFolderPairs(path: string, target: string, options: FileOptions, shares: Shares, hooks: LoadHooks): Promise<{ readonly splits: Splits; readonly fingerprint: Read["fingerprint"] }> {
  const sources = await readFolder(path, options, hooks);
  const targets = await readFolder(target, options, hooks);
  const hash = createHash("sha256");
  for (const { fingerprint } of [sources, targets]) hash.update(fingerprint.sha256);
  const fingerprint = { files: sources.fingerprint.files + targets.fingerprint.files, sha256: hash.digest("hex") };
  const splits = options.unpaired
    ? pairSplits(splitExamples(sources.examples, shares), splitExamples(targets.examples, { ...shares, seed: shares.seed + 1 }), unpaired)
    : splitExamples(matched(sources, targets, [path, target]), shares);
  return { splits, fingerprint };
}

function matched(sources: ReadFolder, targets: ReadFolder, folders: readonly [string, string]) {
  const places = new Map(targets.files.map((file, i) => [nameOf(file), i]));
  const wanted = new Set(sources.files.map(nameOf));
  requireNone(sources.files.filter((file) => !places.has(nameOf(file))), folders);
  requireNone(targets.files.filter((file) => !wanted.has(nameOf(file))), [folders[1], folders[0]]);
  return paired(sources.examples, selectExamples(targets.examples, sources.files.map((file) => places.get(nameOf(file))!)));
}

function requireNone(lonely: readonly string[], [folder, other]: readonly [string, string]): void {
  if (lonely.length === 0) return;
  const few = `${lonely.slice(0, NAMED).join(", ")}${lonely.length > NAMED ? ", ..." : ""}`;
  throw new DataError(`${lonely.length} of the images of ${basename(folder)} have none of the same name in ${basename(other)}: ${few}`, "Give both the same name, or leave the matching: --unpaired.");
}
