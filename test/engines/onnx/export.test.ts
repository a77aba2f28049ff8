import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fromBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "onnx-buf";
import * as ort from "onnxruntime-node";
import { exportOnnx, onnxEngine, OPSET } from "../../../src/engines/onnx/index.js";
import { EngineError } from "../../../src/errors.js";
import { variational } from "../../../src/models/variational.js";
import * as T from "../../../src/tensor/index.js";
import { assertClose } from "../../support/close.js";
import { runOnce } from "../../support/compute.js";

const values = (size: number) => Float32Array.from({ length: size }, (_, i) => 0.5 + 0.4 * Math.sin(i));
const spec = { kind: "images", shape: [1, 12, 12] } as const;

describe("exported ONNX files", () => {
  for (const network of ["dense", "convolutional"] as const)
    it(`do for any batch what the engine does: the abilities of a ${network} autoencoder`, async () => {
      const model = variational.build(variational.options.parse({ network, latentSize: 3, hidden: [20], channels: [4, 6] }), spec);
      const engine = await onnxEngine();
      for (const [name, build] of Object.entries(model.abilities) as [string, (batch: number) => T.Program][]) {
        const session = await ort.InferenceSession.create(await exportOnnx(build, engine));
        for (const batch of [1, 2, 7]) {
          const program = build(batch);
          const feeds = Object.fromEntries(Object.entries(program.inputs ?? {}).map(([key, tensor]) => [key, values(T.sizeOf(tensor.shape))]));
          const expected = await runOnce(program, feeds, { seed: 5 }, engine);
          const [leaf] = T.schedule(program).noises;
          const noise = new Float32Array(leaf ? T.sizeOf(leaf.shape) : 0);
          if (leaf) T.fillNoise(leaf, 0, { seed: 5 }, noise);
          const given = session.inputNames.map((key) => [key, key === "noise_0" ? new ort.Tensor(noise, leaf.shape) : new ort.Tensor(feeds[key], program.inputs![key].shape)] as const);
          const results = await session.run(Object.fromEntries(given));
          assert.deepEqual(session.outputNames, Object.keys(program.outputs), name);
          for (const key of Object.keys(program.outputs)) {
            assert.deepEqual(results[key].dims, program.outputs[key].shape);
            assertClose(results[key].data as Float32Array, expected[key], 1e-5, `${name} of ${batch}`);
          }
        }
        await session.release();
      }
      await engine.dispose();
    });

  it("state their operator set, their maker and the open batch, and hold the weights", async () => {
    const [x, w] = [T.input("x", [2, 3]), T.variable("w", [3, 2], [1, 2, 3, 4, 5, 6])];
    const build = (batch: number) => {
      const input = T.input("x", [batch, 3]);
      return { inputs: { x: input }, outputs: { y: T.matmul(input, w) } };
    };
    assert.equal(x.shape[0], 2);
    const engine = await onnxEngine();
    const model = fromBinary(ModelProtoSchema, await exportOnnx(build, engine, { docString: "a test", producerVersion: "1.2.3" }));
    assert.deepEqual([model.opsetImport[0].version, model.producerName, model.producerVersion, model.docString], [BigInt(OPSET), "morphogen", "1.2.3", "a test"]);
    const dims = model.graph!.input[0].type!.value;
    assert.equal(dims.case === "tensorType" && dims.value.shape!.dim[0].value.value, "batch");
    assert.deepEqual(model.graph!.initializer.map(({ name }) => name), ["variable/w"]);
    await engine.dispose();
  });

  it("work a broadcast shape out from the batch", async () => {
    const engine = await onnxEngine();
    const build = (batch: number) => {
      const x = T.input("x", [batch, 2]);
      return { inputs: { x }, outputs: { y: T.concat([x, T.broadcastTo(T.variable("c", [1, 3], [7, 8, 9]), [batch, 3])], 1) } };
    };
    const c = T.variable("c", [1, 3], [7, 8, 9]);
    assert.equal(c.rank, 2);
    const session = await ort.InferenceSession.create(await exportOnnx(build, engine));
    const { y } = await session.run({ x: new ort.Tensor(Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2]) });
    assert.deepEqual(Array.from(y.data as Float32Array), [1, 2, 7, 8, 9, 3, 4, 7, 8, 9, 5, 6, 7, 8, 9]);
    await engine.dispose();
  });

  it("keep the dtype of their weights, and refuse wrong indices as the engine does", async () => {
    const engine = await onnxEngine();
    const table = T.variable("table", [3], [7, 8, 9], "int32");
    const build = (batch: number) => {
      const at = T.input("at", [batch], "int32");
      return { inputs: { at }, outputs: { row: T.gather(table, at) } };
    };
    const session = await ort.InferenceSession.create(await exportOnnx(build, engine), { logSeverityLevel: 4 });
    const { row } = await session.run({ at: new ort.Tensor(Int32Array.of(2, 0, 1, 2), [4]) });
    assert.deepEqual(Array.from(row.data as Int32Array), [9, 7, 8, 9]);
    await assert.rejects(() => session.run({ at: new ort.Tensor(Int32Array.of(-1), [1]) }), /out of data bounds/);
    await engine.dispose();
  });

  it("are refused when their graph or a shape follows the batch in another way than by a multiple", async () => {
    const engine = await onnxEngine();
    const x = (batch: number) => T.input("x", [batch, 2]);
    const deeper = (batch: number) => {
      const input = x(batch);
      return { inputs: { x: input }, outputs: { y: Array.from({ length: batch }).reduce<T.Tensor>((y) => T.tanh(y), input) } };
    };
    await assert.rejects(() => exportOnnx(deeper, engine), /changes with the batch size/);
    const longer = (batch: number) => {
      const input = x(batch);
      return { inputs: { x: input }, outputs: { y: T.broadcastTo(T.sum(input, [0, 1], true), [batch + 1, 2]) } };
    };
    await assert.rejects(() => exportOnnx(longer, engine), /no multiple of the batch/);
    await engine.dispose();
  });

  it("are refused when a value depends on the batch size, or state would change", async () => {
    const engine = await onnxEngine();
    const averaged = (batch: number) => {
      const x = T.input("x", [batch, 2]);
      return { inputs: { x }, outputs: { y: T.mean(x, 0) } };
    };
    await assert.rejects(() => exportOnnx(averaged, engine), /depend on the batch size/);
    const w = T.variable("w", []);
    await assert.rejects(() => exportOnnx(() => ({ outputs: { w }, updates: new Map([[w, T.add(w, 1)]]) }), engine), EngineError);
    await engine.dispose();
  });
});
