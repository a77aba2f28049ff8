/** Updates of variables, which are computed in place, merged and laid side by side: always as on the reference engine. */
import { after, describe, it } from "node:test";
import fc from "fast-check";
import type { Engine } from "../../../src/engines/engine.js";
import { onednnEngine } from "../../../src/engines/onednn/index.js";
import { referenceEngine } from "../../../src/engines/reference/index.js";
import { Dense, sequential, trainingMode } from "../../../src/nn/index.js";
import { cosineDecay, exponentialMovingAverage, optimizers } from "../../../src/optimizers/index.js";
import * as T from "../../../src/tensor/index.js";
import type { Program, Shape, Tensor, Variable } from "../../../src/tensor/index.js";
import { assertClose } from "../../support/close.js";
import { point } from "../../tensor/gradient-cases.js";

const engine = await onednnEngine({ threads: 1 });
after(() => engine.dispose());

const numbers = (count: number, offset: number): number[] => [...point([count], { offset }).values];
const variables = (...shapes: readonly Shape[]): Variable[] => shapes.map((shape, i) => T.variable(`v${i}`, shape, numbers(T.sizeOf(shape), i)));

/** What is done to an engine: programs run, variables written. All are compiled first, in this order. */
type Story = readonly (Program | { readonly write: Variable; readonly values: readonly number[] })[];

async function outcome(engine: Engine, story: Story, variables: readonly Variable[], x: Float32Array): Promise<number[]> {
  const programs = [...new Set(story.filter((event): event is Program => "outputs" in event))];
  const executables = new Map<unknown, Awaited<ReturnType<Engine["compile"]>>>();
  for (const program of programs) executables.set(program, await engine.compile(program));
  const seen: number[] = [];
  for (const event of story) {
    if ("write" in event) await engine.write(event.write, event.values);
    else for (const values of Object.values(await executables.get(event)!.run(event.inputs ? { x } : {}, { seed: 1, step: 0 }))) seen.push(...values);
    for (const variable of variables) seen.push(...(await engine.read(variable)));
  }
  for (const executable of executables.values()) await executable.dispose();
  return seen;
}

async function same(story: Story, variables: readonly Variable[], tolerance = 1e-5, x = Float32Array.from(numbers(6, 9))): Promise<void> {
  const expected = await outcome(referenceEngine(), story, variables, x);
  assertClose(await outcome(engine, story, variables, x), expected, tolerance);
}

const shapes: readonly Shape[] = [[2, 3], [2, 3], [3, 2], [6], [6], [1], []];
const fit = (x: Tensor, shape: Shape): Tensor => (T.sizeOf(x.shape) === T.sizeOf(shape) ? T.reshape(x, shape) : T.sizeOf(x.shape) === 1 ? T.broadcastTo(T.reshape(x, []), shape) : T.reshape(T.sum(x), shape.map(() => 1)));

const steps: readonly ((x: Tensor, y: Tensor) => Tensor)[] = [
  (x) => x,
  (x) => T.mul(x, 0.9),
  (x, y) => T.add(T.mul(0.5, x), fit(y, x.shape)),
  (x, y) => T.sub(fit(y, x.shape), x),
  (x) => (x.rank === 2 ? T.transpose(x) : T.tanh(x)),
  (x, y) => T.div(x, T.add(T.sqrt(T.abs(fit(y, x.shape))), 0.5)),
  (x) => (x.rank === 0 ? x : T.slice(T.concat([x, x], 0), [1], [1 + x.shape[0]])),
  (x, y) => (x.rank === 0 ? x : T.sub(T.mul(0.7, x), T.slice(fit(y, x.shape), [0], [1]))),
  (x, y) => T.where(T.greater(x, 0.3), fit(y, x.shape), 0),
  (x) => T.constant(numbers(T.sizeOf(x.shape), 5), x.shape),
  (x) => T.sum(T.square(x)),
];

type Recipe = readonly (readonly [number, number, number])[];

/** A program whose outputs and updates are taken from some values that the recipe makes of variables and an input. */
function randomProgram(all: readonly Variable[], recipe: Recipe, updated: readonly (readonly [number, number])[], outputs: readonly number[]): Program {
  const x = T.input("x", [6]);
  const values: Tensor[] = [...all, x];
  for (const [which, a, b] of recipe) values.push(steps[which % steps.length](values[a % values.length], values[b % values.length]));
  const updates = new Map<Variable, Tensor>();
  for (const [which, value] of updated) {
    const variable = all[which % all.length];
    updates.set(variable, fitted(values[value % values.length], variable.shape));
  }
  return { inputs: { x }, outputs: Object.fromEntries(outputs.map((which, i) => [`y${i}`, values[which % values.length]])), updates };
}

const fitted = (x: Tensor, shape: Shape): Tensor => T.broadcastTo(fit(x, shape), shape);

const programs = fc.array(
  fc.record({
    recipe: fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat()), { maxLength: 6 }),
    updated: fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 6 }),
    outputs: fc.array(fc.nat(), { maxLength: 2 }),
  }),
  { minLength: 1, maxLength: 3 },
);

