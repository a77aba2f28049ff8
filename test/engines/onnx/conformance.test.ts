import { onnxEngine } from "../../../src/engines/onnx/index.js";
import { conformance } from "../conformance.js";

conformance("onnx", () => onnxEngine({ threads: 2 }), 2e-5);
