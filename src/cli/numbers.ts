import { UsageError } from "../errors.js";

/** A whole number from text, or a UsageError that names the flag. */
export function wholeNumber(flag: string, text: string, minimum: number): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isSafeInteger(value) || value < minimum) throw new UsageError(`${flag} is ${text}`, `Use a whole number from ${minimum}.`);
  return value;
}

/** The same for a flag that may be left out. */
export const optionalWholeNumber = (flag: string, text: string | undefined, minimum: number): number | undefined =>
  text === undefined ? undefined : wholeNumber(flag, text, minimum);

/** A number from 0 from text, or a UsageError that names the flag. */
export function numberFromZero(flag: string, text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value < Infinity)) throw new UsageError(`${flag} is ${text.trim() === "" ? "empty" : text}`, "Use a number from 0, such as 2.");
  return value;
}

/** A number above 0 from text, or a UsageError that names the flag. */
export function positiveNumber(flag: string, text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < Infinity)) throw new UsageError(`${flag} is ${text}`, "Use a number above 0, such as 1.");
  return value;
}

/** A number above 0 and at most 1 from text, or a UsageError that names the flag. */
export function positiveShare(flag: string, text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 1)) throw new UsageError(`${flag} is ${text}`, "Use a number above 0 and at most 1, such as 0.5.");
  return value;
}

/** A number from 0 to 1 from text, or a UsageError that names the flag. */
export function share(flag: string, text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value <= 1)) throw new UsageError(`${flag} is ${text}`, "Use a number from 0 to 1.");
  return value;
}
