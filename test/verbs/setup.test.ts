import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { fetchedFolder } from "../../src/engines/onednn/find.js";
import { DataError, EngineError } from "../../src/errors.js";
import { bringIn, brew, unpackDebian } from "../../src/verbs/setup.js";
import { fakeCommands } from "../support/commands.js";

const APT_GET = `case "$*" in *" --download-only "*) mkdir -p archives; echo library > archives/libdnnl3.6.deb; echo openmp > archives/libgomp1.deb;; esac`;
const DPKG_DEB = `mkdir -p "$3/usr/lib" && cp "$2" "$3/usr/lib/"`;

const { folder, install, log } = fakeCommands(
  { "apt-get": APT_GET, "apt-cache": "echo 'libdnnl3.6 - oneDNN'", "dpkg-deb": DPKG_DEB, brew: 'echo "$@" > "$LOG"' },
  (folder) => ({ MORPHOGEN_CACHE: join(folder, "cache"), MORPHOGEN_ONEDNN: undefined }),
);

/** The file that stands for a library which opens. */
const library = () => join(folder(), "libdnnl.so");
function find() {
  if (!existsSync(library())) throw new EngineError("oneDNN was not found:\n  nowhere: not there", "Run: morphogen setup");
  return { version: "3.7.2", path: library(), more: "than is told" };
}
const put = async () => writeFileSync(library(), "");
const never = async () => assert.fail("nothing should be fetched");

describe("bringing in oneDNN", () => {
  it("does nothing where it is there", async () => {
    await put();
    assert.deepEqual(await bringIn(find, never, {}), { version: "3.7.2", path: library(), fetched: false });
  });

  it("fetches it where it is missing", async () => {
    assert.deepEqual(await bringIn(find, put, {}), { version: "3.7.2", path: library(), fetched: true });
  });

  it("says why it cannot be fetched and what can be done by hand", async () => {
    const offline = async () => assert.rejects(bringIn(find, () => Promise.reject(new Error("no network")), {}), { name: "EngineError", message: "oneDNN could not be fetched: no network", hint: /dnf install onednn[\s\S]*MORPHOGEN_ONEDNN/ });
    await offline();
    await assert.rejects(bringIn(find, () => Promise.reject(new DataError("No space left on device", "Free some space.")), {}), { name: "EngineError", hint: "Free some space." });
  });

  it("keeps nothing that was fetched and does not open", async () => {
    await assert.rejects(
      bringIn(find, async () => void mkdirSync(fetchedFolder(), { recursive: true }), {}),
      { name: "EngineError", message: /^oneDNN was fetched, but cannot be used here\. oneDNN was not found:\n/, hint: /By hand/ },
    );
    assert.ok(!existsSync(fetchedFolder()));
  });

  it("fetches nothing where MORPHOGEN_ONEDNN names another", async () => {
    process.env.MORPHOGEN_ONEDNN = "/nowhere";
    await assert.rejects(bringIn(find, never, {}), { name: "EngineError", message: /^oneDNN was not found/ });
  });

  it("ends with the signal's reason when it is told to stop", async () => {
    const controller = new AbortController();
    const stopped = bringIn(find, () => Promise.reject(new Error(`apt-get was killed: ${String(controller.abort())}`)), { signal: controller.signal });
    await assert.rejects(stopped, { name: "AbortError" });
  });

  it("lets errors that are no missing library pass", async () => {
    await assert.rejects(bringIn(() => assert.fail("a bug"), never, {}), { message: "a bug" });
  });
});

describe("oneDNN from Debian", { skip: !existsSync("/etc/debian_version") && "this is not Debian or Ubuntu" }, () => {
  it("lands whole in the cache folder, with what it needs, in place of what did not open", async () => {
    mkdirSync(join(fetchedFolder(), "damaged"), { recursive: true });
    await unpackDebian({});
    assert.deepEqual(readdirSync(fetchedFolder()), ["usr"]);
    assert.deepEqual(readdirSync(join(fetchedFolder(), "usr", "lib")).sort(), ["libdnnl3.6.deb", "libgomp1.deb"]);
    assert.deepEqual(readdirSync(dirname(fetchedFolder())), ["onednn"]);
  });

  it("leaves nothing half done", async () => {
    install("dpkg-deb", `mkdir -p "$3/usr"; echo "tar: usr: Cannot write: No space left on device" >&2; exit 2`);
    await assert.rejects(unpackDebian({}), { name: "DataError", message: /No space left/, hint: /MORPHOGEN_CACHE/ });
    assert.deepEqual(readdirSync(dirname(fetchedFolder())), []);
  });
});

describe("oneDNN from brew", () => {
  it("is installed", async () => {
    await brew({});
    assert.deepEqual(log(), ["install onednn"]);
  });

  it("says what brew says when it fails, and that there is none", async () => {
    install("brew", `echo "Error: no bottle" >&2; exit 1`);
    await assert.rejects(brew({}), { message: "Error: no bottle" });
    process.env.PATH = join(folder(), "empty");
    await assert.rejects(brew({}), { message: /^there is no brew here/ });
  });
});
