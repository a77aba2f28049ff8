/** Collects the steps of a plan, and knows every layout in which a tensor's values exist so far. */
import type { Shape, Tensor } from "../../tensor/index.js";
import { channelsLast, sameLayout, type Desc } from "./desc.js";
import type { Primitive, Scope } from "./dnnl.js";
import { args } from "./operations.js";
import type { ChainRecord, HostWork, Step, Storage, Value } from "./plan.js";

export type Layout = "plain" | "channelsLast";

/** oneDNN has no scalars: they are vectors of one value. */
export const descShape = (shape: Shape): Shape => (shape.length === 0 ? [1] : shape);

/** Values by the index under which a primitive knows them. */
export type Arguments = readonly (readonly [index: number, value: Value])[];

export interface Builder {
  readonly scope: Scope;
  readonly steps: Step[];
  /** How the steps came about that are one elementwise pass. */
  readonly chains: Map<Step, ChainRecord>;
  desc(shape: Shape, layout: Layout): Desc;
  /** New memory of the arena. */
  fresh(desc: Desc, dtype?: Value["dtype"]): Value;
  /** Memory that keeps its values from run to run. */
  kept(desc: Desc, dtype: Value["dtype"], initial?: Storage["initial"]): Value;
  /** A constant of one value. */
  scalar(value: number): Value;
  /** A constant vector of ones. */
  ones(count: number): Value;
  primitive(title: string, primitive: Primitive, reads: Arguments, writes: Arguments, flop?: number): void;
  host(title: string, inputs: readonly Value[], output: Value, compute: HostWork["compute"]): void;
  copy(title: string, from: Value, to: Value): void;
  /** Says where a tensor's values are. */
  define(tensor: Tensor, value: Value): void;
  has(tensor: Tensor): boolean;
  /** The layouts in which a tensor's values exist. */
  forms(tensor: Tensor): readonly Value[];
  /** A tensor's values in this layout, reordered if they are in none such. */
  as(tensor: Tensor, desc: Desc): Value;
  plain(tensor: Tensor): Value;
  inLayout(tensor: Tensor, layout: Layout): Value;
}

export function makeBuilder(scope: Scope): Builder {
  const steps: Step[] = [];
  const formsOf = new Map<Tensor, Value[]>();
  const scalars = new Map<number, Value>();
  const vectors = new Map<number, Value>();

  const storage = (bytes: number, kind: Storage["kind"], initial?: Storage["initial"]): Storage => (initial ? { bytes, kind, initial } : { bytes, kind });
  const constant = (values: Float32Array): Value => builder.kept(scope.plain([values.length]), "float32", values);

  const builder: Builder = {
    scope,
    steps,
    chains: new Map(),
    desc: (shape, layout) => (layout === "plain" ? scope.plain(descShape(shape)) : scope.strided(shape, channelsLast(shape))),
    fresh: (desc, dtype = "float32") => ({ storage: storage(desc.bytes, "arena"), desc, offset: 0, dtype }),
    kept: (desc, dtype, initial) => ({ storage: storage(desc.bytes, "kept", initial), desc, offset: 0, dtype }),
    scalar(value) {
      let found = scalars.get(value);
      if (!found) scalars.set(value, (found = constant(Float32Array.of(value))));
      return found;
    },
    ones(count) {
      let found = vectors.get(count);
      if (!found) vectors.set(count, (found = constant(new Float32Array(count).fill(1))));
      return found;
    },
    primitive(title, primitive, reads, writes, flop = 0) {
      const scratch = primitive.scratchpad && builder.fresh(primitive.scratchpad);
      const written = scratch ? [...writes, [args.scratchpad, scratch] as const] : writes;
      steps.push({ title, work: { kind: "primitive", primitive, args: [...reads, ...written], inputs: reads.length }, reads: storagesOf(reads), writes: storagesOf(written), flop });
    },
    host(title, inputs, output, compute) {
      steps.push({ title, work: { kind: "host", inputs, output, compute }, reads: [...new Set(inputs.map((value) => value.storage))], writes: [output.storage], flop: 0 });
    },
    copy(title, from, to) {
      builder.primitive(title, scope.reorder(from.desc, to.desc), [[args.src, from]], [[args.dst, to]]);
    },
    define(tensor, value) {
      const forms = formsOf.get(tensor);
      if (forms) forms.push(value);
      else formsOf.set(tensor, [value]);
    },
    has: (tensor) => formsOf.has(tensor),
    forms(tensor) {
      const forms = formsOf.get(tensor);
      if (!forms) throw new TypeError(`${tensor.op.name} has no values yet`);
      return forms;
    },
    as(tensor, desc) {
      const forms = builder.forms(tensor);
      const existing = forms.find((form) => sameLayout(form.desc, desc));
      // Axes of size 1 make different strides the same layout, but the library looks at the strides.
      if (existing) return existing.desc === desc ? existing : { ...existing, desc };
      const value = builder.fresh(desc, tensor.dtype);
      builder.copy("reorder", forms[0], value);
      builder.define(tensor, value);
      return value;
    },
    plain: (tensor) => builder.as(tensor, builder.desc(tensor.shape, "plain")),
    inLayout: (tensor, layout) => builder.as(tensor, builder.desc(tensor.shape, layout)),
  };
  return builder;
}

const storagesOf = (given: Arguments): Storage[] => [...new Set(given.map(([, value]) => value.storage))];

/** The same memory under another row-major shape. */
export const reshaped = (builder: Builder, value: Value, shape: Shape): Value => ({ ...value, desc: builder.scope.plain(descShape(shape)) });

export const isChannelsLast = (builder: Builder, tensor: Tensor): boolean => {
  if (tensor.rank !== 4 || !builder.has(tensor)) return false;
  const wanted = builder.desc(tensor.shape, "channelsLast");
  return !wanted.plain && builder.forms(tensor).some((form) => sameLayout(form.desc, wanted));
};
