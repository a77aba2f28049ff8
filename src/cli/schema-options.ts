/** Command-line flags made from a zod schema: name, type, default, limits and description all come from there. */
import { Option, type Command } from "commander";
import { z } from "zod";
import { suggest, UsageError } from "../errors.js";

interface Property {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly description?: string;
  readonly items?: Property;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
}

const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** The schema's fields as JSON Schema properties. */
export function propertiesOf(schema: z.ZodObject): Readonly<Record<string, Property>> {
  const { properties = {} } = z.toJSONSchema(schema, { io: "input" });
  return properties as Readonly<Record<string, Property>>;
}

const format = (value: unknown): string => (Array.isArray(value) ? value.join(",") : String(value));

function limitsOf({ minimum, maximum, exclusiveMinimum }: Property): string[] {
  const low = exclusiveMinimum !== undefined ? `above ${exclusiveMinimum}` : minimum !== undefined && Math.abs(minimum) < 2 ** 53 - 1 ? `from ${minimum}` : "";
  const high = maximum !== undefined && maximum < 2 ** 53 - 1 ? `to ${maximum}` : "";
  return [low, high].filter(Boolean);
}

/** What a field takes, for help texts: "16, from 1 to 4096". */
export const describeLimits = (property: Property): string => limitsOf(property.items ?? property).join(" ");

/** Adds one `--kebab-name <value>` for each field; the values are left as text for `parseOptions`. */
export function addSchemaOptions(command: Command, schema: z.ZodObject, heading: string): void {
  for (const [name, property] of Object.entries(propertiesOf(schema))) {
    const notes = [describeLimits(property), property.default === undefined ? "" : `default ${format(property.default)}`].filter(Boolean).join("; ");
    const placeholder = property.type === "array" ? "<list>" : property.enum ? "<name>" : property.type === "string" ? "<text>" : "<number>";
    const option = property.type === "boolean" ? new Option(`--${kebab(name)}`) : new Option(`--${kebab(name)} ${placeholder}`);
    option.description = `${property.description ?? name}${notes ? ` (${notes})` : ""}`;
    if (property.enum) option.choices([...property.enum]);
    command.addOption(option.helpGroup(heading));
  }
}

/** Text from the command line to the value a field wants; what does not parse is left for the schema to refuse. */
function parseText(text: unknown, property: Property | undefined): unknown {
  if (typeof text !== "string") return text;
  if (property?.type === "array") return text.split(",").map((item) => parseText(item.trim(), property.items));
  if (property?.type === "number" || property?.type === "integer") return text.trim() === "" || Number.isNaN(Number(text)) ? text : Number(text);
  if (property?.type === "boolean") return text === "true" ? true : text === "false" ? false : text;
  return text;
}

/** Values for a schema from text, checked: a UsageError names the field, the value and what is allowed. */
export function parseOptions<Schema extends z.ZodObject>(schema: Schema, given: Readonly<Record<string, unknown>>, what: string): z.output<Schema> {
  const properties = propertiesOf(schema);
  const unknownName = Object.keys(given).find((name) => !(name in properties));
  if (unknownName !== undefined) throw new UsageError(`${what} has no option "${unknownName}"`, suggest(unknownName, Object.keys(properties)));
  const parsed = schema.safeParse(Object.fromEntries(Object.entries(given).map(([name, value]) => [name, parseText(value, properties[name])])));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const name = String(issue.path[0] ?? "");
  const value = given[name];
  throw new UsageError(`${what}: ${name} is ${typeof value === "string" ? value : JSON.stringify(value)}: ${issue.message}`, `Allowed: ${allowed(properties[name])}.`);
}

function allowed(property: Property | undefined): string {
  if (!property) return "see --help";
  if (property.enum) return property.enum.join(", ");
  const kind = property.type === "integer" || property.items?.type === "integer" ? "whole number" : (property.items?.type ?? property.type ?? "value");
  const limits = describeLimits(property);
  return `${property.type === "array" ? `${kind}s separated by commas` : `a ${kind}`}${limits ? ` ${limits}` : ""}`;
}
