/**
 * The safetensors format: 8 bytes with the length of a JSON header, the header, the values. Written with sorted names, so that
 * equal tensors give equal bytes; read strictly, because a checkpoint may come from anywhere.
 */
import { CheckpointError } from "../errors.js";
import { sizeOf, type Data, type Shape } from "../tensor/index.js";

export interface StoredTensor {
  readonly shape: Shape;
  readonly data: Data;
}
export interface Safetensors {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A header larger than this is no checkpoint; reading it would block for seconds. */
const LARGEST_HEADER = 8 * 2 ** 20;

const kinds = {
  F32: { bytes: 4, make: (buffer: ArrayBuffer) => new Float32Array(buffer) },
  F64: { bytes: 8, make: (buffer: ArrayBuffer) => new Float64Array(buffer) },
  I32: { bytes: 4, make: (buffer: ArrayBuffer) => new Int32Array(buffer) },
} as const;
type Kind = keyof typeof kinds;

const kindOf = (data: Data): Kind => (data instanceof Float32Array ? "F32" : data instanceof Float64Array ? "F64" : "I32");
const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : a > b ? 1 : 0);

export function encodeSafetensors({ tensors, metadata }: Safetensors): Uint8Array {
  let offset = 0;
  const sorted = [...tensors].sort(byName);
  const entries = sorted.map(([name, { shape, data }]) => {
    const start = offset;
    offset += data.byteLength;
    return [name, { dtype: kindOf(data), shape, data_offsets: [start, offset] }] as const;
  });
  const header = new TextEncoder().encode(JSON.stringify({ __metadata__: Object.fromEntries(Object.entries(metadata).sort(byName)), ...Object.fromEntries(entries) }));
  const padded = Math.ceil(header.length / 8) * 8;
  const bytes = new Uint8Array(8 + padded + offset).fill(0x20, 8, 8 + padded);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.set(header, 8);
  sorted.forEach(([, { data }], i) => bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 8 + padded + entries[i][1].data_offsets[0]));
  return bytes;
}

/** Decodes and checks; `name` is for errors. Every fault is a CheckpointError. */
export function decodeSafetensors(bytes: Uint8Array, name: string): Safetensors {
  const fail = (reason: string): never => {
    throw new CheckpointError(`${name} is not a whole safetensors file: ${reason}`);
  };
  if (bytes.length < 8) fail(`it has ${bytes.length} bytes`);
  const headerLength = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (headerLength > LARGEST_HEADER) fail(`its header would have ${headerLength} bytes`);
  if (8 + headerLength > bytes.length) fail(`its header of ${headerLength} bytes is cut off`);
  const header = parseHeader(bytes.subarray(8, 8 + headerLength), fail);
  const body = bytes.subarray(8 + headerLength);

  const metadata: Record<string, string> = {};
  for (const [key, value] of Object.entries(header.get("__metadata__") ?? {})) metadata[key] = typeof value === "string" ? value : fail(`metadata "${key}" is not text`);
  const entries = [...header].filter(([key]) => key !== "__metadata__").map(([key, entry]) => ({ key, ...checkedEntry(key, entry, fail) }));
  entries.sort((a, b) => a.start - b.start || a.end - b.end);
  const reached = entries.reduce((at, { key, start, end }) => (start === at ? end : fail(`the values of "${key}" leave a gap or overlap others`)), 0);
  if (reached !== body.length) fail(`its tensors take ${reached} bytes, but ${body.length} are there`);
  const tensors = new Map(
    entries.map(({ key, kind, shape, start, end }) => [key, { shape, data: kinds[kind].make(new Uint8Array(body.subarray(start, end)).buffer) }] as const),
  );
  return { tensors, metadata };
}

type Fail = (reason: string) => never;
type Header = Map<string, Record<string, unknown>>;

function parseHeader(bytes: Uint8Array, fail: Fail): Header {
  const header: Header = new Map();
  const text = new TextDecoder().decode(bytes);
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) return fail("its header is not an object");
    for (const [key, value] of Object.entries(parsed)) {
      if (key === "__proto__" || typeof value !== "object" || value === null || Array.isArray(value)) return fail(`its header has a wrong entry "${key}"`);
      header.set(key, value as Record<string, unknown>);
    }
  } catch (error) {
    if (error instanceof CheckpointError) throw error;
    return fail("its header is not JSON");
  }
  // JSON.parse keeps the last of doubled keys and hides __proto__; neither may pass.
  const keys = topLevelKeys(text);
  if (keys.length !== header.size || new Set(keys).size !== keys.length) return fail("its header has a name twice, or a forbidden one");
  return header;
}

/** The keys of the outermost object of JSON that is known to parse. */
function topLevelKeys(text: string): string[] {
  const keys: string[] = [];
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"\s*:?|[{}[\]]/g)) {
    if (token === "{" || token === "[") depth++;
    else if (token === "}" || token === "]") depth--;
    else if (depth === 1 && token.endsWith(":")) keys.push(JSON.parse(token.slice(0, -1)) as string);
  }
  return keys;
}

function checkedEntry(key: string, entry: Record<string, unknown>, fail: Fail): { kind: Kind; shape: number[]; start: number; end: number } {
  const { dtype, shape, data_offsets: offsets } = entry;
  const whole = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
  const wholes = (value: unknown): value is number[] => Array.isArray(value) && value.every(whole);
  if (typeof dtype !== "string" || !(dtype in kinds)) return fail(`"${key}" is of type ${JSON.stringify(dtype)}`);
  if (!wholes(shape) || !wholes(offsets) || offsets.length !== 2) return fail(`"${key}" has a wrong shape or wrong offsets`);
  const kind = dtype as Kind;
  const [start, end] = offsets;
  if (end - start !== sizeOf(shape) * kinds[kind].bytes) return fail(`"${key}" of shape [${shape.join(", ")}] has ${end - start} bytes`);
  return { kind, shape, start, end };
}
