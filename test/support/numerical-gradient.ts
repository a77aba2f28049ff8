/** Gradients by central differences, in float64 on the reference engine. */
import { referenceEngine } from "../../src/engines/reference/index.js";
import { add, constant, gradients, input, mul, sin, sum, type Data, type Shape, type Tensor, type DType } from "../../src/tensor/index.js";
import { assertClose } from "./close.js";

export interface Point {
  readonly shape: Shape;
  readonly values: readonly number[];
  readonly dtype?: DType;
}

/** A scalar that every output value enters with a weight of its own, so that no error can cancel. */
const project = (y: Tensor): Tensor => sum(mul(y, sin(weights(y))));
function weights(y: Tensor): Tensor {
  const size = y.shape.reduce((a, b) => a * b, 1);
  return constant(Array.from({ length: size }, (_, i) => 0.7 + 1.3 * i), y.shape);
}
/** df/dx by the five-point central difference, whose error is of the order step^4. */
async function differences(f: (values: Float64Array[]) => Promise<number>, at: readonly Float64Array[], which: number, step: number): Promise<number[]> {
  const result: number[] = [];
  for (let i = 0; i < at[which].length; i++) {
    const moved = async (by: number) => f(at.map((values, j) => (j === which ? values.map((x, k) => (k === i ? x + by : x)) : values)));
    result.push((8 * ((await moved(step)) - (await moved(-step))) - ((await moved(2 * step)) - (await moved(-2 * step)))) / (12 * step));
  }
  return result;
}

/**
 * Checks that the first and second derivatives of `f` at `points` agree with central differences to a relative error of 1e-6.
 * The second derivative is that of a weighted sum of the first, for every float input.
 */
export async function checkGradients(f: (...x: Tensor[]) => Tensor, points: readonly Point[], { second = true, tolerance = 1e-6, step = 1e-3 } = {}): Promise<void> {
  const inputs = points.map(({ shape, dtype = "float32" }, i) => input(`x${i}`, shape, dtype));
  const differentiable = inputs.flatMap((x, i) => (x.dtype === "float32" ? [i] : []));
  const at = points.map(({ values }) => Float64Array.from(values));
  const y = project(f(...inputs));
  const first = gradients(y, differentiable.map((i) => inputs[i]));
  const slope = first.map((g) => project(g)).reduce((a, b) => add(a, b));
  const secondGradients = second ? gradients(slope, differentiable.map((i) => inputs[i])) : [];

  const engine = referenceEngine();
  const outputs: Record<string, Tensor> = { y, slope };
  first.forEach((g, i) => (outputs[`first${i}`] = g));
  secondGradients.forEach((g, i) => (outputs[`second${i}`] = g));
  const executable = await engine.compile({ inputs: Object.fromEntries(inputs.map((x) => [x.name, x])), outputs });
  const run = async (values: readonly Float64Array[]) => executable.run(Object.fromEntries(inputs.map((x, i) => [x.name, x.dtype === "int32" ? Int32Array.from(values[i]) : (values[i] as Data)])));
  const exact = await run(at);
  for (const [order, which] of differentiable.entries()) {
    const scale = (values: number[]) => Math.max(1e-3, ...values.map(Math.abs));
    const numerical = await differences(async (values) => (await run(values)).y[0], at, which, step);
    assertClose(exact[`first${order}`], numerical, tolerance, `gradient of input ${which}`, scale(numerical));
    if (!second) continue;
    const numericalSecond = await differences(async (values) => (await run(values)).slope[0], at, which, step);
    assertClose(exact[`second${order}`], numericalSecond, tolerance, `second derivative of input ${which}`, scale(numericalSecond));
  }
}
