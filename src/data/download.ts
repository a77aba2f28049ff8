import { DataError } from "../errors.js";
import type { FetchOptions } from "./sources.js";

/** Longest wait for the answer to begin, and between two pieces of it. */
const PATIENCE_MS = 10_000;

/** The body at `url`: never more than `limit` bytes, never waiting long for a silent server. */
export async function download(url: string, limit: number, { onProgress, signal }: FetchOptions = {}, patience = PATIENCE_MS): Promise<Uint8Array> {
  const timeout = new AbortController();
  let timer = setTimeout(() => timeout.abort(), patience);
  onProgress?.(`downloading ${url}`);
  try {
    const response = await fetch(url, { signal: signal ? AbortSignal.any([signal, timeout.signal]) : timeout.signal });
    if (!response.ok || !response.body) throw new DataError(`the server answered ${response.status} ${response.statusText}`.trim());
    const pieces: Uint8Array[] = [];
    let length = 0;
    for await (const piece of response.body as AsyncIterable<Uint8Array>) {
      clearTimeout(timer);
      timer = setTimeout(() => timeout.abort(), patience);
      length += piece.length;
      if (length > limit) throw new DataError(`more than the ${limit} bytes expected`);
      pieces.push(piece);
    }
    return Buffer.concat(pieces);
  } catch (error) {
    if (signal?.aborted || error instanceof DataError) throw error;
    if (timeout.signal.aborted) throw new DataError(`no answer for ${patience / 1000} s`);
    throw new DataError(causeOf(error), undefined, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** fetch hides why behind "fetch failed". */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause as (Error & { code?: string }) | undefined;
  return cause ? (cause.code ?? cause.message) : error.message;
}
