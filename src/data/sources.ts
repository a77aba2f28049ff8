/**
 * Where the files of a dataset come from, in this order: the cache, the system's package, the official addresses, the
 * package fetched without root. Each gives checked bytes or a reason why not.
 */
import { createHash, randomBytes } from "node:crypto";
import { readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { DataError } from "../errors.js";
import { cacheFolder, storeWhole } from "./cache.js";
import { fetchDebianPackage } from "./debian-package.js";
import { download } from "./download.js";
import { decompress } from "./idx.js";

export interface RemoteFile {
  /** Its name, gzipped, in every source. */
  readonly name: string;
  /** Size and SHA-256 of the unpacked content: packers differ, the content does not. */
  readonly size: number;
  readonly sha256: string;
}

export interface FileSet {
  /** Folder of the cache. */
  readonly name: string;
  readonly files: readonly RemoteFile[];
  /** Base addresses, tried in turn. */
  readonly urls: readonly string[];
  readonly debian: { readonly package: string; readonly folder: string };
}

export interface FetchOptions {
  readonly onProgress?: ((line: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A place that may have the packed bytes of a file. Throws when it has not. */
interface Source {
  readonly title: string;
  /** Whether what it gives must be kept in the cache. */
  readonly keep: boolean;
  readonly read: (file: RemoteFile) => Promise<Uint8Array>;
}

/** The unpacked, checked content of every file, by name. */
export async function fetchFiles(set: FileSet, options: FetchOptions = {}): Promise<ReadonlyMap<string, Uint8Array>> {
  const folder = cacheFolder(set.name);
  const work = cacheFolder(`unpacking-${process.pid}-${randomBytes(4).toString("hex")}`);
  const sources = sourcesOf(set, folder, work, options);
  const contents = new Map<string, Uint8Array>();
  try {
    for (const file of set.files) contents.set(file.name, await fetchFile(file, set, folder, sources, options));
    return contents;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function sourcesOf(set: FileSet, folder: string, work: string, options: FetchOptions): readonly Source[] {
  // One download of the package serves all its files.
  let unpacked: Promise<string> | undefined;
  return [
    { title: `the cache ${folder}`, keep: false, read: ({ name }) => readFile(join(folder, name)) },
    { title: `the system's package ${set.debian.folder}`, keep: false, read: ({ name }) => readFile(join(set.debian.folder, name)) },
    ...set.urls.map((url): Source => ({ title: url, keep: true, read: (file) => download(url + file.name, 2 * file.size + 2 ** 20, options) })),
    {
      title: `Debian's package ${set.debian.package}`,
      keep: true,
      async read({ name }) {
        unpacked ??= fetchDebianPackage(set.debian.package, work, options);
        return readFile(join(await unpacked, set.debian.folder, name));
      },
    },
  ];
}

async function fetchFile(file: RemoteFile, set: FileSet, folder: string, sources: readonly Source[], { signal }: FetchOptions): Promise<Uint8Array> {
  const reasons: string[] = [];
  for (const { title, keep, read } of sources) {
    signal?.throwIfAborted();
    try {
      const packed = await read(file);
      const content = await verified(file, packed);
      if (keep) await storeWhole(join(folder, file.name), packed);
      return content;
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof DataError && title.startsWith("the cache")) await setAside(join(folder, file.name));
      reasons.push(`  ${title}: ${reasonOf(error)}`);
    }
  }
  throw new DataError(
    `${file.name} of ${set.name} is nowhere to be had:\n${reasons.join("\n")}`,
    `With Debian or Ubuntu: apt-get install ${set.debian.package}. Else put the files\n  ${set.files.map(({ name }) => name).join("\n  ")}\ninto ${folder} (MORPHOGEN_CACHE names another folder); they are at ${set.urls[0]}`,
  );
}

/** Unpacks and checks; throws a DataError that says what is wrong. */
async function verified({ name, size, sha256 }: RemoteFile, packed: Uint8Array): Promise<Uint8Array> {
  const content = await decompress(packed, name, size + 1);
  const found = createHash("sha256").update(content).digest("hex");
  if (found !== sha256) throw new DataError(`${name} has the wrong checksum: SHA-256 ${found.slice(0, 12)}..., expected ${sha256.slice(0, 12)}... (${content.length} bytes, expected ${size})`);
  return content;
}

/** A damaged file of the cache is kept for whoever wants to see it, under a name that nothing reads. */
const setAside = (path: string): Promise<void> => rename(path, `${path}.corrupt`).catch(() => undefined);

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ((error as NodeJS.ErrnoException).code === "ENOENT") return "not there";
  return error.message;
}
