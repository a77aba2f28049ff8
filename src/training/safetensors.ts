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
const isKind = (name: string): name is Kind => Object.hasOwn(kinds, name);

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
  const text = decodeText(bytes, fail);
  const parsed = parseJson(text, fail);
  if (!isRecord(parsed)) return fail("its header is not an object");
  // JSON.parse keeps the last of doubled keys, and assigning __proto__ changes an object's kind; neither may pass.
  const wrong = wrongKey(text);
  if (wrong !== undefined) return fail(`its header has ${wrong}`);
  return new Map(Object.entries(parsed).map(([key, value]) => [key, isRecord(value) ? value : fail(`its header has a wrong entry "${key}"`)]));
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/** Names that differ must not become equal, so what is not UTF-8 is refused and not replaced. */
function decodeText(bytes: Uint8Array, fail: Fail): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return fail("its header is not UTF-8");
  }
}

function parseJson(text: string, fail: Fail): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return fail("its header is not JSON");
  }
}

/** Header, entry, shape: nothing goes deeper. */
const DEEPEST = 3;

/** What is wrong with the keys of JSON that is known to parse, in any of its objects. */
function wrongKey(text: string): string | undefined {
  const open: Set<string>[] = [];
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"\s*:?|[{}[\]]/g)) {
    if (token === "{" || token === "[") open.push(new Set());
    else if (token === "}" || token === "]") open.pop();
    else if (token.endsWith(":")) {
      const key = JSON.parse(token.slice(0, -1)) as string;
      if (key === "__proto__") return `the forbidden name "${key}"`;
      if (open.at(-1)?.has(key)) return `the name "${key}" twice`;
      open.at(-1)?.add(key);
    }
    if (open.length > DEEPEST) return "more levels than it may";
  }
  return undefined;
}

function checkedEntry(key: string, entry: Record<string, unknown>, fail: Fail): { kind: Kind; shape: number[]; start: number; end: number } {
  const { dtype, shape, data_offsets: offsets, ...others } = entry;
  const whole = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
  const wholes = (value: unknown): value is number[] => Array.isArray(value) && value.every(whole);
  if (typeof dtype !== "string" || !isKind(dtype)) return fail(`"${key}" is of type ${JSON.stringify(dtype)}`);
  if (Object.keys(others).length > 0) return fail(`"${key}" has an unknown field "${Object.keys(others)[0]}"`);
  if (!wholes(shape) || !wholes(offsets) || offsets.length !== 2) return fail(`"${key}" has a wrong shape or wrong offsets`);
  const [start, end] = offsets;
  if (end - start !== sizeOf(shape) * kinds[dtype].bytes) return fail(`"${key}" of shape [${shape.join(", ")}] has ${end - start} bytes`);
  return { kind: dtype, shape, start, end };
}
