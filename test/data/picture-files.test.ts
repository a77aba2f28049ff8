import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { pictureFiles, pictureReader, pictureSize } from "../../src/data/picture-files.js";
import { folderOf, helpful, png } from "./support.js";

describe("image files one by one", () => {
  const folder = folderOf({ "a.png": png(4, 2, 1, 100), "glass.png": png(1, 1, 4, [255, 255, 255, 0]), "text.png": "text", "deep/b.png": png(1, 1, 1, 0) });

  it("say their size without being decoded", async () => {
    const { width, height } = await pictureSize(join(folder, "a.png"));
    assert.deepEqual([width, height], [4, 2]);
  });

  it("lie on white where they are transparent, or on black", async () => {
    const file = join(folder, "glass.png");
    assert.deepEqual((await (await pictureReader(1))(file)).values, Float32Array.of(1));
    assert.deepEqual((await (await pictureReader(1, undefined, "black"))(file)).values, Float32Array.of(0));
  });

  it("are refused in words when they cannot be read", async () => {
    const read = await pictureReader(1);
    for (const reading of [read, pictureSize, (path: string) => pictureFiles([path])]) await assert.rejects(reading(join(folder, "none.png")), helpful(/none\.png cannot be read: there is no such file$/));
    for (const reading of [read, pictureSize]) await assert.rejects(reading(join(folder, "deep")), helpful(/deep cannot be read: it is a folder$/));
    await assert.rejects(read(join(folder, "text.png")), helpful(/text\.png is no image/));
  });
});
