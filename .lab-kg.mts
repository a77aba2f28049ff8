// kernel-gradient variants
import { create, toBinary } from "@bufbuild/protobuf";
import { graphBuilder } from "/work/main/src/engines/onnx/graph.js";
import { encodeModel } from "/work/main/src/engines/onnx/lower.js";
import * as ob from "onnx-buf";
import { createRequire } from "node:module";
const require = createRequire("/work/main/package.json");
const ort = require("onnxruntime-node");
const info = (name: string, shape: number[]) => create(ob.ValueInfoProtoSchema, { name, type: create(ob.TypeProtoSchema, { value: { case: "tensorType", value: create(ob.TypeProto_TensorSchema, { elemType: 1, shape: create(ob.TensorShapeProtoSchema, { dim: shape.map((s) => create(ob.TensorShapeProto_DimensionSchema, { value: { case: "dimValue", value: BigInt(s) } })) }) }) } }) });
export async function bench(label: string, ins: Record<string, number[]>, out: number[], build: (g: any) => string, ref?: Float32Array, data?: any) {
  const g: any = graphBuilder();
  const plain = g.node;
  g.ms = (op: string, inputs: string[], attrs = {}) => { const n = plain(op, inputs, attrs); g.nodes.at(-1).domain = "com.microsoft"; return n; };
  const y = build(g);
  let bytes = encodeModel({ nodes: g.nodes, initializers: g.initializers, inputs: Object.entries(ins).map(([n, s]) => info(n, s)), outputs: [info(y, out)] });
  const m = (await import("@bufbuild/protobuf")).fromBinary(ob.ModelProtoSchema, bytes);
  m.opsetImport.push(create(ob.OperatorSetIdProtoSchema, { domain: "com.microsoft", version: 1n }));
  m.opsetImport.push(create(ob.OperatorSetIdProtoSchema, { domain: "com.microsoft.nchwc", version: 1n }));
  bytes = toBinary(ob.ModelProtoSchema, m);
  const s = await ort.InferenceSession.create(bytes, { intraOpNumThreads: 2, interOpNumThreads: 1, executionMode: "sequential", graphOptimizationLevel: "all", logSeverityLevel: 3 });
  const size = (a: number[]) => a.reduce((x, y) => x * y, 1);
  const f: any = {};
  for (const [n, sh] of Object.entries(ins)) f[n] = new ort.Tensor("float32", data?.[n] ?? Float32Array.from({ length: size(sh) }, (_, i) => Math.sin(i * 12.9898 + n.charCodeAt(0)) ), sh);
  const o: any = { [y]: new ort.Tensor("float32", new Float32Array(size(out)), out) };
  const ts: number[] = [];
  for (let i = 0; i < 25; i++) { const t = performance.now(); await s.run(f, o); ts.push(performance.now() - t); }
  ts.splice(0, 5); ts.sort((a, b) => a - b);
  let err = 0; if (ref) for (let i = 0; i < ref.length; i++) err = Math.max(err, Math.abs(ref[i] - o[y].data[i]));
  console.log(label.padEnd(40), "min", ts[0].toFixed(2), "med", ts[10].toFixed(2), ref ? "err " + err.toExponential(1) : "");
  await s.release();
  return o[y].data as Float32Array;
}
const pads = (p: number[][]) => [p[0][0], p[1][0], p[0][1], p[1][1]];
async function kg(N: number, C: number, H: number, K: number, k: number, s: number, pad: number[][]) {
  const OH = Math.floor((H + pad[0][0] + pad[0][1] - k) / s) + 1;
  console.log(`kernel gradient N${N} C${C} ${H} K${K} k${k} s${s} -> ${OH}`);
  const ins = { x: [N, C, H, H], dy: [N, K, OH, OH] }, out = [K, C, k, k];
  const ref = await bench("swapped conv", ins, out, (g) => {
    const sw = (n: string) => g.node("Transpose", [n], { perm: [1, 0, 2, 3] });
    const full = g.node("Conv", [sw("x"), sw("dy")], { strides: [1, 1], dilations: [s, s], pads: pads(pad) });
    return sw(g.node("Slice", [full, g.ints([0, 0]), g.ints([k, k]), g.ints([2, 3])]));
  });
  const onehot = (g: any, ch: number, flip = false) => { const v = new Float32Array(ch * k * k * k * k); for (let c = 0; c < ch; c++) for (let i = 0; i < k * k; i++) v[(c * k * k + i) * k * k + (flip ? k * k - 1 - i : i)] = 1; return g.constant(v, [ch * k * k, 1, k, k], "float32"); };
  await bench("onehot im2col x + batch matmul", ins, out, (g) => {
    const cols = g.node("Conv", ["x", onehot(g, C)], { strides: [s, s], pads: pads(pad), group: { int: C } });
    const a = g.node("Reshape", ["dy", g.ints([N, K, OH * OH])]), b = g.node("Reshape", [cols, g.ints([N, C * k * k, OH * OH])]);
    const m = g.ms("FusedMatMul", [a, b], { transB: { int: 1 } });
    return g.node("Reshape", [g.node("ReduceSum", [m, g.ints([0])], { keepdims: { int: 0 } }), g.ints(out)]);
  }, ref);
  await bench("onehot im2col x (1-channel batch)", ins, out, (g) => {
    const cols = g.node("Conv", [g.node("Reshape", ["x", g.ints([N * C, 1, H, H])]), onehot(g, 1)], { strides: [s, s], pads: pads(pad), group: { int: 1 } });
    const a = g.node("Reshape", ["dy", g.ints([N, K, OH * OH])]), b = g.node("Reshape", [cols, g.ints([N, C * k * k, OH * OH])]);
    const m = g.ms("FusedMatMul", [a, b], { transB: { int: 1 } });
    return g.node("Reshape", [g.node("ReduceSum", [m, g.ints([0])], { keepdims: { int: 0 } }), g.ints(out)]);
  }, ref);
  await bench("  im2col only", ins, [N, C * k * k, OH, OH], (g) => g.node("Conv", ["x", onehot(g, C)], { strides: [s, s], pads: pads(pad), group: { int: C } }));
  await bench("  im2col only (1-channel)", ins, [N * C, k * k, OH, OH], (g) => g.node("Conv", [g.node("Reshape", ["x", g.ints([N * C, 1, H, H])]), onehot(g, 1)], { strides: [s, s], pads: pads(pad), group: { int: 1 } }));
  // dy side: ConvTranspose one-hot
  const rest = [0, 1].map((i) => H - ((OH - 1) * s + k - pad[i][0] - pad[i][1]));
  if (K * H * H < 2 * C * OH * OH) await bench("onehot on dy side", ins, out, (g) => {
    const cols = s === 1
      ? g.node("Conv", [g.node("Reshape", ["dy", g.ints([N * K, 1, OH, OH])]), onehot(g, 1, true)], { pads: pads(pad.map(([a, b]) => [k - 1 - a, k - 1 - b])) })
      : g.node("ConvTranspose", [g.node("Reshape", ["dy", g.ints([N * K, 1, OH, OH])]), (() => { const v = new Float32Array(k ** 4); for (let i = 0; i < k * k; i++) v[i * k * k + i] = 1; return g.constant(v, [1, k * k, k, k], "float32"); })()], { strides: [s, s], pads: pads(pad), output_padding: rest });
    const a = g.node("Reshape", ["x", g.ints([N, C, H * H])]), b = g.node("Reshape", [cols, g.ints([N, K * k * k, H * H])]);
    const m = g.ms("FusedMatMul", [b, a], { transB: { int: 1 } });
    const r = g.node("ReduceSum", [m, g.ints([0])], { keepdims: { int: 0 } });
    return g.node("Reshape", [g.node("Transpose", [g.node("Reshape", [r, g.ints([K, k * k, C])])], { perm: [0, 2, 1] }), g.ints(out)]);
  }, ref);
}
await kg(128, 32, 28, 64, 3, 2, [[0, 1], [0, 1]]);
await kg(128, 32, 28, 1, 3, 1, [[1, 1], [1, 1]]);
await kg(128, 64, 14, 64, 3, 2, [[0, 1], [0, 1]]);
await kg(128, 32, 14, 64, 3, 2, [[0, 1], [0, 1]]);
await kg(128, 1, 28, 32, 3, 2, [[0, 1], [0, 1]]);
await kg(32, 64, 28, 64, 3, 1, [[1, 1], [1, 1]]);
