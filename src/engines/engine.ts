/**
 * What runs a Program. Every engine is a value of this one small interface; nothing is registered anywhere. It keeps the values of a variable for as long
 * as the variable can be reached, by a program, an executable or whoever might read it: variables are forgotten with what was built of them.
 */
import type { Data, NoiseState, Program, Variable } from "../tensor/index.js";

export interface Engine {
  /** "reference", "onnx", ... */
  readonly name: string;
  /** Name and version of the library underneath. */
  readonly version: string;
  /** Number of threads that it computes with. */
  readonly threads: number;
  compile<Inputs extends string, Outputs extends string>(program: Program<Inputs, Outputs>): Promise<Executable<Inputs, Outputs>>;
  /** A copy of a variable's values. A variable never written has `initial(seed 0)`. */
  read(variable: Variable): Promise<Data>;
  /** Sets a variable's values; the length must be the variable's. */
  write(variable: Variable, values: ArrayLike<number>): Promise<void>;
  /** Frees everything; the engine and its executables cannot be used afterwards. */
  dispose(): Promise<void>;
}

export interface Executable<Inputs extends string = string, Outputs extends string = string> {
  /**
   * One run: values for every input, row-major; `noise` says where in the random stream to stand, and is required when
   * the program has noise. The outputs' arrays belong to the engine and are overwritten by the next run.
   */
  run(feeds: Readonly<Record<Inputs, Data>>, noise?: NoiseState): Promise<Record<Outputs, Data>>;
  dispose(): Promise<void>;
}
