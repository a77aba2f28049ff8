import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { FileOptionsInput } from "../../src/data/file-options.js";
import { loadFiles } from "../../src/data/own-files.js";
import { DataError, UsageError } from "../../src/errors.js";
import { folderOf, helpful, images, png } from "./support.js";

/** All examples of a folder, in the order of their first pixel, and what was told. */
async function read(folder: string, options: FileOptionsInput = {}) {
  const lines: string[] = [];
  const { train, validation, test, origin } = await loadFiles(folder, options, { onProgress: (line) => lines.push(line) });
  const width = train.values.length / train.count;
  const all = [train, validation, ...(test === validation ? [] : [test])].flatMap(({ values, labels, count }) =>
    Array.from({ length: count }, (_, i) => ({ pixels: Array.from(values.subarray(i * width, (i + 1) * width)), label: labels?.[i] })),
  );
  return { spec: train.spec, all: all.sort((a, b) => a.pixels[0] - b.pixels[0]), counts: [train.count, validation.count, test.count], lines, origin };
}

const greys = (count: number, width = 2, height = 2, of = (i: number) => `${i}.png`) => Object.fromEntries(Array.from({ length: count }, (_, i) => [of(i), png(width, height, 1, i)]));

describe("a folder of images", () => {
  it("becomes bytes, divided at random but the same each time", async () => {
    const folder = folderOf({ ...greys(20), "notes.txt": "no image", ".hidden.png": "no image", "__MACOSX/a.png": "no image", "runs/a-1/checkpoints/1": "", "runs/a-1/figures/a.png": "no image" });
    const { spec, all, counts, lines } = await read(folder);
    assert.deepEqual(spec, { kind: "images", shape: [1, 2, 2] });
    assert.deepEqual(all.map(({ pixels }) => pixels), Array.from({ length: 20 }, (_, i) => [i, i, i, i]));
    assert.deepEqual(counts, [16, 2, 2]);
    assert.match(lines.join(), /: 20 images of 2 x 2, grey$/);
    const [once, again] = [await loadFiles(folder), await loadFiles(folder)];
    assert.deepEqual(once.train.values, again.train.values);
    assert.deepEqual((await read(folder, { validation: 0.25, test: 0 })).counts, [15, 5, 5]);
  });

  it("takes its subfolders as classes, in order; images beside them leave all without", async () => {
    const folder = folderOf(greys(12, 2, 2, (i) => `${["dogs", "cats", "birds/small"][i % 3]}/${i}.png`));
    const { spec, all } = await read(folder);
    assert.deepEqual(spec.classes, ["birds", "cats", "dogs"]);
    all.forEach(({ pixels, label }) => assert.equal(label, [2, 1, 0][pixels[0] % 3]));
    writeFileSync(join(folder, "99.png"), png(2, 2, 1, 99));
    const mixed = await read(folder);
    assert.deepEqual([mixed.spec.classes, mixed.all[0].label], [undefined, undefined]);
    assert.match(mixed.lines.join(), /images beside its subfolders: they are read without classes/);
  });

  it("keeps images as most of them are, grey or coloured, or as it is told; colours are planes", async () => {
    const coloured = png(1, 2, 3, [1, 2, 3, 4, 5, 6]);
    const folder = folderOf({ ...greys(2, 1, 2), "a.png": coloured, "b.png": coloured, "c.png": coloured });
    const { spec, all } = await read(folder);
    assert.deepEqual(spec.shape, [3, 2, 1]);
    assert.deepEqual(all.at(-1)!.pixels, [1, 4, 2, 5, 3, 6]);
    assert.deepEqual((await read(folder, { color: "grey" })).spec.shape, [1, 2, 1]);
  });

  it("asks for a size where there is not one, and where images are large, and brings them to it", async () => {
    const folder = folderOf({ ...greys(5), "wide.png": png(6, 2, 1, 50) });
    await assert.rejects(loadFiles(folder), (error: unknown) => error instanceof UsageError && helpful(/different sizes: 0.png has 2 x 2 pixels, wide.png 6 x 2/)(error) && /--size/.test(error.hint!));
    assert.deepEqual((await read(folder, { size: "4x3" })).spec.shape, [1, 3, 4]);
    assert.deepEqual((await read(folder, { size: "2" })).all.at(-1)!.pixels, [50, 50, 50, 50]);
    await assert.rejects(loadFiles(folderOf({ "a.png": png(300, 20, 1, 0) })), helpful(/a.png has 300 x 20 pixels, more than most/));
    for (const size of ["0", "x3", "3x", "1e3", "-4", "4.5", "123456"]) await assert.rejects(loadFiles(folder, { size }), (error: unknown) => error instanceof UsageError && error.message === `The size is ${size}`);
    await assert.rejects(loadFiles(folder, { size: "99999" }), helpful(/6 images of 99999 x 99999 x 1 take 55.9 GiB/));
  });

  it("names an image that cannot be used, or leaves such out and says so", async () => {
    const folder = folderOf({ ...greys(6), "a.jpg": images["cmyk.jpg"], "b.gif": images["small.gif"], "c.png": "no image", "d.png": "" });
    await assert.rejects(loadFiles(folder, { size: "2" }), (error: unknown) => error instanceof DataError && helpful(/a.jpg cannot be decoded: its colours are CMYK/)(error) && /--skip-bad/.test(error.hint!));
    const { all, lines } = await read(folder, { size: "2", skipBad: true });
    assert.deepEqual(all.map(({ pixels }) => pixels[0]), [0, 1, 2, 3, 4, 5]);
    assert.match(lines[0], /^left out 4 of the 10 images of [^:]*: a.jpg cannot be decoded[^;]*; b.gif is GIF, which is not read; c.png is no image[^;]*; \.\.\.$/);
    await assert.rejects(loadFiles(folderOf({ "c.png": "no image" }), { skipBad: true }), /None of the 1 images of .* can be used: c.png is no image/);
  });

  it("says when there is nothing to read, or too little", async () => {
    await assert.rejects(loadFiles(folderOf({ "notes.txt": "" })), helpful(/has no images/));
    await assert.rejects(loadFiles(folderOf(greys(2))), helpful(/Of 2 examples, 1 to validate and 1 to test on leave none/));
  });

  it("stops when it is told to", async () => {
    await assert.rejects(loadFiles(folderOf(greys(3)), {}, { signal: AbortSignal.abort() }), { name: "AbortError" });
  });
});
