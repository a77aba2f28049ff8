/** Each op as ONNX operators. */
import { sizeOf, type DType, type Geometry, type Lowerings, type Shape, type Tensor } from "../../tensor/index.js";
import { dataTypes, type AttributeValue, type GraphBuilder } from "./graph.js";

export interface Context {
  readonly graph: GraphBuilder;
  readonly node: Tensor;
  /** Names of the inputs' values. */
  readonly inputs: readonly string[];
  /** The name of any tensor lowered before. */
  readonly nameOf: (tensor: Tensor) => string;
}

/** An ONNX operator that takes the same operands and no attributes. */
const same = (opType: string) => ({ graph, inputs }: Context): string => graph.node(opType, inputs);

const cast = (graph: GraphBuilder, name: string, dtype: DType): string => graph.node("Cast", [name], { to: { int: dataTypes[dtype] } });

const reduction = (opType: string) => ({ graph, inputs: [x] }: Context, { axes, keepDims }: { readonly axes: readonly number[]; readonly keepDims: boolean }): string =>
  graph.node(opType, [x, graph.ints(axes)], { keepdims: { int: keepDims ? 1 : 0 } });

const isMatrixTranspose = (x: Tensor): boolean => x.op.name === "transpose" && x.rank === 2;

/** Transposed matrices go into Gemm as flags; their Transpose nodes then fall away. */
function matmul({ graph, node, inputs, nameOf }: Context): string {
  const transposed = node.inputs.map(isMatrixTranspose);
  if (node.rank !== 2 || !transposed.includes(true)) return graph.node("MatMul", inputs);
  const operands = node.inputs.map((x, i) => (transposed[i] ? nameOf(x.inputs[0]) : inputs[i]));
  return graph.node("Gemm", operands, { transA: { int: transposed[0] ? 1 : 0 }, transB: { int: transposed[1] ? 1 : 0 } });
}

/** ONNX writes padding as all the beginnings, then all the ends. */
const pads = (padding: Geometry["padding"]): number[] => [...padding.map(([before]) => before), ...padding.map(([, after]) => after)];

const window = ({ strides, padding, dilations, groups }: Geometry): Record<string, AttributeValue> => ({
  strides,
  pads: pads(padding),
  dilations,
  group: { int: groups },
});

function conv2dInputGradient({ graph, node, inputs }: Context, { size, ...geometry }: Geometry & { readonly size: Shape }): string {
  const [dy, kernel] = node.inputs;
  const { strides, padding, dilations } = geometry;
  // Pixels that the strided convolution never reached.
  const rest = size.map((n, i) => n - ((dy.shape[2 + i] - 1) * strides[i] + dilations[i] * (kernel.shape[2 + i] - 1) + 1 - padding[i][0] - padding[i][1]));
  return graph.node("ConvTranspose", inputs, { ...window(geometry), output_padding: rest });
}

/**
 * The kernel's gradient as a convolution of x with dy over the batch: channels and batch change places, and so do
 * strides and dilations. Groups become channels: x as [C / G, G N, H, W] against dy as [K, N, OH, OW] in G groups.
 */
function conv2dKernelGradient({ graph, node, inputs: [x, dy] }: Context, { size, strides, padding, dilations, groups }: Geometry & { readonly size: Shape }): string {
  const [n, c, h, w] = node.inputs[0].shape;
  const swap = (name: string) => graph.node("Transpose", [name], { perm: [1, 0, 2, 3] });
  const grouped = (name: string) => {
    const split = graph.node("Reshape", [name, graph.shape([n, groups, c / groups, h, w])]);
    return graph.node("Reshape", [graph.node("Transpose", [split], { perm: [2, 1, 0, 3, 4] }), graph.shape([c / groups, groups * n, h, w])]);
  };
  const full = graph.node("Conv", [groups === 1 ? swap(x) : grouped(x), swap(dy)], window({ strides: dilations, dilations: strides, padding, groups }));
  // Where the stride does not divide, the correlation runs past the kernel's size.
  const cropped = graph.node("Slice", [full, graph.ints([0, 0]), graph.ints(size), graph.ints([2, 3])]);
  return swap(cropped);
}

