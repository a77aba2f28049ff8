/** Command-line flags made from a zod schema: name, type, default, limits and description all come from there. */
import { Option, type Command } from "commander";
import { z } from "zod";
import { suggest, UsageError } from "../errors.js";

export interface Property {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly description?: string;
  readonly items?: Property;
  readonly properties?: Readonly<Record<string, Property>>;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
}
export type Values = Readonly<Record<string, unknown>>;

const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** The schema's fields as JSON Schema properties. */
export function propertiesOf(schema: z.ZodObject): Readonly<Record<string, Property>> {
  const { properties = {} } = z.toJSONSchema(schema, { io: "input" });
  return properties as Readonly<Record<string, Property>>;
}

export const formatValue = (value: unknown): string => (Array.isArray(value) ? value.join(",") : typeof value === "string" ? value : (JSON.stringify(value) ?? ""));

const isBound = (value: number | undefined): value is number => value !== undefined && Math.abs(value) < Number.MAX_SAFE_INTEGER;

/** What a field takes: "from 1 to 4096". */
export function describeLimits(property: Property): string {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = property.items ?? property;
  const low = isBound(exclusiveMinimum) ? `above ${exclusiveMinimum}` : isBound(minimum) ? `from ${minimum}` : "";
  const high = isBound(exclusiveMaximum) ? `below ${exclusiveMaximum}` : isBound(maximum) ? `to ${maximum}` : "";
  return [low, high].filter(Boolean).join(" ");
}

/** A table of a schema's fields, with a line of headings. */
export const optionRows = (schema: z.ZodObject): string[][] => [
  ["option", "default", "allowed", "meaning"],
  ...Object.entries(propertiesOf(schema)).map(([name, property]) => [
    name,
    property.default === undefined ? "" : formatValue(property.default),
    property.enum?.join(", ") ?? describeLimits(property),
    property.description ?? "",
  ]),
];

/** Adds one `--kebab-name <value>` for each field that is not itself an object; a field that is true or false is a flag without a value. `defaults` go before the schema's own. */
export function addSchemaOptions(command: Command, schema: z.ZodObject, heading: string, defaults: Values = {}): void {
  for (const [name, property] of Object.entries(propertiesOf(schema))) {
    if (property.type === "object") continue;
    if (property.type === "boolean") {
      command.addOption(new Option(`--${kebab(name)}`, property.description ?? name).helpGroup(heading));
      continue;
    }
    const byDefault = defaults[name] ?? property.default;
    const notes = [describeLimits(property), byDefault === undefined ? "" : `default ${formatValue(byDefault)}`].filter(Boolean).join("; ");
    const placeholder = property.type === "array" ? "<list>" : property.enum ? "<name>" : property.type === "string" ? "<text>" : "<number>";
    const choices = property.enum ? `: ${property.enum.join(", ")}` : "";
    command.addOption(new Option(`--${kebab(name)} ${placeholder}`, `${property.description ?? name}${choices}${notes ? ` (${notes})` : ""}`).helpGroup(heading));
  }
}

/** Text from the command line to the value a field wants; what does not parse is left for the schema to refuse. */
function parseText(text: unknown, property: Property | undefined): unknown {
  if (typeof text !== "string") return text;
  if (property?.type === "array") return text.split(",").map((item) => parseText(item.trim(), property.items));
  if (property?.type === "number" || property?.type === "integer") return text.trim() === "" || Number.isNaN(Number(text)) ? text : Number(text);
  if (property?.type === "boolean" && (text === "true" || text === "false")) return text === "true";
  return text;
}

/** The given texts that are fields of the schema, as values. */
export function pickFields(schema: z.ZodObject, given: Values): Values {
  const properties = Object.entries(propertiesOf(schema));
  return Object.fromEntries(properties.flatMap(([name, property]) => (given[name] === undefined || property.type === "object" ? [] : [[name, parseText(given[name], property)]])));
}

/** `values` with the field at a dotted path set from text; undefined when the schema has no such field. */
export function setField(properties: Readonly<Record<string, Property>>, values: Values, path: readonly string[], text: string): Values | undefined {
  const [head, ...rest] = path;
  const property = properties[head];
  if (!property) return undefined;
  if (rest.length === 0) return { ...values, [head]: parseText(text, property) };
  const inner = setField(property.properties ?? {}, (values[head] ?? {}) as Values, rest, text);
  return inner && { ...values, [head]: inner };
}

/** All settable names of a schema, nested ones dotted. */
export const fieldNames = (properties: Readonly<Record<string, Property>>, prefix = ""): string[] =>
  Object.entries(properties).flatMap(([name, { properties: inner }]) => (inner ? fieldNames(inner, `${prefix}${name}.`) : [`${prefix}${name}`]));

/** Checks values against their schema: a UsageError names the field, the value and what is allowed. */
export function checkValues(schema: z.ZodObject, values: Values, what: string): void {
  const parsed = schema.safeParse(values);
  if (parsed.success) return;
  const [issue] = parsed.error.issues;
  const properties = propertiesOf(schema);
  if (issue.code === "unrecognized_keys") throw new UsageError(`${what} has no option "${issue.keys[0]}"`, suggest(issue.keys[0], fieldNames(properties)));
  const path = issue.path.map(String);
  const value = path.reduce<unknown>((at, key) => (at as Values | undefined)?.[key], values);
  const property = path.reduce<Property | undefined>((at, key) => at?.properties?.[key] ?? at?.items ?? at, { properties });
  throw new UsageError(`${what}: ${path.filter((key) => !/^\d+$/.test(key)).join(".")} is ${formatValue(value)}`, `Allowed: ${allowed(property)}.`);
}

function allowed(property: Property | undefined): string {
  if (!property) return "see --help";
  if (property.enum) return property.enum.join(", ");
  if (property.type === "boolean") return "true or false";
  const whole = property.type === "integer" || property.items?.type === "integer";
  const limits = describeLimits(property);
  const kind = property.type === "array" ? `${whole ? "whole " : ""}numbers separated by commas` : whole ? "a whole number" : `a ${property.type ?? "value"}`;
  return limits ? `${kind} ${limits}` : kind;
}
