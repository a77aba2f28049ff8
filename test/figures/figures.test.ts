import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decode, encode } from "fast-png";
import { accuracySvg } from "../../src/figures/accuracy.js";
import { curvesSvg, panelsSvg } from "../../src/figures/curves.js";
import { bandsGrid, imageGrid, reconstructionGrid } from "../../src/figures/grid.js";
import { labelledGridSvg } from "../../src/figures/labelled-grid.js";
import { DataError, ShapeError, UsageError } from "../../src/errors.js";
import { decodePng, encodePng, rasterOf } from "../../src/figures/png.js";
import { assertClose } from "../support/close.js";

describe("image grids", () => {
  it("enlarge images on white, without smoothing", () => {
    const grid = imageGrid([0, 0.5, 1, 0], { shape: [1, 1, 2], columns: 1, scale: 2, gap: 1 });
    assert.deepEqual([grid.width, grid.height, grid.channels], [6, 7, 1]);
    const rows = Array.from({ length: 7 }, (_, y) => Array.from(grid.pixels.slice(6 * y, 6 * y + 6)));
    const [white, first, second] = [[255, 255, 255, 255, 255, 255], [255, 0, 0, 128, 128, 255], [255, 255, 255, 0, 0, 255]];
    assert.deepEqual(rows, [white, first, first, white, second, second, white]);
  });

  it("take colours and the range [-1, 1], and clip what lies outside", () => {
    const grid = imageGrid([-1, 1, 3], { shape: [3, 1, 1], range: [-1, 1], columns: 1, scale: 1, gap: 0 });
    assert.deepEqual([grid.channels, Array.from(grid.pixels)], [3, [0, 255, 255]]);
  });

  it("put originals over reconstructions in pairs of rows", () => {
    const grid = reconstructionGrid(Float32Array.of(0.2, 0.4, 0.6), Float32Array.of(0, 0, 0), { shape: [1, 1, 1], columns: 2, scale: 1, gap: 0 });
    assert.deepEqual(Array.from(grid.pixels), [51, 102, 0, 0, 153, 255, 0, 255]);
  });
});

describe("bands of images", () => {
  it("put several versions one above the other, and keep them aligned where a row is not full", () => {
    const grid = bandsGrid([Float32Array.of(0, 0, 0), Float32Array.of(0.2, 0.2, 0.2), Float32Array.of(0.4, 0.4, 0.4)], { shape: [1, 1, 1], columns: 2, scale: 1, gap: 0 });
    assert.deepEqual(Array.from(grid.pixels), [0, 0, 51, 51, 102, 102, 0, 255, 51, 255, 102, 255]);
  });
});

describe("grids with words", () => {
  it("put each line of a caption below the one before, and the next row below them all", () => {
    const raster = { width: 10, height: 10, channels: 1, pixels: new Uint8Array(100) } as const;
    const topOf = (svg: string, words: string): number => Number(new RegExp(`y="([\\d.]+)"[^>]*>${words}<`).exec(svg)![1]);
    const heightOf = (svg: string): number => Number(/ height="(\d+)"/.exec(svg)![1]);
    const grid = (caption: string) => labelledGridSvg([{ images: [{ raster, caption }, { raster }] }, { label: "next", images: [{ raster }] }], { title: "t" });
    const [one, two] = [grid("first"), grid("first\nsecond")];
    assert.ok(topOf(two, "second") > topOf(two, "first") + 10 && topOf(two, "first") === topOf(one, "first"));
    assert.equal(topOf(two, "next") - topOf(one, "next"), heightOf(two) - heightOf(one));
    assert.ok(topOf(two, "next") - 5 > topOf(two, "second"));
  });

  it("have words of several lines beside them, about their middle", () => {
    const raster = { width: 10, height: 50, channels: 1, pixels: new Uint8Array(500) } as const;
    const svg = labelledGridSvg([{ label: "name\nnumbers", images: [{ raster }] }], { title: "t" });
    const [name, numbers] = ["name", "numbers"].map((words) => Number(new RegExp(`y="([\\d.]+)"[^>]*>${words}<`).exec(svg)![1]));
    const top = Number(/<image x="\d+" y="(\d+)"/.exec(svg)![1]);
    assert.ok(numbers - name >= 12, "one line below the other");
    assert.ok(Math.abs((name + numbers) / 2 - 4 - (top + 25)) < 1, "their middle beside that of the image");
  });
});