/** Adds rows at their indices, over the first axis: ScatterElements wants an index for every element. */
function scatterAdd({ graph, node, inputs: [rows, indices] }: Context): string {
  const count = sizeOf(node.inputs[1].shape);
  const shape = [count, ...node.shape.slice(1)];
  const flat = graph.node("Reshape", [rows, graph.shape(shape)]);
  const column = graph.node("Reshape", [indices, graph.shape([count, ...node.shape.slice(1).map(() => 1)])]);
  const everywhere = graph.node("Expand", [column, graph.shape(shape)]);
  const zero = graph.node("Expand", [graph.constant([0], [], node.dtype), graph.shape(node.shape)]);
  return graph.node("ScatterElements", [zero, everywhere, flat], { axis: { int: 0 }, reduction: "add" });
}

export const lowerings: Lowerings<Context, string> = {
  add: same("Add"),
  sub: same("Sub"),
  mul: same("Mul"),
  div: same("Div"),
  pow: same("Pow"),
  minimum: same("Min"),
  maximum: same("Max"),
  neg: same("Neg"),
  exp: same("Exp"),
  log: same("Log"),
  sqrt: same("Sqrt"),
  abs: same("Abs"),
  sign: same("Sign"),
  sin: same("Sin"),
  cos: same("Cos"),
  tanh: same("Tanh"),
  sigmoid: same("Sigmoid"),
  erf: same("Erf"),
  stopGradient: same("Identity"),
  equal: same("Equal"),
  less: same("Less"),
  greater: same("Greater"),
  where: same("Where"),
  cast: ({ graph, inputs: [x] }, { dtype }) => cast(graph, x, dtype),
  broadcastTo: ({ graph, inputs: [x] }, { shape }) => graph.node("Expand", [x, graph.shape(shape)]),
  reshape: ({ graph, inputs: [x] }, { shape }) => graph.node("Reshape", [x, graph.shape(shape)]),
  transpose: ({ graph, inputs: [x] }, { permutation }) => graph.node("Transpose", [x], { perm: permutation }),
  slice({ graph, node, inputs: [x] }, { starts, ends, steps }) {
    const { shape } = node.inputs[0];
    // Whole axes are left out, so that a batch axis stays free.
    const axes = shape.flatMap((n, axis) => (starts[axis] === 0 && ends[axis] === n && steps[axis] === 1 ? [] : [axis]));
    const of = (values: readonly number[]) => graph.ints(axes.map((axis) => values[axis]));
    return graph.node("Slice", [x, of(starts), of(ends), graph.ints(axes), of(steps)]);
  },
  pad: ({ graph, node, inputs: [x] }, { padding, value }) => graph.node("Pad", [x, graph.ints(pads(padding)), graph.constant([value], [], node.dtype)]),
  concat: ({ graph, inputs }, { axis }) => graph.node("Concat", inputs, { axis: { int: axis } }),
  sum: reduction("ReduceSum"),
  max: reduction("ReduceMax"),
  matmul,
  conv2d: ({ graph, inputs }, geometry) => graph.node("Conv", inputs, window(geometry)),
  conv2dInputGradient,
  conv2dKernelGradient,
  gather: ({ graph, inputs }) => graph.node("Gather", inputs, { axis: { int: 0 } }),
  scatterAdd,

  relu: same("Relu"),
  softplus: same("Softplus"),
  elu: ({ graph, inputs }, { alpha }) => graph.node("Elu", inputs, { alpha: { float: alpha } }),
  softmax: ({ graph, inputs }, { axis }) => graph.node("Softmax", inputs, { axis: { int: axis } }),
  maxPool: ({ graph, inputs }, { kernel, geometry: { strides, padding } }) =>
    graph.node("MaxPool", inputs, { kernel_shape: kernel, strides, pads: pads(padding) }),
  averagePool: ({ graph, inputs }, { kernel, geometry: { strides, padding } }) =>
    graph.node("AveragePool", inputs, { kernel_shape: kernel, strides, pads: pads(padding), count_include_pad: { int: 0 } }),
  upsampleNearest: ({ graph, inputs: [x] }, { scale }) =>
    graph.node("Resize", [x, "", graph.constant([1, 1, ...scale], [4], "float32")], {
      mode: "nearest",
      coordinate_transformation_mode: "asymmetric",
      nearest_mode: "floor",
    }),
};
