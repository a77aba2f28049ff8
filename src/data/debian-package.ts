/** Debian packages fetched and unpacked into a folder of ours: no root, nothing of the system is touched. */
import { execFile } from "node:child_process";
import { access, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { DataError } from "../errors.js";
import type { FetchOptions } from "./sources.js";

const run = promisify(execFile);
const UPDATE_MS = 120_000;

/** What the administrator hooks to an update (cleaning caches, telling a desktop) is about the system's lists, not ours. */
const NO_HOOKS = ["Pre-Invoke", "Post-Invoke", "Post-Invoke-Success"].map((hook) => `#clear APT::Update::${hook};\n`).join("");

/** Lists that stay packed, without descriptions, and are kept once: a third of the space, which is given back anyhow. */
const SMALL = ["Acquire::GzipIndexes=true", "Acquire::Languages=none", "Dir::Cache::srcpkgcache="];

/** Runs one of apt's commands on our lists; returns what it prints. */
type Apt = (command: string, ...args: string[]) => Promise<{ readonly stdout: string; readonly stderr: string }>;

/** Fetches package `name` and unpacks it inside the folder `work`; returns where. Throws a DataError with the reason when it cannot. */
export const fetchDebianPackage = (name: string, work: string, options: FetchOptions = {}): Promise<string> =>
  fetchAndUnpack(work, options, async (apt) => {
    options.onProgress?.(`fetching Debian's package ${name}`);
    await apt("apt-get", "update");
    await apt("apt-get", "download", name);
    return work;
  });

/**
 * Fetches the newest of the packages whose names match `pattern`, with what it depends on and the system lacks, and unpacks
 * them together inside the folder `work`; returns where. Throws a DataError with the reason when it cannot.
 */
export const fetchDebianLibrary = (pattern: string, work: string, options: FetchOptions = {}): Promise<string> =>
  fetchAndUnpack(work, options, async (apt) => {
    options.onProgress?.("asking Debian's package lists");
    const { stderr } = await apt("apt-get", "update");
    const { stdout } = await apt("apt-cache", "search", "--names-only", pattern);
    const names = stdout.split("\n").map((line) => line.split(" ")[0]);
    const newest = names.sort((a, b) => a.localeCompare(b, "en", { numeric: true })).at(-1);
    // Lists that could not be fetched are no error to apt-get.
    if (!newest) throw new DataError(stderr.split("\n").find((line) => line.startsWith("W: Failed")) ?? `there is no package ${pattern}`);
    options.onProgress?.(`fetching Debian's package ${newest}`);
    // apt knows what is missing; --reinstall is for a package that is there but does not work.
    await apt("apt-get", "install", "--download-only", "--no-install-recommends", "--reinstall", "--yes", newest);
    return join(work, "archives");
  });

/** `fetch` leaves archives in the folder that it returns; they are unpacked into one. */
async function fetchAndUnpack(work: string, { signal }: FetchOptions, fetch: (apt: Apt) => Promise<string>): Promise<string> {
  await access("/etc/debian_version").catch(() => {
    throw new DataError("this is not Debian or Ubuntu");
  });
  const unpacked = join(work, "unpacked");
  const limits = { cwd: work, timeout: UPDATE_MS, env: { ...process.env, LC_ALL: "C" }, ...(signal && { signal }) };
  try {
    for (const folder of ["lists/partial", "archives/partial", "unpacked"]) await mkdir(join(work, folder), { recursive: true });
    const options = await aptOptions(work);
    const archives = await fetch((command, ...args) => run(command, [...options, ...args], limits));
    const files = (await readdir(archives)).filter((file) => file.endsWith(".deb"));
    if (files.length === 0) throw new DataError("apt-get downloaded nothing");
    for (const file of files) await run("dpkg-deb", ["-x", join(archives, file), unpacked], limits);
    return unpacked;
  } catch (error) {
    if (signal?.aborted || error instanceof DataError) throw error;
    const reason = reasonOf(error);
    throw new DataError(reason, NO_ROOM.test(reason) ? "Free some space, or name another folder with MORPHOGEN_CACHE." : undefined, { cause: error });
  }
}

/** Package lists, archives and notes of our own: the system's may be empty, and are root's. */
async function aptOptions(work: string): Promise<readonly string[]> {
  const configuration = join(work, "apt.conf");
  await writeFile(configuration, NO_HOOKS);
  const folders = [`Dir::State::lists=${join(work, "lists")}`, `Dir::State::extended_states=${join(work, "states")}`, `Dir::Cache=${work}`, `Dir::Cache::archives=${join(work, "archives")}`];
  const settings = [...folders, ...SMALL, "Debug::NoLocking=1", "APT::Sandbox::User=", "Acquire::Retries=1"];
  return ["-q", "-c", configuration, ...settings.flatMap((setting) => ["-o", setting])];
}

const NO_ROOM = /No space left on device|ENOSPC|EACCES|EROFS/;

/** apt-get's own error line says more than its exit code: the last, but for a full disk, which is said first. */
function reasonOf(error: unknown): string {
  const { code, killed, stderr, message } = error as Error & { code?: string | number; killed?: boolean; stderr?: string };
  if (code === "ENOENT") return "there is no apt-get here";
  if (killed) return `apt-get took longer than ${UPDATE_MS / 1000} s`;
  const lines = stderr?.split("\n") ?? [];
  return lines.find((line) => NO_ROOM.test(line)) ?? lines.findLast((line) => line.startsWith("E:")) ?? message;
}
