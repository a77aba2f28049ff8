/** Bringing in oneDNN, the library that the fastest engine computes with, by the platform's package manager and without root. */
import { execFile } from "node:child_process";
import { rename, rm } from "node:fs/promises";
import { promisify } from "node:util";
import { withWorkFolder } from "../data/cache.js";
import { fetchDebianLibrary } from "../data/debian-package.js";
import { fetchedFolder, findLibrary } from "../engines/onednn/find.js";
import { EngineError, MorphogenError } from "../errors.js";

export interface SetupOptions {
  readonly onProgress?: ((line: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The library that is used from now on. */
interface Found {
  readonly version: string;
  readonly path: string;
}

export interface SetupOutcome extends Found {
  /** False: it was there already, and nothing was done. */
  readonly fetched: boolean;
}

const BY_HAND = `By hand, one of:
  apt-get install libdnnl3.6    Debian 13; Debian 12 has libdnnl2
  dnf install onednn            Fedora
  pacman -S onednn              Arch
  brew install onednn           macOS
  MORPHOGEN_ONEDNN=FILE         a libdnnl from elsewhere, such as $CONDA_PREFIX/lib/libdnnl.so after conda install -c conda-forge onednn
Without it, morphogen computes with onnx.`;

/** Brings oneDNN in where it is missing. Throws an EngineError with the way out when it cannot be had here. */
export async function setup(options: SetupOptions = {}): Promise<SetupOutcome> {
  const { openLibrary } = await import("../engines/onednn/library.js").catch((error: unknown) => {
    throw new EngineError("koffi, which calls oneDNN, could not be loaded", "Run npm ci in the project.", { cause: error });
  });
  return bringIn(() => findLibrary(openLibrary), process.platform === "darwin" ? brew : unpackDebian, options);
}

/** `find` throws an EngineError where there is no library; `fetch` gets one, or throws with the reason. */
export async function bringIn(find: () => Found, fetch: (options: SetupOptions) => Promise<void>, options: SetupOptions): Promise<SetupOutcome> {
  const there = attempt(find);
  if (!(there instanceof EngineError)) return { ...there, fetched: false };
  // A library that was named is the only one looked at: fetching another would not help.
  if (process.env.MORPHOGEN_ONEDNN) throw there;
  try {
    await fetch(options);
  } catch (error) {
    options.signal?.throwIfAborted();
    const hint = error instanceof MorphogenError ? error.hint : undefined;
    throw new EngineError(`oneDNN could not be fetched: ${error instanceof Error ? error.message : String(error)}`, hint ?? BY_HAND, { cause: error });
  }
  const fetched = attempt(find);
  if (!(fetched instanceof EngineError)) return { ...fetched, fetched: true };
  await rm(fetchedFolder(), { recursive: true, force: true });
  throw new EngineError(`oneDNN was fetched, but cannot be used here. ${fetched.message}`, BY_HAND, { cause: fetched });
}

function attempt(find: () => Found): Found | EngineError {
  try {
    const { version, path } = find();
    return { version, path };
  } catch (error) {
    if (error instanceof EngineError) return error;
    throw error;
  }
}

/** Into the cache folder, whole or not at all. */
export const unpackDebian = (options: SetupOptions): Promise<void> =>
  withWorkFolder(async (work) => {
    const unpacked = await fetchDebianLibrary("^libdnnl[0-9.]+$", work, options);
    // What was there did not open.
    await rm(fetchedFolder(), { recursive: true, force: true });
    await rename(unpacked, fetchedFolder());
  });

export async function brew({ onProgress, signal }: SetupOptions): Promise<void> {
  onProgress?.("brew install onednn");
  await promisify(execFile)("brew", ["install", "onednn"], signal ? { signal } : {}).catch((error: NodeJS.ErrnoException & { readonly stderr?: string }) => {
    throw error.code === "ENOENT" ? new Error("there is no brew here (https://brew.sh)") : new Error(error.stderr?.trim() || error.message);
  });
}
