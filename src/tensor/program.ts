/** A Program is what an engine compiles: named inputs and outputs, and what each variable becomes after a run. */
import { MorphogenError, ShapeError } from "../errors.js";
import { requireSizes } from "./checks.js";
import { topologicalOrder } from "./graph.js";
import { noiseOp } from "./noise.js";
import { formatShape, sameShape } from "./shape.js";
import { Input, Tensor, Variable } from "./tensor.js";

export interface Program<Inputs extends string = string, Outputs extends string = string> {
  /** What each run is given. Every Input that the graph reaches must be here. */
  readonly inputs?: Readonly<Record<Inputs, Tensor>>;
  readonly outputs: Readonly<Record<Outputs, Tensor>>;
  /** New values of variables. All are computed from the values before the run, then stored together. */
  readonly updates?: ReadonlyMap<Variable, Tensor>;
}

/** A Program laid out for an engine. */
export interface Schedule {
  readonly inputs: ReadonlyMap<string, Tensor>;
  readonly outputs: ReadonlyMap<string, Tensor>;
  readonly updates: ReadonlyMap<Variable, Tensor>;
  /** Every tensor, each after its inputs. */
  readonly nodes: readonly Tensor[];
  readonly variables: readonly Variable[];
  /** Noise leaves; the index is the stream that `fillNoise` wants. */
  readonly noises: readonly Tensor[];
}

/**
 * Checks a Program and puts its nodes in order. `lowered` names the composites that the engine lowers itself;
 * all others are replaced by their definitions.
 */
export function schedule(program: Program, lowered: ReadonlySet<string> = new Set()): Schedule {
  const inputs = new Map(Object.entries(program.inputs ?? {}));
  const outputs = new Map(Object.entries(program.outputs));
  const updates = new Map(program.updates ?? []);
  const written = topologicalOrder([...outputs.values(), ...updates.values()]);
  // Streams are numbered before any rewriting, so that they are the same for every engine.
  const noises = written.filter((node) => node.op === noiseOp);
  checkInputs(written, inputs);
  // Layers word an output without pixels themselves, so a shape rule may give a size below 0; no engine may see it.
  for (const { op, shape } of written) requireSizes(op.name, shape);
  checkUpdates(updates);

  const rewritten = expandComposites(written, lowered);
  const lookUp = (tensor: Tensor): Tensor => rewritten.get(tensor) ?? tensor;
  const mapValues = <K>(map: ReadonlyMap<K, Tensor>): Map<K, Tensor> => new Map([...map].map(([key, value]) => [key, lookUp(value)]));
  const [finalOutputs, finalUpdates] = [mapValues(outputs), mapValues(updates)];
  const nodes = topologicalOrder([...finalOutputs.values(), ...finalUpdates.values()]);
  const variables = [...new Set([...nodes.filter((node) => node instanceof Variable), ...updates.keys()])];
  checkNames(variables);
  return { inputs, outputs: finalOutputs, updates: finalUpdates, nodes, variables, noises };
}

/** Maps each tensor to its equal without the composites that are not `lowered`. */
function expandComposites(nodes: readonly Tensor[], lowered: ReadonlySet<string>): Map<Tensor, Tensor> {
  const rewritten = new Map<Tensor, Tensor>();
  for (const node of nodes) {
    const inputs = node.inputs.map((x) => rewritten.get(x) ?? x);
    if (node.op.define && !lowered.has(node.op.name)) {
      const definition = node.op.define(inputs, node.attributes);
      for (const [from, to] of expandComposites(topologicalOrder([definition], new Set(inputs)), lowered)) rewritten.set(from, to);
      rewritten.set(node, rewritten.get(definition) ?? definition);
    } else if (inputs.some((x, i) => x !== node.inputs[i])) {
      rewritten.set(node, new Tensor(node.op, inputs, node.attributes, node.shape, node.dtype));
    }
  }
  return rewritten;
}

function checkInputs(nodes: readonly Tensor[], inputs: ReadonlyMap<string, Tensor>): void {
  const known = new Set(inputs.values());
  for (const [name, tensor] of inputs)
    if (!(tensor instanceof Input))
      throw new MorphogenError(`The program's input "${name}" is the result of ${tensor.op.name} of shape ${formatShape(tensor.shape)}, which cannot be fed`, "List tensors made by input(name, shape).");
  if (known.size < inputs.size) throw new MorphogenError(`The program lists one input under two names among ${[...inputs.keys()].join(", ")}`, "Each input needs one name.");
  const missing = nodes.find((node) => node instanceof Input && !known.has(node));
  if (missing instanceof Input)
    throw new MorphogenError(`The program uses input "${missing.name}" of shape ${formatShape(missing.shape)}, but does not list it`, "Add it to the program's inputs.");
}

function checkUpdates(updates: ReadonlyMap<Variable, Tensor>): void {
  for (const [variable, value] of updates)
    if (!sameShape(variable.shape, value.shape) || variable.dtype !== value.dtype)
      throw new ShapeError(`The update of variable "${variable.name}" is ${formatShape(value.shape)} ${value.dtype}, the variable ${formatShape(variable.shape)} ${variable.dtype}`);
}

function checkNames(variables: readonly Variable[]): void {
  const seen = new Set<string>();
  for (const { name } of variables) {
    if (seen.has(name)) throw new MorphogenError(`Two variables are named "${name}"`, "Names must differ: they are the keys of a checkpoint.");
    seen.add(name);
  }
}