describe("image grids refuse", () => {
  const one = { shape: [1, 1, 2], columns: 1 } as const;
  it("values that are not whole images", () => {
    assert.throws(() => imageGrid([0, 1, 0], one), /3 values are not one or more whole images of \[1, 1, 2\]/);
    assert.throws(() => imageGrid([], one), ShapeError);
  });
  it("numbers of channels that no picture has", () => assert.throws(() => imageGrid([0, 1], { shape: [2, 1, 1], columns: 1 }), /have 2 channels/));
  it("columns, scales and gaps that are not whole", () => {
    for (const [option, value] of [["columns", 0], ["scale", 1.5], ["gap", -1]] as const)
      assert.throws(() => imageGrid([0, 1], { ...one, [option]: value }), (error: unknown) => error instanceof UsageError && error.message === `${option} is ${value}`);
  });
  it("reconstructions that do not match the originals", () => assert.throws(() => reconstructionGrid(new Float32Array(4), new Float32Array(2), one), ShapeError));
});

describe("PNG", () => {
  it("keeps every pixel", () => {
    for (const [shape, channels] of [[[1, 4, 5], 1], [[3, 4, 5], 3]] as const) {
      const grid = imageGrid(Float32Array.from({ length: 2 * shape[0] * 20 }, (_, i) => (i % 17) / 17), { shape, columns: 2 });
      const { width, height, data, channels: found } = decode(encodePng(grid));
      assert.deepEqual([width, height, found, Array.from(data)], [grid.width, grid.height, channels, Array.from(grid.pixels)]);
    }
  });
});

describe("pictures from PNG files", () => {
  const png = (channels: number, data: Uint8Array | Uint16Array, depth: 8 | 16 = 8) => encode({ width: data.length / channels, height: 1, channels, data, depth });

  it("come back as they were written", () => {
    const raster = { width: 5, height: 4, channels: 3, pixels: Uint8Array.from({ length: 60 }, (_, i) => i * 4) } as const;
    assert.deepEqual(rasterOf(decodePng(encodePng(raster), "file")), raster);
  });

  it("are grey or RGB values in [0, 1], one channel after the other, of 8 or 16 bits", () => {
    assertClose(decodePng(png(1, Uint8Array.of(0, 51, 255)), "file").values, [0, 0.2, 1], 1e-6);
    assertClose(decodePng(png(1, Uint16Array.of(0, 13107, 65535), 16), "file").values, [0, 0.2, 1], 1e-6);
    const { shape, values } = decodePng(png(3, Uint8Array.of(0, 51, 102, 153, 204, 255)), "file");
    assert.deepEqual(shape, [3, 1, 2]);
    assertClose(values, [0, 0.6, 0.2, 0.8, 0.4, 1], 1e-6);
  });

  it("may have an alpha channel where it hides nothing", () => {
    assert.deepEqual(Array.from(decodePng(png(2, Uint8Array.of(0, 255, 255, 255)), "file").values), [0, 1]);
    assert.deepEqual(decodePng(png(4, Uint8Array.of(1, 2, 3, 255)), "file").shape, [3, 1, 1]);
    assert.throws(() => decodePng(png(4, Uint8Array.of(1, 2, 3, 254)), "file.png"), (error: unknown) => error instanceof DataError && /file.png is transparent in places/.test(error.message));
  });

  it("may have a palette, or several greys to a byte", () => {
    // By the PNG specification (sections 11.2.1 and 11.2.2), made with zlib of Python: indices 0, 1, 2 of 2 bits into red, green and blue; greys 1, 0, 1 of 1 bit.
    const palette = "iVBORw0KGgoAAAANSUhEUgAAAAMAAAABAgMAAABmjvwnAAAACVBMVEX/AAAA/wAAAP8tSs2KAAAACklEQVR42mOQAAAAGgAZgACOuwAAAABJRU5ErkJggg==";
    const bits = "iVBORw0KGgoAAAANSUhEUgAAAAMAAAABAQAAAAAzmykZAAAACklEQVR42mNYAAAAogChcQXLQQAAAABJRU5ErkJggg==";
    assert.deepEqual(Array.from(decodePng(Buffer.from(palette, "base64"), "file").values), [1, 0, 0, 0, 1, 0, 0, 0, 1]);
    assert.deepEqual(Array.from(decodePng(Buffer.from(bits, "base64"), "file").values), [1, 0, 1]);
  });

  it("are refused by name when they are no PNG, or damaged", () => {
    const damaged = png(1, Uint8Array.of(1, 2, 3));
    damaged[45] ^= 1;
    for (const bytes of [Uint8Array.of(1, 2, 3), damaged]) assert.throws(() => decodePng(bytes, "file.png"), (error: unknown) => error instanceof DataError && /^file.png is not a PNG file that can be read/.test(error.message));
  });
});

