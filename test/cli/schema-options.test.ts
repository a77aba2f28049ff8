import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Command } from "commander";
import { z } from "zod";
import { addSchemaOptions, checkValues, pickFields } from "../../src/cli/schema-options.js";
import { UsageError } from "../../src/errors.js";

describe("flags made from a schema", () => {
  const schema = z.strictObject({ whiten: z.boolean().default(false).describe("whether to whiten") });

  it("stand alone for a field that is true or false; a configuration takes these two words and nothing else", () => {
    assert.deepEqual(pickFields(schema, { whiten: "true" }), { whiten: true });
    assert.deepEqual(pickFields(schema, { whiten: "false" }), { whiten: false });
    assert.throws(() => checkValues(schema, pickFields(schema, { whiten: "yes" }), "pca"), (error: unknown) => error instanceof UsageError && /whiten is yes/.test(error.message) && /true or false/.test(error.hint ?? ""));
    const command = new Command();
    addSchemaOptions(command, schema, "Options:");
    assert.match(command.helpInformation(), /--whiten +whether/);
    assert.deepEqual(command.parse(["--whiten"], { from: "user" }).opts(), { whiten: true });
  });
});
