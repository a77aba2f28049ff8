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

export interface Runtime {
  readonly version: string;
  /** A tensor over an array, which it shares. */
  value(data: OrtData, shape: Shape): OrtValue;
  /** Loads a model whose first output is the sentinel. */
  session(model: Uint8Array, threads: number): Promise<Session>;
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
  };
}

async function runInPlace(session: InferenceSession, feeds: Tensors, fetches: Tensors): Promise<void> {
  try {
    await session.run(feeds, { [SENTINEL]: null, ...fetches });
  } catch (error) {
    if (!isSentinelFailure(error)) throw error;
  }
}

/** bool crosses the border as float32. */
export const storageOf = (dtype: DType, size: number): OrtData => (dtype === "int32" ? new Int32Array(size) : new Float32Array(size));
