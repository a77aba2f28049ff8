/** The folder where fetched things are kept: data, and libraries that the system lacks. */
import { homedir } from "node:os";
import { join } from "node:path";

/** MORPHOGEN_CACHE, else XDG_CACHE_HOME/morphogen, else ~/.cache/morphogen. */
export function cacheFolder(...parts: string[]): string {
  const { MORPHOGEN_CACHE, XDG_CACHE_HOME } = process.env;
  return join(MORPHOGEN_CACHE || (XDG_CACHE_HOME ? join(XDG_CACHE_HOME, "morphogen") : join(homedir(), ".cache", "morphogen")), ...parts);
}
