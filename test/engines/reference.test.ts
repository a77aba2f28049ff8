import { referenceEngine } from "../../src/engines/reference/index.js";
import { conformance } from "./conformance.js";

conformance("reference", async () => referenceEngine(), 0);
