import { add, minimum, mul, variable, type Tensor, type Variable } from "../tensor/index.js";

export interface Annealing {
  /** In the training step: a weight that rises in a line from 0 to 1, and stays there. */
  readonly value: Tensor | number;
  /** The count of steps, which a checkpoint keeps. */
  readonly variables: readonly Variable[];
  readonly updates: ReadonlyMap<Variable, Tensor>;
}

/** The KL term's warm-up over so many steps (Bowman et al. 2016; Sønderby et al. 2016); none for 0 steps. */
export function annealing(name: string, steps: number): Annealing {
  if (steps === 0) return { value: 1, variables: [], updates: new Map() };
  const step = variable(`${name}.step`, []);
  return { value: mul(step, 1 / steps), variables: [step], updates: new Map([[step, minimum(add(step, 1), steps)]]) };
}
