import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decode } from "fast-png";
import { scatterSvg } from "../../src/figures/scatter.js";
import { svgToPng } from "../../src/figures/svg-to-png.js";

const positions = [0, 0, 1, 0, 1, 1, 0.001, 0];
const labels = [0, 1, 2, 0];
const black = { width: 4, height: 2, channels: 1, pixels: new Uint8Array(8) } as const;
const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;

describe("scatter plots", () => {
  it("show each point in its class's colour, and name the classes that there are", () => {
    const svg = scatterSvg(positions, { title: "A <title>", subtitle: "and more", labels, classes: ["shoe", "hat", "A name that is much too long for a legend", "none"] });
    assert.match(svg, /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    for (const text of ["A &lt;title", "and more", "shoe", "hat", "A name that is much too…"]) assert.ok(svg.includes(text), text);
    assert.ok(!svg.includes("none</text>"));
    const colors = [...svg.matchAll(/<circle [^>]*r="[^"]*" fill="([^"]*)"/g)].map(([, color]) => color);
    assert.equal(colors.length, 4);
    assert.equal(colors[0], colors[3]);
    assert.equal(new Set(colors).size, 3);
  });

  it("show pictures where no other is near, as wide as high pictures are high", () => {
    const svg = scatterSvg(positions, { title: "t", labels, thumbnail: () => black });
    assert.equal(count(svg, /<image /g), 3);
    assert.match(svg, /<image [^>]*width="28" height="14"[^>]*href="data:image\/png;base64,/);
  });

  it("draw both axes to one scale, and are no higher than the points need", () => {
    const svg = scatterSvg([0, 0, 4, 1], { title: "t" });
    const [a, b] = [...svg.matchAll(/<circle cx="([^"]*)" cy="([^"]*)"/g)].map(([, x, y]) => [Number(x), Number(y)]);
    assert.ok(Math.abs((b[0] - a[0]) / (a[1] - b[1]) - 4) < 0.01);
    assert.match(svg, / height="3\d\d"/);
  });

  it("need neither labels nor more than one place", () => {
    const svg = scatterSvg([1, 1, 1, 1], { title: "t" });
    assert.equal(count(svg, /<circle /g), 2);
    assert.ok(!/NaN|Infinity/.test(svg));
  });
});

describe("SVG as PNG", () => {
  const wordsOn = (text: string) => `<svg xmlns="http://www.w3.org/2000/svg" width="60" height="20" font-family="system-ui, sans-serif"><rect width="60" height="20" fill="white"/><text x="2" y="15">${text}</text></svg>`;
  const dark = (png: Uint8Array): number => decode(png).data.filter((value, i) => i % 3 === 0 && value < 128).length;

  it("is as large as asked, with colours where they were", async () => {
    const { width, height, data } = decode(await svgToPng('<svg xmlns="http://www.w3.org/2000/svg" width="2" height="1"><rect width="1" height="1" fill="#ff0000"/><rect x="1" width="1" height="1" fill="#0000ff"/></svg>', 2));
    assert.deepEqual([width, height], [4, 2]);
    assert.deepEqual([Array.from(data.slice(0, 3)), Array.from(data.slice(9, 12))], [[255, 0, 0], [0, 0, 255]]);
  });

  it("has its text, Greek and signs too", async () => {
    assert.equal(dark(await svgToPng(wordsOn(""))), 0);
    for (const text of ["shoe", "β", "−", "…"]) assert.ok(dark(await svgToPng(wordsOn(text))) > 5, text);
  });

  it("shows the pictures and the colours of a scatter plot", async () => {
    const { data } = decode(await svgToPng(scatterSvg([0, 0, 1, 1], { title: "", labels: [0, 1], thumbnail: () => black }), 1));
    const pixels = Array.from({ length: data.length / 3 }, (_, i) => data.slice(3 * i, 3 * i + 3).join());
    assert.ok(pixels.filter((pixel) => pixel === "0,0,0").length > 500);
    for (const color of ["1,115,178", "222,143,5"]) assert.ok(pixels.includes(color), color);
  });
});
