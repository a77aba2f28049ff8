import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { findLibrary, librariesUnder, libraryCandidates } from "../../../src/engines/onednn/find.js";
import { EngineError } from "../../../src/errors.js";
import { fakeCommands } from "../../support/commands.js";

const { folder } = fakeCommands({}, (folder) => ({ MORPHOGEN_CACHE: folder, MORPHOGEN_ONEDNN: undefined }));

/** Empty files in a folder that is made. */
function put(place: string, ...names: string[]): string {
  mkdirSync(place, { recursive: true });
  for (const name of names) writeFileSync(join(place, name), "");
  return place;
}

const opensOnly = (wanted: string) => (path: string) => {
  if (path !== wanted) throw new Error(`cannot open ${path}\nand more that nobody reads`);
  return `library ${path}`;
};
const candidate = (path: string, origin = "the system's") => ({ path, origin, dependencies: [] });

describe("where oneDNN may lie", () => {
  it("is the one file that MORPHOGEN_ONEDNN names, if it names one", () => {
    process.env.MORPHOGEN_ONEDNN = "/opt/libdnnl.so";
    assert.deepEqual(libraryCandidates(), [candidate("/opt/libdnnl.so", "MORPHOGEN_ONEDNN")]);
  });

  it("is the system first, version 3 before 2, then what setup fetched, with the files that it needs", () => {
    const place = put(join(folder(), "onednn", "usr", "lib", "x86_64-linux-gnu"), "libdnnl.so.2.6", "libgomp.so.1", "libOpenCL.so.1", "libother.so.1");
    const candidates = libraryCandidates("linux");
    const paths = candidates.map(({ path }) => path);
    assert.equal(paths[0], "libdnnl.so.3");
    assert.equal(paths.at(-2), "libdnnl.so.2");
    assert.deepEqual(candidates.at(-1), {
      path: join(place, "libdnnl.so.2.6"),
      origin: "fetched by morphogen setup",
      dependencies: [join(place, "libgomp.so.1"), join(place, "libOpenCL.so.1")],
    });
    for (const { dependencies } of candidates.slice(0, -1)) assert.deepEqual(dependencies, []);
  });

  it("needs no more than was fetched with it", () => {
    put(join(folder(), "onednn", "usr", "lib", "aarch64-linux-gnu"), "libdnnl.so.3.7");
    assert.deepEqual(libraryCandidates("linux").at(-1)!.dependencies, []);
  });

  it("is known for macOS and Windows", () => {
    assert.deepEqual(libraryCandidates("darwin").map(({ path }) => path), ["/opt/homebrew/lib/libdnnl.dylib", "/usr/local/lib/libdnnl.dylib"]);
    assert.deepEqual(libraryCandidates("win32").map(({ path }) => path), ["dnnl.dll"]);
  });
});

describe("the libraries in a folder", () => {
  it("are the files, not the links to them, newest first by number, also in a folder of one machine type", () => {
    const place = put(join(folder(), "lib"), "libdnnl.so.3.9", "libdnnl.so.3.10", "libdnnl.so.txt", "libdnnl_graph.so.3");
    symlinkSync("libdnnl.so.3.10", join(place, "libdnnl.so.3"));
    const inner = put(join(place, "x86_64-linux-gnu"), "libdnnl.so.2.6", "libdnnl.so.4.0");
    put(join(place, "python3"), "libdnnl.so.5.0");
    assert.deepEqual(librariesUnder(place), [join(inner, "libdnnl.so.4.0"), join(place, "libdnnl.so.3.10"), join(place, "libdnnl.so.3.9"), join(inner, "libdnnl.so.2.6")]);
  });

  it("are none where there is no folder", () => assert.deepEqual(librariesUnder(join(folder(), "nowhere")), []));
});

describe("opening oneDNN", () => {
  it("passes over what does not open, and hands on what must be loaded before", () => {
    assert.equal(findLibrary(opensOnly("b"), [candidate("a"), candidate("b"), candidate("c")]), "library b");
    const opened = findLibrary((path, dependencies) => [path, ...dependencies], [{ path: "a", origin: "fetched", dependencies: ["first", "second"] }]);
    assert.deepEqual(opened, ["a", "first", "second"]);
  });

  it("that is nowhere names every place with its reason, and setup", () => {
    assert.throws(
      () => findLibrary(opensOnly("c"), [candidate("a"), candidate("b", "fetched by morphogen setup")]),
      (error: unknown) =>
        error instanceof EngineError &&
        error.message === "oneDNN was not found:\n  a (the system's): cannot open a\n  b (fetched by morphogen setup): cannot open b" &&
        /morphogen setup/.test(error.hint ?? ""),
    );
  });

  it("that MORPHOGEN_ONEDNN names wrongly says that it is that variable", () => {
    process.env.MORPHOGEN_ONEDNN = "/nowhere/libdnnl.so";
    assert.throws(() => findLibrary(opensOnly("c")), { message: /^oneDNN was not found:\n {2}\/nowhere\/libdnnl.so \(MORPHOGEN_ONEDNN\): cannot open/, hint: /MORPHOGEN_ONEDNN must name a libdnnl/ });
  });
});
