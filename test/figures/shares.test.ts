import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { sharesSvg } from "../../src/figures/shares.js";

describe("shares of classes as a figure", () => {
  it("has a bar for each class and set, as high as its share", () => {
    const shares = ["Bag", "Hat & coat"].flatMap((group, i) => [{ name: "data", group, share: 0.5 }, { name: "samples", group, share: i === 0 ? 0.8 : 0.2 }]);
    const svg = sharesSvg(shares, { title: "Classes" });
    const bars = [...svg.matchAll(/<rect x="([\d.]+)" [^>]*?height="([\d.]+)"/g)].map(([, x, height]) => ({ x: Number(x), height: Number(height) }));
    assert.equal(bars.length, 4);
    const inOrder = [...bars].sort((a, b) => a.x - b.x).map(({ height }) => height / bars[0].height);
    assert.deepEqual(inOrder.map((ratio) => Number(ratio.toFixed(3))), [1, 1.6, 1, 0.4]);
    for (const text of ["Classes", ">data<", ">samples<", "Bag", "Hat &amp; coat"]) assert.ok(svg.includes(text), text);
  });
});
