/**
 * The reference engine: every op in plain float64 arithmetic. Slow and obvious; the executable specification that the
 * other engines are tested against, and on which gradients are checked numerically.
 */
import { EngineError, ShapeError } from "../../errors.js";
import { Constant, fillNoise, formatShape, Input, noiseOp, schedule, sizeOf, Variable, type Data, type NoiseState, type Schedule, type Tensor } from "../../tensor/index.js";
import type { Engine, Executable } from "../engine.js";
import { checkFeeds } from "../feeds.js";
import { compute as computeOp } from "../kernels/lowerings.js";
import { store, type Value } from "../kernels/values.js";

export function referenceEngine(): Engine {
  let state = new WeakMap<Variable, Float64Array>();
  let disposed = false;

  const write = (variable: Variable, values: ArrayLike<number>): Float64Array => {
    if (values.length !== sizeOf(variable.shape))
      throw new ShapeError(`Variable "${variable.name}" of shape ${formatShape(variable.shape)} cannot hold ${values.length} values`);
    const stored = store(values, variable);
    state.set(variable, stored);
    return stored;
  };
  const valuesOf = (variable: Variable): Float64Array => state.get(variable) ?? write(variable, variable.initial(0));
  const alive = () => {
    if (disposed) throw new EngineError("The reference engine was disposed of and cannot be used any more", "Make a new one.");
  };

  return {
    name: "reference",
    version: "float64",
    threads: 1,
    async compile(program) {
      alive();
      const plan = schedule(program);
      let released = false;
      const executable: Executable = {
        async run(feeds, noise) {
          alive();
          if (released) throw new EngineError("This executable was disposed of and cannot run any more", "Compile the program again.");
          checkFeeds(plan, feeds, noise);
          return execute(plan, feeds, noise, valuesOf, state);
        },
        async dispose() {
          released = true;
        },
      };
      return executable;
    },
    async read(variable) {
      alive();
      return toData(valuesOf(variable), variable);
    },
    async write(variable, values) {
      alive();
      write(variable, values);
    },
    async dispose() {
      disposed = true;
      state = new WeakMap();
    },
  };
}

const toData = (values: Float64Array, { dtype }: Tensor): Data => (dtype === "int32" ? Int32Array.from(values) : values.slice());

function execute(
  plan: Schedule,
  feeds: Readonly<Record<string, Data>>,
  noise: NoiseState | undefined,
  valuesOf: (variable: Variable) => Float64Array,
  state: WeakMap<Variable, Float64Array>,
): Record<string, Data> {
  const inputNames = new Map([...plan.inputs].map(([name, tensor]) => [tensor, name]));
  const values = new Map<Tensor, Value>();
  const compute = (node: Tensor): Float64Array => {
    if (node instanceof Variable) return valuesOf(node);
    if (node instanceof Constant) return node.values;
    if (node instanceof Input) return store(feeds[inputNames.get(node)!], node);
    if (node.op === noiseOp && noise) return noiseValues(node, plan.noises.indexOf(node), noise);
    return computeOp({ node, inputs: node.inputs.map((x) => values.get(x)!) }).data;
  };
  for (const node of plan.nodes) values.set(node, { shape: node.shape, data: compute(node) });

  const outputs = Object.fromEntries([...plan.outputs].map(([name, tensor]) => [name, toData(values.get(tensor)!.data, tensor)]));
  for (const [variable, tensor] of plan.updates) state.set(variable, values.get(tensor)!.data.slice());
  return outputs;
}

/** Rounded to float32, so that all engines see the same noise. */
function noiseValues(node: Tensor, stream: number, noise: NoiseState): Float64Array {
  const values = new Float32Array(sizeOf(node.shape));
  fillNoise(node, stream, noise, values);
  return Float64Array.from(values);
}
