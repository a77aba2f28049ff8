/**
 * Where the files of a dataset come from, in this order: the cache, the system's package, the official addresses, the
 * package fetched without root. Each gives checked bytes or a reason why not.
 */
import { createHash } from "node:crypto";
import { readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { cacheFolder } from "../cache.js";
import { DataError } from "../errors.js";
import { storeWhole, withWorkFolder } from "./cache.js";
import { fetchDebianPackage } from "./debian-package.js";
import { download } from "./download.js";
import { decompress } from "./idx.js";

export type RemoteFile = {
  /** Its name, gzipped, in every source. */
  readonly name: string;
  /** Of the unpacked content, in bytes. */
  readonly size: number;
} & Checksum;

/** SHA-256 of the unpacked content: packers differ, the content does not. Or SHA-512 of the packed file in base64, as the npm registry gives it. */
type Checksum = { readonly sha256: string } | { readonly sha512: string };

export interface FileSet {
  /** Folder of the cache. */
  readonly name: string;
  readonly files: readonly RemoteFile[];
  /** Base addresses, tried in turn. */
  readonly urls: readonly string[];
  /** Left out: no Debian package has them. */
  readonly debian?: { readonly package: string; readonly folder: string };
}

export interface FetchOptions {
  readonly onProgress?: ((line: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A place that may have the packed bytes of a file. */
interface Source {
  readonly title: string;
  /** What a remote source gives is kept in the cache; what is damaged in the cache is set aside. */
  readonly kind: "cache" | "system" | "remote";
  /** Throws when it has not got the file. */
  readonly read: (file: RemoteFile) => Promise<Uint8Array>;
}

/** The unpacked, checked content of every file, by name. A DataError lists every source with its reason when a file is nowhere to be had. */
export const fetchFiles = (set: FileSet, options: FetchOptions = {}): Promise<ReadonlyMap<string, Uint8Array>> =>
  withWorkFolder(async (work) => {
    const folder = cacheFolder(set.name);
    const sources = sourcesOf(set, folder, work, options);
    const contents = new Map<string, Uint8Array>();
    for (const file of set.files) contents.set(file.name, await fetchFile(file, set, folder, sources, options));
    return contents;
  });

function sourcesOf(set: FileSet, folder: string, work: string, options: FetchOptions): readonly Source[] {
  return [
    { title: `the cache ${folder}`, kind: "cache", read: readIn(folder) },
    ...(set.debian ? [{ title: `the system's package ${set.debian.folder}`, kind: "system", read: readIn(set.debian.folder) } as const] : []),
    ...set.urls.map((url): Source => ({ title: url, kind: "remote", read: untilItFails((file) => download(url + file.name, 2 * file.size + 2 ** 20, options)) })),
    ...(set.debian ? [debianSource(set.debian, work, options)] : []),
  ];
}

const readIn = (folder: string): Source["read"] => ({ name }) => readFile(join(folder, name));

function debianSource({ package: name, folder }: NonNullable<FileSet["debian"]>, work: string, options: FetchOptions): Source {
  // One download of the package serves all its files.
  let unpacked: Promise<string> | undefined;
  return {
    title: `Debian's package ${name}`,
    kind: "remote",
    async read(file) {
      unpacked ??= fetchDebianPackage(name, work, options);
      return readIn(join(await unpacked, folder))(file);
    },
  };
}

/** A server that did not answer is not waited for again, file after file. */
function untilItFails(read: Source["read"]): Source["read"] {
  let failure: Error | undefined;
  return async (file) => {
    if (failure) throw failure;
    try {
      return await read(file);
    } catch (error) {
      failure = error as Error;
      throw error;
    }
  };
}

async function fetchFile(file: RemoteFile, set: FileSet, folder: string, sources: readonly Source[], { onProgress, signal }: FetchOptions): Promise<Uint8Array> {
  const path = join(folder, file.name);
  const reasons: string[] = [];
  for (const { title, kind, read } of sources) {
    signal?.throwIfAborted();
    try {
      const packed = await read(file);
      const content = await verified(file, packed);
      if (kind === "remote") await keep(path, packed, onProgress);
      return content;
    } catch (error) {
      signal?.throwIfAborted();
      const reason = reasonOf(error);
      reasons.push(`  ${title}: ${reason}`);
      if (kind === "cache" && error instanceof DataError) {
        const done = await setAside(path);
        onProgress?.(`${reason}: ${done}`);
      }
    }
  }
  throw new DataError(
    `${file.name} of ${set.name} is nowhere to be had:\n${reasons.join("\n")}`,
    `${set.debian ? `With Debian or Ubuntu: apt-get install ${set.debian.package}. Else download` : "Download"}\n  ${set.files.map(({ name }) => `${set.urls[0]}${name}`).join("\n  ")}\ninto ${folder} (MORPHOGEN_CACHE names another folder).`,
  );
}

/** Checked bytes are good to use also where the cache has no room for them. */
async function keep(path: string, packed: Uint8Array, onProgress: FetchOptions["onProgress"]): Promise<void> {
  try {
    await storeWhole(path, packed);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    onProgress?.(`${error.message}: it is used, but must be fetched again next time. ${error.hint}`);
  }
}

/** Unpacks and checks; throws a DataError that says what is wrong. */
async function verified(file: RemoteFile, packed: Uint8Array): Promise<Uint8Array> {
  const { name, size } = file;
  if ("sha512" in file) requireSum(name, "SHA-512", file.sha512, createHash("sha512").update(packed).digest("base64"), `${packed.length} bytes`);
  const content = await decompress(packed, name, size + 1);
  if ("sha256" in file) requireSum(name, "SHA-256", file.sha256, createHash("sha256").update(content).digest("hex"), `${content.length} bytes, expected ${size}`);
  return content;
}

function requireSum(name: string, kind: string, expected: string, found: string, lengths: string): void {
  if (found !== expected) throw new DataError(`${name} has the wrong checksum: ${kind} ${found.slice(0, 12)}..., expected ${expected.slice(0, 12)}... (${lengths})`);
}

/** A damaged file of the cache is kept for whoever wants to see it, under a name that nothing reads. Says what was done. */
const setAside = (path: string): Promise<string> =>
  rename(path, `${path}.corrupt`).then(
    () => `set aside as ${path}.corrupt`,
    (error: unknown) => `it could not be set aside: ${reasonOf(error)}`,
  );

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ((error as NodeJS.ErrnoException).code === "ENOENT") return "not there";
  return error.message;
}
