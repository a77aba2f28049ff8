import type { Layer } from "../nn/index.js";
import { add } from "../tensor/index.js";

/** x + layer(x) (He et al. 2016); the layer keeps the shape. */
export const Residual = (layer: Layer): Layer => (name, shape) => {
  const module = layer(name, shape);
  return { ...module, apply: (x, mode) => add(x, module.apply(x, mode)) };
};
