/**
 * Every error that Morphogen raises on purpose. The message names the thing, what it was and what it should be;
 * `hint` says the way out, for a person at a terminal.
 */
export class MorphogenError extends Error {
  override name = "MorphogenError";
  constructor(
    message: string,
    readonly hint?: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Operands or layers whose shapes do not fit together. */
export class ShapeError extends MorphogenError {
  override name = "ShapeError";
}

/** A wrong option, name or value: the caller's to mend. The command line exits with 2. */
export class UsageError extends MorphogenError {
  override name = "UsageError";
}

/** A data file that is missing, damaged or not what it says it is. */
export class DataError extends MorphogenError {
  override name = "DataError";
}

/** A checkpoint that is damaged or belongs to another model. */
export class CheckpointError extends MorphogenError {
  override name = "CheckpointError";
}

/** A run that cannot go on: a loss that is not finite, a folder in use, a full disk. */
export class RunError extends MorphogenError {
  override name = "RunError";
}

/** An engine that cannot be loaded or does not support what was asked. */
export class EngineError extends MorphogenError {
  override name = "EngineError";
}
