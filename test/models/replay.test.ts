import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { replay } from "../../src/models/replay.js";
import { input, type Tensor, type Variable } from "../../src/tensor/index.js";

/** Shows batches [4, 1] one after the other; what the discriminator gets to see of each. */
async function shown(capacity: number, batches: readonly (readonly number[])[]): Promise<number[][]> {
  const [made, labels] = [input("made", [4, 1]), input("labels", [4], "int32")];
  const buffer = replay(capacity, [1], true);
  const updates = new Map<Variable, Tensor>();
  const mixed = buffer.mix(made, labels, updates);
  const engine = referenceEngine();
  for (const variable of buffer.variables) await engine.write(variable, variable.initial(0));
  const executable = await engine.compile({ inputs: { made, labels }, outputs: { made: mixed.made, labels: mixed.labels! }, updates });
  const seen: number[][] = [];
  for (const [step, batch] of batches.entries()) {
    const outputs = await executable.run({ made: Float64Array.from(batch), labels: Int32Array.from(batch, (value) => 10 * value) }, { seed: 3, step });
    // Examples keep their labels.
    assert.deepEqual(Array.from(outputs.labels), Array.from(outputs.made, (value) => 10 * value));
    seen.push(Array.from(outputs.made));
  }
  return seen;
}

describe("the replay buffer", () => {
  it("shows new examples in one half, and ones from earlier batches in the other", async () => {
    const [first, second, third] = await shown(8, [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]);
    assert.deepEqual(first, [1, 2, 3, 4]);
    assert.deepEqual([second.slice(0, 2), third.slice(0, 2)], [[5, 6], [9, 10]]);
    assert.ok(second.slice(2).every((value) => value <= 4));
    assert.ok(third.slice(2).every((value) => value <= 8));
  });

  it("forgets the oldest when it is full", async () => {
    const batches = Array.from({ length: 20 }, (_, i) => [4 * i + 1, 4 * i + 2, 4 * i + 3, 4 * i + 4]);
    const seen = await shown(6, batches);
    // It holds the last six made before the batch, and every one of these comes up in time.
    const ages = seen.slice(2).flatMap((batch, i) => batch.slice(2).map((value) => 4 * (i + 2) - value));
    assert.ok(ages.every((age) => age >= 0 && age < 8), ages.join(" "));
    assert.ok(new Set(ages).size > 4);
  });

  it("of no capacity gives back what it is given", () => {
    const made = input("made", [4, 1]);
    assert.equal(replay(0, [1], false).mix(made, undefined, new Map()).made, made);
  });
});
