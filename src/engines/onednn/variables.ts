/** Where the variables live: in memory of the engine, some of them side by side, for as long as there is somebody who could ask for them. */
import { sizeOf, type Variable } from "../../tensor/index.js";
import type { Library } from "./library.js";
import { ALIGNMENT, aligned } from "./bundles.js";
import type { HostArray, Storage } from "./plan.js";

export interface Memory {
  readonly buffer: ArrayBuffer;
  /** Byte offset in the buffer that lies at a multiple of the alignment. */
  readonly start: number;
  readonly address: bigint;
}

export function allocate(library: Library, bytes: number): Memory {
  const whole = new Uint8Array(bytes + ALIGNMENT);
  const address = library.addressOf(whole);
  const start = Number(-address & BigInt(ALIGNMENT - 1));
  return { buffer: whole.buffer, start, address: address + BigInt(start) };
}

export interface Variables {
  readonly storageOf: (variable: Variable) => Storage;
  values(variable: Variable): HostArray;
  /** Sets the values; first ones that are never seen are not drawn. */
  write(variable: Variable, values: ArrayLike<number>): void;
  addressOf(variable: Variable): bigint;
  /** True when the variables lie, or may be laid, side by side in this order. */
  readonly canBundle: (variables: readonly Variable[]) => boolean;
  /** Lays them side by side. */
  bundle(variables: readonly Variable[]): void;
  /** Changes whenever a variable has moved. */
  readonly generation: number;
  clear(): void;
}

interface Place {
  readonly memory: Memory;
  readonly offset: number;
  readonly bundle: readonly Variable[] | undefined;
}

export function makeVariables(library: Library): Variables {
  // A plan holds its variables, so that what it has the address of stays where it is.
  const storages = new WeakMap<Variable, Storage>();
  let places = new WeakMap<Variable, Place>();
  let generation = 0;
  const bytesOf = (variable: Variable): number => 4 * sizeOf(variable.shape);
  const view = (variable: Variable, { memory, offset }: Place): HostArray => {
    const Storage = variable.dtype === "int32" ? Int32Array : Float32Array;
    return new Storage(memory.buffer, memory.start + offset, sizeOf(variable.shape));
  };
  const newPlace = (variable: Variable, values: ArrayLike<number>): Place => {
    const place: Place = { memory: allocate(library, aligned(bytesOf(variable))), offset: 0, bundle: undefined };
    view(variable, place).set(values);
    places.set(variable, place);
    return place;
  };
  const placeOf = (variable: Variable): Place => places.get(variable) ?? newPlace(variable, variable.initial(0));
  const isBundle = (variables: readonly Variable[]): boolean => {
    const bundle = places.get(variables[0])?.bundle;
    return bundle !== undefined && bundle.length === variables.length && bundle.every((variable, i) => variable === variables[i]);
  };
  return {
    storageOf(variable) {
      let storage = storages.get(variable);
      if (!storage) storages.set(variable, (storage = { bytes: bytesOf(variable), kind: "variable", variable }));
      return storage;
    },
    values: (variable) => view(variable, placeOf(variable)),
    write(variable, values) {
      const place = places.get(variable);
      if (place) view(variable, place).set(values);
      else newPlace(variable, values);
    },
    addressOf(variable) {
      const { memory, offset } = placeOf(variable);
      return memory.address + BigInt(offset);
    },
    canBundle: (variables) => isBundle(variables) || variables.every((variable) => places.get(variable)?.bundle === undefined),
    bundle(variables) {
      if (isBundle(variables)) return;
      const memory = allocate(library, variables.reduce((sum, variable) => sum + aligned(bytesOf(variable)), 0));
      let offset = 0;
      for (const variable of variables) {
        const place: Place = { memory, offset, bundle: variables };
        view(variable, place).set(view(variable, placeOf(variable)));
        places.set(variable, place);
        offset += aligned(bytesOf(variable));
      }
      generation++;
    },
    get generation() {
      return generation;
    },
    clear() {
      places = new WeakMap();
    },
  };
}
