/** The one file that imports ONNX Runtime, and only when an engine is made. */
import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { EngineError } from "../../errors.js";
import type { DType, Shape } from "../../tensor/index.js";
import { isSentinelFailure, SENTINEL } from "./in-place.js";

export type OrtData = Float32Array | Int32Array;
export interface OrtValue {
  readonly data: OrtData;
  readonly tensor: OrtTensor;
}
export type { OrtTensor };

type Tensors = Readonly<Record<string, OrtTensor>>;

export interface Session {
  /** Reads the feeds and writes the results into the arrays of `fetches`. */
  run(feeds: Tensors, fetches: Tensors): Promise<void>;
  release(): Promise<void>;
}

/** An input or output of a model as its file declares it. */
export interface DeclaredValue {
  readonly name: string;
  /** Of a tensor's elements, as "float32"; undefined for what is no tensor. */
  readonly type?: string;
  /** Names and numbers below 1 stand for sizes that are open; empty where nothing is said. */
  readonly shape: readonly (number | string)[];
}

/** A model that came in a file. */
export interface FileSession {
  readonly inputs: readonly DeclaredValue[];
  readonly outputs: readonly DeclaredValue[];
  /** The output of that name. */
  run(feeds: Tensors, output: string): Promise<OrtTensor>;
  release(): Promise<void>;
}

export interface Runtime {
  readonly version: string;
  /** A tensor over an array, which it shares. */
  value(data: OrtData, shape: Shape): OrtValue;
  /** Loads a model whose first output is the sentinel. */
  session(model: Uint8Array, threads: number): Promise<Session>;
  /** Loads a model from a file, and from those beside it that hold its weights. */
  open(path: string, threads: number): Promise<FileSession>;
}

export async function loadRuntime(): Promise<Runtime> {
  const ort = await import("onnxruntime-node").catch((error: unknown) => {
    throw new EngineError("ONNX Runtime could not be loaded", "Run npm ci in the project; it needs a 64-bit Linux, macOS or Windows.", { cause: error });
  });
  return {
    version: `onnxruntime ${ort.env.versions.node ?? ort.env.versions.common}`,
    value: (data, shape) => ({ data, tensor: data instanceof Int32Array ? new ort.Tensor("int32", data, shape) : new ort.Tensor("float32", data, shape) }),
    async session(model, threads) {
      const session = await ort.InferenceSession.create(model, {
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        executionMode: "sequential",
        graphOptimizationLevel: "all",
        // Errors are thrown, with their message; printing them too is of no use to the caller.
        logSeverityLevel: 4,
        // Moments of parameters that no longer get gradients decay into denormal numbers, which cost half a training step more.
        extra: { session: { set_denormal_as_zero: "1" } },
      });
      return { run: (feeds, fetches) => runInPlace(session, feeds, fetches), release: () => session.release() };
    },
    async open(path, threads) {
      const session = await ort.InferenceSession.create(path, { intraOpNumThreads: threads, interOpNumThreads: 1, logSeverityLevel: 4 });
      return {
        inputs: session.inputMetadata.map(declared),
        outputs: session.outputMetadata.map(declared),
        run: async (feeds, output) => (await session.run(feeds, [output]))[output],
        release: () => session.release(),
      };
    },
  };
}

const declared = (value: InferenceSession.ValueMetadata): DeclaredValue => (value.isTensor ? { name: value.name, type: value.type, shape: value.shape } : { name: value.name, shape: [] });

async function runInPlace(session: InferenceSession, feeds: Tensors, fetches: Tensors): Promise<void> {
  try {
    await session.run(feeds, { [SENTINEL]: null, ...fetches });
  } catch (error) {
    if (!isSentinelFailure(error)) throw error;
  }
}

/** bool crosses the border as float32. */
export const storageOf = (dtype: DType, size: number): OrtData => (dtype === "int32" ? new Int32Array(size) : new Float32Array(size));
