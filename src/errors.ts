import { closest, distance } from "fastest-levenshtein";

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

/** The way out of a wrong name: the nearest right one, or all of them. */
export function suggest(name: string, candidates: readonly string[]): string {
  const nearest = candidates.length > 0 ? closest(name, [...candidates]) : "";
  const near = nearest !== "" && distance(name.toLowerCase(), nearest.toLowerCase()) <= Math.max(2, nearest.length / 3);
  return `${near ? `Did you mean "${nearest}"? ` : ""}There ${candidates.length === 1 ? "is" : "are"}: ${candidates.join(", ") || "none"}.`;
}
