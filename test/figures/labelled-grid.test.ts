import assert from "node:assert/strict";
import { test } from "node:test";
import { labelledGridSvg } from "../../src/figures/labelled-grid.js";

const raster = { width: 28, height: 28, channels: 1 as const, pixels: new Uint8Array(28 * 28) };
const sizeOf = (svg: string): number[] => [.../width="(\d+)" height="(\d+)"/.exec(svg)!.slice(1)].map(Number);

test("a long subtitle beside few images goes on in further lines, of whole words", () => {
  const words = "in twenty steps by the sampler ddim, from noise of the seed seven, ".repeat(4).trim();
  const few = labelledGridSvg([{ images: [{ raster }] }], { title: "Edited", subtitle: words });
  const lines = [...few.matchAll(/fill="#555">([^<]+)</g)].map(([, line]) => line);
  assert.ok(lines.length > 1);
  assert.equal(lines.join(" "), words);
  const [width, height] = sizeOf(few);
  assert.ok(width < 500, `${width} pixels`);
  const [, plain] = sizeOf(labelledGridSvg([{ images: [{ raster }] }], { title: "Edited", subtitle: "short" }));
  assert.equal(height - plain, (lines.length - 1) * 16, "the images begin below the last line");
});

test("a subtitle that fits beside many images is one line", () => {
  const many = labelledGridSvg([{ images: Array.from({ length: 20 }, () => ({ raster })) }], { title: "Edited", subtitle: "in twenty steps by the sampler ddim, from noise of the seed seven" });
  assert.equal([...many.matchAll(/fill="#555"/g)].length, 1);
});
