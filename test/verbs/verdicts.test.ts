import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { confusionsIn, inTurns, isPlausible, isWeakness, severity, verdictsOn, type Verdict } from "../../src/verbs/verdicts.js";
import { assertClose } from "../support/close.js";

const near = (count: number): Float64Array => new Float64Array(count).fill(0.5);
const verdict = (given: Partial<Verdict>): Verdict => ({ said: 0, confidence: 0.6, against: 1, probability: 0.2, instead: 0, margin: 0.4, certainty: 0.95, lead: 0.9, distance: 0.5, ...given });

describe("verdicts on what a classifier says", () => {
  it("weigh it against the second opinion, or against the class asked for", () => {
    const probabilities = Float32Array.of(0.1, 0.7, 0.2, 0.1, 0.7, 0.2);
    const opinions = Float32Array.of(0, 0.05, 0.95, 0, 0.95, 0.05);
    const [wrong, right] = verdictsOn({ probabilities, opinions, distances: near(2) }, 3);
    assert.deepEqual([wrong.said, wrong.against, wrong.instead, right.said, right.against, right.instead], [1, 2, 1, 1, 1, 2]);
    assertClose([wrong.margin, wrong.certainty, wrong.lead, right.margin], [0.5, 0.95, 0.9, -0.5], 1e-6);
    assert.deepEqual([isWeakness(wrong, "wrong"), isWeakness(right, "wrong")], [true, false]);
    // The second image was to be of class 0: both classifiers say otherwise, so the generator is at fault.
    const [, asked] = verdictsOn({ probabilities, opinions, distances: near(2), asked: [2, 0] }, 3);
    assert.deepEqual([asked.against, asked.instead, asked.certainty, isWeakness(asked, "wrong")], [0, 1, 0, false]);
    assert.ok(asked.lead < 0);
  });

  it("weigh the likeliest against the second likeliest class where there is no second opinion", () => {
    const [unsure, sure] = verdictsOn({ probabilities: Float32Array.of(0.46, 0.1, 0.44, 0.1, 0.2, 0.7), distances: near(2) }, 3);
    assert.deepEqual([unsure.said, unsure.against, sure.said, sure.against], [0, 2, 2, 1]);
    assertClose([unsure.margin, sure.margin, unsure.certainty], [-0.02, -0.5, 1], 1e-6);
    assert.deepEqual([isWeakness(unsure, "unsure"), isWeakness(sure, "unsure")], [true, false]);
  });

  it("are the more severe the more the classifier is off, but plausible and sure images come before all others", () => {
    assert.deepEqual([isPlausible(verdict({ distance: 1 })), isPlausible(verdict({ distance: 1.01 }))], [true, false]);
    // What the second opinion itself is less sure of than the classifier counts as much as it leads by.
    const [far, off, wrong, sure, right] = [{ margin: 1, distance: 1.3 }, { margin: 1, certainty: 0.8 }, { margin: 0.4 }, { margin: 0.95, lead: 0.9 }, { margin: -1, lead: 1 }].map((given) => severity(verdict(given)));
    assertClose([far, off, wrong, sure, right], [-1.3, -1.1, 0.4, 0.9, -1], 1e-9);
  });

  it("come in turns: the worst of each kind, then the second of each, those that do not count last", () => {
    const kinds = [[0, 1, 0.9], [0, 1, 0.8], [1, 0, 0.3], [2, 1, -0.2], [0, 1, 0.7], [1, 0, 0.2]].map(([against, instead, margin]) => verdict({ against, instead, margin }));
    assert.deepEqual(inTurns([...kinds, verdict({ against: 2, instead: 0, distance: 3 })], 3), [0, 2, 3, 1, 5, 4, 6]);
  });

  it("are counted by what is taken for what, or, without order, by what is not told apart", () => {
    const all = [[0, 1], [1, 0], [0, 1], [2, 1]].map(([against, said]) => verdict({ against, said }));
    assert.deepEqual(confusionsIn(all, "wrong"), [{ from: 0, to: 1, count: 2 }, { from: 1, to: 0, count: 1 }, { from: 2, to: 1, count: 1 }]);
    assert.deepEqual(confusionsIn(all, "unsure"), [{ from: 0, to: 1, count: 3 }, { from: 1, to: 2, count: 1 }]);
  });
});
