import { EngineError } from "../../../errors.js";
import { sizeOf, type Padding, type PoolAttributes } from "../../../tensor/index.js";
import type { Context } from "./context.js";
import { pads } from "./movement.js";

/** ONNX Runtime takes only padding that is smaller than the window. */
const fits = ({ kernel, geometry: { padding } }: PoolAttributes): boolean => padding.every((sides, axis) => sides.every((n) => n < kernel[axis]));

const NONE: Padding = [[0, 0], [0, 0]];

/** Padding of maxPool's definition, which loses against any activation. */
const LOWEST = -3.4e38;

export function maxPool({ graph, inputs: [x] }: Context, attributes: PoolAttributes): string {
  const { kernel, geometry: { strides, padding } } = attributes;
  const ready = fits(attributes);
  const padded = ready ? x : graph.node("Pad", [x, graph.ints(pads([...NONE, ...padding])), graph.constant([LOWEST], [], "float32")]);
  return graph.node("MaxPool", [padded], { kernel_shape: kernel, strides, pads: pads(ready ? padding : NONE) });
}

/** MaxPool tells where in the flat input it found each maximum, the first of equal ones: there the gradient is added up, for windows may overlap. */
export function maxPoolGradient({ graph, node, inputs: [g, , y] }: Context, attributes: PoolAttributes): string {
  const ready = fits(attributes);
  const margins = ready ? NONE : attributes.geometry.padding;
  const [images, channels, ...size] = node.shape;
  const shape = [images, channels, ...size.map((n, axis) => n + margins[axis][0] + margins[axis][1])];
  const flat = (name: string): string => graph.node("Reshape", [name, graph.shape([sizeOf(node.inputs[0].shape)])]);
  const zero = graph.node("Expand", [graph.constant([0], [], "float32"), graph.shape([sizeOf(shape)])]);
  const scattered = graph.node("ScatterElements", [zero, flat(graph.secondOutput(y)), flat(g)], { axis: { int: 0 }, reduction: "add" });
  const image = graph.node("Reshape", [scattered, graph.shape(shape)]);
  if (ready) return image;
  const starts = margins.map(([before]) => before);
  return graph.node("Slice", [image, graph.ints(starts), graph.ints(starts.map((start, axis) => start + size[axis])), graph.ints([2, 3])]);
}

export function averagePool({ graph, inputs }: Context, attributes: PoolAttributes): string {
  const { kernel, geometry: { strides, padding } } = attributes;
  if (!fits(attributes))
    throw new EngineError(`averagePool: padding ${JSON.stringify(padding)} leaves windows of ${kernel.join(" x ")} without any value`, "Use padding smaller than the window.");
  return graph.node("AveragePool", inputs, { kernel_shape: kernel, strides, pads: pads(padding), count_include_pad: { int: 0 } });
}

export function upsampleNearest({ graph, inputs: [x] }: Context, { scale }: { readonly scale: readonly [number, number] }): string {
  return graph.node("Resize", [x, "", graph.constant([1, 1, ...scale], [4], "float32")], {
    mode: "nearest",
    coordinate_transformation_mode: "asymmetric",
    nearest_mode: "floor",
  });
}