describe("onednn: updates as on the reference engine", () => {
  it("of random programs that share variables, run in turn, with values written in between", () =>
    fc.assert(
      fc.asyncProperty(programs, fc.array(fc.nat(), { minLength: 2, maxLength: 5 }), async (recipes, turns) => {
        const all = variables(...shapes);
        const made = recipes.map(({ recipe, updated, outputs }) => randomProgram(all, recipe, updated, outputs));
        const written = all[turns[0] % all.length];
        await same([...made, { write: written, values: numbers(T.sizeOf(written.shape), 2) }, ...turns.map((turn) => made[turn % made.length])], all, 1e-4);
      }),
      { numRuns: 250, seed: 4 },
    ));

  it("of variables swapped, turned around and reshaped into each other", async () => {
    const [a, b, c, d] = variables([2, 3], [2, 3], [3, 2], [6]);
    const turn: Program = { outputs: { a }, updates: new Map<Variable, Tensor>([[a, b], [b, T.transpose(c)], [c, T.reshape(d, [3, 2])], [d, T.reshape(a, [6])]]) };
    await same([turn, turn, turn], [a, b, c, d]);
    const square = T.variable("square", [3, 3], numbers(9, 0));
    await same([{ outputs: {}, updates: new Map([[square, T.transpose(square)]]) }], [square]);
  });

  it("that read each other's new values, also in outputs", async () => {
    const [m, v, w] = variables([7], [7], [7]);
    const moment = T.add(T.mul(0.9, m), T.square(w));
    const scale = T.add(T.mul(0.8, v), T.mul(moment, w));
    const next = T.sub(w, T.div(moment, T.add(T.sqrt(T.abs(scale)), 1e-3)));
    const step: Program = { outputs: { next, moment, both: T.add(next, w) }, updates: new Map([[w, next], [m, moment], [v, scale]]) };
    await same([step, step, step], [m, v, w]);
  });

  it("that read a piece of their own variable", async () => {
    const pieces: readonly ((w: Tensor) => Tensor)[] = [
      (w) => T.mul(w, T.slice(w, [0, 0], [1, 3])),
      (w) => T.mul(w, T.slice(w, [0, 0], [3, 1])),
      (w) => T.mul(w, T.reshape(T.slice(w, [0, 0], [1, 1]), [])),
      (w) => T.add(w, T.reshape(T.slice(w, [1, 0], [2, 3]), [3])),
      (w) => T.add(T.tanh(T.mul(w, T.slice(w, [0, 0], [1, 3]))), T.mul(T.slice(w, [0, 1], [3, 2]), w)),
    ];
    for (const piece of pieces) {
      const [w] = variables([3, 3]);
      const step: Program = { outputs: {}, updates: new Map([[w, piece(w)]]) };
      await same([step, step], [w]);
    }
  });

  it("by different elements of one variable", async () => {
    const [a, b, rates] = variables([7], [7], [2]);
    const by = (x: Tensor, i: number): Tensor => T.add(T.mul(x, T.reshape(T.slice(rates, [i], [i + 1]), [])), 1);
    await same([{ outputs: {}, updates: new Map([[a, by(a, 0)], [b, by(b, 1)]]) }], [a, b]);
  });

  it("of one element", async () => {
    const [a, b] = variables([], [1]);
    const step: Program = { outputs: {}, updates: new Map<Variable, Tensor>([[a, T.reshape(T.mul(b, 2), [])], [b, T.reshape(a, [1])]]) };
    await same([step, step], [a, b]);
  });

  it("of whole numbers", async () => {
    const [a, b] = [0, 1].map((i) => new T.Variable(`count${i}`, { shape: [2, 2], dtype: "int32" }, () => Int32Array.of(1 + i, 2, -3, 40000)));
    const step: Program = { outputs: { a }, updates: new Map<Variable, Tensor>([[a, T.transpose(b)], [b, T.reshape(T.concat([T.slice(a, [1, 0]), T.slice(b, [0, 0], [1, 2])], 0), [2, 2])]]) };
    await same([step, step], [a, b]);
  });
});

describe("onednn: optimizers as on the reference engine", () => {
  const network = () => sequential(Dense(9, { activation: T.relu }), Dense(5, { activation: T.tanh }), Dense(6))("net", [6]);
  const loss = (parameters: ReturnType<typeof network>, x: Tensor) => T.mean(T.square(T.sub(parameters.apply(T.reshape(x, [1, 6]), trainingMode()), x)));

  for (const [name, make] of Object.entries(optimizers))
    it(name, async () => {
      const [x, net] = [T.input("x", [6]), network()];
      const error = loss(net, x);
      const updates = make({ learningRate: cosineDecay(0.02, 10), clipNorm: 0.5 }).minimize(error, net.parameters);
      const step: Program = { inputs: { x }, outputs: { error }, updates };
      await same([step, step, step, step, step], [...updates.keys()]);
    });

  it("two of them on the same parameters, compiled in either order, and an average of the weights", async () => {
    for (const reverse of [false, true]) {
      const [x, net] = [T.input("x", [6]), network()];
      const error = loss(net, x);
      const first = optimizers.adam({ learningRate: 0.01, name: "first" }).minimize(error, net.parameters);
      const second = optimizers.nadam({ learningRate: 0.02, name: "second" }).minimize(T.mul(error, 2), [...net.parameters].reverse());
      const averages = exponentialMovingAverage(net.parameters, first, 0.9).updates;
      const [a, b]: Program[] = [{ inputs: { x }, outputs: { error }, updates: new Map([...first, ...averages]) }, { inputs: { x }, outputs: {}, updates: second }];
      const all = [...new Set([...first.keys(), ...averages.keys(), ...second.keys()])];
      await same(reverse ? [b, a, b, a, a, b] : [a, b, a, b, b, a], all);
    }
  });
});
