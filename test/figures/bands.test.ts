import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bandsSvg, type Band } from "../../src/figures/bands.js";

const options = { title: "A <model>", subtitle: "and its classes", label: "epoch" };
const bands: readonly Band[] = [
  { name: "Bag", shares: [1, 0.25], dataShare: 0.5 },
  { name: "Hat & coat", shares: [0, 0.75], dataShare: 0.5 },
];

/** The corners of each area, in pixels. */
const areas = (svg: string): number[][][] => [...svg.matchAll(/<path d="M([\d.,L]+)Z"/g)].map(([, path]) => path.split("L").map((corner) => corner.split(",").map(Number)));

/** The heights at which an area has corners, from left to right. */
function heights(area: number[][]): number[][] {
  const places = [...new Set(area.map(([x]) => x))].sort((a, b) => a - b);
  return places.map((place) => [...new Set(area.flatMap(([x, y]) => (x === place ? [y] : [])))].sort((a, b) => a - b));
}

describe("bands", () => {
  const svg = bandsSvg(bands, { ...options, times: [1, 2] });

  it("are as high as the shares since the time before, the first uppermost, beside a column of the data", () => {
    // The frame is from 60 to 360. At the first time, in the middle, the first shares give way to the second.
    assert.deepEqual(areas(svg).map(heights), [[[60, 360], [60, 135, 360], [60, 135]], [[360], [135, 360], [135, 360]]]);
    assert.deepEqual([...svg.matchAll(/<rect [^>]*?y="([\d.]+)"[^>]*?height="([\d.]+)"/g)].map(([, y, height]) => [y, height]), [["60", "150"], ["210", "150"]]);
  });

  it("are named, with the last share and that of the data, each in a colour of its own", () => {
    for (const text of ["A &lt;model", "and its classes", "epoch", "Hat &amp; coat", ">75.0%<", ">25.0%<", ">50.0%<", ">last<", ">data<"]) assert.ok(svg.includes(text), text);
    const colors = [...svg.matchAll(/aria-label="rect" fill="([^"]*)"/g)].map(([, color]) => color);
    assert.equal(new Set(colors).size, 2);
  });

  it("of a single time fill the frame", () => {
    const one = bandsSvg(bands.map((band) => ({ ...band, shares: [0.5] })), { ...options, times: [7] });
    assert.deepEqual(areas(one).map(heights), [[[60, 210], [60, 210]], [[210, 360], [210, 360]]]);
    assert.ok(one.includes(">7<"));
  });
});
