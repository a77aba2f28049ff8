import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { download } from "../../src/data/download.js";
import { fetchFiles, type FileSet } from "../../src/data/sources.js";
import { DataError } from "../../src/errors.js";
import { temporaryFolder } from "../support/folder.js";

const content = Uint8Array.from({ length: 5000 }, (_, i) => i % 251);
const packed = gzipSync(content);
const file = { name: "images.gz", size: content.length, sha256: createHash("sha256").update(content).digest("hex") };

let folder: string;
const before = { ...process.env };
const setOf = (urls: readonly string[], system = "/nowhere"): FileSet => ({ name: "tiny", files: [file], urls, debian: { package: "no-such-package-of-morphogen", folder: system } });

beforeEach(() => {
  folder = temporaryFolder("sources");
  process.env.MORPHOGEN_CACHE = join(folder, "cache");
  // An apt-get that fails as it does without a network, at once.
  mkdirSync(join(folder, "bin"));
  writeFileSync(join(folder, "bin", "apt-get"), "#!/bin/sh\necho 'E: Unable to locate package' >&2\nexit 100\n", { mode: 0o755 });
  process.env.PATH = `${join(folder, "bin")}:${before.PATH}`;
});
afterEach(() => {
  process.env.MORPHOGEN_CACHE = before.MORPHOGEN_CACHE;
  if (before.MORPHOGEN_CACHE === undefined) delete process.env.MORPHOGEN_CACHE;
  process.env.PATH = before.PATH;
  rmSync(folder, { recursive: true, force: true });
});

async function serving<Result>(listener: RequestListener, work: (url: string) => Promise<Result>): Promise<Result> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const cached = () => join(folder, "cache", "tiny", "images.gz");
const fetched = async (set: FileSet) => Buffer.from((await fetchFiles(set)).get("images.gz")!).equals(content);

