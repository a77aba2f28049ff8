import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encode } from "fast-png";
import fc from "fast-check";
import { fitter, imageDecoder, imageHeader, isGrey, writePlanes } from "../../src/data/image-file.js";
import { DataError } from "../../src/errors.js";
import { arrays, assertNear, helpful, images, png } from "./support.js";

const decode = imageDecoder();
const rgb = async (file: Uint8Array) => Array.from((await decode(file, "f")).rgba).filter((_, i) => i % 4 < 3);
/** 8 x 6: blue, in its upper left quarter red. */
const quarter = (other: readonly number[] = [0, 0, 255]) => Array.from({ length: 48 }, (_, i) => (i % 8 < 4 && i < 24 ? [255, 0, 0] : other)).flat();

describe("image files", () => {
  it("are decoded to the pixels they hold, whatever the format, the depth, the palette and the order", async () => {
    for (const name of ["palette.png", "lossless.webp"]) assert.deepEqual(await rgb(images[name]), quarter(), name);
    assert.deepEqual(await rgb(images["interlaced.png"]), quarter().map((_, i) => (quarter()[i - (i % 3)] === 255 ? 255 : 0)));
    for (const name of ["color.jpg", "progressive.jpg"]) assertNear(await rgb(images[name]), quarter(), 12);
    assert.deepEqual(await rgb(png(2, 1, 1, [7, 200])), [7, 7, 7, 200, 200, 200]);
    assert.deepEqual(await rgb(png(2, 1, 3, [1, 2, 3, 4, 5, 6], {})), [1, 2, 3, 4, 5, 6]);
    assert.deepEqual(await rgb(encode({ width: 2, height: 1, channels: 1, depth: 16, data: Uint16Array.of(0x1234, 0xff00) })), [0x12, 0x12, 0x12, 255, 255, 255]);
  });

  it("are put on white where they are transparent", async () => {
    assert.deepEqual(await rgb(images["transparent.png"]), quarter([255, 255, 255]));
    // Half of 100 and half of 255, of which 128 of 255 parts are the former.
    assert.deepEqual(await rgb(png(1, 1, 2, [100, 128])), [177, 177, 177]);
    assert.deepEqual(await rgb(png(1, 1, 4, [100, 0, 255, 0])), [255, 255, 255]);
  });

  it("are turned as the camera was held", async () => {
    // APP1 with one tag of EXIF, orientation 6: the stored picture is to be turned a quarter clockwise.
    const exif = Buffer.from("ffe100224578696600004d4d002a00000008000101120003000000010006000000000000", "hex");
    const jpeg = images["color.jpg"];
    const turned = Buffer.concat([jpeg.subarray(0, 2), exif, jpeg.subarray(2)]);
    assert.deepEqual(imageHeader(turned, "f"), { format: "jpg", width: 6, height: 8 });
    const { width, height, rgba } = await decode(turned, "f");
    assert.deepEqual([width, height], [6, 8]);
    // What was on the upper left is on the upper right.
    assertNear([rgba[0], rgba[4 * 5]], [0, 255], 12);
  });

  it("are refused where a bit of a PNG was flipped, also one that leaves it a picture", async () => {
    const whole = png(6, 6, 3, Array.from({ length: 108 }, (_, i) => (i * 89) % 256));
    await decode(whole, "f");
    for (const at of [20, 45, 60, whole.length - 20]) await assert.rejects(decode(whole.with(at, whole[at] ^ 1), "f"), helpful(/^f (cannot be decoded: it is damaged: a checksum is wrong|says that it has)/), `byte ${at}`);
  });

  it("are refused by name, with the reason, when they are CMYK, cut off, damaged, of another format or none", async () => {
    const cases: [Uint8Array, RegExp][] = [
      [images["cmyk.jpg"], /f cannot be decoded: its colours are CMYK/],
      [images["color.jpg"].subarray(0, 380), /f cannot be decoded: it is cut off/],
      [images["progressive.jpg"].subarray(0, 200), /f cannot be decoded: it is damaged or cut off/],
      [images["palette.png"].subarray(0, 70), /f cannot be decoded: it is damaged or cut off/],
      [images["lossless.webp"].subarray(0, 33), /f cannot be decoded: it is damaged/],
      [images["small.gif"], /f is GIF, which is not read/],
      [images["small.bmp"], /f is BMP, which is not read/],
      [Buffer.from("hello, this is text"), /f is no image of a known format/],
      [new Uint8Array(), /f is no image: it is empty/],
    ];
    for (const [bytes, message] of cases) await assert.rejects(decode(bytes, "f"), helpful(message));
    // A codec that has failed does not spoil the next image.
    assertNear(await rgb(images["color.jpg"]), quarter(), 12);
  });

  it("are refused for the size that they claim, before anything is allocated", async () => {
    const claims = png(1, 1, 1, 0);
    new DataView(claims.buffer, claims.byteOffset).setUint32(16, 60_000);
    new DataView(claims.buffer, claims.byteOffset).setUint32(20, 60_000);
    await assert.rejects(decode(claims, "f"), helpful(/f says that it has 60000 x 60000 pixels/));
  });

  it("never fail with anything but a DataError, whatever the bytes", async () => {
    const files = Object.values(images);
    await fc.assert(
      fc.asyncProperty(fc.nat(files.length - 1), fc.nat(), fc.nat(255), async (which, at, value) => {
        const spoilt = files[which].slice();
        spoilt[at % spoilt.length] = value;
        await decode(spoilt, "f").catch((error: unknown) => assert.ok(error instanceof DataError, String(error)));
      }),
      { numRuns: 60 },
    );
  });
});

describe("fitting images", () => {
  const { picture, smaller, larger } = arrays.resized;
  const plane = 12 * 20;
  const image = { width: 20, height: 12, rgba: Uint8Array.from({ length: 4 * plane }, (_, i) => (i % 4 === 3 ? 255 : picture[(i % 4) * plane + (i >> 2)])) };
  const planes = async (width: number, height: number) => {
    const out = new Uint8Array(3 * width * height);
    writePlanes((await fitter(width, height, "stretch"))(image), 3, out, 0);
    return out;
  };

  it("averages over what becomes one pixel, as PyTorch's antialiased bilinear interpolation does", async () => {
    assertNear(await planes(5, 4), smaller, 1.01);
    assertNear(await planes(33, 18), larger, 1.01);
  });

  it("cuts to the middle, or stretches", async () => {
    // Four columns: red, grey, grey, blue.
    const row = { width: 4, height: 2, rgba: Uint8Array.from([0, 1].flatMap(() => [[255, 0, 0, 255], [9, 9, 9, 255], [9, 9, 9, 255], [0, 0, 255, 255]]).flat()) };
    const cut = (await fitter(2, 2, "crop"))(row);
    assert.ok(isGrey(cut) && cut.rgba[0] === 9);
    assert.ok(!isGrey((await fitter(2, 2, "stretch"))(row)));
    assert.deepEqual((await fitter(4, 2, "crop"))(row), row);
  });

  it("weighs colours by how bright they seem", () => {
    const out = new Uint8Array(3);
    writePlanes({ width: 3, height: 1, rgba: Uint8Array.of(255, 0, 0, 255, 0, 255, 0, 255, 77, 77, 77, 255) }, 1, out, 0);
    assert.deepEqual(Array.from(out), [76, 150, 77]);
  });
});
