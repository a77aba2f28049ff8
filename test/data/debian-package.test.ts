import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fetchDebianLibrary, fetchDebianPackage } from "../../src/data/debian-package.js";
import { DataError } from "../../src/errors.js";
import { fakeCommands } from "../support/commands.js";

/** Leaves packages behind when asked to download, as the real one does. */
const GOOD_APT = `echo "$@" >> "$LOG"
case "$*" in
  *" download "*) echo package > tiny_1_all.deb;;
  *" --download-only "*) echo library > archives/libtiny10_1_amd64.deb; echo needed > archives/needed_1_amd64.deb;;
esac`;
const APT_CACHE = `printf 'libtiny9 - tiny\\nlibtiny10 - tiny\\nlibtiny2 - tiny\\n'`;
const GOOD_DPKG = `mkdir -p "$3/usr" && cat "$2" >> "$3/usr/images.gz"`;

const { folder, install, log } = fakeCommands({ "apt-get": GOOD_APT, "apt-cache": APT_CACHE, "dpkg-deb": GOOD_DPKG });
const work = () => join(folder(), "work");

describe("a Debian package without root", { skip: !existsSync("/etc/debian_version") && "this is not Debian or Ubuntu" }, () => {
  it("is unpacked in a folder of ours, with package lists of our own and none of the system's hooks", async () => {
    const unpacked = await fetchDebianPackage("tiny", work());
    assert.equal(readFileSync(join(unpacked, "usr", "images.gz"), "utf8"), "package\n");
    const [update, download] = log();
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
    process.env.PATH = join(folder(), "empty");
    await assert.rejects(() => fetchDebianPackage("tiny", work()), /^DataError: there is no apt-get here$/);
  });

  it("stops its child when it is told to", async () => {
    install("apt-get", `echo $$ > "$LOG"; exec sleep 30`);
    const controller = new AbortController();
    const fetching = fetchDebianPackage("tiny", work(), { signal: controller.signal });
    while (!log()[0]) await new Promise((resolve) => setTimeout(resolve, 10));
    controller.abort();
    await assert.rejects(fetching, { name: "AbortError" });
    const child = Number(log()[0]);
    for (let tries = 0; tries < 100 && isRunning(child); tries++) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.ok(!isRunning(child));
  });
});

describe("a Debian library without root", { skip: !existsSync("/etc/debian_version") && "this is not Debian or Ubuntu" }, () => {
  it("is the newest whose name matches, unpacked together with what it needs and the system lacks", async () => {
    const lines: string[] = [];
    const unpacked = await fetchDebianLibrary("^libtiny[0-9]+$", work(), { onProgress: (line) => lines.push(line) });
    assert.equal(readFileSync(join(unpacked, "usr", "images.gz"), "utf8"), "library\nneeded\n");
    assert.match(log()[1], / install --download-only --no-install-recommends --reinstall --yes libtiny10$/);
    for (const command of log()) for (const option of [`Dir::Cache::archives=${work()}/archives`, `Dir::State::extended_states=${work()}/states`]) assert.ok(command.includes(option), `${option} in ${command}`);
    assert.equal(lines.at(-1), "fetching Debian's package libtiny10");
  });

  const failures: readonly [title: string, command: string, script: string, error: object][] = [
    ["without a network", "apt-get", `echo "W: Failed to fetch the list" >&2`, { message: "W: Failed to fetch the list" }],
    ["that no list has", "apt-get", "exit 0", { message: "there is no package ^libtiny[0-9]+$" }],
    ["on a full disk", "apt-get", `echo "E: Write error - write (28: No space left on device)\nE: IO Error" >&2; exit 100`, { message: /^E: Write error/, hint: /^Free some space/ }],
  ];
  for (const [title, command, script, error] of failures)
    it(`gives the reason: one ${title}`, async () => {
      install("apt-cache", "exit 0");
      install(command, script);
      await assert.rejects(() => fetchDebianLibrary("^libtiny[0-9]+$", work()), { name: "DataError", ...error });
    });
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
