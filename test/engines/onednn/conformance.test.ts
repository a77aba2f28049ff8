import { it } from "node:test";
import { onednnEngine } from "../../../src/engines/onednn/index.js";
import { withoutOnednn } from "../../support/onednn.js";
import { conformance } from "../conformance.js";

if (withoutOnednn === undefined) conformance("onednn", () => onednnEngine({ threads: 1 }), 2e-5);
else it("onednn", { skip: withoutOnednn });
