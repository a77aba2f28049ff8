import { onednnEngine } from "../../../src/engines/onednn/index.js";
import { properties } from "../properties.js";

properties("onednn", () => onednnEngine({ threads: 1 }), 2e-5);
