import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { CheckpointError } from "../../src/errors.js";
import { decodeSafetensors, encodeSafetensors } from "../../src/training/index.js";

const file = (header: unknown, body = new Uint8Array(0), head = header instanceof Uint8Array ? header : new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header))) => {
  const bytes = new Uint8Array(8 + head.length + body.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(head.length), true);
  bytes.set(head, 8);
  bytes.set(body, 8 + head.length);
  return bytes;
};
const MEBIBYTES = 2 ** 20;

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
      [file('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', new Uint8Array(4)), /name "a" twice/],
      [file('{"a":{"dtype":"F64","dtype":"F32","shape":[1],"data_offsets":[0,4]}}', new Uint8Array(4)), /name "dtype" twice/],
      [file('{"__metadata__":{"k":"1","k":"2"}}'), /name "k" twice/],
      [file('{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', new Uint8Array(4)), /forbidden name "__proto__"/],
      [file('{"__metadata__":{"__proto__":"1"}}'), /forbidden name "__proto__"/],
      [file('{"\\u005f_proto__":{}}'), /forbidden name "__proto__"/],
      [file({ a: { ...entry(0, 4), size: 1 } }, new Uint8Array(4)), /"a" has an unknown field "size"/],
      [file({ a: entry(0, 4, [1], "toString") }, new Uint8Array(4)), /of type "toString"/],
      [file({ a: entry(0, 0, [2 ** 53]) }), /wrong shape/],
      [file({ a: entry(0, 0, [2 ** 52, 2 ** 52]) }), /"a" of shape .* has 0 bytes/],
      [file(Uint8Array.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x7b, 0x7d, 0x7d])), /not UTF-8/],
      [file("\ufeff{}"), /not JSON/],
      [file({ __metadata__: { a: 1 } }), /metadata "a" is not text/],
    ];
    for (const [bytes, message] of cases) assert.throws(() => decodeSafetensors(bytes, "f"), (error: unknown) => error instanceof CheckpointError && message.test(error.message), String(message));
  });

  it("refuses large hostile headers soon", () => {
    const hostile = {
      "nested deeply": `{"a":${"[".repeat(MEBIBYTES)}${"]".repeat(MEBIBYTES)}}`,
      "a text that never ends": `{"${'\\"'.repeat(MEBIBYTES)}`,
      "many entries": `{${Array.from({ length: 100_000 }, (_, i) => `"${i}":{}`).join(",")}}`,
      "one long name": `{"${"a".repeat(7.9 * MEBIBYTES)}":{}}`,
    };
    for (const [name, header] of Object.entries(hostile)) {
      const start = performance.now();
      assert.throws(() => decodeSafetensors(file(header), "f"), CheckpointError, name);
      assert.ok(performance.now() - start < 3000, `${name}: ${performance.now() - start} ms`);
    }
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
    const whole = encodeSafetensors({ tensors: new Map([["a", { shape: [2], data: Float32Array.of(1, 2) }], ["b", { shape: [], data: Int32Array.of(3) }]]), metadata: { step: "1" } });
    fc.assert(fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => check(whole.map((old, i) => (i === at ? byte : old)))));
    fc.assert(fc.property(fc.nat(whole.length - 1), (length) => assert.throws(() => decodeSafetensors(whole.subarray(0, length), "f"), CheckpointError)));
    fc.assert(fc.property(fc.json(), fc.uint8Array({ maxLength: 16 }), (header, body) => check(file(header, body))));
  });
});