describe("the chain of sources", () => {
  it("downloads, keeps the file, and then needs no network", async () => {
    const requests = await serving((_, response) => response.end(packed), async (url) => {
      assert.ok(await fetched(setOf([url])));
      return readFileSync(cached());
    });
    assert.deepEqual(requests, Buffer.from(packed));
    assert.ok(await fetched(setOf(["http://127.0.0.1:1/"])));
    assert.deepEqual(readdirSync(join(folder, "cache", "tiny")), ["images.gz"]);
  });

  it("uses the system's package where it is installed", async () => {
    const system = join(folder, "system");
    mkdirSync(system);
    writeFileSync(join(system, "images.gz"), packed);
    assert.ok(await fetched(setOf([], system)));
    assert.ok(!existsSync(cached()));
  });

  it("sets a damaged file of the cache aside and fetches it anew", async () => {
    mkdirSync(join(folder, "cache", "tiny"), { recursive: true });
    for (const damaged of [packed.subarray(0, 50), gzipSync(Uint8Array.of(1, 2, 3)), gzipSync(new Uint8Array(9000))]) {
      writeFileSync(cached(), damaged);
      await serving((_, response) => response.end(packed), async (url) => assert.ok(await fetched(setOf([url]))));
      assert.deepEqual(readFileSync(`${cached()}.corrupt`), Buffer.from(damaged));
      assert.deepEqual(readFileSync(cached()), Buffer.from(packed));
    }
  });

  it("goes on to the next address after a 404, a wrong checksum or a body cut short", async () => {
    await serving(
      (request, response) => {
        if (request.url === "/missing/images.gz") response.writeHead(404).end();
        else if (request.url === "/wrong/images.gz") response.end(gzipSync(Uint8Array.of(9)));
        else if (request.url === "/short/images.gz") {
          response.writeHead(200, { "content-length": packed.length });
          response.write(packed.subarray(0, 100), () => response.destroy());
        } else response.end(packed);
      },
      async (url) => assert.ok(await fetched(setOf(["missing/", "wrong/", "short/", ""].map((path) => url + path)))),
    );
  });

  it("says which file of the cache was damaged, and where it is now", async () => {
    mkdirSync(join(folder, "cache", "tiny"), { recursive: true });
    writeFileSync(cached(), gzipSync(Uint8Array.of(1, 2, 3)));
    const lines: string[] = [];
    await serving((_, response) => response.end(packed), (url) => fetchFiles(setOf([url]), { onProgress: (line) => lines.push(line) }));
    assert.match(lines[0], /images.gz has the wrong checksum: .* set aside as .*images.gz.corrupt/);
    assert.match(lines[1], /downloading http:.*images.gz/);
  });

  it("does not wait for a failed server again, file after file", async () => {
    let asked = 0;
    const other = { ...file, name: "labels.gz" };
    await serving(
      (request, response) => {
        if (!request.url?.startsWith("/failing/")) return void response.end(packed);
        asked++;
        response.writeHead(500).end();
      },
      (url) => fetchFiles({ ...setOf([`${url}failing/`, url]), files: [file, other] }),
    );
    assert.equal(asked, 1);
  });

  it("gives what it fetched also where it cannot be kept", async () => {
    writeFileSync(join(folder, "a-file"), "");
    process.env.MORPHOGEN_CACHE = join(folder, "a-file");
    const lines: string[] = [];
    await serving((_, response) => response.end(packed), async (url) => {
      const contents = await fetchFiles(setOf([url]), { onProgress: (line) => lines.push(line) });
      assert.ok(Buffer.from(contents.get("images.gz")!).equals(content));
    });
    assert.match(lines.at(-1)!, /images.gz could not be written: .*fetched again next time.*MORPHOGEN_CACHE/);
  });

  it("serves two at once from one folder", () =>
    serving((_, response) => response.end(packed), async (url) => {
      assert.deepEqual(await Promise.all([fetched(setOf([url])), fetched(setOf([url]))]), [true, true]);
      assert.deepEqual(readdirSync(join(folder, "cache", "tiny")), ["images.gz"]);
    }));

  it("stops a download when it is told to, and leaves nothing behind", () =>
    serving((_, response) => void response.write(packed.subarray(0, 20)), async (url) => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 50);
      await assert.rejects(() => fetchFiles(setOf([url]), { signal: controller.signal }), { name: "AbortError" });
      assert.deepEqual(existsSync(join(folder, "cache")) ? readdirSync(join(folder, "cache")) : [], []);
    }));

  it("lists every source with its reason, and the way out, when all fail", async () => {
    await serving((_, response) => response.writeHead(503, "Busy").end(), async (url) => {
      await assert.rejects(
        () => fetchFiles(setOf([url])),
        (error: unknown) => {
          assert.ok(error instanceof DataError);
          assert.match(error.message, /images.gz of tiny is nowhere to be had:/);
          assert.match(error.message, /the cache .*: not there/);
          assert.match(error.message, /the server answered 503 Busy/);
          assert.match(error.message, /Debian's package no-such-package-of-morphogen: (E: Unable to locate package|this is not Debian or Ubuntu)/);
          assert.match(error.hint ?? "", /apt-get install no-such-package-of-morphogen/);
          assert.match(error.hint ?? "", new RegExp(join(folder, "cache", "tiny")));
          return true;
        },
      );
    });
    assert.ok(!existsSync(cached()));
  });
});

describe("a download", () => {
  it("never takes more than it should", () =>
    serving((_, response) => response.end(new Uint8Array(100_000)), (url) => assert.rejects(() => download(url, 1000), /more than the 1000 bytes expected/)));

  it("does not wait for a server that says nothing", () => serving(() => undefined, (url) => assert.rejects(() => download(url, 1000, {}, 100), /no answer for 0.1 s/)));

  it("does not wait for one that falls silent half-way", () =>
    serving((_, response) => void response.write("half"), (url) => assert.rejects(() => download(url, 1000, {}, 150), /no answer/)));

  it("stops when it is told to", () =>
    serving(() => undefined, async (url) => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 50);
      await assert.rejects(() => download(url, 1000, { signal: controller.signal }), { name: "AbortError" });
    }));

  it("names the reason of a connection that is refused", () => assert.rejects(() => download("http://127.0.0.1:1/", 10), /ECONNREFUSED|bad port/));
});
