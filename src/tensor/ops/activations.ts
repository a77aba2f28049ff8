/** Activations that are composites: their definition in primitives, and a gradient where a cheaper one is known. */
import { requireFloat } from "../checks.js";
import { apply, type Op, type Tensor } from "../tensor.js";
import { abs, add, cast, erf, exp, greater, log, maximum, minimum, mul, neg, sigmoid, sub, where, type NoAttributes } from "./elementwise.js";

const unaryComposite = <Name extends string>(
  name: Name,
  define: (x: Tensor) => Tensor,
  gradient: (g: Tensor, x: Tensor, y: Tensor) => Tensor,
): Op<Name, NoAttributes> => ({
  name,
  shape(inputs) {
    requireFloat(name, inputs);
    return { shape: inputs[0].shape, dtype: "float32" };
  },
  define: ([x]) => define(x),
  gradient: (g, y, [x]) => [gradient(g, x, y)],
});

const composite = (op: Op<string, NoAttributes>) => (x: Tensor): Tensor => apply(op, [x], {});

export const reluOp = unaryComposite("relu", (x) => maximum(x, 0), (g, _x, y) => mul(g, cast(greater(y, 0), "float32")));
/** max(x, 0); the gradient at 0 is 0. */
export const relu = composite(reluOp);

/** log(1 + exp(x)), written so that neither tail overflows. */
export const softplusOp = unaryComposite(
  "softplus",
  (x) => add(maximum(x, 0), log(add(1, exp(neg(abs(x)))))),
  (g, x) => mul(g, sigmoid(x)),
);
export const softplus = composite(softplusOp);

/** exp(x) - 1 below 0 without the overflow above it. */
const expm1BelowZero = (x: Tensor): Tensor => sub(exp(minimum(x, 0)), 1);

export const eluOp: Op<"elu", { readonly alpha: number }> = {
  name: "elu",
  shape(inputs) {
    requireFloat("elu", inputs);
    return { shape: inputs[0].shape, dtype: "float32" };
  },
  define: ([x], { alpha }) => where(greater(x, 0), x, mul(alpha, expm1BelowZero(x))),
  // Below 0 the slope is y + alpha, above it is 1.
  gradient: (g, y, [x], { alpha }) => [mul(g, add(minimum(y, 0), where(greater(x, 0), 1, alpha)))],
};
/** x above 0, alpha (exp(x) - 1) below (Clevert et al. 2016). */
export const elu = (x: Tensor, alpha = 1): Tensor => apply(eluOp, [x], { alpha });

/** Self-normalizing constants of Klambauer et al. 2017, equation 14. */
export const SELU_ALPHA = 1.6732632423543772;
export const SELU_SCALE = 1.0507009873554805;
export const selu = (x: Tensor): Tensor => mul(SELU_SCALE, elu(x, SELU_ALPHA));

export const leakyReluOp: Op<"leakyRelu", { readonly slope: number }> = {
  name: "leakyRelu",
  shape(inputs) {
    requireFloat("leakyRelu", inputs);
    return { shape: inputs[0].shape, dtype: "float32" };
  },
  define: ([x], { slope }) => maximum(mul(slope, x), x),
  // The output has the input's sign unless the slope turns it around.
  gradient: (g, y, [x], { slope }) => [mul(g, where(greater(slope < 0 ? x : y, 0), 1, slope))],
};
/** x above 0, slope * x below, for slopes up to 1; the gradient at 0 is the slope. */
export const leakyRelu = (x: Tensor, slope = 0.2): Tensor => apply(leakyReluOp, [x], { slope });

export const siluGradientOp: Op<"siluGradient", NoAttributes> = {
  name: "siluGradient",
  shape(inputs) {
    requireFloat("siluGradient", inputs);
    return { shape: inputs[1].shape, dtype: "float32" };
  },
  define([g, x]) {
    const s = sigmoid(x);
    return mul(g, mul(s, add(1, mul(x, sub(1, s)))));
  },
};

export const siluOp = unaryComposite("silu", (x) => mul(x, sigmoid(x)), (g, x) => apply(siluGradientOp, [g, x], {}));
/** x sigmoid(x), also called swish. */
export const silu = composite(siluOp);

/** x times the normal distribution's cumulative probability at x, exact (Hendrycks & Gimpel 2016). */
export const gelu = (x: Tensor): Tensor => mul(mul(0.5, x), add(1, erf(mul(x, Math.SQRT1_2))));
