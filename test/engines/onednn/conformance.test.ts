import { onednnEngine } from "../../../src/engines/onednn/index.js";
import { conformance } from "../conformance.js";

conformance("onednn", () => onednnEngine({ threads: 1 }), 2e-5);
