import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { fetchDebianPackage } from "../../src/data/debian-package.js";
import { DataError } from "../../src/errors.js";

/** Leaves a package behind when asked to download one, as the real one does. */
const GOOD_APT = `echo "$@" >> "$LOG"
case "$*" in *" download "*) echo package > tiny_1_all.deb;; esac`;
const GOOD_DPKG = `mkdir -p "$3/usr" && cp "$2" "$3/usr/images.gz"`;

let folder: string;
const path = process.env.PATH;
const work = () => join(folder, "work");

function install(command: string, script: string): void {
  writeFileSync(join(folder, "bin", command), `#!/bin/sh\nLOG='${folder}/log'\n${script}\n`, { mode: 0o755 });
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "morphogen-debian-"));
  mkdirSync(join(folder, "bin"));
  process.env.PATH = `${join(folder, "bin")}:${path}`;
  install("apt-get", GOOD_APT);
  install("dpkg-deb", GOOD_DPKG);
});
afterEach(() => {
  process.env.PATH = path;
  rmSync(folder, { recursive: true, force: true });
});

// Commands of our own stand in for apt-get and dpkg-deb, so that no network is needed and every failure can be had.
describe("a Debian package without root", { skip: !existsSync("/etc/debian_version") && "this is not Debian or Ubuntu" }, () => {
  it("is unpacked in a folder of ours, with package lists of our own and none of the system's hooks", async () => {
    const unpacked = await fetchDebianPackage("tiny", work());
    assert.equal(readFileSync(join(unpacked, "usr", "images.gz"), "utf8"), "package\n");
    const [update, download] = readFileSync(join(folder, "log"), "utf8").trim().split("\n");
    assert.match(update, / update$/);
    assert.match(download, / download tiny$/);
    for (const command of [update, download])
      for (const option of [`Dir::State::lists=${work()}/lists`, `Dir::Cache=${work()}`, `-c ${work()}/apt.conf`]) assert.ok(command.includes(option), `${option} in ${command}`);
    assert.match(readFileSync(join(work(), "apt.conf"), "utf8"), /#clear APT::Update::Post-Invoke;/);
  });

  const failures: readonly [title: string, command: string, script: string, reason: RegExp][] = [
    ["without a network", "apt-get", `echo "W: a warning" >&2; echo "E: Unable to fetch some archives" >&2; exit 100`, /^E: Unable to fetch some archives$/],
    ["that downloads nothing", "apt-get", "exit 0", /^apt-get downloaded nothing$/],
    ["whose archive is damaged", "dpkg-deb", `echo "dpkg-deb: error: not a Debian format archive" >&2; exit 2`, /not a Debian format archive/],
  ];
  for (const [title, command, script, reason] of failures)
    it(`gives the reason: one ${title}`, async () => {
      install(command, script);
      await assert.rejects(() => fetchDebianPackage("tiny", work()), (error: unknown) => error instanceof DataError && reason.test(error.message));
    });

  it("says so when there is no apt-get", async () => {
    process.env.PATH = join(folder, "empty");
    await assert.rejects(() => fetchDebianPackage("tiny", work()), /^DataError: there is no apt-get here$/);
  });

  it("stops its child when it is told to", async () => {
    install("apt-get", `echo $$ > "$LOG"; exec sleep 30`);
    const controller = new AbortController();
    const fetching = fetchDebianPackage("tiny", work(), { signal: controller.signal });
    while (!existsSync(join(folder, "log")) || readFileSync(join(folder, "log"), "utf8") === "") await new Promise((resolve) => setTimeout(resolve, 10));
    controller.abort();
    await assert.rejects(fetching, { name: "AbortError" });
    const child = Number(readFileSync(join(folder, "log"), "utf8"));
    for (let tries = 0; tries < 100 && isRunning(child); tries++) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.ok(!isRunning(child));
  });
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
