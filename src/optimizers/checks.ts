/** Checks that optimizers share, so that a wrong option is named where it was written. */
import { UsageError } from "../errors.js";

/** `value` finite and at least 0. */
export function requireNotNegative(owner: string, option: string, value: number): void {
  if (!(value >= 0 && value < Infinity)) throw new UsageError(`${owner}: ${option} is ${value}`, "Use a number from 0.");
}

/** `value` finite and above 0. */
export function requirePositive(owner: string, option: string, value: number): void {
  if (!(value > 0 && value < Infinity)) throw new UsageError(`${owner}: ${option} is ${value}`, "Use a number above 0.");
}

/** Each value in [0, 1): a share of something old that is kept. */
export function requireShares(owner: string, shares: Readonly<Record<string, number>>): void {
  for (const [option, value] of Object.entries(shares))
    if (!(value >= 0 && value < 1)) throw new UsageError(`${owner}: ${option} is ${value}`, "Use a number from 0 up to, not including, 1.");
}

/** A number of steps: whole, from 1. */
export function requireSteps(owner: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) throw new UsageError(`${owner}: steps is ${value}`, "Use a whole number from 1.");
}
