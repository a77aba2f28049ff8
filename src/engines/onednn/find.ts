/** Where the library oneDNN (libdnnl) may lie, and opening the first one that will do. */
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { cacheFolder } from "../../cache.js";
import { EngineError } from "../../errors.js";

export interface Candidate {
  /** A file, or a name for the dynamic loader. */
  readonly path: string;
  /** Who put it there, for people. */
  readonly origin: string;
  /** Files to load before it, which the system's loader may not find. */
  readonly dependencies: readonly string[];
}

/** Where `morphogen setup` unpacks packages: there whole, or not at all. */
export const fetchedFolder = (): string => cacheFolder("onednn");

/** MORPHOGEN_ONEDNN alone where it is set; else the system's libraries, newest first, then the fetched one. */
export function libraryCandidates(platform: NodeJS.Platform = process.platform): readonly Candidate[] {
  const named = process.env.MORPHOGEN_ONEDNN;
  if (named) return [{ path: named, origin: "MORPHOGEN_ONEDNN", dependencies: [] }];
  return [
    ...systemPaths(platform).map((path) => ({ path, origin: "the system's", dependencies: [] })),
    ...librariesUnder(join(fetchedFolder(), "usr", "lib")).map((path) => ({ path, origin: "fetched by morphogen setup", dependencies: dependenciesOf(path) })),
  ];
}

/** Opens the candidates in turn until one opens; an EngineError with a line for each when none does. */
export function findLibrary<Library>(open: (path: string, dependencies: readonly string[]) => Library, candidates = libraryCandidates()): Library {
  const reasons: string[] = [];
  for (const { path, origin, dependencies } of candidates) {
    try {
      return open(path, dependencies);
    } catch (error) {
      reasons.push(`  ${path} (${origin}): ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`);
    }
  }
  throw new EngineError(
    `oneDNN was not found:\n${reasons.join("\n")}`,
    process.env.MORPHOGEN_ONEDNN ? "MORPHOGEN_ONEDNN must name a libdnnl. Without that variable the system's is used, or what is fetched when you run: morphogen setup" : "Run: morphogen setup (or compute with --engine onnx)",
  );
}

function systemPaths(platform: NodeJS.Platform): readonly string[] {
  if (platform === "win32") return ["dnnl.dll"];
  if (platform === "darwin") return ["/opt/homebrew/lib/libdnnl.dylib", "/usr/local/lib/libdnnl.dylib"];
  // Names find what the loader is told of; Debian's library of version 3 has a name of its own (libdnnl.so.3.6), so files are looked for too.
  const files = ["/usr/local/lib", "/usr/local/lib64", "/usr/lib", "/usr/lib64"].flatMap(librariesUnder).sort(newestFirst);
  return ["libdnnl.so.3", ...files, "libdnnl.so.2"];
}

/** The files libdnnl.so.N in a folder of libraries and in its folders of one machine type (x86_64-linux-gnu), newest first. */
export function librariesUnder(folder: string): readonly string[] {
  const files = entries(folder).flatMap((entry) => {
    if (entry.isDirectory() && /-linux-gnu/.test(entry.name)) return librariesUnder(join(folder, entry.name));
    return entry.isFile() && /^libdnnl\.so\.[\d.]+$/.test(entry.name) ? [join(folder, entry.name)] : [];
  });
  return files.sort(newestFirst);
}

const versionOf = (path: string): string => path.slice(path.lastIndexOf(".so.") + 4);
const newestFirst = (a: string, b: string): number => versionOf(b).localeCompare(versionOf(a), "en", { numeric: true });

function entries(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** OpenMP's runtime and OpenCL's loader, which Debian's builds are linked to; fetched along with them where the system has none. */
const DEPENDENCIES = ["libgomp.so.1", "libOpenCL.so.1"];
const dependenciesOf = (path: string): readonly string[] => DEPENDENCIES.map((name) => join(dirname(path), name)).filter((file) => existsSync(file));
