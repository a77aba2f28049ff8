/** A Debian package fetched and unpacked into a folder of ours: no root, nothing of the system is touched. */
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

/** Fetches package `name` and unpacks it inside the folder `work`; returns where. Throws a DataError with the reason when it cannot. */
export async function fetchDebianPackage(name: string, work: string, { onProgress, signal }: FetchOptions = {}): Promise<string> {
  await access("/etc/debian_version").catch(() => {
    throw new DataError("this is not Debian or Ubuntu");
  });
  const unpacked = join(work, "unpacked");
  try {
    for (const folder of ["lists/partial", "archives/partial"]) await mkdir(join(work, folder), { recursive: true });
    // Package lists of our own: the system's may be empty, and are root's.
    const configuration = join(work, "apt.conf");
    await writeFile(configuration, NO_HOOKS);
    const options = ["-q", "-c", configuration, "-o", `Dir::State::lists=${join(work, "lists")}`, "-o", `Dir::Cache=${work}`, "-o", "Debug::NoLocking=1", "-o", "APT::Sandbox::User=", "-o", "Acquire::Retries=1"];
    const limits = { cwd: work, timeout: UPDATE_MS, ...(signal && { signal }) };
    onProgress?.(`fetching Debian's package ${name}`);
    await run("apt-get", [...options, "update"], limits);
    await run("apt-get", [...options, "download", name], limits);
    const archive = (await readdir(work)).find((file) => file.endsWith(".deb"));
    if (!archive) throw new DataError("apt-get downloaded nothing");
    await mkdir(unpacked, { recursive: true });
    await run("dpkg-deb", ["-x", join(work, archive), unpacked], limits);
    return unpacked;
  } catch (error) {
    if (signal?.aborted || error instanceof DataError) throw error;
    throw new DataError(reasonOf(error), undefined, { cause: error });
  }
}

/** apt-get's own last error line says more than its exit code. */
function reasonOf(error: unknown): string {
  const { code, killed, stderr, message } = error as Error & { code?: string | number; killed?: boolean; stderr?: string };
  if (code === "ENOENT") return "there is no apt-get here";
  if (killed) return `apt-get took longer than ${UPDATE_MS / 1000} s`;
  return stderr?.trim().split("\n").findLast((line) => line.startsWith("E:")) ?? message;
}
