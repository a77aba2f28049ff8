import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { emoji, emojiSplits, partOf } from "../../src/data/emoji.js";
import { fileOptions } from "../../src/data/file-options.js";
import { DataError } from "../../src/errors.js";
import { setVariable } from "../support/commands.js";
import { helpful, png } from "./support.js";
import { temporaryFolder } from "../support/folder.js";

const { MORPHOGEN_CACHE, npm_config_registry } = process.env;
afterEach(() => Object.entries({ MORPHOGEN_CACHE, npm_config_registry }).forEach(([name, value]) => setVariable(name, value)));

const codes = Array.from({ length: 60 }, (_, i) => (0x1f300 + i).toString(16));

describe("emoji", () => {
  it("are held out by their code points: about a tenth each, skin tones and genders with the emoji that they belong to", () => {
    const many = Array.from({ length: 2000 }, (_, i) => partOf((0x1f000 + i).toString(16)));
    for (const part of ["test", "validation"] as const) assert.ok(Math.abs(many.filter((name) => name === part).length - 200) < 60);
    const family = ["1f9d1-200d-1f692", "1f468-200d-1f692", "1f469-1f3ff-200d-1f692"];
    assert.equal(new Set(family.map(partOf)).size, 1);
    assert.equal(partOf("1f3cb-1f3ff-200d-2642-fe0f"), partOf("1f3cb-fe0f"));
  });

  it("of two vendors are pairs of the same code points, on white", async () => {
    const [sources, targets] = [new Map(codes.map((code) => [code, png(4, 4, 4, [10, 20, 30, 0])])), new Map(codes.slice(1).map((code) => [code, png(4, 4, 4, [40, 50, 60, 255])]))];
    const { train, validation, test } = await emojiSplits(sources, targets, "2");
    assert.deepEqual(train.spec, { kind: "pairs", shape: [6, 2, 2], source: 3 });
    assert.equal(train.count + validation.count + test.count, 59);
    assert.deepEqual([...train.values.subarray(0, 24)], [255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 40, 40, 40, 40, 50, 50, 50, 50, 60, 60, 60, 60]);
    const alone = await emojiSplits(sources, undefined, "4");
    assert.deepEqual([alone.train.spec, alone.test.count], [{ kind: "images", shape: [3, 4, 4] }, codes.filter((code) => partOf(code) === "test").length]);
  });

  it("come from npm's registry, and are refused unless they are those that were published", async () => {
    const asked: string[] = [];
    const server = createServer(({ url }, response) => {
      asked.push(url!);
      response.end(gzipSync("no pictures"));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    setVariable("npm_config_registry", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    setVariable("MORPHOGEN_CACHE", temporaryFolder("emoji"));
    try {
      await assert.rejects(emoji.load({ split: "book" }), (error: unknown) => error instanceof DataError && helpful(/wrong checksum: SHA-512/)(error));
    } finally {
      server.close();
    }
    assert.deepEqual(asked, ["/emoji-datasource-apple/-/emoji-datasource-apple-16.0.0.tgz"]);
    await assert.rejects(emoji.load({ split: "book", files: fileOptions.parse({ from: "google", to: "google" }) }), helpful(/Both vendors of the emoji are google/));
  });
});