describe("accuracies", () => {
  it("have intervals that end at 0 and at 1", () => {
    const drawn = (margin: number) => accuracySvg([{ name: "scratch", count: 100, mean: 0.5, margin }, { name: "scratch", count: 500, mean: 0.5, margin: 0.1 }], { title: "t", xLabel: "labels", yLabel: "accuracy" });
    assert.equal(drawn(3), drawn(0.5));
    assert.notEqual(drawn(0.4), drawn(0.5));
  });
});

describe("curves", () => {
  const points = Array.from({ length: 5000 }, (_, i) => ({ step: i + 1, value: i === 0 ? 1e6 : 2 + 1 / (i + 1) }));
  const svg = curvesSvg([{ name: "training", points }, { name: "validation", points: [{ step: 5000, value: 2.1 }] }], { title: "A <title>", label: "loss (nats)" });

  it("are SVG with a title, names and axes", () => {
    assert.match(svg, /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    for (const text of ["A &lt;title", "loss (nats)", "step", "training", "validation"]) assert.ok(svg.includes(text), text);
  });

  it("stay small, and one huge first value does not flatten the rest", () => {
    assert.ok(svg.length < 60_000, `${svg.length} characters`);
    assert.ok(!svg.includes("1,000,000"));
  });

  it("show each of many series in a colour", () => {
    const many = Array.from({ length: 9 }, (_, i) => ({ name: `series ${i}`, points: [{ step: 1, value: i }, { step: 2, value: i }] }));
    const drawn = curvesSvg(many, { title: "t", label: "loss" });
    for (const { name } of many) assert.match(drawn, new RegExp(`fill="#[0-9a-f]{6}"[^>]*>(<text[^>]*>)?${name}<`), name);
  });

  it("leave out what is not finite", () => {
    const drawn = curvesSvg([{ name: "training", points: [1, NaN, Infinity, 2].map((value, step) => ({ step, value })) }], { title: "t", label: "loss" });
    assert.ok(!/NaN|Infinity/.test(drawn));
  });

  it("in panels are drawn one below the other, each with its own axes", () => {
    const panel = (title: string, value: number) => ({ title, label: `loss of ${title}`, series: [{ name: "training", points: [{ step: 41, value }, { step: 50, value: 2 * value }] }], firstStep: 40 });
    const [low, high] = [panel("codes", 0.001), panel("prior", 1000)];
    const [one, drawn] = [panelsSvg([low]), panelsSvg([low, high])];
    const sizeOf = (text: string) => ["width", "height"].map((name) => Number(new RegExp(` ${name}="(\\d+)"`).exec(text)![1]));
    assert.deepEqual(sizeOf(drawn), [sizeOf(one)[0], 2 * sizeOf(one)[1]]);
    for (const text of ["loss of codes", "loss of prior", "0.0010", "2,000"]) assert.ok(drawn.includes(text), text);
    assert.deepEqual([...drawn.matchAll(/<svg [^>]* y="(\d+)"/g)].map(([, y]) => Number(y)), [0, sizeOf(one)[1]]);
    assert.ok(!/>0<\/text>/.test(drawn) && drawn.includes(">42<"));
  });

  it("go on with a long title in a second line", () => {
    const linesOf = (title: string) => [...curvesSvg([{ name: "training", points }], { title, label: "loss" }).matchAll(/<tspan[^>]*>([^<]*)<\/tspan>/g)].map(([, line]) => line.trim());
    assert.deepEqual(linesOf("Stacked autoencoder on fashion-mnist"), []);
    assert.deepEqual(linesOf("Vector-quantized autoencoder (VQ-VAE) on measurements.csv, stage 2: prior"), ["Vector-quantized autoencoder (VQ-VAE) on measurements.csv, stage", "2: prior"]);
  });

  it("can be empty", () => assert.match(curvesSvg([{ name: "training", points: [] }], { title: "t", label: "loss" }), /^<svg/));
});
