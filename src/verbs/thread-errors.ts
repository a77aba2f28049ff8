/** Errors on their way from one thread to another: cloning alone would lose their class and their hint. */
import { CheckpointError, DataError, EngineError, MorphogenError, RunError, ShapeError, UsageError } from "../errors.js";

export interface PackedError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string | undefined;
  readonly hint?: string | undefined;
}

const kinds = [MorphogenError, ShapeError, UsageError, DataError, CheckpointError, RunError, EngineError];

export function packError(error: unknown): PackedError {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  const { name, message, stack } = error;
  return { name, message, stack, hint: error instanceof MorphogenError ? error.hint : undefined };
}

/** The same error again: of the same class where it is one of ours, with the stack of where it was thrown. */
export function unpackError({ name, message, stack, hint }: PackedError): Error {
  const Kind = kinds.find((kind) => kind.name === name);
  return Object.assign(Kind ? new Kind(message, hint) : new Error(message), { name, stack });
}
