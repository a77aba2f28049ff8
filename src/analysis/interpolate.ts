/** Walks through the space of codings from one example to another. */

export type Interpolation = "linear" | "spherical";

/** (1 - t) a + t b. */
export const lerp = (a: Float32Array, b: Float32Array, t: number): Float32Array => a.map((x, i) => (1 - t) * x + t * b[i]);

/** Along the great circle between a and b, with lengths blended (White 2016, "Sampling generative networks"). */
export function slerp(a: Float32Array, b: Float32Array, t: number): Float32Array {
  const length = (v: Float32Array) => Math.hypot(...v);
  const cosine = a.reduce((dot, x, i) => dot + x * b[i], 0) / (length(a) * length(b));
  const angle = Math.acos(Math.min(1, Math.max(-1, cosine)));
  // Nearly parallel or opposite codings have no circle worth following.
  if (!(Math.sin(angle) > 1e-4)) return lerp(a, b, t);
  return a.map((x, i) => (Math.sin((1 - t) * angle) * x + Math.sin(t * angle) * b[i]) / Math.sin(angle));
}

/** `steps` codings from `from` to `to`, both included, one after the other: [steps, size]. */
export function interpolateCodings(from: Float32Array, to: Float32Array, steps: number, method: Interpolation = "linear"): Float32Array {
  const between = method === "linear" ? lerp : slerp;
  const path = new Float32Array(steps * from.length);
  for (let i = 0; i < steps; i++) path.set(between(from, to, steps === 1 ? 0 : i / (steps - 1)), i * from.length);
  return path;
}
