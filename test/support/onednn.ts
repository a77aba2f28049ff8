import { onednnEngine } from "../../src/engines/onednn/index.js";
import { EngineError } from "../../src/errors.js";

/** Why oneDNN cannot be tested here; undefined where it can. */
export const withoutOnednn: string | undefined = await onednnEngine({ threads: 1 }).then(
  async (engine) => {
    await engine.dispose();
    return undefined;
  },
  (error: unknown) => {
    if (error instanceof EngineError) return error.message.split("\n")[0];
    throw error;
  },
);
