import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { UsageError } from "../../src/errors.js";
import { averageOfWidth, newestCheckpoint } from "../../src/training/index.js";
import { newFolder, tinyModel, trainTiny } from "./support/tiny.js";

const training = { postHocAverages: true };
const snapshotsOf = (path: string) => readdirSync(join(path, "averages")).sort();

describe("snapshots of averages", () => {
  it("are taken at sixteen shares of the training, and any average made of them", async () => {
    const path = newFolder();
    await trainTiny({ path, training });
    assert.deepEqual([snapshotsOf(path).length, snapshotsOf(path).includes("step-20.safetensors"), snapshotsOf(path).includes("step-1.safetensors")], [16, true, false]);
    const { tensors } = (await newestCheckpoint(path))!;
    const [{ name }] = tinyModel().variables;
    const difference = (a: ArrayLike<number>, b: ArrayLike<number>) => Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
    for (const width of [0.05, 0.1]) {
      const [kept, found] = [tensors.get(`average-${width}.${name}`)!.data, (await averageOfWidth(path, width)).get(name)!];
      assert.ok(difference(kept, found) < 1e-6, `width ${width}`);
    }
    // A wider one lies farther from where the training ended.
    const [narrow, wide] = [await averageOfWidth(path, 0.03), await averageOfWidth(path, 0.25)].map((averages) => difference(averages.get(name)!, tensors.get(name)!.data));
    assert.ok(narrow < wide);
    await assert.rejects(() => averageOfWidth(path, 0.5), UsageError);
  });

  it("are the same whether or not the run was stopped", async () => {
    const [straight, stopped] = [newFolder(), newFolder()];
    await trainTiny({ path: straight, training });
    for (const stopAt of [3, 13]) await trainTiny({ path: stopped, training, stopAt, resume: stopAt > 3 });
    await trainTiny({ path: stopped, training, resume: true });
    assert.deepEqual(snapshotsOf(stopped), snapshotsOf(straight));
    for (const file of snapshotsOf(straight)) assert.deepEqual(readFileSync(join(stopped, "averages", file)), readFileSync(join(straight, "averages", file)), file);
  });

  it("are not there where they were not asked for", async () => {
    const path = newFolder();
    await trainTiny({ path });
    assert.throws(() => snapshotsOf(path), /ENOENT/);
    await assert.rejects(() => averageOfWidth(path, 0.1), (error: unknown) => error instanceof UsageError && /post-hoc-averages/.test(error.hint ?? ""));
  });
});
