/** Tables of numbers in text: CSV, with commas, semicolons or tabs. */
import Papa from "papaparse";
import { DataError, suggest, UsageError } from "../errors.js";
import type { Examples } from "./dataset.js";
import type { FileOptions, ReadHooks } from "./file-options.js";
import { classesOf } from "./labels.js";
import { skipping } from "./skips.js";
import { tableExamples } from "./table.js";

interface Layout {
  readonly names: readonly string[];
  readonly hasHeader: boolean;
  readonly delimiter: string;
  /** Where the numbers are. */
  readonly columns: readonly number[];
  /** Where the class is. */
  readonly label: number | undefined;
}

/**
 * The rows of a table as examples. The first row names the columns when it has text above a number; else they are "column 1",
 * "column 2", .... A DataError names the row, counted as in a spreadsheet, and the column of a cell that is empty or no number;
 * a UsageError an option that does not fit the table.
 */
export function readCsv(text: string, name: string, options: FileOptions, hooks: ReadHooks): Examples {
  const { window, labelColumn, skipBad = false } = options;
  if (window !== undefined && labelColumn !== undefined) throw new UsageError("A label column is of single rows, but the window joins rows to series", "Leave out --label-column or --window.");
  const layout = layoutOf(text, name, options);
  const skips = skipping(name, skipBad, hooks.onProgress);
  const [values, labels]: [number[], string[]] = [[], []];
  let [row, read] = [0, 0];
  Papa.parse<string[]>(text, {
    delimiter: layout.delimiter,
    step({ data, errors }) {
      row++;
      if (isBlank(data) || (layout.hasHeader && row === 1)) return;
      read++;
      // A quotation mark that is never closed swallows all rows that follow: there is no saying what would be left out.
      if (errors.some(({ code }) => code === "MissingQuotes")) throw new DataError(`${name}, row ${row}: a quotation mark is opened and never closed`, "Close it, or take it away.");
      const wrong = wrongIn(data, layout) ?? (errors.length > 0 ? `: ${errors[0].message}` : undefined);
      if (wrong !== undefined) skips.refuse(new DataError(`${name}, row ${row}${wrong}`, hintFor(wrong)));
      // A row without numbers keeps its place: the series it belongs to is left out as a whole.
      values.push(...layout.columns.map((column) => (wrong === undefined ? Number(data[column]) : NaN)));
      if (layout.label !== undefined) labels.push(wrong === undefined ? data[layout.label].trim() : "");
    },
  });
  skips.conclude(read, "rows");
  const names = layout.columns.map((column) => layout.names[column]);
  if (layout.label === undefined) return tableExamples({ names, values: Float64Array.from(values) }, window, hooks);
  return tableExamples({ names, values: Float64Array.from(values), ...classesOf(labels) }, window, hooks);
}

const isBlank = (cells: readonly string[]): boolean => cells.every((cell) => cell.trim() === "");
const isNumber = (cell: string | undefined): boolean => cell !== undefined && cell.trim() !== "" && Number.isFinite(Number(cell));

/** Also with a comma for the decimals, which is refused where it stands. */
const isNearlyNumber = (cell: string | undefined): boolean => isNumber(cell?.replace(",", "."));

const hintFor = (wrong: string): string =>
  wrong.includes("not a number") ? "--columns names the columns to learn, --label-column that of the classes. Decimals are written with a point." : "Mend the file.";

/** What is wrong with a row, as the end of a sentence that begins with its number. */
function wrongIn(cells: readonly string[], { names, columns, label }: Layout): string | undefined {
  if (cells.length !== names.length) return ` has ${cells.length} ${cells.length === 1 ? "cell" : "cells"}, not ${names.length}`;
  const column = [...columns, ...(label === undefined ? [] : [label])].find((i) => cells[i].trim() === "" || (i !== label && !isNumber(cells[i])));
  if (column === undefined) return undefined;
  return `, column "${names[column]}": ${cells[column].trim() === "" ? "the cell is empty" : `"${cells[column]}" is not a number`}`;
}

function layoutOf(text: string, name: string, { columns, labelColumn }: FileOptions): Layout {
  const { data, meta } = Papa.parse<string[]>(text, { preview: 2, skipEmptyLines: "greedy" });
  const [first, second] = data;
  if (!first) throw new DataError(`${name} is empty`, "Put a row of numbers in it for each example.");
  const hasHeader = first.some((cell, i) => !isNumber(cell) && (second === undefined || isNearlyNumber(second[i])));
  if (second === undefined && hasHeader) throw new DataError(`${name} has a row of names, but none of numbers`, "Put a row of numbers below it for each example.");
  const names = first.map((cell, i) => (hasHeader && cell.trim() !== "" ? cell.trim() : `column ${i + 1}`));
  const find = (wanted: string): number => {
    const found = names.indexOf(wanted);
    if (found < 0) throw new UsageError(`${name} has no column "${wanted}"`, suggest(wanted, names));
    return found;
  };
  const label = labelColumn === undefined ? undefined : find(labelColumn);
  const chosen = columns?.map(find) ?? names.map((_, i) => i).filter((i) => i !== label);
  if (chosen.length === 0) throw new UsageError(`${name} has no column to learn`, "There must be one besides that of the labels.");
  return { names, hasHeader, delimiter: meta.delimiter, columns: chosen, label };
}

/** Rows of numbers and words as CSV under the names of their columns, with 7 digits that count. */
export const formatCsv = (names: readonly string[], rows: readonly (readonly (number | string)[])[]): string =>
  `${Papa.unparse({ fields: [...names], data: rows.map((row) => row.map((value) => (typeof value === "string" || Number.isInteger(value) ? value : Number(value.toPrecision(7))))) }, { newline: "\n" })}\n`;
