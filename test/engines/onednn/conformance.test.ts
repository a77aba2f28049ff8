import { onednnEngine } from "../../../src/engines/onednn/index.js";
import { conformance } from "../conformance.js";

conformance("onednn", () => onednnEngine(), 2e-5);
