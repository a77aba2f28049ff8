/**
 * Experience replay for GANs: half of the made examples that the discriminator sees come from earlier generators, so that it does not forget what it has
 * learned to refuse, and the two do not chase each other in a circle (Shrivastava et al. 2017, section 2.3).
 */
import { add, cast, concat, gather, greater, maximum, minimum, mul, noise, slice, stopGradient, variable, where, type Shape, type Tensor, type Variable } from "../tensor/index.js";

export interface Replay {
  readonly variables: readonly Variable[];
  /** Half of the rows of `made`, then as many of earlier ones; what the buffer then holds goes into `updates`. `labels` are those of the rows. */
  mix(made: Tensor, labels: Tensor | undefined, updates: Map<Variable, Tensor>): { readonly made: Tensor; readonly labels: Tensor | undefined };
}

/** A buffer of the last `capacity` made examples of this shape; of none, `mix` gives back what it is given. A model with several names each. */
export function replay(capacity: number, shape: Shape, conditional: boolean, name = "replay"): Replay {
  if (capacity === 0) return { variables: [], mix: (made, labels) => ({ made, labels }) };
  const buffer = variable(`${name}.examples`, [capacity, ...shape]);
  const classes = variable(`${name}.labels`, [capacity]);
  const filled = variable(`${name}.filled`, []);
  return {
    variables: conditional ? [buffer, classes, filled] : [buffer, filled],
    mix(made, labels, updates) {
      const batch = made.shape[0];
      const old = Math.min(Math.floor(batch / 2), capacity);
      const kept = batch - old;
      const indices = cast(mul(noise.uniform([old]), filled), "int32");
      const zeros = (rank: number) => new Array<number>(rank).fill(0);
      const rows = (x: Tensor, from: number, to: number): Tensor => slice(x, [from, ...zeros(x.rank - 1)], [to, ...x.shape.slice(1)]);
      /** Before the first step there are no earlier ones. */
      const mixed = (fresh: Tensor, held: Variable): Tensor => concat([rows(fresh, 0, kept), where(greater(filled, 0), gather(held, indices), rows(fresh, kept, batch))], 0);
      /** The newest first; the oldest fall out. */
      const pushed = (fresh: Tensor, held: Variable): Tensor => (batch >= capacity ? rows(fresh, 0, capacity) : concat([fresh, rows(held, 0, capacity - batch)], 0));
      updates.set(buffer, stopGradient(pushed(made, buffer)));
      updates.set(filled, minimum(add(filled, batch), capacity));
      if (!labels) return { made: mixed(made, buffer), labels };
      const told = cast(labels, "float32");
      updates.set(classes, pushed(told, classes));
      return { made: mixed(made, buffer), labels: cast(maximum(mixed(told, classes), 0), "int32") };
    },
  };
}
