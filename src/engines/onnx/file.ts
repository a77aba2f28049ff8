/** ONNX files of any origin, run as they are. */
import { EngineError } from "../../errors.js";
import type { Shape } from "../../tensor/index.js";
import { messageOf } from "./executable.js";
import { loadRuntime, type DeclaredValue, type OrtTensor } from "./runtime.js";

export interface OnnxFile {
  readonly inputs: readonly DeclaredValue[];
  readonly outputs: readonly DeclaredValue[];
  /** What the output of that name is for values of the one input that is named, float32, row-major. */
  run(input: { readonly name: string; readonly values: Float32Array; readonly shape: Shape }, output: string): Promise<{ readonly values: OrtTensor["data"]; readonly shape: Shape }>;
  dispose(): Promise<void>;
}

/** Loads an ONNX file into ONNX Runtime; an EngineError when it cannot be read, or asks for what ONNX Runtime does not have. */
export async function openOnnx(path: string, threads: number): Promise<OnnxFile> {
  const runtime = await loadRuntime();
  const session = await runtime.open(path, threads).catch((error: unknown) => {
    throw new EngineError(`${path} could not be loaded: ${messageOf(error)}`, "It is the path of an ONNX file, beside it the files of its weights where it has any.", { cause: error });
  });
  return {
    inputs: session.inputs,
    outputs: session.outputs,
    async run({ name, values, shape }, output) {
      const result = await session.run({ [name]: runtime.value(values, shape).tensor }, output).catch((error: unknown) => {
        throw new EngineError(`ONNX Runtime could not run ${path}: ${messageOf(error)}`, undefined, { cause: error });
      });
      return { values: result.data, shape: result.dims };
    },
    dispose: () => session.release(),
  };
}
