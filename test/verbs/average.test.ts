import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { imagesFromArray, openTrained, referenceEngine, reconstruct, scoreAverages, train, useAverage, UsageError } from "../../src/index.js";
import { temporaryFolder } from "../support/folder.js";

const data = imagesFromArray(Uint8Array.from({ length: 40 * 16 }, (_, i) => (i * i * 31) % 256), { shape: [1, 4, 4], validation: 0.25 });

async function trained(training: object) {
  const path = join(temporaryFolder("average"), "run");
  await (await train({ model: "stacked", options: { hidden: [8], latentSize: 3 }, data, training: { epochs: 6, batchSize: 5, ...training }, out: path, engine: referenceEngine() })).dispose();
  return path;
}

describe("averages chosen after training", () => {
  it("are validated beside the weights as they are, which stay", async () => {
    const run = await openTrained(await trained({ postHocAverages: true }), { engine: referenceEngine() });
    const before = await reconstruct(run, new Float32Array(16));
    const scores = await scoreAverages(run, { data, widths: [0.05, 0.25] });
    assert.deepEqual(scores.map(({ width }) => width), [undefined, 0.05, 0.25]);
    const [, narrow, wide] = scores.map(({ validation }) => Object.values(validation)[0]);
    assert.ok(narrow !== wide && [narrow, wide].every(Number.isFinite));
    assert.deepEqual(await reconstruct(run, new Float32Array(16)), before);
    await run.dispose();
  });

  it("are what a run is used with from then on", async () => {
    const path = await trained({ postHocAverages: true, averageDecay: 0.9 });
    const rowOf = async () => {
      const run = await openTrained(path, { engine: referenceEngine() });
      const [asItIs, chosen] = await scoreAverages(run, { data, widths: [0.25] });
      await run.dispose();
      return [asItIs.validation, chosen.validation];
    };
    const [before, chosen] = await rowOf();
    assert.notDeepEqual(before, chosen);
    await useAverage(path, 0.25);
    assert.deepEqual((await rowOf())[0], chosen);
  });

  it("are refused where the run kept nothing to make them of", async () => {
    const path = await trained({});
    await assert.rejects(() => useAverage(path, 0.1), (error: unknown) => error instanceof UsageError && /no snapshots of averages/.test(error.message));
  });
});
