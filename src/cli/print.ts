/** Writing to the terminal: tables for people, JSON lines for machines. */

/** One JSON value on a line of its own, to standard output. */
export const printJson = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`);

/** Columns padded to the widest cell; the first `numbers` of them are figures: close together, and ending where their heading ends. */
export function printTable(rows: readonly (readonly string[])[], numbers = 0): void {
  const widths = rows.reduce<number[]>((max, row) => row.map((cell, i) => Math.max(max[i] ?? 0, cell.length)), []);
  const padded = (cell: string, i: number): string => (i < numbers ? cell.padStart(widths[i]) : cell.padEnd(widths[i]));
  const gap = (i: number): string => (i === 0 ? "" : i < numbers ? " " : "  ");
  for (const row of rows) console.log(row.map((cell, i) => gap(i) + (i === row.length - 1 ? cell : padded(cell, i))).join("").trimEnd());
}

/** "1 epoch", "2 epochs". */
export const counted = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? "" : "s"}`;

/** At most so many characters of a text. */
export const shortened = (text: string, width: number): string => (text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`);

/** 75 -> "1 min 15 s". */
export function formatSeconds(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}
