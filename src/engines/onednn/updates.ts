/** New values of variables: computed in place when nothing still wants the old ones, else beside and copied last. */
import { sizeOf, Variable, type Tensor } from "../../tensor/index.js";
import type { Builder } from "./builder.js";
import type { Storage, Value } from "./plan.js";

/** Ops that give other names to the same memory. */
const VIEWS = new Set(["reshape", "transpose", "slice"]);

export function updateVariables(
  builder: Builder,
  updates: ReadonlyMap<Variable, Tensor>,
  materialize: (node: Tensor, into?: Value) => void,
  storageOf: (variable: Variable) => Storage,
): void {
  const placeOf = (variable: Variable): Value => ({ storage: storageOf(variable), desc: builder.desc(variable.shape, "plain"), offset: 0, dtype: variable.dtype });
  const isOldValue = (node: Tensor): boolean => node instanceof Variable || (builder.has(node) && builder.forms(node).some(({ storage }) => storage.kind === "variable"));
  const copied = (value: Tensor): Value => {
    const copy = builder.fresh(builder.desc(value.shape, "plain"), value.dtype);
    builder.copy("save", builder.plain(value), copy);
    return copy;
  };

  // What is an old value itself is saved before anything is written.
  const saved = new Map<Variable, Value>();
  for (const [variable, value] of updates)
    if (isOldValue(value) && value !== variable) {
      materialize(value);
      saved.set(variable, copied(value));
    }

  /** Variables whose old values the still unmade part of an update reads. */
  function readsOf(root: Tensor): Set<Variable> {
    const found = new Set<Variable>();
    const seen = new Set<Tensor>();
    const others = new Set(updates.values());
    const visit = (node: Tensor): void => {
      if (seen.has(node)) return;
      seen.add(node);
      if (node instanceof Variable) return void found.add(node);
      if (builder.has(node)) {
        for (const { storage } of builder.forms(node)) if (storage.kind === "variable" && storage.variable) found.add(storage.variable);
        return;
      }
      if (node !== root && others.has(node)) return;
      node.inputs.forEach(visit);
    };
    visit(root);
    return found;
  }

  /** True when the unmade part of an update reads the variable's memory in another order than it would be written. */
  function readsTurned(root: Tensor, variable: Variable): boolean {
    const isThere = (node: Tensor): boolean => (builder.has(node) ? builder.forms(node).some(({ storage }) => storage === storageOf(variable)) : node === variable);
    const isView = (node: Tensor): boolean => isThere(node) || (!builder.has(node) && VIEWS.has(node.op.name) && isView(node.inputs[0]));
    const seen = new Set<Tensor>([variable]);
    const visit = (node: Tensor): boolean => {
      if (seen.has(node)) return false;
      seen.add(node);
      return isView(node) || (!builder.has(node) && node.inputs.some(visit));
    };
    return visit(root);
  }
  const pending = new Map([...updates].filter(([variable]) => !saved.has(variable)).map(([variable, value]) => [variable, readsOf(value)]));
  const readLater = (variable: Variable): boolean => [...pending].some(([other, reads]) => other !== variable && reads.has(variable));

  const late: [Value, Value][] = [...saved].map(([variable, value]) => [value, placeOf(variable)]);
  for (const [variable, value] of updates) {
    if (saved.has(variable) || value === variable) continue;
    const place = placeOf(variable);
    const isMade = builder.has(value);
    const inPlace = !isMade && sizeOf(value.shape) > 1 && !readLater(variable) && !readsTurned(value, variable);
    materialize(value, inPlace ? place : undefined);
    pending.delete(variable);
    const isThere = builder.forms(value).some(({ storage }) => storage === place.storage);
    // A view of an old value, made just now, must not see a new one.
    if (!isThere) late.push([isOldValue(value) ? copied(value) : builder.plain(value), place]);
  }
  for (const [from, to] of late)
    if (sizeOf(to.desc.shape) === 1) builder.host("store", [from], to, ([source], sink) => sink.set(source));
    else builder.copy("store", from, to);
}
