import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { decodeIdx, decompress } from "../../src/data/idx.js";
import { DataError } from "../../src/errors.js";
import { idx } from "./idx-file.js";

describe("IDX", () => {
  it("decodes shape and values without copying", () => {
    const file = idx([2, 3], [1, 2, 3, 4, 5, 6]);
    const { shape, values } = decodeIdx(file, "f");
    assert.deepEqual([shape, Array.from(values)], [[2, 3], [1, 2, 3, 4, 5, 6]]);
    assert.equal(values.buffer, file.buffer);
  });

  it("says what is wrong with a damaged file, and what to do", () => {
    const cases: [Uint8Array, RegExp][] = [
      [new Uint8Array(2), /f is not a whole IDX file: it does not start with two zero bytes \(it has 2 bytes\)/],
      [Uint8Array.of(1, 0, 8, 1, 0, 0, 0, 0), /two zero bytes/],
      [Uint8Array.of(0, 0, 0x0d, 1, 0, 0, 0, 0), /type 0xd, not unsigned bytes/],
      [Uint8Array.of(0, 0, 8, 3, 0, 0), /header of 3 axes is cut off/],
      [idx([2, 3], [1, 2, 3]), /says 2 x 3 = 6 values, but 3 follow/],
      [idx([2], [1, 2, 3]), /says 2 = 2 values, but 3 follow/],
      [idx([65536, 65536, 65536], []), /claims 65536 x 65536 x 65536 values/],
    ];
    for (const [bytes, message] of cases) assert.throws(() => decodeIdx(bytes, "f"), (error: unknown) => error instanceof DataError && message.test(error.message) && error.hint !== undefined, String(message));
  });

  it("never fails with anything but a DataError, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        try {
          decodeIdx(bytes, "f");
        } catch (error) {
          assert.ok(error instanceof DataError);
        }
      }),
    );
  });
});

describe("gzip", () => {
  it("unpacks, up to the size expected", async () => {
    assert.deepEqual(Array.from(await decompress(gzipSync(Uint8Array.of(1, 2, 3)), "f", 3)), [1, 2, 3]);
    await assert.rejects(() => decompress(gzipSync(new Uint8Array(1e6)), "f", 1000), /f unpacks to more than the 1000 bytes expected/);
  });

  it("refuses a file that is cut off or is no gzip", async () => {
    const whole = gzipSync(Uint8Array.from({ length: 999 }, (_, i) => i));
    for (const bytes of [whole.subarray(0, whole.length - 9), Buffer.from("hello")]) await assert.rejects(() => decompress(bytes, "f", 9999), DataError);
  });
});
