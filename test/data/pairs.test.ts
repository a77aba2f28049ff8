import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { loadFiles } from "../../src/data/own-files.js";
import type { Examples } from "../../src/data/dataset.js";
import { paired } from "../../src/data/pairs.js";
import { DataError } from "../../src/errors.js";
import { folderOf, helpful, png } from "./support.js";

/** Grey images of 2 x 2 in folder a, colour ones in folder b, that show the number in their name. */
const folders = (sources: readonly number[], targets: readonly number[]) =>
  folderOf({ ...Object.fromEntries(sources.map((i) => [`a/${i}.png`, png(2, 2, 1, i)])), ...Object.fromEntries(targets.map((i) => [`b/${i}.png`, png(2, 2, 3, [i, 0, 255])])) });
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);
const rowsOf = ({ values, count }: Examples): number[][] => Array.from({ length: count }, (_, i) => Array.from(values.subarray((i * values.length) / count, ((i + 1) * values.length) / count)));

describe("two folders of images", () => {
  it("become pairs by the names of their files, the source's channels first", async () => {
    const folder = folders(upTo(20), upTo(20));
    const { train, validation, test, origin } = await loadFiles(join(folder, "a"), { targetFolder: join(folder, "b") });
    assert.deepEqual(train.spec, { kind: "pairs", shape: [4, 2, 2], source: 1 });
    assert.deepEqual([train, validation, test].map(({ count }) => count), [16, 2, 2]);
    for (const [i, ...rest] of [train, validation, test].flatMap(rowsOf)) assert.deepEqual(rest, [i, i, i, i, i, i, i, 0, 0, 0, 0, 255, 255, 255, 255]);
    assert.deepEqual([origin!.options.targetFolder, origin!.fingerprint.files], [join(folder, "b"), 40]);
  });

  it("name what has no counterpart, on either side", async () => {
    const folder = folders(upTo(9), upTo(8));
    const both = { targetFolder: join(folder, "b") };
    await assert.rejects(loadFiles(join(folder, "a"), both), (error: unknown) => error instanceof DataError && helpful(/1 of the images of a have none of the same name in b: 8.png$/)(error) && /--unpaired/.test(error.hint!));
    await assert.rejects(loadFiles(join(folder, "b"), { targetFolder: join(folders(upTo(2), []), "a") }), helpful(/6 of the images of b have none of the same name in a: 2.png, 3.png, 4.png, 5.png, 6.png, ...$/));
  });

  it("unpaired: as many as there are of the longer list, none of the one in two parts, not side by side by their names", async () => {
    const folder = folders(upTo(40), upTo(20));
    const parts = await loadFiles(join(folder, "a"), { targetFolder: join(folder, "b"), unpaired: true });
    assert.deepEqual([parts.train.spec, parts.train.count], [{ kind: "pairs", shape: [4, 2, 2], source: 1, unpaired: true }, 32]);
    const [train, held] = [rowsOf(parts.train), [parts.validation, parts.test].flatMap(rowsOf)];
    assert.equal(new Set(train.map(([source]) => source)).size, 32);
    assert.equal(new Set(train.map((row) => row[4])).size, 16);
    assert.ok(train.filter((row) => row[0] === row[4]).length < 8);
    for (const place of [0, 4]) assert.ok(held.every((row) => !train.some((other) => other[place] === row[place])));
  });

  it("refuse what does not go together", async () => {
    const folder = folders(upTo(4), upTo(4));
    const [a, b] = [join(folder, "a"), join(folder, "b")];
    await assert.rejects(loadFiles(a, { targetFolder: b, task: "edges" }), helpful(/there is a second/));
    await assert.rejects(loadFiles(a, { unpaired: true }), helpful(/need a second folder/));
    await assert.rejects(loadFiles(a, { targetFolder: join(a, "0.png") }), helpful(/no kind of file/));
    await assert.rejects(loadFiles(a, { from: "apple" }), helpful(/"from" says nothing about/));
    const wide = folderOf({ "0.png": png(4, 2, 1, 0) });
    await assert.rejects(loadFiles(folderOf({ "0.png": png(2, 2, 1, 0) }), { targetFolder: wide }), helpful(/The sources have 2 x 2 pixels, the targets 4 x 2/));
    const vectors: Examples = { spec: { kind: "vectors", shape: [1] }, count: 1, values: new Uint8Array(1) };
    assert.throws(() => paired(vectors, vectors), helpful(/not of vectors/));
  });
});
