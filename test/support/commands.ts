/** Commands of our own that stand in for the system's (apt-get, brew, ...), so that no network is needed and every failure can be had. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach } from "node:test";
import { temporaryFolder } from "./folder.js";

export interface FakeCommands {
  /** A folder of the test's own. */
  readonly folder: () => string;
  /** Puts a shell script first on PATH; its $LOG is a file that `log` reads. */
  readonly install: (command: string, script: string) => void;
  readonly log: () => readonly string[];
}

/** For each test of the suite that calls it: a folder, PATH with the commands of `scripts` first, and variables that are set or (undefined) unset. */
export function fakeCommands(scripts: Readonly<Record<string, string>>, variables: (folder: string) => Readonly<Record<string, string | undefined>> = () => ({})): FakeCommands {
  const before = { ...process.env };
  let folder = "";
  const install = (command: string, script: string): void => writeFileSync(join(folder, "bin", command), `#!/bin/sh\nLOG='${folder}/log'\n${script}\n`, { mode: 0o755 });
  const log = () => (existsSync(join(folder, "log")) ? readFileSync(join(folder, "log"), "utf8").trim().split("\n") : []);
  beforeEach(() => {
    folder = temporaryFolder("commands");
    mkdirSync(join(folder, "bin"));
    for (const [name, value] of Object.entries({ PATH: `${join(folder, "bin")}:${before.PATH}`, ...variables(folder) })) setVariable(name, value);
    for (const [command, script] of Object.entries(scripts)) install(command, script);
  });
  afterEach(() => {
    for (const name of Object.keys({ PATH: "", ...variables(folder) })) setVariable(name, before[name]);
    rmSync(folder, { recursive: true, force: true });
  });
  return { folder: () => folder, install, log };
}

/** An environment variable that is undefined would read "undefined". */
export function setVariable(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}
