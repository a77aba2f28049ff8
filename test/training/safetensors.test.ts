import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { CheckpointError } from "../../src/errors.js";
import { decodeSafetensors, encodeSafetensors } from "../../src/training/index.js";

const file = (header: unknown, body = new Uint8Array(0), text = typeof header === "string" ? header : JSON.stringify(header)) => {
  const bytes = new Uint8Array(8 + text.length + body.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(new TextEncoder().encode(text), 8);
  bytes.set(body, 8 + text.length);
  return bytes;
};

describe("safetensors", () => {
  it("gives back what was written, with sorted names and aligned values", () => {
    const tensors = new Map([
      ["b", { shape: [2], data: Float32Array.of(1.5, -2) }],
      ["a", { shape: [], data: Float64Array.of(Math.PI) }],
      ["c", { shape: [1, 2], data: Int32Array.of(3, -4) }],
    ]);
    const bytes = encodeSafetensors({ tensors, metadata: { z: "1", y: "2" } });
    const decoded = decodeSafetensors(bytes, "f");
    for (const [name, tensor] of tensors) assert.deepEqual(decoded.tensors.get(name), tensor);
    assert.deepEqual(decoded.metadata, { y: "2", z: "1" });
    assert.equal(Number(new DataView(bytes.buffer).getBigUint64(0, true)) % 8, 0);
    assert.deepEqual(bytes, encodeSafetensors({ tensors: new Map([...tensors].reverse()), metadata: { y: "2", z: "1" } }));
  });

  it("reads from a pooled buffer, as files come", () => {
    const bytes = encodeSafetensors({ tensors: new Map([["a", { shape: [3], data: Float32Array.of(1, 2, 3) }]]), metadata: {} });
    assert.deepEqual(Array.from(decodeSafetensors(Buffer.concat([Buffer.from("x"), bytes]).subarray(1), "f").tensors.get("a")!.data), [1, 2, 3]);
  });

  it("refuses every fault by name", () => {
    const entry = (start: number, end: number, shape = [(end - start) / 4], dtype = "F32") => ({ dtype, shape, data_offsets: [start, end] });
    const cases: [Uint8Array, RegExp][] = [
      [new Uint8Array(3), /it has 3 bytes/],
      [file("{}").fill(255, 0, 7), /header would have/],
      [file({}).subarray(0, 9), /cut off/],
      [file("[1]"), /header is not an object/],
      [file("{,}"), /header is not JSON/],
      [file({ a: entry(0, 8) }, new Uint8Array(4)), /take 8 bytes, but 4 are there/],
      [file({ a: entry(0, 4), b: entry(8, 12) }, new Uint8Array(12)), /"b" leave a gap or overlap/],
      [file({ a: entry(0, 8), b: entry(4, 8) }, new Uint8Array(8)), /gap or overlap/],
      [file({ a: entry(0, 4, [2]) }, new Uint8Array(4)), /"a" of shape \[2\] has 4 bytes/],
      [file({ a: entry(0, 4, [1], "BF16") }, new Uint8Array(4)), /of type "BF16"/],
      [file({ a: entry(0, 4, [-1]) }, new Uint8Array(4)), /wrong shape/],
      [file('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', new Uint8Array(4)), /name twice/],
      [file('{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', new Uint8Array(4)), /header has/],
      [file({ __metadata__: { a: 1 } }), /metadata "a" is not text/],
    ];
    for (const [bytes, message] of cases) assert.throws(() => decodeSafetensors(bytes, "f"), (error: unknown) => error instanceof CheckpointError && message.test(error.message), String(message));
  });

  it("never fails with anything but a CheckpointError", () => {
    const check = (bytes: Uint8Array) => {
      try {
        decodeSafetensors(bytes, "f");
      } catch (error) {
        assert.ok(error instanceof CheckpointError, String(error));
      }
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), check));
    fc.assert(fc.property(fc.json(), fc.uint8Array({ maxLength: 16 }), (header, body) => check(file(header, body, header.replaceAll(/[^\x20-\x7e]/g, "?")))));
  });
});
